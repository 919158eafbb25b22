"""A machine as OCSF's `device`, from what Defender and Graph say of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .context import VENDOR
from .fields import Rest, fit, take_objects, take_text, take_time
from .network import interface, is_address, says_nothing, take_address
from .words import RISK, computer, system, word

_AGENT: Final = "Microsoft Defender for Endpoint"
_BITS: Final = {"64-bit": 64, "32-bit": 32}


def machine_device(rest: Rest) -> dict[str, Any]:
    """The device that a machine of Defender's list is. Takes out of `rest` what it has an attribute for.

    `lastExternalIpAddress` has none: it is the address of the network's edge, and stays. It stands in for
    `lastIpAddress` when that is empty (our choice).
    """
    made: dict[str, Any] = {}
    _identity(made, rest, "id", "aadDeviceId", "computerDnsName")
    if address := take_address(rest, "lastIpAddress"):
        made["ip"] = address
    elif is_address(external := _text(rest, "lastExternalIpAddress")):
        made["ip"] = external
    platform = _text(rest, "osPlatform")
    made["type_id"], made["type"] = computer(platform)
    if system_of := _system(rest):
        made["os"] = system_of
    if (seen := take_time(rest, "firstSeen")) is not None:
        made["first_seen_time"] = seen
    if (seen := take_time(rest, "lastSeen")) is not None:
        made["last_seen_time"] = seen
    if interfaces := _interfaces(rest):
        made["network_interfaces"] = interfaces
    _judged(made, rest)
    if version := take_text(rest, "agentVersion"):
        made["agent_list"] = [
            {
                "name": _AGENT,
                "type_id": 1,
                "type": "Endpoint Detection and Response",
                "vendor_name": VENDOR,
                "version": version,
            }
        ]
    # Who manages it has no attribute and stays.
    if (manager := _text(rest, "managedBy")) and manager != "Unknown":
        made["is_managed"] = True
    return made


def graph_device(rest: Rest) -> dict[str, Any]:
    """The device of a `deviceEvidence` of Graph. Takes out of `rest` what it has an attribute for."""
    made: dict[str, Any] = {}
    _identity(made, rest, "mdeDeviceId", "azureAdDeviceId", "deviceDnsName")
    if host := take_text(rest, "hostName"):
        made.setdefault("hostname", host)
        made["name"] = host
    addresses = _addresses(rest)
    if address := take_address(rest, "lastIpAddress"):
        made["ip"] = address
    elif addresses:
        made["ip"] = addresses[0]
    made["type_id"], made["type"] = computer(_text(rest, "osPlatform"))
    if system_of := _system(rest):
        made["os"] = system_of
    if (seen := take_time(rest, "firstSeenDateTime")) is not None:
        made["first_seen_time"] = seen
    if addresses:
        made["network_interfaces"] = [{"ip": one} for one in addresses]
    _judged(made, rest)
    return made


def has_identity(device: Mapping[str, Any]) -> bool:
    """Whether a device says which one it is, as OCSF demands."""
    return any(name in device for name in ("uid", "hostname", "ip", "name"))


def _identity(made: dict[str, Any], rest: Rest, uid: str, directory_uid: str, name: str) -> None:
    if text := take_text(rest, uid):
        made["uid"] = text
    if text := take_text(rest, directory_uid):
        made["uid_alt"] = text
    if text := take_text(rest, name):
        made["hostname"] = made["name"] = text
        domain = text.partition(".")[2]
        if domain:
            made["domain"] = domain


def _judged(made: dict[str, Any], rest: Rest) -> None:
    group = take_text(rest, "rbacGroupName")
    number = take_text(rest, "rbacGroupId")
    if group or (number and number != "0"):
        made["groups"] = [{key: text for key, text in (("name", group), ("uid", number)) if text}]
    if risk := take_text(rest, "riskScore"):
        made["risk_level_id"], made["risk_level"] = word(RISK, risk)


def _system(rest: Rest) -> dict[str, Any] | None:
    platform = take_text(rest, "osPlatform")
    if not platform:
        return None
    kind = system(platform)
    made: dict[str, Any] = {"name": platform, "type_id": kind.number, "type": kind.caption}
    if version := take_text(rest, "version") or take_text(rest, "osVersion"):
        made["version"] = version
    if build := take_text(rest, "osBuild"):
        made["build"] = build
    if bits := _BITS.get(_text(rest, "osArchitecture").lower()):
        del rest["osArchitecture"]
        made["cpu_bits"] = bits
    return made


def _interfaces(rest: Rest) -> list[dict[str, Any]]:
    found, partly = [], []
    for item in take_objects(rest, "ipAddresses"):
        made, whole = interface(item)
        if made:
            found.append(made)
        if not whole:
            partly.append(fit(item))
    if partly:
        rest["ipAddresses"] = partly
    return found


def _addresses(rest: Rest) -> list[str]:
    """Of `ipInterfaces`, which are addresses."""
    found, other = [], []
    for item in take_objects(rest, "ipInterfaces"):
        if not item:
            continue
        if type(item) is not str or not is_address(item):
            other.append(item)
        elif not says_nothing(item):
            found.append(item)
    if other:
        rest["ipInterfaces"] = other
    return found


def _text(rest: Rest, key: str) -> str:
    """A text that is only looked at."""
    value = rest.get(key)
    return value if type(value) is str else ""
