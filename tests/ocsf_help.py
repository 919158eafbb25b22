"""Objects as the services give them, with invented values, and the schemas that events are held to."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import jsonschema_rs

from iocbeam.model.indicator import Indicator
from iocbeam.model.ocsf import EventContext
from iocbeam.model.sighting import Match

TENANT = "3f2d7c1e-5a64-4f0b-9d7e-2b1c0a9f8e7d"
NOW = 1_790_000_000
SHA1 = "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"
SHA256 = "ef537f25c895bfa782526529a9b63d97aa631564d5d789c2b765448c8635fb6c"
MD5 = "9e107d9d372bb6826bd81d3542a419d6"

CONTEXT = EventContext(TENANT, NOW, "ocsf", "contoso")
LEGACY = EventContext(TENANT, NOW, "ocsf_legacy", "contoso")
QDM = EventContext(TENANT, NOW, "qdm", "contoso")

MACHINE: dict[str, Any] = {
    "id": "1e5bc9d7e413ddd7902c2932e418702b84d0cc07",
    "mergedIntoMachineId": None,
    "isPotentialDuplication": False,
    "computerDnsName": "host.contoso.example",
    "firstSeen": "2026-08-05T11:54:59.5717001Z",
    "lastSeen": "2026-09-20T08:01:02.1234567Z",
    "osPlatform": "Windows10",
    "osVersion": None,
    "osProcessor": "x64",
    "osArchitecture": "64-bit",
    "version": "22H2",
    "osBuild": 19045,
    "lastIpAddress": "10.1.2.3",
    "lastExternalIpAddress": "203.0.113.7",
    "agentVersion": "10.8790.19045.5608",
    "healthStatus": "Active",
    "deviceValue": "Normal",
    "rbacGroupId": 12,
    "rbacGroupName": "Berlin",
    "riskScore": "None",
    "exposureLevel": "Low",
    "isAadJoined": True,
    "aadDeviceId": "80fe8ff8-2624-418e-9591-41f0491218f9",
    "machineTags": ["laptop"],
    "onboardingStatus": "Onboarded",
    "managedBy": "Intune",
    "ipAddresses": [
        {"ipAddress": "10.1.2.3", "macAddress": "00005E0053FF", "type": "Ethernet", "operationalStatus": "Up"},
        {"ipAddress": "127.0.0.1", "macAddress": None, "type": "SoftwareLoopback", "operationalStatus": "Up"},
        {"ipAddress": "", "macAddress": "000000000000", "type": "Tunnel", "operationalStatus": "Down"},
    ],
    "vmMetadata": None,
}

UNUSED: dict[str, Any] = dict.fromkeys(
    (
        "sha1",
        "sha256",
        "fileName",
        "filePath",
        "processId",
        "processCommandLine",
        "processCreationTime",
        "parentProcessId",
        "parentProcessCreationTime",
        "parentProcessFileName",
        "parentProcessFilePath",
        "ipAddress",
        "url",
        "registryKey",
        "registryHive",
        "registryValueType",
        "registryValue",
        "accountName",
        "domainName",
        "userSid",
        "aadUserId",
        "userPrincipalName",
        "detectionStatus",
    )
)
"""Fields of Defender's evidence, of which those that an item does not use are null."""


def evidence(kind: str, **fields: Any) -> dict[str, Any]:
    """An item of a Defender alert's evidence."""
    return {"entityType": kind, "evidenceCreationTime": "2026-09-19T10:00:01.33Z", **UNUSED, **fields}


