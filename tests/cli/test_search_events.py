"""`--json` of a search: OCSF events and nothing else; and which attribute shows what was found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ocsf_help import Schemas, without_query_paths
from search_help import ADDRESS_ALERT, FILE_ALERT, LAPTOP, MD5, SERVER, SHA1, SHA256, Searcher, alert

Search = Callable[..., Searcher]
VALUES = (
    "203.0.113.7",
    "203.0.113.66",
    "10.1.2.7",
    "laptop-7",
    "server-9.corp.example.com",
    "bad.example",
    "http://bad.example/a/b",
    "dropper.exe",
    SHA1,
    SHA256,
    MD5,
)


@pytest.fixture(scope="module")
def schemas(shared: Path) -> Schemas:
    return Schemas(shared / "schemas")


@pytest.mark.parametrize("dialect", ["ocsf", "ocsf_legacy", "qdm"])
def test_every_event_is_valid_and_nothing_else_is_printed(
    searcher: Search, schemas: Schemas, dialect: str
) -> None:
    said = searcher()(*VALUES, "--json", "--dialect", dialect)
    assert said.status == 0
    events = said.events
    findings = 2004 if dialect == "ocsf" else 2001
    assert {event["class_uid"] for event in events} == {5001, findings}
    for event in events:
        assert schemas.faults(without_query_paths(event) if dialect == "qdm" else event) == []
        told = {one["data"]["value"] for one in event["enrichments"] if one["type"] == "iocbeam"}
        assert len(told) == 1, "one event for each value that a machine or an alert shows"
    sought = {one["data"]["value"] for event in events for one in event["enrichments"]}
    assert sought == set(VALUES)


def test_what_could_not_be_asked_goes_to_standard_error(searcher: Search) -> None:
    said = searcher(roles=("Machine.Read.All", "ThreatHunting.Read.All"))("203.0.113.7", "--json")
    assert said.status == 3
    assert [event["class_uid"] for event in said.events] == [5001]
    assert "/api/ips/{ip}/alerts" in said.err
    assert "Alert.Read.All" in said.err


def test_a_machine_that_only_hunting_names_is_an_event(searcher: Search, schemas: Schemas) -> None:
    search = searcher()
    said = search("203.0.113.7", "--json", "--lookups", "0")
    (event,) = said.events
    assert schemas.faults(event) == []
    assert event["device"]["uid"] == LAPTOP
    assert event["device"]["hostname"] == "laptop-7.corp.example.com"
    assert event["unmapped"]["lastExternalIpAddress"] == "203.0.113.7"
    assert not any(call.startswith(f"/api/machines/{LAPTOP}") for call in search.asked)


def events(searcher: Search, value: str, *options: str) -> list[dict[str, Any]]:
    return searcher()(value, "--json", *options).events


def shown(event: dict[str, Any]) -> list[tuple[str, str]]:
    """Attribute and value of what was looked for."""
    return [(one["name"], one["value"]) for one in event["enrichments"]]


# The seeds' table of entities, a test for each row.


def test_ip_address_is_last_ip_address_is_device_ip(searcher: Search) -> None:
    (event,) = events(searcher, "10.1.2.7")
    assert event["device"]["ip"] == "10.1.2.7"
    assert ("device.ip", "10.1.2.7") in shown(event)


def test_ip_address_is_last_external_ip_address(searcher: Search) -> None:
    (event,) = events(searcher, "203.0.113.7")
    assert event["device"]["uid"] == LAPTOP
    assert shown(event) == [("unmapped.lastExternalIpAddress", "203.0.113.7")]
    assert {
        "name": "unmapped.lastExternalIpAddress",
        "type_id": 2,
        "type": "IP Address",
        "value": "203.0.113.7",
    } in event["observables"]


def test_ip_address_is_last_external_ip_address_is_device_ip_in_qdm(searcher: Search) -> None:
    (event,) = events(searcher, "203.0.113.7", "--dialect", "qdm")
    assert "203.0.113.7" in event["device"]["ip"]
    assert ("device.ip", "203.0.113.7") in shown(event)


def test_hostname_is_computer_dns_name_is_device_hostname(searcher: Search) -> None:
    machine, *alerts = events(searcher, "server-9.corp.example.com")
    assert machine["device"]["uid"] == SERVER
    assert machine["device"]["hostname"] == "server-9.corp.example.com"
    assert shown(machine) == [("device.hostname", "server-9.corp.example.com")]
    assert {event["device"]["hostname"] for event in alerts} == {"server-9.corp.example.com"}


def test_file_name_is_evidence_file_name_is_file_name(searcher: Search) -> None:
    machine, finding = events(searcher, "dropper.exe")
    assert machine["device"]["uid"] == SERVER
    assert finding["finding_info"]["uid"] == FILE_ALERT
    assert shown(finding) == [("evidences.file.name", "Dropper.EXE")]
    assert finding["evidences"][0]["file"]["name"] == "Dropper.EXE"


def test_file_name_is_file_product_name(searcher: Search) -> None:
    (finding,) = events(searcher, "Exemplar Suite", "--kind", "file_name")
    assert finding["finding_info"]["uid"] == FILE_ALERT
    assert shown(finding) == [("evidences.file.product.name", "Exemplar Suite")]


def test_file_name_is_file_product_name_is_file_name_in_qdm(searcher: Search) -> None:
    (finding,) = events(searcher, "Exemplar Suite", "--kind", "file_name", "--dialect", "qdm")
    assert "Exemplar Suite" in [file["name"] for file in finding["file"]]
    assert ("file.name", "Exemplar Suite") in shown(finding)


@pytest.mark.parametrize("value", [SHA1, SHA256], ids=["SHA-1", "SHA-256"])
def test_hash_is_a_hash_of_a_file(searcher: Search, value: str) -> None:
    machine, finding = events(searcher, value)
    assert machine["device"]["uid"] == SERVER
    assert value in [one["value"] for one in finding["evidences"][0]["file"]["hashes"]]
    assert ("evidences.file.hashes.value", value) in shown(finding)


def test_md5_is_the_sha1_of_the_same_file(searcher: Search) -> None:
    machine, finding = events(searcher, MD5)
    assert machine["device"]["uid"] == SERVER
    assert finding["finding_info"]["uid"] == FILE_ALERT
    assert ("evidences.file.hashes.value", SHA1) in shown(finding)
    assert {one["data"]["value"] for one in finding["enrichments"]} == {MD5}


def test_alert_is_a_finding_with_type_severity_status_and_action(searcher: Search) -> None:
    search = searcher()
    evidence = {"entityType": "Ip", "ipAddress": "203.0.113.99"}
    search.tenant.seed_alerts(
        [
            alert("da5_1", LAPTOP, "laptop-7", 3, evidence),
            alert("da5_2", LAPTOP, "laptop-7", 2, evidence, status="Resolved", severity="Low"),
        ]
    )
    said = search("203.0.113.99", "--json")
    findings = [event for event in said.events if event["class_uid"] == 2004]
    assert [
        (one["type_uid"], one["severity"], one["status"], one["activity_name"], one["finding_info"]["types"])
        for one in findings
    ] == [
        (200403, "Low", "Resolved", "Close", ["Malware"]),
        (200401, "High", "New", "Create", ["Malware"]),
    ]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("bad.example", "api: /api/domains/{domain}/machines"),
        ("203.0.113.66", "hunting: DeviceNetworkEvents.RemoteIP"),
        (SHA1, "api: /api/files/{sha1}/machines"),
    ],
    ids=["domain", "address", "file"],
)
def test_what_only_an_answer_tells_is_named_by_what_was_asked(searcher: Search, value: str, name: str) -> None:
    machines = [event for event in events(searcher, value) if event["class_uid"] == 5001]
    assert machines
    for event in machines:
        assert shown(event) == [(name, value)]
        assert {one["data"]["place"] for one in event["enrichments"]} == {name}
        assert (name, value) in [(one["name"], one["value"]) for one in event["observables"]]
        assert "unmapped./" not in str(event)


def test_alerts_are_told_once_for_each_value(searcher: Search) -> None:
    said = searcher()("203.0.113.66", "laptop-7", "--json")
    uids = [event["finding_info"]["uid"] for event in said.events if event["class_uid"] == 2004]
    assert uids.count(ADDRESS_ALERT) == 2
