"""From values to a job's typed settings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from iocbeam.model.entra_settings import EntraJob, SyncJob
from iocbeam.model.settings import DefenderJob

from .defender_tenant import defender_tenant
from .entra_tenant import entra_tenant
from .job_parts import each_tenant, intake_settings, run_info
from .option import with_defaults
from .options import DEFENDER, ENTRA, SYNC


def new_run_id(now: int) -> str:
    """An id for a run that starts at `now`, in epoch seconds: its time, and six random digits."""
    started = datetime.fromtimestamp(now, tz=timezone.utc)
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def defender_job(
    values: Mapping[str, Any], *, now: int, run_id: str, dead_letters: Sequence[str] = ()
) -> DefenderJob:
    """The Defender job that these values describe, checked as far as that is possible without a call to a tenant.

    Args:
        values: by option name, in canonical form; defaults are filled in here.
        now: epoch seconds, UTC: when the run starts.
        dead_letters: what a replay reads in the place of the source.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: the tenants file cannot be used.
    """
    given = with_defaults(values, DEFENDER.all)
    run = run_info(given, "defender", now, run_id, replay=bool(dead_letters))
    intake = intake_settings(values, given, dead_letters)
    tenants = each_tenant(values, DEFENDER, lambda one, alias: defender_tenant(one, run, alias))
    return DefenderJob(run, intake, tenants, given["output"])


def entra_job(values: Mapping[str, Any], *, now: int, run_id: str, dead_letters: Sequence[str] = ()) -> EntraJob:
    """The Entra job that these values describe.

    Args, Raises: as `defender_job`.
    """
    given = with_defaults(values, ENTRA.all)
    run = run_info(given, "entra", now, run_id, replay=bool(dead_letters))
    intake = intake_settings(values, given, dead_letters)
    tenants = each_tenant(values, ENTRA, lambda one, alias: entra_tenant(one, run, alias))
    return EntraJob(run, intake, tenants, given["output"])


def sync_job(values: Mapping[str, Any], *, now: int, run_id: str, dead_letters: Sequence[str] = ()) -> SyncJob:
    """The job for Defender and Entra from one read that these values describe.

    Args, Raises: as `defender_job`.
    """
    given = with_defaults(values, SYNC.all)
    run = run_info(given, "sync", now, run_id, replay=bool(dead_letters))
    intake = intake_settings(values, given, dead_letters)
    both = each_tenant(
        values, SYNC, lambda one, alias: (defender_tenant(one, run, alias), entra_tenant(one, run, alias))
    )
    return SyncJob(
        DefenderJob(run, intake, tuple(defender for defender, _ in both), given["output"]),
        EntraJob(run, intake, tuple(entra for _, entra in both), given["output"]),
    )
