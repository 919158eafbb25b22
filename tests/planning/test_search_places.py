"""Where an object shows a value that was looked for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.search_kind import Sought, detect
from iocbeam.model.sighting import ALERT, MACHINE
from iocbeam.planning.search.places import is_called, match_by, matches_in

_SHA1, _SHA256, _MD5 = "2f" * 20, "ef" * 32, "9e" * 16

_MACHINE: dict[str, Any] = {
    "computerDnsName": "Laptop-7.corp.example.com",
    "lastIpAddress": "10.1.2.7",
    "lastExternalIpAddress": "2001:DB8:0::7",
    "ipAddresses": [{"ipAddress": "10.1.2.7"}, {"ipAddress": ""}, None, {"ipAddress": "192.168.0.9"}],
}
_ALERT: dict[str, Any] = {
    "computerDnsName": "laptop-7.corp.example.com",
    "evidence": [
        {"entityType": "Ip", "ipAddress": "203.0.113.66"},
        {"entityType": "Url", "url": "hxxp://WWW.bad[.]example/a/b?c"},
        {"entityType": "Url", "domainName": "bad.example", "url": None},
        {"entityType": "User", "domainName": "bad.example"},
        {"entityType": "Url", "url": "http://203.0.113.66:8080/x"},
        {"entityType": "File", "sha1": _SHA1.upper(), "sha256": _SHA256, "fileName": "Dropper.EXE"},
        {"entityType": "Process", "fileName": "cmd.exe", "parentProcessFileName": "dropper.exe"},
        "no evidence",
    ],
}
_FILES = [{"md5": _MD5, "sha1": _SHA1, "fileProductName": "Exemplar Suite"}]


def _sought(text: str, kind: str = "") -> Sought:
    found = detect(text, kind)
    assert isinstance(found, Sought), found
    return found


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("10.1.2.7", ["lastIpAddress", "ipAddresses[0].ipAddress"]),
        ("192.168.0.9", ["ipAddresses[3].ipAddress"]),
        ("2001:db8::7", ["lastExternalIpAddress"]),
        ("laptop", []),
        ("LAPTOP-7", ["computerDnsName"]),
        ("Laptop-7.CORP.example.com", ["computerDnsName"]),
        ("laptop-7.corp.example.com", ["computerDnsName"]),
        ("corp.example.com", []),
        ("top-7", []),
        ("10.1.2.70", []),
        ("http://bad.example/a", []),
    ],
)
def test_places_in_a_machine(text: str, places: list[str]) -> None:
    assert [match.place for match in matches_in(_sought(text), MACHINE, _MACHINE)] == places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("203.0.113.66", ["evidence[0].ipAddress", "evidence[4].url"]),
        ("bad.example", ["evidence[1].url", "evidence[2].domainName"]),
        ("www.bad.example", ["evidence[1].url"]),
        ("ad.example", []),
        ("http://www.bad.example/a/b?c", ["evidence[1].url"]),
        ("www.bad.example/a/b?c", ["evidence[1].url"]),
        ("http://www.bad.example/a/B?c", []),
        ("http://www.bad.example/", ["evidence[1].url"]),
        ("http://203.0.113.66:8080/x", ["evidence[4].url"]),
        ("laptop-7", ["computerDnsName"]),
        ("laptop-7.corp.example.com", ["computerDnsName"]),
        ("dropper.exe", ["evidence[5].fileName", "evidence[6].parentProcessFileName"]),
        (_SHA1, ["evidence[5].sha1"]),
        (_SHA256, ["evidence[5].sha256"]),
        (_MD5, []),
    ],
)
def test_places_in_an_alert(text: str, places: list[str]) -> None:
    assert [match.place for match in matches_in(_sought(text), ALERT, _ALERT)] == places


@pytest.mark.parametrize(
    ("text", "name", "called"),
    [
        ("host-00016", "HOST-00016", True),
        ("HOST-00040", "host-00040.corp.example.com", True),
        ("host-0004", "host-00040.corp.example.com", False),
        ("corp", "host-00040.corp.example.com", False),
        ("host-00040.CORP.example.com", "HOST-00040.corp.EXAMPLE.com.", True),
        ("host-00040.corp.example.com", "HOST-00040", False),
        ("corp.example.com", "host-00040.corp.example.com", False),
        ("bücher.example.com", "BÜCHER.example.com", True),
        ("bücher", "BÜCHER.example.com", True),
        ("host", None, False),
        ("host", 7, False),
        ("host", "", False),
    ],
)
def test_a_machine_is_called_so(text: str, name: object, called: bool) -> None:
    assert is_called(_sought(text), name) is called


def test_a_file_is_known_by_its_other_hashes() -> None:
    matches = matches_in(_sought(_MD5), ALERT, _ALERT, hashes=[_SHA1])
    assert [(match.place, match.entity, match.indicator.value) for match in matches] == [
        ("evidence[5].sha1", "sha1", _MD5)
    ]


def test_a_product_is_in_the_files() -> None:
    (match,) = matches_in(_sought("exemplar suite", "file_name"), ALERT, _ALERT, files=_FILES)
    assert (match.place, match.observed) == ("files[0].fileProductName", "Exemplar Suite")


def test_a_match_that_only_the_answer_tells_names_the_call() -> None:
    match = match_by(_sought("203.0.113.66"), "DeviceNetworkEvents.RemoteIP")
    assert (match.entity, match.observed, match.place) == ("ip", "203.0.113.66", "DeviceNetworkEvents.RemoteIP")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from((*_MACHINE, *_ALERT, "url", "ipAddress", "sha1")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from((*_MACHINE, *_ALERT)), _json), st.sampled_from((MACHINE, ALERT)))
def test_any_object_is_looked_at_without_an_error(data: dict[str, Any], kind: str) -> None:
    for text in ("203.0.113.66", "bad.example", "http://bad.example/a", "host", "a.exe", _SHA1):
        assert all(match.place for match in matches_in(_sought(text), kind, data))
