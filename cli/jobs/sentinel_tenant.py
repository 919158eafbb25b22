"""From values to a tenant of a job that writes to Sentinel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iocbeam.model.settings import ClassifySettings, Limits, RunInfo
from iocbeam.model.settings.sentinel import SentinelTenantSettings, SentinelWorkspace, check_no_allow

from .connection import NO_TENANT, connection_notices, connection_of
from .defender_tenant import details_host


def sentinel_tenant(given: Mapping[str, Any], run: RunInfo, alias: str = "") -> SentinelTenantSettings:
    """The tenant that these values describe, by default called by its id.

    Args:
        given: a value for every option of the job.

    Raises:
        UsageError: an option cannot be, or is not for Sentinel.
    """
    # Imported here, so that help need not wait for what it brings along.
    from iocbeam.clients.login.clouds import UNSURE_UPLOAD

    if given["action"]:
        check_no_allow(given["action"].file, given["action"].network)
    connection = connection_of(given, run, defender=False)
    notices = connection_notices(connection)
    if connection.cloud in UNSURE_UPLOAD and not connection.sentinel_url:
        notices += (
            f"In {connection.cloud} Sentinel's upload is documented by Microsoft's connector only. If it is not "
            "found there, give --sentinel_url.",
        )
    return SentinelTenantSettings(
        alias=alias or connection.tenant_id or NO_TENANT,
        connection=connection,
        workspace=SentinelWorkspace(
            given["sentinel_workspace_id"] or "",
            given["sentinel_subscription"] or "",
            given["sentinel_resource_group"] or "",
            given["sentinel_workspace"] or "",
        ),
        classify=ClassifySettings(
            default_severity=given["default_severity"],
            related_context=given["related_context"],
            max_tlp=given["max_tlp"],
            details_host=details_host(given),
            max_description=given["max_description"],
            collection=run.collection,
            expiration_days=None if given["never_expire"] else given["expiration_days"],
        ),
        limits=Limits(
            collection=run.collection,
            objects_per_run=given["objects_per_run"],
            withdraw=given["withdraw"] and not run.replay,
            max_withdraw_percent=given["max_withdraw_percent"],
            withdraw_floor=given["withdraw_floor"],
            max_rejected_percent=given["max_rejected_percent"],
        ),
        capacity=given["sentinel_capacity"],
        never_block=given["never_block"],
        notices=notices,
    )
