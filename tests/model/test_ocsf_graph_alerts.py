"""Graph's alerts as findings, and the rows of Defender's indicators."""

from __future__ import annotations

from typing import Any

import pytest
from ocsf_help import (
    CONTEXT,
    GRAPH_ALERT,
    INDICATOR_ROW,
    LEGACY,
    NOW,
    QDM,
    SHA1,
    SHA256,
    Schemas,
    changed,
    without_query_paths,
)

from iocbeam.model.ocsf import EventContext, graph_alert_event, indicator_event


@pytest.mark.parametrize("context", [CONTEXT, LEGACY, QDM], ids=lambda context: context.dialect)
def test_an_alert_is_a_finding_of_the_dialect(context: EventContext, ocsf_schemas: Schemas) -> None:
    event = graph_alert_event(GRAPH_ALERT, context)
    assert ocsf_schemas.faults(without_query_paths(event)) == []
    assert event["class_uid"] == (2004 if context is CONTEXT else 2001)
    assert event["metadata"]["product"]["name"] == "Microsoft Graph Security"
    assert event["metadata"]["product"]["feature"] == {"name": "Microsoft Defender for Endpoint"}


def test_a_finding_says_what_graph_says() -> None:
    event = graph_alert_event(GRAPH_ALERT, CONTEXT)
    info = event["finding_info"]
    assert info["src_url"] == GRAPH_ALERT["alertWebUrl"]
    assert event["remediation"] == {"desc": "Collect artifacts."}
    assert (event["severity"], event["status"], event["verdict"]) == ("Low", "In Progress", "False Positive")
    assert event["unmapped"]["providerAlertId"] == GRAPH_ALERT["providerAlertId"]
    assert event["unmapped"]["evidence"] == [GRAPH_ALERT["evidence"][-1]]
    assert "tenantId" not in event["unmapped"]
    assert graph_alert_event(changed(GRAPH_ALERT, tenantId="other"), CONTEXT)["unmapped"]["tenantId"] == "other"


def test_the_device_is_that_of_the_first_device_evidence() -> None:
    device = graph_alert_event(GRAPH_ALERT, CONTEXT)["device"]
    assert (device["uid"], device["hostname"]) == (
        GRAPH_ALERT["evidence"][0]["mdeDeviceId"],
        "tester.contoso.example",
    )
    assert device["ip"] == "10.1.2.4"
    assert [one["ip"] for one in device["network_interfaces"]] == ["10.1.2.4", "fe80::1"]
    assert device["risk_level"] == "Medium"
    assert graph_alert_event(GRAPH_ALERT, QDM)["device"]["ip"] == ["10.1.2.4", "203.0.113.8"]


def test_the_external_address_of_a_device_is_an_observable() -> None:
    observables = graph_alert_event(GRAPH_ALERT, CONTEXT)["observables"]
    (found,) = [one["name"] for one in observables if one["value"] == "203.0.113.8"]
    assert found == "evidences.data.lastExternalIpAddress"


def test_evidence_of_each_kind_has_its_object() -> None:
    device, file, process, address, url, registry = graph_alert_event(GRAPH_ALERT, CONTEXT)["evidences"]
    assert device["device"]["hostname"] == "tester.contoso.example"
    assert [one["value"] for one in file["file"]["hashes"]] == [SHA1, SHA256]
    assert file["file"]["path"] == "C:\\Users\\x\\hidden.exe"
    assert (file["verdict_id"], file["verdict"]) == (99, "malicious")
    assert file["data"]["fileDetails"] == {"signer": "Contoso"}
    assert process["process"]["parent_process"]["file"]["path"] == "C:\\Windows\\explorer.exe"
    assert (process["verdict_id"], process["process"]["user"]["name"]) == (4, "jdoe")
    # A path that ends in the name is the whole one already.
    assert process["process"]["file"]["path"] == "C:\\Users\\x\\hidden.exe"
    assert address["src_endpoint"]["ip"] == "2001:db8::7"
    assert url["url"]["hostname"] == "drop.evil.example"
    assert registry["reg_value"] == {"name": "run", "path": "HKLM\\SOFTWARE\\X"}


@pytest.mark.parametrize(
    "kind", ["#microsoft.graph.security.ipEvidence", "microsoft.graph.security.ipEvidence", "ipEvidence"]
)
def test_a_type_is_read_in_any_form(kind: str) -> None:
    alert = changed(GRAPH_ALERT, evidence=[{"@odata.type": kind, "ipAddress": "203.0.113.9"}])
    assert graph_alert_event(alert, CONTEXT)["evidences"] == [{"src_endpoint": {"ip": "203.0.113.9"}}]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        pytest.param("IpAddress", "203.0.113.9", (1, "IP Address"), id="address"),
        pytest.param("DomainName", "evil.example", (2, "Domain"), id="domain"),
        pytest.param("Url", "http://evil.example/a", (5, "URL"), id="url"),
        pytest.param("FileSha256", SHA256, (4, "Hash"), id="hash"),
        pytest.param("CertificateThumbprint", "aa", (99, "CertificateThumbprint"), id="not-known"),
        pytest.param(None, None, (0, "Unknown"), id="null"),
    ],
)
def test_an_indicator_is_an_osint_entry(
    kind: Any, value: Any, expected: tuple[int, str], ocsf_schemas: Schemas
) -> None:
    event = indicator_event(changed(INDICATOR_ROW, indicatorType=kind, indicatorValue=value), CONTEXT)
    assert ocsf_schemas.faults(event) == []
    (told,) = event["osint"]
    assert (told["type_id"], told["type"]) == expected
    assert told["value"] == (value or "")
    assert (told["severity"], event["time"]) == ("Medium", NOW * 1_000)
    assert event["unmapped"]["action"] == "Block"
