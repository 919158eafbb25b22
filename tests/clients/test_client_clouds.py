"""Hosts and scopes of the clouds."""

from __future__ import annotations

import pytest

from iocbeam.clients import CLOUD_ENDPOINTS, endpoints
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
}


def test_every_cloud_has_endpoints() -> None:
    assert tuple(CLOUD_ENDPOINTS) == CLOUDS


@pytest.mark.parametrize("cloud", DEFENDER)
def test_a_cloud_gives_login_host_defender_and_scope(cloud: str) -> None:
    points = endpoints(ConnectionSettings(cloud=cloud))
    assert points.login_url == LOGIN[cloud]
    assert points.defender_url == DEFENDER[cloud]
    assert points.defender_scope == f"{DEFENDER[cloud]}/.default"


def test_gcc_is_mixed() -> None:
    assert endpoints(ConnectionSettings(cloud="gcc")).graph_url == "https://graph.microsoft.com"


def test_a_scope_follows_the_cloud_and_never_a_url() -> None:
    points = endpoints(ConnectionSettings(defender_url="https://eu.api.security.microsoft.com/"))
    assert points.defender_url == "https://eu.api.security.microsoft.com"
    assert points.defender_scope == "https://api.securitycenter.microsoft.com/.default"


def test_only_its_option_changes_a_scope() -> None:
    assert (
        endpoints(ConnectionSettings(defender_scope="https://x/.default")).defender_scope == "https://x/.default"
    )


def test_china_has_no_defender() -> None:
    with pytest.raises(UsageError, match="--cloud"):
        endpoints(ConnectionSettings(cloud="china"))


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
def test_a_url_option_is_a_host_only(url: str) -> None:
    with pytest.raises(UsageError, match="--defender_url") as caught:
        endpoints(ConnectionSettings(defender_url=url))
    assert "pw" not in str(caught.value)
