"""What a search asks for each kind of value. Pure.

`QUESTIONS` is the whole of it: for each kind the calls in the order in which they are made, what of the service's
data they compare with the value, and where that stands in the event. All calls are documented unless it is said
otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from iocbeam.model.search_forms import canonical_ip
from iocbeam.model.search_kind import Sought
from iocbeam.model.search_words import (
    FILE_NAME,
    FQDN,
    HOSTNAME,
    MD5,
    PRIVATE_IP,
    PUBLIC_IP,
    SHA1,
    SHA256,
    URL,
)
from iocbeam.model.values import url_host

MACHINES: Final = "machines"
ALERTS: Final = "alerts"
STATISTICS: Final = "statistics"
FILE: Final = "file"
"""What an answer holds; the last is the file's other hashes."""

HUNTING: Final = "advanced hunting"
"""Stands for the call of the dialect that is spoken."""


class Question(NamedTuple):
    """One question to a tenant.

    Attributes:
        call: path of a GET as in `model.permissions.CALLS`, or `HUNTING`.
        finds: one of the four words above.
        by: what of the service's data is compared with the value.
        shown_as: the attribute of the event that shows it; empty where only the answer says so.
    """

    call: str
    finds: str
    by: str
    shown_as: str = ""

    @property
    def place(self) -> str:
        """Where an object shows the value when only the answer says so, in words that are no path in the event."""
        return f"hunting: {self.by}" if self.call == HUNTING else f"api: {self.call}"

    def __str__(self) -> str:
        return f"{self.call}, {self.by}" if self.finds == MACHINES else self.call


# An internal address within a quarter of an hour of now, on any of the machine's interfaces.
BY_IP_NOW: Final = Question(
    "/api/machines/findbyip(ip='{ip}',timestamp={time})", MACHINES, "ipAddresses[].ipAddress", "device.ip"
)
BY_LAST_IP: Final = Question("/api/machines", MACHINES, "lastIpAddress", "device.ip")
# lastExternalIpAddress cannot be filtered on: hunting, or else the list of machines from end to end.
BY_PUBLIC_IP: Final = Question(HUNTING, MACHINES, "DeviceInfo.PublicIP", "unmapped.lastExternalIpAddress")
BY_EXTERNAL_IP: Final = Question(
    "/api/machines", MACHINES, "lastExternalIpAddress of every machine", "unmapped.lastExternalIpAddress"
)
BY_REMOTE_IP: Final = Question(HUNTING, MACHINES, "DeviceNetworkEvents.RemoteIP")
IP_ALERTS: Final = Question("/api/ips/{ip}/alerts", ALERTS, "evidence[].ipAddress", "evidences[].src_endpoint.ip")
IP_STATS: Final = Question("/api/ips/{ip}/stats", STATISTICS, "ipAddress")

# Whether case counts in a filter is not documented, and names come in both: the list tells without one.
BY_LISTED_NAME: Final = Question("/api/machines", MACHINES, "computerDnsName of every machine", "device.hostname")
MACHINE_ALERTS: Final = Question("/api/machines/{id}/alerts", ALERTS, "computerDnsName", "device.hostname")

DOMAIN_ALERTS: Final = Question(
    "/api/domains/{domain}/alerts", ALERTS, "evidence[].url", "evidences[].url.url_string"
)
DOMAIN_MACHINES: Final = Question("/api/domains/{domain}/machines", MACHINES, "domain")
DOMAIN_STATS: Final = Question("/api/domains/{domain}/stats", STATISTICS, "host")

# Documented for SHA-1 and SHA-256; MD5 may be refused, and is then hunted for.
FILE_BY_SHA1: Final = Question("/api/files/{hash}", FILE, "sha1")
FILE_BY_HASH: Final = Question("/api/files/{hash}", FILE, "sha256, md5")
FILE_HUNTED: Final = Question(HUNTING, MACHINES, "DeviceFileEvents.SHA256 or .MD5")
FILE_ALERTS: Final = Question(
    "/api/files/{sha1}/alerts", ALERTS, "evidence[].sha1", "evidences[].file.hashes[].value"
)
FILE_MACHINES: Final = Question("/api/files/{sha1}/machines", MACHINES, "sha1")
FILE_STATS: Final = Question("/api/files/{hash}/stats", STATISTICS, "sha1")

NAMED_IN_ALERTS: Final = Question("/api/alerts", ALERTS, "evidence[].fileName", "evidences[].file.name")
PRODUCT_IN_ALERTS: Final = Question(
    "/api/alerts/{id}/files", ALERTS, "fileProductName", "evidences[].file.product.name"
)
BY_FILE_NAME: Final = Question(HUNTING, MACHINES, "DeviceFileEvents.FileName")

# These look closer at what others found: evidence that an answer leaves out, a machine that a query names.
EVIDENCE: Final = Question("/api/alerts/{id}", ALERTS, "evidence")
MACHINE: Final = Question("/api/machines/{id}", MACHINES, "id")

_FILE_QUESTIONS: Final = (FILE_STATS, FILE_MACHINES, FILE_ALERTS)
_DOMAIN_QUESTIONS: Final = (DOMAIN_STATS, DOMAIN_MACHINES, DOMAIN_ALERTS)

QUESTIONS: Final[Mapping[str, tuple[Question, ...]]] = MappingProxyType(
    {
        PRIVATE_IP: (BY_IP_NOW, BY_LAST_IP, IP_ALERTS),
        PUBLIC_IP: (IP_STATS, BY_LAST_IP, BY_PUBLIC_IP, BY_REMOTE_IP, IP_ALERTS),
        HOSTNAME: (BY_LISTED_NAME, MACHINE_ALERTS),
        FQDN: (DOMAIN_STATS, BY_LISTED_NAME, DOMAIN_MACHINES, DOMAIN_ALERTS, MACHINE_ALERTS),
        URL: _DOMAIN_QUESTIONS,
        SHA1: (FILE_BY_SHA1, *_FILE_QUESTIONS),
        SHA256: (FILE_BY_HASH, *_FILE_QUESTIONS),
        MD5: (FILE_BY_HASH, *_FILE_QUESTIONS),
        FILE_NAME: (NAMED_IN_ALERTS, PRODUCT_IN_ALERTS, BY_FILE_NAME),
    }
)
"""What is asked for each kind, in this order."""

URL_OF_ADDRESS: Final = (IP_STATS, BY_REMOTE_IP, IP_ALERTS)
"""What is asked for a URL whose host is an address."""

INSTEAD: Final[Mapping[Question, Question]] = MappingProxyType(
    {BY_PUBLIC_IP: BY_EXTERNAL_IP, FILE_BY_HASH: FILE_HUNTED}
)
"""What is asked where the first question could not be."""

PLACES: Final = frozenset(
    question.place
    for questions in (*QUESTIONS.values(), URL_OF_ADDRESS, INSTEAD.values())
    for question in questions
    if question.finds in (MACHINES, ALERTS)
)
"""Every `Question.place` that an event can name."""


def questions_of(sought: Sought) -> tuple[Question, ...]:
    """What is asked for a value."""
    return (
        URL_OF_ADDRESS if sought.kind == URL and canonical_ip(url_host(sought.value)) else QUESTIONS[sought.kind]
    )


def host_of(sought: Sought) -> str:
    """What the questions about addresses and domains are asked with: a URL's host, else the value itself."""
    if sought.kind != URL:
        return sought.value
    host = url_host(sought.value)
    return canonical_ip(host) or host
