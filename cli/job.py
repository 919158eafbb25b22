"""From values to a job's typed settings."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import (
    ClassifySettings,
    ConnectionSettings,
    DefenderJob,
    IntakeSettings,
    PlanPolicy,
    RunInfo,
    TenantSettings,
)

from .option import with_defaults
from .options import DEFENDER, TENANT
from .precedence import laid_over
from .tenants_file import read_tenants
from .values import Actions

NO_TENANT = "dry_run"
"""Stands for the tenant in a dry run that names none."""

_ALL_AUDIT = Actions("Audit", "Audit", for_all=True)


def new_run_id(now: int) -> str:
    """An id for a run that starts at `now`, in epoch seconds: its time, and six random digits."""
    started = datetime.fromtimestamp(now, tz=timezone.utc)
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def defender_job(
    values: Mapping[str, Any], *, now: int, run_id: str, dead_letters: Sequence[str] = ()
) -> DefenderJob:
    """The job that these values describe, checked as far as that is possible without a call to a tenant.

    Args:
        values: by option name, in canonical form; defaults are filled in here.
        now: epoch seconds, UTC: when the run starts.
        dead_letters: what a replay reads in the place of `input`.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: the tenants file cannot be used.
    """
    given = with_defaults(values, DEFENDER)
    collection = given["collection"]
    if not collection:
        raise UsageError(
            "is missing.",
            option="--collection",
            advice="Name the collection; the name marks our rows, so keep it from run to run.",
        )
    inputs = tuple(dead_letters) or given["input"]
    if not inputs:
        raise UsageError("is missing.", option="--input", advice="Name the files that hold the collection.")
    run = RunInfo(run_id, now, "defender", collection, bool(given["dry_run"]), bool(dead_letters))
    intake = IntakeSettings(
        tuple(inputs),
        given["input_format"],
        given["field_map"] or {},
        given["statuses"],
        given["url_without_scheme"],
    )
    return DefenderJob(run, intake, _tenants(values, run), given["output"])


def _tenants(values: Mapping[str, Any], run: RunInfo) -> tuple[TenantSettings, ...]:
    """The tenants of the file that the values name, else the one that they describe themselves."""
    path = values.get("tenants")
    if not path:
        return (_tenant(values, run),)
    if values.get("tenant_id"):
        raise UsageError(
            "give --tenants or --tenant_id, not both.", advice="Each entry of the file names its own tenant_id."
        )
    tenants = []
    for entry in read_tenants(path):
        try:
            tenants.append(_tenant(laid_over(entry.values, values, TENANT), run, entry.alias))
        except UsageError as error:
            what = UsageError(error.message, option=error.option)
            raise UsageError(f"tenant {entry.alias}: {what} ({entry.place})", advice=error.advice) from None
    return tuple(tenants)


def _tenant(values: Mapping[str, Any], run: RunInfo, alias: str = "") -> TenantSettings:
    """One tenant, by default called by its id."""
    given = with_defaults(values, DEFENDER)
    notices = []
    action: Actions = given["action"] or _ALL_AUDIT
    network = action.network or "Audit"
    if action.for_all and network == "Block and Remediate":
        network = "Block"
        notices.append("Block and Remediate is for files only: addresses, domains and URLs get Block.")
    if given["no_tls_verify"]:
        notices.append("TLS certificates are not verified: whoever is on the way can read the credentials.")
    connection = _connection(given)
    if not run.dry_run or connection.client_id or connection.client_secret or connection.client_certificate:
        # A dry run that can log in reads the tenant; half a login is a mistake rather than a wish for none.
        connection.require_login()
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
            details_host=_details_host(given["threatq_host"] or ""),
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
        notices=tuple(notices),
    )


def _connection(given: Mapping[str, Any]) -> ConnectionSettings:
    connection = ConnectionSettings(
        tenant_id=given["tenant_id"] or "",
        client_id=given["client_id"] or "",
        client_secret=given["client_secret"] or "",
        client_certificate=given["client_certificate"] or "",
        cloud=given["cloud"],
        login_url=given["login_url"] or "",
        defender_url=given["defender_url"] or "",
        defender_scope=given["defender_scope"] or "",
        ca_bundle=given["ca_bundle"] or "",
        verify_tls=not given["no_tls_verify"],
        proxy=given["proxy"] or "",
        ignore_proxies=given["ignore_proxies"],
    )
    from iocbeam.clients import endpoints

    endpoints(connection)  # for its checks of cloud and hosts
    return connection


def _details_host(host: str) -> str:
    """As a URL without a path."""
    if not host:
        return ""
    url = host if "://" in host else f"https://{host}"
    scheme, _, place = url.rstrip("/").partition("://")
    if scheme not in ("http", "https") or not place or any(c in place for c in "/?#@ "):
        raise UsageError(
            "must be a host, such as threatq.example.com.", option="--threatq_host", advice="The path is appended."
        )
    return f"{scheme}://{place}"
