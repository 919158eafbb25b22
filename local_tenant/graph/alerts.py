"""An alert of Defender as Graph shows it (`alerts_v2`), and the forms of evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..estates.alert_evidence import evidence_of, mappings

Record = dict[str, Any]

_PREFIX = "#microsoft.graph.security."
_SOURCES = {
    "WindowsDefenderAtp": "microsoftDefenderForEndpoint",
    "WindowsDefenderAv": "antivirus",
    "CustomerTI": "customTi",
    "SmartScreen": "smartScreen",
}
KNOWN_MEMBERS: Mapping[str, frozenset[str]] = {
    "severity": frozenset({"unknown", "informational", "low", "medium", "high"}),
    "status": frozenset({"unknown", "new", "inProgress", "resolved"}),
}
"""Documented members of the enumerations."""


def graph_alert(alert: Mapping[str, Any]) -> Record:
    """Documented properties, `evidence` left empty. Our choice: `id` is the provider's own id too."""
    get = alert.get
    alert_id, incident = get("id"), get("incidentId")
    threat = get("threatFamilyName")
    return {
        "id": alert_id,
        "providerAlertId": alert_id,
        "incidentId": None if incident is None else str(incident),
        "status": _member(get("status"), {"Unknown": "unknown", "": "unknown"}),
        "severity": _member(get("severity"), {"UnSpecified": "unknown"}),
        "classification": _member(get("classification")),
        "determination": _member(get("determination")),
        "serviceSource": "microsoftDefenderForEndpoint",
        "detectionSource": _member(get("detectionSource"), _SOURCES),
        "productName": "Microsoft Defender for Endpoint",
        "detectorId": get("detectorId"),
        "tenantId": get("aadTenantId"),
        "title": get("title"),
        "description": get("description"),
        "recommendedActions": "",
        "category": get("category"),
        "assignedTo": get("assignedTo"),
        "alertWebUrl": f"https://security.microsoft.com/alerts/{alert_id}",
        "incidentWebUrl": None if incident is None else f"https://security.microsoft.com/incidents/{incident}",
        "actorDisplayName": None,
        "threatDisplayName": get("threatName"),
        "threatFamilyName": threat,
        "mitreTechniques": get("mitreTechniques") or [],
        "createdDateTime": get("alertCreationTime"),
        "lastUpdateDateTime": get("lastUpdateTime"),
        "resolvedDateTime": get("resolvedTime"),
        "firstActivityDateTime": get("firstEventTime"),
        "lastActivityDateTime": get("lastEventTime"),
        "systemTags": [],
        "comments": [
            {
                "comment": comment.get("comment"),
                "createdByDisplayName": comment.get("createdBy"),
                "createdDateTime": comment.get("createdTime"),
            }
            for comment in mappings(get("comments"))
        ],
        "evidence": [],
    }


def graph_evidence(alert: Mapping[str, Any], machine: Mapping[str, Any] | None) -> list[Record]:
    """The machine of the alert first, then each entity; one of a kind that has no form here is left out."""
    found = [] if alert.get("machineId") is None else [_device(alert, machine or {})]
    for entity in evidence_of(alert):
        form = _FORMS.get(str(entity.get("entityType")))
        if form is not None:
            found.append(form(entity, alert))
    return found


def _member(value: object, names: Mapping[str, str] | None = None) -> str | None:
    """A member's name as Graph spells it."""
    if not isinstance(value, str):
        return None
    return (names or {}).get(value) or value[:1].lower() + value[1:]


def _common(kind: str, created: object) -> Record:
    return {
        "@odata.type": f"{_PREFIX}{kind}Evidence",
        "createdDateTime": created,
        "verdict": "unknown",
        "remediationStatus": "none",
        "remediationStatusDetails": None,
        "roles": [],
        "detailedRoles": [],
        "tags": [],
    }


