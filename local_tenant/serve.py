"""Run the local tenant in the foreground, for someone who wants to try the product by hand."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from threading import Event
from typing import Literal, TextIO

from .estates.estate import Estate
from .profile import TenantProfile
from .tenant import LocalTenant


def serve(
    *profiles: TenantProfile,
    port: int = 0,
    state: str | os.PathLike[str] | None = None,
    ca_dir: str | os.PathLike[str] | None = None,
    out: TextIO | None = None,
    estate: Estate | None = None,
) -> None:
    """Start a local tenant, write the options that lead to it, and run until Ctrl-C.

    `estate` is what the first tenant has to read. The secret itself is not written out but put into a file beside
    the certificate, for its owner only. Raises as `LocalTenant` does.
    """
    out = out or sys.stdout
    with LocalTenant(*profiles, port=port, state=state, ca_dir=ca_dir) as tenant:
        if estate is not None:
            tenant.seed_estate(estate)
        out.write(f"The local tenant listens on {tenant.url} until Ctrl-C. Options that lead to it:\n")
        for profile in tenant.profiles:
            out.write(f"\n{options_for(tenant, profile)}\n")
        graph = f"--graph_url={shlex.quote(tenant.graph_url)}"
        out.write(
            f"\nThat is for iocbeam defender. For iocbeam entra, {graph} stands in the place of\n"
            "--defender_url; sync, sightings, search and check take both.\n"
        )
        out.write(f"With --targets=sentinel it takes:\n\n{_sentinel_options(tenant, tenant.profiles[0])}\n")
        out.flush()
        try:
            Event().wait()
        except KeyboardInterrupt:
            out.write("\nThe local tenant has stopped.\n")


def options_for(
    tenant: LocalTenant, profile: TenantProfile, service: Literal["defender", "graph"] = "defender"
) -> str:
    """The options that lead to one service of one tenant, a line for each, ready for a shell."""
    urls = {"defender": tenant.defender_url, "graph": tenant.graph_url}
    options = {
        "login_url": tenant.login_url,
        f"{service}_url": urls[service],
        "ca_bundle": tenant.ca_bundle,
        "tenant_id": profile.tenant_id,
        "client_id": profile.client_id,
    }
    if profile.client_secret is not None:
        options["client_secret"] = f"file:{_secret_file(tenant, profile.tenant_id, profile.client_secret)}"
    return " \\\n".join(f"  --{name}={shlex.quote(value)}" for name, value in options.items())


def _sentinel_options(tenant: LocalTenant, profile: TenantProfile) -> str:
    """The options that lead to a tenant's Sentinel workspace, beside those for the login."""
    workspace = profile.sentinel
    options = {
        "sentinel_url": tenant.sentinel_url,
        "arm_url": tenant.arm_url,
        "sentinel_workspace_id": workspace.workspace_id,
        "sentinel_subscription": workspace.subscription,
        "sentinel_resource_group": workspace.resource_group,
        "sentinel_workspace": workspace.workspace,
    }
    return " \\\n".join(f"  --{name}={shlex.quote(value)}" for name, value in options.items())


def _secret_file(tenant: LocalTenant, tenant_id: str, secret: str) -> Path:
    path = Path(tenant.ca_bundle).with_name(f"client-secret-{tenant_id}")
    path.touch(mode=0o600)
    path.write_text(secret)
    return path
