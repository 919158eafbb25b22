"""Defender's alerts as findings."""

from __future__ import annotations

from typing import Any

import pytest
from ocsf_help import (
    ALERT,
    CONTEXT,
    FILES,
    LEGACY,
    MD5,
    NOW,
    QDM,
    SHA1,
    SHA256,
    Schemas,
    changed,
    evidence,
    without_query_paths,
)

from iocbeam.model.ocsf import Event, EventContext, defender_alert_event


def with_evidence(*items: Any) -> Event:
    return defender_alert_event(changed(ALERT, evidence=list(items)), CONTEXT)


@pytest.mark.parametrize(
    ("context", "uid"),
    [
        pytest.param(CONTEXT, 2004, id="ocsf"),
        pytest.param(LEGACY, 2001, id="legacy"),
        pytest.param(QDM, 2001, id="qdm"),
    ],
)
def test_an_alert_is_a_finding_of_the_dialect(context: EventContext, uid: int, ocsf_schemas: Schemas) -> None:
    event = defender_alert_event(ALERT, context, files=FILES)
    assert ocsf_schemas.faults(without_query_paths(event)) == []
    assert (event["class_uid"], event["type_uid"], event["is_alert"]) == (uid, uid * 100 + 1, True)
    assert event["time"] == 1_789_812_000_383
    assert event["metadata"]["correlation_uid"] == "1126093"
    assert event["malware"] == [{"name": "Emotet", "classification_ids": [0], "classifications": ["Unknown"]}]


def test_a_finding_says_what_was_found_and_when() -> None:
    event = defender_alert_event(ALERT, CONTEXT)
    info = event["finding_info"]
    assert info["title"] == event["message"] == ALERT["title"]
    assert info["desc"] == ALERT["description"]
    assert (event["start_time"], event["end_time"]) == (1_789_811_880_000, 1_789_811_999_999)
    assert info["attacks"] == [
        {"technique": {"uid": "T1064"}},
        {"technique": {"uid": "T1059"}, "sub_technique": {"uid": "T1059.001"}},
    ]
    assert (info["analytic"]["uid"], info["analytic"]["name"]) == (ALERT["detectorId"], ALERT["detectionSource"])
    assert event["assignee"] == {"name": "analyst@contoso.example"}
    assert event["actor"]["user"] == {"name": "jdoe", "domain": "CONTOSO"}
    assert event["verdict"] == "True Positive"


def test_the_older_class_keeps_verdict_and_assignee_unmapped() -> None:
    unmapped = defender_alert_event(ALERT, LEGACY)["unmapped"]
    assert (unmapped["verdict"], unmapped["assignedTo"]) == ("True Positive", "analyst@contoso.example")


def test_comments_and_determination_are_unmapped() -> None:
    unmapped = defender_alert_event(ALERT, CONTEXT)["unmapped"]
    assert unmapped["determination"] == "Malware"
    assert unmapped["comments"] == ALERT["comments"]
    assert "evidence" not in unmapped


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        pytest.param("UnSpecified", (0, "Unknown"), id="unspecified"),
        pytest.param("Informational", (1, "Informational"), id="informational"),
        pytest.param("Low", (2, "Low"), id="low"),
        pytest.param("Medium", (3, "Medium"), id="medium"),
        pytest.param("high", (4, "High"), id="other-case"),
        pytest.param("Cosmic", (99, "Cosmic"), id="not-known"),
        pytest.param("", (0, "Unknown"), id="empty"),
        pytest.param(None, (0, "Unknown"), id="null"),
        pytest.param(7, (99, "7"), id="a-number"),
    ],
)
def test_a_severity_is_told_and_an_unknown_one_is_other(severity: Any, expected: tuple[int, str]) -> None:
    event = defender_alert_event(changed(ALERT, severity=severity), CONTEXT)
    assert (event["severity_id"], event["severity"]) == expected


