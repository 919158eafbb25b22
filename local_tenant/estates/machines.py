"""Machines of a made-up estate, with the oddities of real answers at fixed places."""

from __future__ import annotations

from random import Random
from typing import Any

from .times import stamp

_DAY = 86_400
_GROUPS = ((0, None), (101, "Servers"), (102, "Sales"), (103, "Engineering"))
_SYSTEMS = (
    ("Windows10", "22H2", 19045),
    ("Windows11", "23H2", 22631),
    ("WindowsServer2022", "21H2", 20348),
    ("Linux", "22.4", None),
    ("macOS", "14.5", None),
    ("Android", "14.0", None),
    ("iOS", "17.5", None),
)
_HEALTH = ("Active", "Active", "Active", "Inactive", "ImpairedCommunication", "NoSensorData")
_LEVELS = ("None", "Low", "Medium", "High")
_RISKS = ("None", "Informational", "Low", "Medium", "High")


def machine(number: int, rng: Random, now: float) -> dict[str, Any]:
    """The machine of that number. Which oddity it has goes by the number alone, so that an estate of 60 has
    every one of them."""
    platform, version, build = _SYSTEMS[number % len(_SYSTEMS)]
    group_id, group = _GROUPS[number % len(_GROUPS)]
    name = _name(number)
    internal = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    last = now - (rng.randrange(_DAY) if number % 10 else rng.randrange(25 * _DAY))
    return {
        "id": f"{rng.getrandbits(160):040x}",
        "mergedIntoMachineId": None,
        "isPotentialDuplication": number % 29 == 12,
        "isExcluded": False,
        "exclusionReason": None,
        "computerDnsName": name,
        "firstSeen": stamp(last - rng.randrange(_DAY, 900 * _DAY), number + 3),
        "lastSeen": stamp(last, number),
        "osPlatform": platform,
        "osVersion": None,
        "osProcessor": "x64",
        "osArchitecture": "64-bit",
        "version": version,
        "osBuild": None if number % 13 == 6 else build,
        "lastIpAddress": None if number % 37 == 21 else internal,
        "lastExternalIpAddress": _external(number),
        "agentVersion": "10.8790.19045.5608",
        "healthStatus": "Quarantined" if number % 31 == 14 else _HEALTH[number % len(_HEALTH)],
        "deviceValue": "Normal",
        "rbacGroupId": group_id,
        "rbacGroupName": group,
        "riskScore": None if number % 19 == 8 else _RISKS[number % len(_RISKS)],
        "exposureLevel": _LEVELS[number % len(_LEVELS)],
        "isAadJoined": number % 4 == 0,
        "aadDeviceId": f"00000000-0000-4000-8000-{number:012x}" if number % 4 == 0 else None,
        "machineTags": ["branch office"] if number % 6 == 0 else [],
        "defenderAvStatus": "Updated",
        "onboardingStatus": "onboarded" if number % 7 == 5 else "Onboarded",
        "managedBy": "Intune" if number % 2 else "Unknown",
        "managedByStatus": "Unknown",
        "ipAddresses": _interfaces(number, internal),
        "vmMetadata": None,
    }


def _name(number: int) -> str | None:
    """Some have none, and some have that of another (the same computer, enrolled anew)."""
    if number % 23 == 9:
        return None
    shared = number - 1 if number % 29 == 12 else number
    return f"host-{shared:05}.corp.example.com" if number % 8 else f"HOST-{shared:05}"


def _external(number: int) -> str | None:
    if number % 37 == 20:
        return None
    if number % 12 == 7:
        return f"2001:db8:{number & 0xFFFF:x}::{number % 250 + 1:x}"
    return f"203.0.113.{number % 250 + 1}" if number % 2 else f"198.51.100.{number % 250 + 1}"


def _interfaces(number: int, internal: str) -> list[dict[str, Any]]:
    mac = f"00005E0053{number & 255:02X}"
    if number % 11 == 2:
        found = [_interface(internal, None)]
    elif number % 11 == 4:
        found = [_interface(internal, "000000000000")]
    else:
        found = [_interface(internal, mac)]
    if number % 3 == 0:
        found.append(_interface(f"fe80::{number & 0xFFFF:x}", mac))
    if number % 9 == 1:
        found.append(_interface("", mac))
    if number % 5 == 0:
        found += [_interface("127.0.0.1", None, "SoftwareLoopback"), _interface("::1", None, "SoftwareLoopback")]
    return found


def _interface(address: str, mac: str | None, kind: str = "Ethernet") -> dict[str, Any]:
    return {"ipAddress": address, "macAddress": mac, "type": kind, "operationalStatus": "Up"}
