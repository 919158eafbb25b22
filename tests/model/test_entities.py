"""What machines and alerts show, whatever their fields hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.entities import Entity, entities_of, file_entities, hashes_of_files
from iocbeam.model.observed import observed_address
from iocbeam.model.sighting import ALERT, GRAPH_ALERT, INDICATOR_ROW, MACHINE, Fetched
from iocbeam.planning.sightings.join import keys_of_entity

SHA1, SHA256, MD5 = "A1" * 20, "b2" * 32, "C3" * 16

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def shown(kind: str, data: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one.kind, one.value, one.place) for one in entities_of(Fetched(kind, "t", "t", data))]


def evidence(**fields: Any) -> dict[str, Any]:
    return {"id": "da1_2", "evidence": [fields]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"sha1": SHA1}, [("sha1", SHA1.lower(), "evidence[0].sha1")], id="sha1"),
        pytest.param({"sha256": SHA256}, [("sha256", SHA256, "evidence[0].sha256")], id="sha256"),
        pytest.param({"sha1": "a1"}, [], id="cut-hash"),
        pytest.param({"sha1": None, "fileName": None}, [], id="nulls"),
        pytest.param(
            {"fileName": "Evil.EXE"}, [("file_name", "evil.exe", "evidence[0].fileName")], id="file-name"
        ),
        pytest.param(
            {"parentProcessFileName": "C:\\Windows\\Loader.exe"},
            [("file_name", "loader.exe", "evidence[0].parentProcessFileName")],
            id="parent-as-path",
        ),
        pytest.param({"ipAddress": "8.8.8.8"}, [("ip", "8.8.8.8", "evidence[0].ipAddress")], id="ipv4"),
        pytest.param(
            {"ipAddress": "2606:4700:0:0:0:0:0:1111"},
            [("ip", "2606:4700::1111", "evidence[0].ipAddress")],
            id="ipv6-in-full",
        ),
        pytest.param({"ipAddress": "::ffff:8.8.8.8"}, [("ip", "8.8.8.8", "evidence[0].ipAddress")], id="mapped"),
        pytest.param({"ipAddress": "10.0.0.1"}, [], id="private-address-is-in-no-collection"),
        pytest.param({"ipAddress": ""}, [], id="empty-address"),
        pytest.param(
            {"url": "https://Bad.Example.com/Path?q=1"},
            [("url", "https://bad.example.com/Path?q=1", "evidence[0].url")],
            id="url",
        ),
        pytest.param(
            {"url": "hxxp://bad[.]example[.]com/x"},
            [("url", "http://bad.example.com/x", "evidence[0].url")],
            id="defanged-url",
        ),
        pytest.param(
            {"url": "bad.example.com/x"}, [("url", "bad.example.com/x", "evidence[0].url")], id="bare-url"
        ),
        pytest.param(
            {"url": "BAD.example.com"}, [("domain", "bad.example.com", "evidence[0].url")], id="name-only"
        ),
        pytest.param(
            {"url": "bad.example.com:8443"}, [("domain", "bad.example.com", "evidence[0].url")], id="port"
        ),
        pytest.param({"url": "9.9.9.9"}, [("ip", "9.9.9.9", "evidence[0].url")], id="address-as-url"),
        pytest.param({"url": 17}, [], id="no-text"),
        pytest.param(
            {"filePath": "C:\\Temp\\Drop.exe"},
            [("file_name", "drop.exe", "evidence[0].filePath")],
            id="path-alone",
        ),
        pytest.param({"filePath": "C:\\Temp"}, [], id="folder-alone"),
        pytest.param(
            {"accountName": "anna", "domainName": "corp.example.com"}, [], id="domain-of-an-account-is-no-host"
        ),
    ],
)
def test_evidence_of_a_defender_alert_shows_its_entities(
    fields: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    assert shown(ALERT, evidence(**fields)) == expected


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("ldap://bad.example.com/a", "bad.example.com", id="other-scheme"),
        pytest.param("http://user:pw@bad.example.com/x", "bad.example.com", id="credentials"),
        pytest.param("ftp://bad.example.com", "bad.example.com", id="ftp"),
        pytest.param("http://bad.example.com/a b", "bad.example.com", id="space"),
        pytest.param("http://bad.example.com/a*b", "bad.example.com", id="asterisk"),
        pytest.param("http://bad.example.com/long...", "bad.example.com", id="cut-short"),
        pytest.param("//bad.example.com/x", "bad.example.com", id="no-scheme"),
        pytest.param("\\\\bad.example.com\\share", "bad.example.com", id="unc"),
        pytest.param("smb://bad.example.com/share", "bad.example.com", id="smb"),
        pytest.param("*.bad.example.com", "bad.example.com", id="wildcard"),
        pytest.param("http://bad.example.com\\x", "bad.example.com", id="backslash"),
        pytest.param("http://bad.example.com:99999/x", "bad.example.com", id="port-that-is-none"),
        pytest.param("http://-a.bad.example.com/x", "bad.example.com", id="odd-label"),
        pytest.param("http://xn--a.bad.example.com/x", "bad.example.com", id="odd-punycode"),
        pytest.param("tcp://8.8.4.4:443", "8.8.4.4", id="address-and-port"),
        pytest.param("http://[2606:4700::1111]:8080/x y", "2606:4700::1111", id="ipv6"),
    ],
)
def test_a_url_that_could_not_be_blocked_still_shows_its_host(url: str, host: str) -> None:
    found = entities_of(Fetched(ALERT, "t", "t", evidence(url=url)))
    values = {key.value for one in found for key in keys_of_entity(one.kind, one.value)}
    assert host in values


@pytest.mark.parametrize(
    "text",
    [
        "0:0:0:0:0:ffff:8.8.4.4",
        "[::ffff:8.8.4.4]:443",
        "64:ff9b::8.8.4.4",
        " 8.8.4.4 ",
        "8.8.4[.]4",
        "8.8.4.4:53",
    ],
)
def test_an_address_is_read_however_it_is_written(text: str) -> None:
    assert observed_address(text) == "8.8.4.4"


def test_an_address_with_a_zone_is_an_address() -> None:
    assert observed_address("2606:4700::1111%eth0") == "2606:4700::1111"


def test_evidence_is_looked_at_to_its_end() -> None:
    many = [{"ipAddress": "10.0.0.1"}] * 3_000 + [{"ipAddress": "9.9.9.9"}]
    assert shown(ALERT, {"evidence": many}) == [("ip", "9.9.9.9", "evidence[3000].ipAddress")]


def test_a_graph_alert_shows_devices_hashes_and_addresses_within_other_objects() -> None:
    alert = {
        "evidence": [
            {"lastExternalIpAddress": "9.9.9.9", "deviceDnsName": "h.example.com", "hostName": "h.example.com"},
            {"@odata.type": "#microsoft.graph.security.fileHashEvidence", "algorithm": "sha256", "value": SHA256},
            {"destinationAddress": {"ipAddress": "8.8.8.8"}},
            {"userAccount": {"accountName": "anna", "domainName": "corp.example.com"}},
            {"fileDetails": {"fileName": None, "filePath": "/srv/drop.sh"}},
        ]
    }
    assert [(kind, value) for kind, value, _ in shown(GRAPH_ALERT, alert)] == [
        ("ip", "9.9.9.9"),
        ("domain", "h.example.com"),
        ("domain", "h.example.com"),
        ("sha256", SHA256),
        ("ip", "8.8.8.8"),
        ("file_name", "drop.sh"),
    ]


def test_a_machine_shows_both_addresses_those_of_its_interfaces_and_its_name() -> None:
    machine = {
        "computerDnsName": "PC-1.corp.example.com",
        "lastIpAddress": "10.0.0.4",
        "lastExternalIpAddress": "8.8.4.4",
        "ipAddresses": [{"ipAddress": ""}, None, {"ipAddress": "1.1.1.1"}],
    }
    assert shown(MACHINE, machine) == [
        ("ip", "8.8.4.4", "lastExternalIpAddress"),
        ("ip", "1.1.1.1", "ipAddresses[2].ipAddress"),
        ("domain", "pc-1.corp.example.com", "computerDnsName"),
    ]


def test_a_graph_alert_shows_files_processes_addresses_and_urls() -> None:
    alert = {
        "evidence": [
            {"fileDetails": {"sha1": SHA1, "sha256": SHA256, "fileName": "a.exe"}},
            {"imageFile": {"sha1": SHA1}, "parentProcessImageFile": {"fileName": "b.exe"}},
            {"ipAddress": "8.8.8.8"},
            {"url": "http://bad.example.com/"},
            {"ipInterfaces": ["1.1.1.1", "127.0.0.1", 5]},
            {"urls": ["http://other.example.com/x"], "senderIp": "9.9.9.9"},
        ]
    }
    assert [(kind, place) for kind, _, place in shown(GRAPH_ALERT, alert)] == [
        ("sha1", "evidence[0].fileDetails.sha1"),
        ("sha256", "evidence[0].fileDetails.sha256"),
        ("file_name", "evidence[0].fileDetails.fileName"),
        ("sha1", "evidence[1].imageFile.sha1"),
        ("file_name", "evidence[1].parentProcessImageFile.fileName"),
        ("ip", "evidence[2].ipAddress"),
        ("url", "evidence[3].url"),
        ("ip", "evidence[4].ipInterfaces[0]"),
        ("url", "evidence[5].urls[0]"),
        ("ip", "evidence[5].senderIp"),
    ]


def test_the_files_of_an_alert_show_all_hashes_and_the_name_of_the_product() -> None:
    files = [{"md5": MD5, "sha1": SHA1, "sha256": SHA256, "fileProductName": "Example Suite"}, "none"]
    assert [(one.kind, one.value, one.place) for one in file_entities(files, "files")] == [
        ("md5", MD5.lower(), "files[0].md5"),
        ("sha1", SHA1.lower(), "files[0].sha1"),
        ("sha256", SHA256, "files[0].sha256"),
        ("file_name", "example suite", "files[0].fileProductName"),
    ]


def test_files_are_told_apart_by_sha1_and_sha256_alone() -> None:
    entities = [Entity("sha1", "x", "x", ""), Entity("md5", "y", "y", ""), Entity("sha256", "z", "z", "")]
    assert hashes_of_files(entities) == {"x", "z"}


def test_rows_of_indicators_show_nothing_to_compare() -> None:
    assert shown(INDICATOR_ROW, {"indicatorValue": "8.8.8.8"}) == []


@given(json_values, json_values, st.sampled_from((MACHINE, ALERT, GRAPH_ALERT)))
def test_no_object_of_any_shape_breaks_the_reading(value: Any, other: Any, kind: str) -> None:
    names = ("lastIpAddress", "ipAddresses", "computerDnsName", "sha1", "url", "fileName", "fileDetails", "urls")
    item = dict.fromkeys(names, value)
    data = {**item, "evidence": [item, other, value]}
    for one in entities_of(Fetched(kind, "t", "t", data)):
        assert one.value
    assert list(file_entities([value, other, item], "files")) is not None
    assert isinstance(entities_of(Fetched(kind, "t", "t", other)), list)


@given(st.ip_addresses())
def test_an_observed_address_is_public_or_none(address: Any) -> None:
    found = observed_address(str(address))
    assert found == "" or observed_address(found) == found
