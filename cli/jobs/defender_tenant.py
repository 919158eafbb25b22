"""From values to a tenant of a Defender job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import ClassifySettings, PlanPolicy, RunInfo, TenantSettings

from ..values.texts import Actions
from .connection import NO_TENANT, connection_notices, connection_of

_ALL_AUDIT: Final = Actions("Audit", "Audit", for_all=True)


def defender_tenant(given: Mapping[str, Any], run: RunInfo, alias: str = "") -> TenantSettings:
    """The tenant that these values describe, by default called by its id.

    Args:
        given: a value for every option of the job.
    """
    action: Actions = given["action"] or _ALL_AUDIT
    network = action.network or "Audit"
    notices = []
    if action.for_all and network == "Block and Remediate":
        network = "Block"
        notices.append("Block and Remediate is for files only: addresses, domains and URLs get Block.")
    connection = connection_of(given, run, defender=True)
    return TenantSettings(
        alias=alias or connection.tenant_id or NO_TENANT,
        connection=connection,
        classify=ClassifySettings(
            file_action=action.file or "Audit",
            network_action=network,
            default_severity=given["default_severity"],
            generate_alert=given["generate_alert"],
            related_context=given["related_context"],
            max_tlp=given["max_tlp"],
            details_host=details_host(given),
            max_description=given["max_description"],
            accept_allow=given["accept_allow"],
            collection=run.collection,
            expiration_days=None if given["never_expire"] else given["expiration_days"],
        ),
        policy=PlanPolicy(
            collection=run.collection,
            capacity=given["capacity"],
            objects_per_run=given["objects_per_run"],
            withdraw=given["withdraw"] and not run.replay,
            max_withdraw_percent=given["max_withdraw_percent"],
            withdraw_floor=given["withdraw_floor"],
            max_rejected_percent=given["max_rejected_percent"],
            adopt=given["adopt"],
            recommended_actions=given["recommended_actions"] or "",
            device_groups=given["device_groups"],
        ),
        never_block=given["never_block"],
        notices=(*notices, *connection_notices(connection)),
    )


def details_host(given: Mapping[str, Any]) -> str:
    """As a URL without a path: the host that is named, else the ThreatQ that the collection comes from."""
    option, host = "--threatq_host", given["threatq_host"] or ""
    if not host and given["source"] == "threatq":
        option, host = "--threatq_url", given["threatq_url"] or ""
    if not host:
        return ""
    url = host if "://" in host else f"https://{host}"
    scheme, _, place = url.rstrip("/").partition("://")
    if scheme not in ("http", "https") or not place or any(c in place for c in "/?#@ "):
        raise UsageError(
            "must be a host, such as threatq.example.com.", option=option, advice="The path is appended."
        )
    return f"{scheme}://{place}"
