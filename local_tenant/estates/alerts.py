"""Alerts of a made-up estate, their evidence and files, with the oddities of real answers at fixed places."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from random import Random
from typing import Any

from .times import stamp

_DAY = 86_400
_DAYS = 29

EVIDENCE: Mapping[str, Any] = dict.fromkeys(
    (
        "entityType",
        "evidenceCreationTime",
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
"""Documented properties; those that an entity does not use are null."""

_KINDS: tuple[tuple[str, str, str, list[str]], ...] = (
    ("Suspicious PowerShell command line", "Execution", "WindowsDefenderAtp", ["T1059.001"]),
    ("An active malware was blocked", "Malware", "WindowsDefenderAv", []),
    ("Connection to a custom network indicator", "CommandAndControl", "CustomerTI", ["T1071", "T1071.001"]),
    ("Suspicious scheduled task", "Persistence", "WindowsDefenderAtp", ["T1053.005"]),
    ("Credential theft activity", "CredentialAccess", "WindowsDefenderAtp", ["T1003"]),
)
_SEVERITIES = ("Informational", "Low", "Medium", "High")
_STATUSES = ("New", "New", "InProgress", "Resolved", "Resolved")
_CLASSES = (
    ("TruePositive", "Malware"),
    ("InformationalExpectedActivity", "SecurityTesting"),
    ("FalsePositive", "NotMalicious"),
    (None, None),
)
_NAMES = ("invoice.exe", "update.dll", "réçu.docm", "setup (1).msi", "payload.ps1")


def alert(number: int, machine: Mapping[str, Any], rng: Random, now: float, tenant_id: str) -> dict[str, Any]:
    """The alert of that number on a machine. Which oddity it has goes by the number alone, so that an estate
    of 200 alerts has every one of them."""
    title, category, source, techniques = _KINDS[number % len(_KINDS)]
    status = _STATUSES[number % len(_STATUSES)]
    classification, determination = _CLASSES[number % len(_CLASSES)] if status == "Resolved" else (None, None)
    created = now - 3600 - rng.randrange(_DAYS * _DAY)
    updated = min(now - 60, created + (rng.randrange(3 * _DAY) if number % 4 else 0))
    user = f"user{number % 400:03}"
    orphan = number % 47 == 5
    return {
        "id": f"da{637_000_000_000_000_000 + int(created) * 10_000 + number}_{-number if number % 2 else number}",
        "incidentId": number // 3 + 1,
        "investigationId": number + 1 if number % 3 == 0 else None,
        "assignedTo": f"analyst{number % 5}@contoso.example" if status != "New" else None,
        "severity": _severity(number),
        "status": "Paused" if number % 43 == 21 else status,
        "classification": classification,
        "determination": determination,
        "investigationState": "Queued" if number % 3 == 0 else "UnsupportedAlertType",
        "detectionSource": source,
        "detectorId": f"00000000-0000-4000-8000-{number % 50:012x}",
        "category": category,
        "threatFamilyName": "Exemplar" if category == "Malware" else None,
        "threatName": "Trojan:Win32/Exemplar" if category == "Malware" else None,
        "title": title,
        "description": f"{title} was observed.",
        "alertCreationTime": stamp(created, number),
        "firstEventTime": stamp(created - 600, number + 1),
        "lastEventTime": stamp(created - 30, number + 2),
        "lastUpdateTime": stamp(updated, number + 4),
        "resolvedTime": stamp(updated, number + 5) if status == "Resolved" else None,
        "machineId": machine["id"],
        "computerDnsName": None if orphan else machine["computerDnsName"],
        "rbacGroupName": machine["rbacGroupName"],
        "aadTenantId": tenant_id,
        "mitreTechniques": techniques,
        "relatedUser": None if number % 3 == 1 else {"userName": user, "domainName": "CONTOSO"},
        "comments": _comments(number, created),
        "evidence": _evidence(number, user, rng, stamp(created, number + 6)),
    }


def entity(kind: str, created: str | None, **fields: Any) -> dict[str, Any]:
    """One item of evidence."""
    return {**EVIDENCE, "entityType": kind, "evidenceCreationTime": created, **fields}


def file(sha1: str | None, sha256: str | None, md5: str | None, product: str | None) -> dict[str, Any]:
    """A file as `/alerts/{id}/files` shows it: without its name."""
    return {
        "sha1": sha1,
        "sha256": sha256,
        "md5": md5,
        "globalPrevalence": 12,
        "globalFirstObserved": "2024-05-01T07:12:30.1234567Z",
        "globalLastObserved": "2026-01-31T23:59:59Z",
        "size": 48_640,
        "fileType": "PortableExecutable",
        "isPeFile": True,
        "filePublisher": None,
        "fileProductName": product,
        "signer": None,
        "issuer": None,
        "signerHash": None,
        "isValidCertificate": None,
        "determinationType": "Malware",
        "determinationValue": "Exemplar",
    }


def files_of(alert: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A file for each item of evidence that has a hash, with all three of them: those that it lacks are made up
    from the one that is there, the same in every alert."""
    hashes = ((item["sha1"], item["sha256"]) for item in alert["evidence"])
    return [
        file(
            sha1 or _made_up("sha1", sha256)[:40],
            sha256 or _made_up("sha256", sha1),
            _made_up("md5", sha1 or sha256)[:32],
            None,
        )
        for sha1, sha256 in hashes
        if sha1 or sha256
    ]


