"""From values to a tenant of an Entra job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iocbeam.model.settings import Limits, RunInfo
from iocbeam.model.settings.entra import EntraTenantSettings, LocationSettings

from ..values.policy_values import policy_of
from .connection import NO_TENANT, connection_notices, connection_of


def entra_tenant(given: Mapping[str, Any], run: RunInfo, alias: str = "") -> EntraTenantSettings:
    """The tenant that these values describe, by default called by its id.

    Args:
        given: a value for every option of the job.
    """
    location = LocationSettings(
        name=given["location_name"] or "",
        mode=given["location_mode"],
        trusted=given["location_trusted"],
        excluded=given["exclude_location"],
        max_locations=given["max_locations"],
        adopt=given["adopt_location"],
        my_addresses=given["my_address"],
    )
    policy, notices = policy_of(given)
    # A job that writes to Defender too has made sure that the cloud has one.
    connection = connection_of(given, run, defender=False)
    return EntraTenantSettings(
        alias=alias or connection.tenant_id or NO_TENANT,
        connection=connection,
        location=location,
        policy=policy,
        limits=Limits(
            collection=run.collection,
            objects_per_run=given["objects_per_run"],
            withdraw=given["withdraw"] and not run.replay,
            max_withdraw_percent=given["max_withdraw_percent"],
            withdraw_floor=given["withdraw_floor"],
            max_rejected_percent=given["max_rejected_percent"],
        ),
        default_severity=given["default_severity"],
        never_block=given["never_block"],
        notices=(*notices, *connection_notices(connection)),
    )