@pytest.mark.parametrize(
    ("status", "updated", "expected", "activity"),
    [
        pytest.param("New", "2026-09-19T10:00:05Z", (1, "New"), "Create", id="new"),
        pytest.param("New", None, (1, "New"), "Create", id="never-updated"),
        pytest.param("New", "2026-09-20T10:00:05Z", (1, "New"), "Update", id="new-and-updated"),
        pytest.param("InProgress", None, (2, "In Progress"), "Update", id="in-progress"),
        pytest.param("Resolved", None, (4, "Resolved"), "Close", id="resolved"),
        pytest.param("Unknown", None, (0, "Unknown"), "Update", id="unknown"),
        pytest.param("Parked", None, (99, "Parked"), "Update", id="not-known"),
    ],
)
def test_a_status_says_what_happened_to_the_finding(
    status: str, updated: str | None, expected: tuple[int, str], activity: str
) -> None:
    alert = changed(ALERT, status=status, lastUpdateTime=updated)
    event, older = defender_alert_event(alert, CONTEXT), defender_alert_event(alert, LEGACY)
    assert (event["status_id"], event["status"]) == (older["state_id"], older["state"]) == expected
    assert event["activity_name"] == activity
    assert event["type_uid"] == 200400 + event["activity_id"]


@pytest.mark.parametrize(
    ("state", "of_evidence", "expected"),
    [
        pytest.param("SuccessfullyRemediated", ["Detected"], ("Modified", "Corrected"), id="investigation-first"),
        pytest.param("PartiallyRemediated", [], ("Modified", "Partially Corrected"), id="partly"),
        pytest.param("Failed", [], ("Observed", "Uncorrected"), id="failed"),
        pytest.param("Benign", [], ("Observed", "Exonerated"), id="benign"),
        pytest.param("Queued", ["Prevented"], ("Denied", "Blocked"), id="evidence-where-it-says-nothing"),
        pytest.param(None, ["Blocked", "Detected"], ("Observed", "Detected"), id="what-was-not-stopped-decides"),
        pytest.param(None, [], (None, None), id="neither"),
        pytest.param({"a": 1}, [None], (None, None), id="no-texts"),
    ],
)
def test_what_was_done_is_told(state: Any, of_evidence: list[Any], expected: tuple[Any, Any]) -> None:
    items = [evidence("Ip", ipAddress="203.0.113.9", detectionStatus=status) for status in of_evidence]
    event = defender_alert_event(changed(ALERT, investigationState=state, evidence=items), CONTEXT)
    assert (event.get("action"), event.get("disposition")) == expected
    assert ("security_control" in event["metadata"]["profiles"]) is (expected[0] is not None)
    assert event["unmapped"].get("investigationState") == state