ALERT: dict[str, Any] = {
    "id": "da637472900382838869_1364969609",
    "incidentId": 1126093,
    "investigationId": None,
    "assignedTo": "analyst@contoso.example",
    "severity": "High",
    "status": "New",
    "classification": "TruePositive",
    "determination": "Malware",
    "investigationState": "SuccessfullyRemediated",
    "detectionSource": "WindowsDefenderAtp",
    "detectorId": "17e10bbc-3a68-474a-8aad-faef14d43952",
    "category": "Execution",
    "threatFamilyName": None,
    "threatName": "Emotet",
    "title": "Suspicious file was launched",
    "description": "A file that is known to be bad was launched.",
    "alertCreationTime": "2026-09-19T10:00:00.3839Z",
    "firstEventTime": "2026-09-19T09:58:00Z",
    "lastEventTime": "2026-09-19T09:59:59.9999999Z",
    "lastUpdateTime": "2026-09-19T10:00:05.39Z",
    "resolvedTime": None,
    "machineId": MACHINE["id"],
    "computerDnsName": "host.contoso.example",
    "rbacGroupName": "Berlin",
    "aadTenantId": TENANT,
    "mitreTechniques": ["T1064", "T1059.001"],
    "relatedUser": {"userName": "jdoe", "domainName": "CONTOSO"},
    "comments": [{"comment": "seen", "createdBy": "jdoe", "createdTime": "2026-09-19T10:10:00Z"}],
    "evidence": [
        evidence(
            "File", sha1=SHA1, sha256=SHA256, fileName="evil.exe", filePath="C:\\temp", detectionStatus="Detected"
        ),
        evidence(
            "Process",
            sha1=SHA1,
            fileName="evil.exe",
            filePath="C:\\temp",
            processId=4711,
            processCommandLine="evil.exe /q",
            processCreationTime="2026-09-19T09:58:00.1Z",
            parentProcessId=12,
            parentProcessFileName="explorer.exe",
            parentProcessCreationTime="2026-09-19T09:00:00",
            accountName="jdoe",
            domainName="CONTOSO",
            userSid="S-1-5-21-1",
            detectionStatus="Detected",
        ),
        evidence(
            "User",
            accountName="jdoe",
            domainName="CONTOSO",
            userSid="S-1-5-21-1",
            aadUserId="a-1",
            userPrincipalName="jdoe@contoso.example",
        ),
        evidence("Ip", ipAddress="203.0.113.9"),
        evidence("Url", url="http://drop.evil.example/a?b=1"),
        evidence("Registry", registryHive="HKEY_LOCAL_MACHINE", registryKey="SOFTWARE\\X", registryValue="1"),
    ],
}

FILES: list[dict[str, Any]] = [
    {
        "sha1": SHA1,
        "sha256": SHA256,
        "md5": MD5,
        "size": 22139,
        "fileType": None,
        "isPeFile": True,
        "filePublisher": "Contoso",
        "fileProductName": "Contoso Updater",
        "signer": "Contoso",
    },
    {"sha1": "1" * 40, "sha256": None, "md5": None, "size": 1, "fileProductName": "Other Product"},
]

_GRAPH_TYPE = "#microsoft.graph.security."
GRAPH_ALERT: dict[str, Any] = {
    "@odata.type": f"{_GRAPH_TYPE}alert",
    "id": "da637551227677560813_-961444813",
    "providerAlertId": "da637551227677560813_-961444813",
    "incidentId": "28282",
    "status": "inProgress",
    "severity": "low",
    "classification": "falsePositive",
    "determination": "unknown",
    "serviceSource": "microsoftDefenderForEndpoint",
    "detectionSource": "antivirus",
    "detectorId": "e0da400f-affd-43ef-b1d5-afc2eb6f2756",
    "productName": "Microsoft Defender for Endpoint",
    "tenantId": TENANT,
    "title": "Suspicious execution of hidden file",
    "description": "A hidden file has been launched.",
    "recommendedActions": "Collect artifacts.",
    "category": "DefenseEvasion",
    "assignedTo": None,
    "alertWebUrl": "https://security.example/alerts/da637551227677560813_-961444813",
    "incidentWebUrl": "https://security.example/incidents/28282",
    "actorDisplayName": None,
    "threatDisplayName": None,
    "threatFamilyName": None,
    "mitreTechniques": ["T1564.001"],
    "createdDateTime": "2026-09-27T12:19:27.7211305Z",
    "lastUpdateDateTime": "2026-09-28T14:19:27.7211305Z",
    "resolvedDateTime": None,
    "firstActivityDateTime": "2026-09-26T07:45:50.116Z",
    "lastActivityDateTime": "2026-09-26T07:56:59.222Z",
    "comments": [],
    "evidence": [
        {
            "@odata.type": f"{_GRAPH_TYPE}deviceEvidence",
            "createdDateTime": "2026-09-27T12:19:27.7211305Z",
            "verdict": "unknown",
            "remediationStatus": "none",
            "roles": ["compromised"],
            "tags": [],
            "mdeDeviceId": "73e7e2de709dff64ef64b1d0c30e67fab63279db",
            "azureAdDeviceId": None,
            "deviceDnsName": "tester.contoso.example",
            "osPlatform": "Windows10",
            "osBuild": 22424,
            "version": "Other",
            "healthStatus": "active",
            "riskScore": "medium",
            "rbacGroupId": 75,
            "rbacGroupName": "UnassignedGroup",
            "lastExternalIpAddress": "203.0.113.8",
            "ipInterfaces": ["10.1.2.4", "fe80::1", "127.0.0.1", "::1", None, ""],
            "vmMetadata": None,
            "loggedOnUsers": [],
        },
        {
            "@odata.type": f"{_GRAPH_TYPE}fileEvidence",
            "createdDateTime": "2026-09-27T12:19:27.7211305Z",
            "verdict": "malicious",
            "remediationStatus": "blocked",
            "detectionStatus": "detected",
            "mdeDeviceId": "73e7e2de709dff64ef64b1d0c30e67fab63279db",
            "fileDetails": {
                "sha1": SHA1,
                "sha256": SHA256,
                "fileName": "hidden.exe",
                "filePath": "C:\\Users\\x",
                "fileSize": 9,
                "filePublisher": None,
                "signer": "Contoso",
            },
        },
        {
            "@odata.type": f"{_GRAPH_TYPE}processEvidence",
            "verdict": "suspicious",
            "remediationStatus": "none",
            "processId": 4780,
            "parentProcessId": 668,
            "processCommandLine": '"hidden.exe"',
            "processCreationDateTime": "2026-09-26T12:43:52.3366519Z",
            "imageFile": {"sha1": SHA1, "fileName": "hidden.exe", "filePath": "C:\\Users\\x\\hidden.exe"},
            "parentProcessImageFile": {"fileName": "explorer.exe", "filePath": "C:\\Windows"},
            "userAccount": {"accountName": "jdoe", "domainName": "CONTOSO", "userSid": "S-1-5-21-1"},
        },
        {"@odata.type": f"{_GRAPH_TYPE}ipEvidence", "ipAddress": "2001:db8::7", "countryLetterCode": "DE"},
        {"@odata.type": f"{_GRAPH_TYPE}urlEvidence", "url": "http://drop.evil.example/a"},
        {
            "@odata.type": f"{_GRAPH_TYPE}registryValueEvidence",
            "registryHive": "HKLM",
            "registryKey": "SOFTWARE\\X",
            "registryValueName": "run",
            "registryValue": "1",
        },
        {"@odata.type": f"{_GRAPH_TYPE}analyzedMessageEvidence", "subject": "hello"},
    ],
}

