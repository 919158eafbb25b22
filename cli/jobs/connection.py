"""From values to where a tenant is and how to log in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from iocbeam.model.settings import ConnectionSettings, RunInfo

NO_TENANT: Final = "dry_run"
"""Stands for the tenant in a dry run that names none."""

_UNVERIFIED: Final = "TLS certificates are not verified: whoever is on the way can read the credentials."


def connection_of(given: Mapping[str, Any], run: RunInfo, *, defender: bool) -> ConnectionSettings:
    """The connection that these values describe, checked as far as that is possible without a call.

    Args:
        given: a value for every option of the job.
        defender: whether the job writes to Defender, which not every cloud has.

    Raises:
        UsageError: an option is missing or cannot be.
    """
    # Imported here, so that help need not wait for what it brings along.
    from iocbeam.clients import defender_endpoints, endpoints

    connection = ConnectionSettings(
        tenant_id=given["tenant_id"] or "",
        client_id=given["client_id"] or "",
        client_secret=given["client_secret"] or "",
        client_certificate=given["client_certificate"] or "",
        federated_identity=given["federated_identity"] or "",
        cloud=given["cloud"],
        login_url=given["login_url"] or "",
        defender_url=given.get("defender_url") or "",
        defender_scope=given.get("defender_scope") or "",
        graph_url=given.get("graph_url") or "",
        graph_scope=given.get("graph_scope") or "",
        sentinel_url=given.get("sentinel_url") or "",
        arm_url=given.get("arm_url") or "",
        arm_scope=given.get("arm_scope") or "",
        ca_bundle=given["ca_bundle"] or "",
        verify_tls=not given["no_tls_verify"],
        proxy=given["proxy"] or "",
        ignore_proxies=given["ignore_proxies"],
    )
    # For their checks of cloud and hosts.
    _ = defender_endpoints(connection) if defender else endpoints(connection)
    if not run.dry_run or connection.client_id or connection.has_credential:
        # A dry run that can log in reads the tenant; half a login is a mistake rather than a wish for none.
        connection.require_login()
    return connection


def connection_notices(connection: ConnectionSettings) -> tuple[str, ...]:
    """What a person should know of it."""
    return () if connection.verify_tls else (_UNVERIFIED,)