def _made_up(kind: str, known: str) -> str:
    return hashlib.sha256(f"{kind}:{known.lower()}".encode()).hexdigest()


def _severity(number: int) -> str:
    if number % 16 == 3:
        return "UnSpecified"
    return "Critical" if number % 41 == 17 else _SEVERITIES[number % len(_SEVERITIES)]


def _comments(number: int, created: float) -> list[dict[str, Any]]:
    if number % 7:
        return []
    author = "analyst0@contoso.example"
    return [{"comment": "Looked at.", "createdBy": author, "createdTime": stamp(created + 300, number)}]


def _evidence(number: int, user: str, rng: Random, created: str) -> list[dict[str, Any]]:
    found = []
    if number % 2 == 0:
        found.append(_file_entity(number, rng, created))
    if number % 3 == 0:
        found.append(_process(number, user, rng, created))
    if number % 4 == 1:
        address = f"2001:db8:ffff::{number % 500 + 1:x}" if number % 5 == 0 else f"203.0.113.{number % 250 + 1}"
        found.append(entity("Ip", created, ipAddress=address))
    if number % 5 == 2:
        found.append(entity("Url", created, url=_url(number)))
    if number % 3 == 2:
        name = f"{user}@contoso.example"
        sid = f"S-1-5-21-1-2-3-{number % 400 + 1000}"
        account = {"accountName": user, "domainName": "CONTOSO", "userSid": sid, "userPrincipalName": name}
        found.append(entity("User", created, **account))
    if number % 53 == 30:
        found.append(entity("CloudResource", None))
    if number % 61 == 33:
        key = {"registryHive": "HKEY_LOCAL_MACHINE", "registryKey": r"SOFTWARE\Example\Run"}
        found.append(entity("Registry", created, registryValueType="String", registryValue="x", **key))
    return found


def _file_entity(number: int, rng: Random, created: str) -> dict[str, Any]:
    """Some have one hash only, some have no name, a few have neither."""
    return entity(
        "File",
        created,
        sha1=None if number % 59 == 20 else f"{rng.getrandbits(160):040x}",
        sha256=None if number % 59 == 20 or number % 14 == 4 else f"{rng.getrandbits(256):064x}",
        fileName=None if number % 22 == 10 or number % 59 == 20 else _NAMES[number % len(_NAMES)],
        filePath=r"C:\Users\Public\Downloads",
        detectionStatus="Detected",
    )


def _process(number: int, user: str, rng: Random, created: str) -> dict[str, Any]:
    return entity(
        "Process",
        created,
        sha1=f"{rng.getrandbits(160):040x}",
        fileName="powershell.exe",
        filePath=r"C:\Windows\System32\WindowsPowerShell\v1.0",
        processId=number % 30_000 + 100,
        processCommandLine="powershell.exe -NoProfile -File task.ps1",
        processCreationTime=created,
        parentProcessId=number % 20_000 + 50,
        parentProcessCreationTime=created,
        parentProcessFileName="explorer.exe",
        parentProcessFilePath=r"C:\Windows",
        accountName=user,
        domainName="CONTOSO",
        detectionStatus="Detected",
    )


def _url(number: int) -> str:
    """With a scheme, without one, or defanged."""
    host = f"site{number % 300}.example.net"
    forms = (f"http://{host}/path?q={number}", f"{host}/path", f"hxxp://{host.replace('.', '[.]')}/path")
    return forms[number // 5 % len(forms)]
