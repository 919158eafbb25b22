"""Values that become a part of a path. None of them can name another path: what could is refused."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import quote

_ALERT: Final = re.compile(r"[0-9A-Za-z_-]+(?:[.~][0-9A-Za-z_-]+)*", re.ASCII)
_MACHINE: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*")
_LONGEST_NAME: Final = 255
# Other calls stand where a machine's name would (documented): lists of software, vulnerabilities and baselines,
# and `findbyip`. Their names are letters only; case does not count to the service.
_OTHER_CALL: Final = re.compile(
    r"(?:addorremovetag|baselinecompliance|browserextensions|certificateassessment|findby|hardwarefirmware"
    r"|infogathering|softwareinventory|softwarevulnerabilit)[a-z]*",
    re.IGNORECASE,
)
_LABEL: Final = r"[0-9a-z_](?:[0-9a-z_-]{0,61}[0-9a-z_])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_SHA1: Final = re.compile(r"[0-9a-f]{40}")
_HASH: Final = re.compile(r"(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})")


def machine_part(id_or_name: str) -> str:
    """A machine's id, or its name: letters of any script, digits, `-`, `_` and `.`.

    Raises:
        ValueError: it cannot be one.
    """
    if len(id_or_name) > _LONGEST_NAME or not _MACHINE.fullmatch(id_or_name) or _OTHER_CALL.fullmatch(id_or_name):
        raise ValueError(f"{id_or_name!r} is no id and no name of a machine")
    return _quoted(id_or_name)


def alert_part(alert_id: str) -> str:
    """An alert's id, such as `da637472900382838869_1364969609`.

    Raises:
        ValueError: it cannot be one.
    """
    if not _ALERT.fullmatch(alert_id):
        raise ValueError(f"{alert_id!r} is no id of an alert")
    return _quoted(alert_id)


def domain_part(domain: str) -> str:
    """A domain in its ASCII form, in lower case, without a dot at the end.

    Raises:
        ValueError: it cannot be one.
    """
    name = domain.lower().removesuffix(".")
    if len(name) > _LONGEST_NAME or not _DOMAIN.fullmatch(name):
        raise ValueError(f"{domain!r} is no domain name in its ASCII form")
    return _quoted(name)


def address_part(address: str) -> str:
    """An IPv4 or IPv6 address, without a zone.

    Raises:
        ValueError: it cannot be one.
    """
    parsed = ipaddress.ip_address(address)
    if "%" in address:
        raise ValueError(f"{address!r} has a zone, which means something on one machine only")
    return _quoted(str(parsed))


def sha1_part(sha1: str) -> str:
    """A SHA-1 hash.

    Raises:
        ValueError: it cannot be one.
    """
    if not _SHA1.fullmatch(sha1.lower()):
        raise ValueError(f"{sha1!r} is no SHA-1 hash: 40 hexadecimal digits")
    return sha1.lower()


def hash_part(file_hash: str) -> str:
    """An MD5, SHA-1 or SHA-256 hash.

    Raises:
        ValueError: it cannot be one.
    """
    if not _HASH.fullmatch(file_hash.lower()):
        raise ValueError(f"{file_hash!r} is no hash of a file: 32, 40 or 64 hexadecimal digits")
    return file_hash.lower()


def _quoted(value: str) -> str:
    return quote(value, safe="")
