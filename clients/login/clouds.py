"""Hosts and token scopes of the Microsoft clouds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import ConnectionSettings


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where one cloud's services are.

    URLs (`login_url`, `graph_url` ...) are hosts without a path or trailing slash, scopes (`graph_scope` ...) what
    a token is asked for; a client appends `/{tenant_id}`, `/api`, `/v1.0`,
    `/workspaces/{id}` or `/subscriptions/{id}`. `defender_url` and `defender_scope` are empty where the cloud has
    no Defender for Endpoint. `sentinel_url` is the host of Sentinel's upload, `arm_url` that of Azure Resource
    Manager; both take tokens for `arm_scope`. `exchange_audience` is who an identity token is for that is given in
    exchange for an access token.
    """

    login_url: str
    defender_url: str
    defender_scope: str
    graph_url: str
    graph_scope: str
    sentinel_url: str
    arm_url: str
    arm_scope: str
    exchange_audience: str


@dataclass(frozen=True, slots=True)
class _Azure:
    sentinel: str
    arm: str
    exchange: str


_GLOBAL_AZURE: Final = _Azure(
    "https://api.ti.sentinel.azure.com", "https://management.azure.com", "api://AzureADTokenExchange"
)
_GOVERNMENT_AZURE: Final = _Azure(
    "https://api.ti.sentinel.azure.us", "https://management.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov"
)
_CHINA_AZURE: Final = _Azure(
    "https://api.ti.sentinel.azure.cn", "https://management.chinacloudapi.cn", "api://AzureADTokenExchangeChina"
)

_GLOBAL_LOGIN: Final = "https://login.microsoftonline.com"
_GOVERNMENT_LOGIN: Final = "https://login.microsoftonline.us"
_GCC_DEFENDER: Final = "https://api-gcc.securitycenter.microsoft.us"
_GOVERNMENT_DEFENDER: Final = "https://api-gov.securitycenter.microsoft.us"


def _cloud(login: str, defender: str, graph: str, azure: _Azure) -> Endpoints:
    return Endpoints(
        login_url=login,
        defender_url=defender,
        defender_scope=f"{defender}/.default" if defender else "",
        graph_url=graph,
        graph_scope=f"{graph}/.default",
        sentinel_url=azure.sentinel,
        arm_url=azure.arm,
        arm_scope=f"{azure.arm}/.default",
        exchange_audience=azure.exchange,
    )


CLOUD_ENDPOINTS: Final[Mapping[str, Endpoints]] = MappingProxyType(
    {
        "global": _cloud(
            _GLOBAL_LOGIN,
            "https://api.securitycenter.microsoft.com",
            "https://graph.microsoft.com",
            _GLOBAL_AZURE,
        ),
        # GCC is mixed: login, Graph and Azure are global, Defender has a host of its own.
        "gcc": _cloud(_GLOBAL_LOGIN, _GCC_DEFENDER, "https://graph.microsoft.com", _GLOBAL_AZURE),
        "gcc_high": _cloud(
            _GOVERNMENT_LOGIN, _GOVERNMENT_DEFENDER, "https://graph.microsoft.us", _GOVERNMENT_AZURE
        ),
        "dod": _cloud(
            _GOVERNMENT_LOGIN, _GOVERNMENT_DEFENDER, "https://dod-graph.microsoft.us", _GOVERNMENT_AZURE
        ),
        "china": _cloud(
            "https://login.chinacloudapi.cn", "", "https://microsoftgraph.chinacloudapi.cn", _CHINA_AZURE
        ),
    }
)
"""Documented for login, Defender and Graph hosts (learn.microsoft.com: Defender for Endpoint "for US
Government customers"; Microsoft Graph "national cloud deployments"). The scopes of the global Defender and of
the global Graph are documented; the others follow the same form, which is used in production against GCC.

Documented too are the hosts of Azure Resource Manager, and the global one of Sentinel's upload
(learn.microsoft.com: "Import threat intelligence to Microsoft Sentinel with the upload API"). Those of the upload
in Azure Government and in Azure China are named by Microsoft's connector for these clouds only, with a path that
is spelt otherwise than on the API's own page: `UNSURE_UPLOAD`.

The audience of the global exchange is documented for tokens of any issuer; those of Azure Government and of Azure
China for tokens of managed identities (learn.microsoft.com: "Configure an application to trust a managed
identity"), and the former was seen to be the portal's default for others too."""

UNSURE_UPLOAD: Final = frozenset(("gcc_high", "dod", "china"))
"""Clouds whose host of Sentinel's upload is not on the API's own page."""


def endpoints(connection: ConnectionSettings) -> Endpoints:
    """The cloud's endpoints, with the hosts and the scopes that were given instead.

    A scope never follows a URL: the regional hosts take the same token as the documented one, and a token
    for what a URL says would be for another application.

    Raises:
        UsageError: a URL is more than a host.
    """
    cloud = CLOUD_ENDPOINTS[connection.cloud]
    return Endpoints(
        login_url=_host(connection.login_url, "--login_url") or cloud.login_url,
        defender_url=_host(connection.defender_url, "--defender_url") or cloud.defender_url,
        defender_scope=connection.defender_scope or cloud.defender_scope,
        graph_url=_host(connection.graph_url, "--graph_url") or cloud.graph_url,
        graph_scope=connection.graph_scope or cloud.graph_scope,
        sentinel_url=_host(connection.sentinel_url, "--sentinel_url") or cloud.sentinel_url,
        arm_url=_host(connection.arm_url, "--arm_url") or cloud.arm_url,
        arm_scope=connection.arm_scope or cloud.arm_scope,
        exchange_audience=cloud.exchange_audience,
    )


def defender_endpoints(connection: ConnectionSettings) -> Endpoints:
    """The same for a Defender job, which not every cloud can have.

    Raises:
        UsageError: the cloud has no Defender for Endpoint, or a URL is more than a host.
    """
    if not CLOUD_ENDPOINTS[connection.cloud].defender_url:
        raise UsageError(
            f"Defender for Endpoint has no documented API in {connection.cloud}.",
            option="--cloud",
            advice="Use global, gcc, gcc_high or dod.",
        )
    return endpoints(connection)


def _host(url: str, option: str) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        unusable = not parts.hostname or parts.port == 0
    except ValueError:
        unusable = True
    if unusable or "@" in parts.netloc or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise UsageError(
            "must be a scheme and a host only, such as https://host or https://host:8443.",
            option=option,
            advice="The path is appended.",
        )
    return f"{parts.scheme}://{parts.netloc}"
