"""Where a tenant is, and how to log in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..errors import UsageError
from .checks import one_of

CLOUDS: Final = ("global", "gcc", "gcc_high", "dod", "china")

FEDERATED_IDENTITIES: Final = ("google",)
"""Who can vouch for the app in the place of a credential of its own. Each is served by
`iocbeam.clients.login.federated`."""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Where a tenant is and how to log in. Secrets are references; their values never stand here.

    Attributes:
        tenant_id, client_id: GUIDs of the tenant and of the app registration.
        client_secret, client_certificate: references such as `env:NAME` or `file:PATH`.
        federated_identity: one of `FEDERATED_IDENTITIES`, which then vouches for the app. One of the three.
        cloud: one of `CLOUDS`.
        login_url, defender_url, graph_url: hosts that replace the cloud's; `/{tenant_id}`, `/api` and `/v1.0` are
            appended.
        defender_scope, graph_scope: replace the cloud's scopes; never derived from a URL.
        sentinel_url, arm_url: hosts of Sentinel's upload and of Azure Resource Manager that replace the cloud's.
        arm_scope: replaces the cloud's, for both of them.
        ca_bundle: PEM file of the authorities to trust instead of the public ones.
        verify_tls: False only by `--no_tls_verify`.
        proxy: URL for every call; empty takes the environment's.
        ignore_proxies: call directly whatever the environment says.

    Raises:
        UsageError: a value is none of its choices, a URL is not https, or there is more than one credential.
    """

    tenant_id: str = ""
    client_id: str = ""
    client_secret: str = ""
    client_certificate: str = ""
    federated_identity: str = ""
    cloud: str = "global"
    login_url: str = ""
    defender_url: str = ""
    defender_scope: str = ""
    graph_url: str = ""
    graph_scope: str = ""
    sentinel_url: str = ""
    arm_url: str = ""
    arm_scope: str = ""
    ca_bundle: str = ""
    verify_tls: bool = True
    proxy: str = ""
    ignore_proxies: bool = False

    def __post_init__(self) -> None:
        one_of(self.cloud, CLOUDS, "--cloud")
        for option, url in (
            ("--login_url", self.login_url),
            ("--defender_url", self.defender_url),
            ("--graph_url", self.graph_url),
            ("--sentinel_url", self.sentinel_url),
            ("--arm_url", self.arm_url),
        ):
            if url and not url.startswith("https://"):
                raise UsageError(f"{url!r} does not start with https://.", option=option)
        if self.federated_identity:
            one_of(self.federated_identity, FEDERATED_IDENTITIES, "--federated_identity")
        given = [option for option, value in self._credentials if value]
        if len(given) > 1:
            raise UsageError(f"give {' or '.join(given)}, not {'both' if len(given) == 2 else 'all'}.")

    @property
    def has_login(self) -> bool:
        """Whether there is a tenant, and something to log in with."""
        return bool(self.tenant_id and self.client_id and self.has_credential)

    @property
    def has_credential(self) -> bool:
        """Whether there is something that proves who the app is."""
        return any(value for _, value in self._credentials)

    @property
    def _credentials(self) -> tuple[tuple[str, str], ...]:
        return (
            ("--client_secret", self.client_secret),
            ("--client_certificate", self.client_certificate),
            ("--federated_identity", self.federated_identity),
        )

    def require_login(self) -> None:
        """Raise a `UsageError` that names what is missing to log in."""
        if not self.tenant_id:
            raise UsageError(
                "is missing.", option="--tenant_id", advice="It is the directory (tenant) id in Entra."
            )
        if not self.client_id:
            raise UsageError(
                "is missing.",
                option="--client_id",
                advice="It is the application id of the app registration.",
            )
        if not self.has_credential:
            raise UsageError(
                "is missing.",
                option="--client_secret",
                advice="Give a reference such as env:NAME or file:PATH, or use --client_certificate or "
                "--federated_identity.",
            )