def _device(alert: Mapping[str, Any], machine: Mapping[str, Any]) -> Record:
    addresses = [entry.get("ipAddress") for entry in mappings(machine.get("ipAddresses"))]
    return {
        **_common("device", alert.get("alertCreationTime")),
        "firstSeenDateTime": machine.get("firstSeen"),
        "mdeDeviceId": alert.get("machineId"),
        "azureAdDeviceId": machine.get("aadDeviceId"),
        "deviceDnsName": alert.get("computerDnsName"),
        "osPlatform": machine.get("osPlatform"),
        "osBuild": machine.get("osBuild"),
        "version": machine.get("version"),
        "healthStatus": _member(machine.get("healthStatus")) or "unknown",
        "riskScore": _member(machine.get("riskScore")) or "none",
        "rbacGroupId": machine.get("rbacGroupId"),
        "rbacGroupName": machine.get("rbacGroupName"),
        "onboardingStatus": _member(machine.get("onboardingStatus")),
        "defenderAvStatus": _member(machine.get("defenderAvStatus")),
        "lastIpAddress": machine.get("lastIpAddress"),
        "lastExternalIpAddress": machine.get("lastExternalIpAddress"),
        "ipInterfaces": addresses,
        "vmMetadata": None,
        "loggedOnUsers": [],
    }


def _file(entity: Mapping[str, Any], alert: Mapping[str, Any]) -> Record:
    return {
        **_common("file", entity.get("evidenceCreationTime")),
        "detectionStatus": _member(entity.get("detectionStatus")),
        "mdeDeviceId": alert.get("machineId"),
        "fileDetails": _details(entity.get("sha1"), entity.get("sha256"), entity, "fileName", "filePath"),
    }


def _process(entity: Mapping[str, Any], alert: Mapping[str, Any]) -> Record:
    return {
        **_common("process", entity.get("evidenceCreationTime")),
        "detectionStatus": _member(entity.get("detectionStatus")),
        "mdeDeviceId": alert.get("machineId"),
        "processId": entity.get("processId"),
        "parentProcessId": entity.get("parentProcessId"),
        "processCommandLine": entity.get("processCommandLine"),
        "processCreationDateTime": entity.get("processCreationTime"),
        "parentProcessCreationDateTime": entity.get("parentProcessCreationTime"),
        "imageFile": _details(entity.get("sha1"), entity.get("sha256"), entity, "fileName", "filePath"),
        "parentProcessImageFile": _details(None, None, entity, "parentProcessFileName", "parentProcessFilePath"),
        "userAccount": _account(entity),
    }


def _details(sha1: object, sha256: object, entity: Mapping[str, Any], name: str, path: str) -> Record:
    return {
        "sha1": sha1,
        "sha256": sha256,
        "fileName": entity.get(name),
        "filePath": entity.get(path),
        "fileSize": None,
        "filePublisher": None,
        "signer": None,
        "issuer": None,
    }


def _user(entity: Mapping[str, Any], _: Mapping[str, Any]) -> Record:
    return {**_common("user", entity.get("evidenceCreationTime")), "userAccount": _account(entity)}


def _account(entity: Mapping[str, Any]) -> Record:
    return {
        "accountName": entity.get("accountName"),
        "domainName": entity.get("domainName"),
        "userSid": entity.get("userSid"),
        "azureAdUserId": entity.get("aadUserId"),
        "userPrincipalName": entity.get("userPrincipalName"),
        "displayName": None,
    }


def _ip(entity: Mapping[str, Any], _: Mapping[str, Any]) -> Record:
    common = _common("ip", entity.get("evidenceCreationTime"))
    return {**common, "ipAddress": entity.get("ipAddress"), "countryLetterCode": None}


def _url(entity: Mapping[str, Any], _: Mapping[str, Any]) -> Record:
    return {**_common("url", entity.get("evidenceCreationTime")), "url": entity.get("url")}


def _registry(entity: Mapping[str, Any], _: Mapping[str, Any]) -> Record:
    return {
        **_common("registryValue", entity.get("evidenceCreationTime")),
        "registryHive": entity.get("registryHive"),
        "registryKey": entity.get("registryKey"),
        "registryValue": entity.get("registryValue"),
        "registryValueName": None,
        "registryValueType": entity.get("registryValueType"),
    }


_FORMS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Record]] = {
    "File": _file,
    "Process": _process,
    "User": _user,
    "Ip": _ip,
    "Url": _url,
    "Registry": _registry,
}
