"""From values to a sightings job's typed settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iocbeam.model.errors import UsageError
from iocbeam.model.settings.sightings import ALERTS, MACHINES, ReadTenant, SightingsJob

from ..options.option import with_defaults
from ..options.tables import SIGHTINGS
from .connection import connection_notices, connection_of
from .job_parts import each_tenant, intake_settings, run_info


def sightings_job(values: Mapping[str, Any], *, now: int, run_id: str) -> SightingsJob:
    """The sightings job that these values describe, checked as far as that is possible without a call to a tenant.

    Args:
        values: by option name, in canonical form; defaults are filled in here.
        now: epoch seconds, UTC: when the run starts.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: the tenants file cannot be used.
    """
    given = with_defaults(values, SIGHTINGS.all)
    if given["dry_run"]:
        raise UsageError(
            "sightings has none: it reads the tenant and never writes to it.",
            option="--dry_run",
            advice="Leave it out.",
        )
    run = run_info({**given, "dry_run": False}, "sightings", now, run_id, replay=False)
    # A URL without a scheme can be looked for as it is.
    intake = intake_settings(values, {**given, "url_without_scheme": "skip"}, ())
    reads = given["read"]

    def tenant(one: Mapping[str, Any], alias: str) -> ReadTenant:
        connection = connection_of(one, run, defender=MACHINES in reads or ALERTS in reads)
        return ReadTenant(alias or connection.tenant_id, connection, connection_notices(connection))

    return SightingsJob(
        run,
        intake,
        each_tenant(values, SIGHTINGS, tenant),
        given["output"],
        days=given["days"],
        reads=reads,
        file_lookups=given["file_lookups"],
        dialect=given["dialect"],
        event_format=given["event_format"],
        all_events=given["all_events"],
        max_rejected_percent=given["max_rejected_percent"],
    )