def test_evidence_of_each_kind_has_its_object() -> None:
    found = defender_alert_event(ALERT, CONTEXT)["evidences"]
    file, process, user, address, url, registry = found
    assert file["file"]["path"] == "C:\\temp\\evil.exe"
    assert [one["value"] for one in file["file"]["hashes"]] == [SHA1, SHA256]
    assert (process["process"]["pid"], process["process"]["cmd_line"]) == (4711, "evil.exe /q")
    assert process["process"]["created_time"] == 1_789_811_880_100
    assert process["process"]["parent_process"]["name"] == "explorer.exe"
    assert process["process"]["user"]["uid"] == "S-1-5-21-1"
    assert user["user"]["email_addr"] == "jdoe@contoso.example"
    assert address["src_endpoint"] == {"ip": "203.0.113.9"}
    assert url["url"] == {"url_string": "http://drop.evil.example/a?b=1", "hostname": "drop.evil.example"}
    assert registry["reg_key"]["path"] == "HKEY_LOCAL_MACHINE\\SOFTWARE\\X"
    assert registry["data"]["registryValue"] == "1"
    assert file["data"]["detectionStatus"] == "Detected"


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"entityType": "CloudResource", "id": "x"}, id="not-known"),
        pytest.param({"entityType": None, "sha1": SHA1}, id="null-type"),
        pytest.param({"entityType": ["File"]}, id="type-of-a-wrong-type"),
        pytest.param(evidence("File"), id="a-file-of-nothing"),
        pytest.param(evidence("Ip", ipAddress="not an address"), id="no-address"),
        pytest.param("text", id="no-object"),
    ],
)
def test_evidence_that_has_no_object_is_unmapped_as_it_is(item: Any) -> None:
    event = with_evidence(item)
    assert "evidences" not in event
    assert event["unmapped"]["evidence"] == [item]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        pytest.param({"fileName": "a.exe", "sha1": SHA1}, "a.exe", id="its-name"),
        pytest.param({"fileName": None, "sha1": SHA1}, SHA1, id="its-hash"),
        pytest.param({"fileName": "", "sha256": SHA256.upper()}, SHA256, id="its-other-hash"),
        pytest.param({"filePath": "C:\\x"}, "C:\\x", id="its-folder"),
        pytest.param({"fileName": 7}, "7", id="a-number"),
    ],
)
def test_a_file_always_has_a_name(fields: dict[str, Any], name: str) -> None:
    assert with_evidence(evidence("File", **fields))["evidences"][0]["file"]["name"] == name


def test_what_the_files_of_an_alert_say_joins_its_evidence() -> None:
    found = defender_alert_event(ALERT, CONTEXT, files=FILES)["evidences"]
    assert {"algorithm_id": 1, "algorithm": "MD5", "value": MD5} in found[0]["file"]["hashes"]
    assert {"algorithm_id": 1, "algorithm": "MD5", "value": MD5} in found[1]["process"]["file"]["hashes"]
    assert (found[0]["file"]["size"], found[0]["data"]["file"]["signer"]) == (22139, "Contoso")
    # One that no evidence shows is an evidence of its own.
    assert (found[-1]["file"]["name"], found[-1]["file"]["hashes"][0]["value"]) == ("Other Product", "1" * 40)


def test_an_alert_of_nothing_is_an_event_too(ocsf_schemas: Schemas) -> None:
    for context in (CONTEXT, LEGACY, QDM):
        event = defender_alert_event({}, context)
        assert ocsf_schemas.faults(event) == []
        assert event["time"] == NOW * 1_000
        assert event["metadata"]["uid"].startswith("iocbeam:")


def test_a_principal_that_is_no_mail_address_is_an_account() -> None:
    found = with_evidence(
        evidence("User", accountName="jdoe", userPrincipalName="jdoe.2"), evidence("User", userSid="S-1")
    )
    assert found["evidences"][0]["user"] == {"name": "jdoe", "account": {"name": "jdoe.2"}}
    assert found["evidences"][1]["user"] == {"name": "S-1", "uid": "S-1"}


def test_long_numbers_surrogates_and_depth_are_carried_in_sound_form(ocsf_schemas: Schemas) -> None:
    deep: Any = "bottom"
    for _ in range(100):
        deep = [deep]
    odd = changed(ALERT, title="a\ud800b", incidentId=10**40, extra={"k\udfff": [10**40, float("inf"), deep]})
    event = defender_alert_event(odd, CONTEXT)
    assert ocsf_schemas.faults(event) == []
    assert event["message"] == "a�b"
    assert event["metadata"]["correlation_uid"] == str(10**40)
    carried = event["unmapped"]["extra"]["k�"]
    assert carried[:2] == [str(10**40), "inf"]
    assert "bottom" in str(carried[2])


def test_the_alert_that_is_mapped_stays_as_it_is() -> None:
    alert, files = changed(ALERT), [changed(file) for file in FILES]
    for context in (CONTEXT, LEGACY, QDM):
        defender_alert_event(alert, context, files=files)
    assert (alert, files) == (ALERT, FILES)
