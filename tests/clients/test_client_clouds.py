"""Hosts and scopes of the clouds."""

from __future__ import annotations

import pytest

from iocbeam.clients import CLOUD_ENDPOINTS, defender_endpoints, endpoints
from iocbeam.model.errors import UsageError
from iocbeam.model.settings import CLOUDS, ConnectionSettings

DEFENDER = {
    "global": "https://api.securitycenter.microsoft.com",
    "gcc": "https://api-gcc.securitycenter.microsoft.us",
    "gcc_high": "https://api-gov.securitycenter.microsoft.us",
    "dod": "https://api-gov.securitycenter.microsoft.us",
}
LOGIN = {
    "global": "https://login.microsoftonline.com",
    "gcc": "https://login.microsoftonline.com",
    "gcc_high": "https://login.microsoftonline.us",
    "dod": "https://login.microsoftonline.us",
    "china": "https://login.chinacloudapi.cn",
}
GRAPH = {
    "global": "https://graph.microsoft.com",
    "gcc": "https://graph.microsoft.com",
    "gcc_high": "https://graph.microsoft.us",
    "dod": "https://dod-graph.microsoft.us",
    "china": "https://microsoftgraph.chinacloudapi.cn",
}


def test_every_cloud_has_endpoints() -> None:
    assert tuple(CLOUD_ENDPOINTS) == CLOUDS


@pytest.mark.parametrize("cloud", DEFENDER)
def test_a_cloud_gives_login_host_defender_and_scope(cloud: str) -> None:
    points = defender_endpoints(ConnectionSettings(cloud=cloud))
    assert points == endpoints(ConnectionSettings(cloud=cloud))
    assert points.login_url == LOGIN[cloud]
    assert points.defender_url == DEFENDER[cloud]
    assert points.defender_scope == f"{DEFENDER[cloud]}/.default"


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_cloud_gives_login_host_graph_and_scope(cloud: str) -> None:
    points = endpoints(ConnectionSettings(cloud=cloud))
    assert points.login_url == LOGIN[cloud]
    assert points.graph_url == GRAPH[cloud]
    assert points.graph_scope == f"{GRAPH[cloud]}/.default"


def test_gcc_is_mixed() -> None:
    points = endpoints(ConnectionSettings(cloud="gcc"))
    assert points.login_url.endswith(".com")
    assert points.graph_url.endswith(".com")
    assert points.defender_url.endswith(".us")


def test_a_scope_follows_the_cloud_and_never_a_url() -> None:
    points = endpoints(ConnectionSettings(defender_url="https://eu.api.security.microsoft.com/"))
    assert points.defender_url == "https://eu.api.security.microsoft.com"
    assert points.defender_scope == "https://api.securitycenter.microsoft.com/.default"


def test_only_its_option_changes_a_scope() -> None:
    points = endpoints(
        ConnectionSettings(
            defender_scope="https://x/.default",
            graph_scope="https://y/.default",
            graph_url="https://graph.example/",
        )
    )
    assert points.graph_url == "https://graph.example"
    assert (points.defender_scope, points.graph_scope) == ("https://x/.default", "https://y/.default")
    assert endpoints(ConnectionSettings(graph_url="https://graph.example")).graph_scope == (
        "https://graph.microsoft.com/.default"
    )


def test_china_has_no_defender() -> None:
    for url in ("", "https://defender.example"):
        with pytest.raises(UsageError, match="--cloud"):
            defender_endpoints(ConnectionSettings(cloud="china", defender_url=url))


@pytest.mark.parametrize("option", ["login_url", "defender_url", "graph_url"])
@pytest.mark.parametrize(
    "url",
    [
        "https://host/api",
        "https://host?x=1",
        "https://user:pw@host",
        "https://",
        "https://host:bad",
        "https://h#f",
    ],
)
def test_a_url_option_is_a_host_only(option: str, url: str) -> None:
    with pytest.raises(UsageError, match=f"--{option}") as caught:
        endpoints(ConnectionSettings(**{option: url}))
    assert "pw" not in str(caught.value)