INDICATOR_ROW: dict[str, Any] = {
    "id": "995",
    "indicatorValue": "203.0.113.9",
    "indicatorType": "IpAddress",
    "action": "Block",
    "application": "iocbeam",
    "createdBySource": "PublicApi",
    "creationTimeDateTimeUtc": "2026-09-01T00:00:00.5Z",
    "expirationTime": "2026-12-01T00:00:00Z",
    "lastUpdateTime": "2026-09-02T00:00:00Z",
    "severity": "Medium",
    "title": "203.0.113.9",
    "description": "seen in a campaign",
    "generateAlert": True,
    "rbacGroupNames": [],
}


def changed(data: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A copy with other fields."""
    return copy.deepcopy(data) | fields


def match(kind: str, value: str, entity: str, place: str, observed: str | None = None) -> Match:
    """An indicator of the collection that an object shows."""
    indicator = Indicator(
        kind,
        value,
        severity="High",
        malware=("Emotet",),
        adversaries=("TA542",),
        source="feed",
        source_id="17",
        tlp="green",
    )
    return Match(indicator, entity, observed or value, place)


class Schemas:
    """JSON Schemas of OCSF 1.8.0, by class."""

    def __init__(self, folder: Path) -> None:
        names = ("device_inventory_info", "detection_finding", "security_finding", "osint_inventory_info")
        self._by_uid = {}
        for uid, name in zip((5001, 2004, 2001, 5021), names, strict=True):
            text = (folder / f"ocsf-1.8.0-{name}.json").read_text()
            # Formats, such as that of an address, are only checked when asked for.
            self._by_uid[uid] = jsonschema_rs.validator_for(text, validate_formats=True)

    def faults(self, event: dict[str, Any]) -> list[str]:
        """What is wrong with an event, each with its place; empty when nothing is."""
        found = self._by_uid[event["class_uid"]].iter_errors(event)
        return [f"{'/'.join(map(str, error.instance_path))}: {error.message[:200]}" for error in found]


def without_query_paths(event: dict[str, Any]) -> dict[str, Any]:
    """An event without exactly the paths that `model.ocsf.qdm` tells are not OCSF; others are as they were."""
    plain = {key: value for key, value in event.items() if key != "file"}
    device = plain.get("device")
    if device and isinstance(device.get("ip"), list):
        plain["device"] = device | {"ip": device["ip"][0]}
    return plain
