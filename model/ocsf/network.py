"""Addresses, names of hosts and network interfaces in the forms that OCSF holds them to."""

from __future__ import annotations

import re
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any, Final

from .fields import is_object, rest_of, sound, take_text
from .words import INTERFACE, word

_ANY_OR_LOOPBACK: Final = (bytes(15) + b"\0", bytes(15) + b"\1")
_is_hex = re.compile(r"[0-9a-f]{12}", re.I | re.ASCII).fullmatch
_is_mail = re.compile(r"[a-zA-Z0-9!#$%&'*+-/=?^_`{|}~.]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+").fullmatch
_host_of = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)", re.I | re.ASCII).match


@lru_cache(maxsize=16_384)
def is_address(text: str) -> bool:
    """Whether a text is an IP address as `ip_t` allows it: no zone, no port, no leading zeros."""
    if len(text) > 40:
        return False
    try:
        if ":" in text:
            inet_pton(AF_INET6, text)
            return "%" not in text
        return inet_ntop(AF_INET, inet_pton(AF_INET, text)) == text
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=16_384)
def says_nothing(address: str) -> bool:
    """Whether an address is a loopback or the unspecified one, which every machine has."""
    if ":" not in address:
        return address.startswith("127.") or address == "0.0.0.0"  # noqa: S104  compared, not listened on
    return inet_pton(AF_INET6, address) in _ANY_OR_LOOPBACK


def take_address(rest: dict[str, Any], key: str) -> str | None:
    """Takes an IP address; loopbacks are taken and none."""
    value = rest.get(key)
    if type(value) is not str or not is_address(value):
        return None
    del rest[key]
    return None if says_nothing(value) else value


def mac_address(value: Any) -> str | None:
    """`AA:BB:CC:DD:EE:FF`, or None when the value is no hardware address or all zeros."""
    if type(value) is not str:
        return None
    digits = value if len(value) == 12 else value.replace(":", "").replace("-", "").replace(".", "")
    if not _is_hex(digits) or digits == "000000000000":
        return None
    digits = digits.upper()
    return ":".join((digits[:2], digits[2:4], digits[4:6], digits[6:8], digits[8:10], digits[10:]))


def interface(item: Any) -> tuple[dict[str, Any] | None, bool]:
    """An entry of a machine's `ipAddresses` as `network_interface`, and whether that says all that it says.

    None for one that has neither an address nor a hardware address, or is a loopback.
    """
    if not is_object(item):
        return None, item is None
    rest = rest_of(item)
    address = take_address(rest, "ipAddress")
    mac = mac_address(rest.get("macAddress"))
    if mac or rest.get("macAddress") in ("", "000000000000"):
        del rest["macAddress"]
    made: dict[str, Any] = {}
    if address:
        made["ip"] = address
    if mac:
        made["mac"] = mac
    if made:
        kind = word(INTERFACE, take_text(rest, "type"))
        made["type_id"], made["type"] = kind
        return made, not any(rest.values())
    return None, all(key == "type" or not value for key, value in rest.items())


def is_mail_address(text: str) -> bool:
    """Whether a text is what `email_t` allows."""
    return _is_mail(text) is not None


def url_object(text: str) -> dict[str, Any]:
    """A URL as `url`; its host is told when it names one."""
    made = {"url_string": text}
    host = host_of(text)
    if host:
        made["hostname"] = host
    return made


def host_of(url: str) -> str:
    """The host that a URL names, in lower case; empty when it has none. A URL may come without its scheme."""
    found = _host_of(url) or _host_of(f"//{url}")
    return sound(found[1].lower()) if found and "." in found[1] else ""
