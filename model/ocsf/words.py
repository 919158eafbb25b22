"""The enumerations of Microsoft's services in those of OCSF.

A text that no table knows becomes 99 Other with the text beside it; no text is 0 Unknown. Texts are compared
without case, since the services' own documents and answers differ in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

EXTERNAL: Final = "lastExternalIpAddress"
"""The address of a machine's network towards the Internet: no attribute of OCSF's is for it."""

UNKNOWN: Final = 0
OTHER: Final = 99


class Word(NamedTuple):
    """A member of an enumeration: its number and OCSF's caption, or the source's text for `OTHER`."""

    number: int
    caption: str


_NONE: Final = Word(UNKNOWN, "Unknown")


def word(table: Mapping[str, Word], text: str | None) -> Word:
    """The member that a text stands for."""
    if text is None:
        return _NONE
    return table.get(text) or table.get(text.lower()) or Word(OTHER, text)


SEVERITY: Final = {
    "unspecified": _NONE,
    "unknown": _NONE,
    "informational": Word(1, "Informational"),
    "low": Word(2, "Low"),
    "medium": Word(3, "Medium"),
    "high": Word(4, "High"),
    "critical": Word(5, "Critical"),
}
"""Both services' severities as `severity_id`."""

STATUS: Final = {
    "unknown": _NONE,
    "new": Word(1, "New"),
    "inprogress": Word(2, "In Progress"),
    "resolved": Word(4, "Resolved"),
}
"""Alert statuses as `status_id` of 2004 and as `state_id` of 2001, which agree in these members."""

RISK: Final = {
    "none": Word(0, "Info"),
    "informational": Word(0, "Info"),
    "low": Word(1, "Low"),
    "medium": Word(2, "Medium"),
    "high": Word(3, "High"),
}
"""`riskScore` of a machine as `risk_level_id`."""

VERDICT: Final = {
    "unknown": _NONE,
    "falsepositive": Word(1, "False Positive"),
    "truepositive": Word(2, "True Positive"),
    "informationalexpectedactivity": Word(5, "Benign"),
    "benignpositive": Word(5, "Benign"),
    "suspicious": Word(4, "Suspicious"),
    "nothreatsfound": Word(5, "Benign"),
}
"""Classifications of alerts and verdicts of evidence as `verdict_id`; none is for Graph's `malicious`."""

INTERFACE: Final = {
    "ethernet": Word(1, "Wired"),
    "gigabitethernet": Word(1, "Wired"),
    "fastethernett": Word(1, "Wired"),
    "wireless80211": Word(2, "Wireless"),
    "wwanpp": Word(3, "Mobile"),
    "wwanpp2": Word(3, "Mobile"),
    "tunnel": Word(4, "Tunnel"),
}
"""Types of network adapters, in the words of .NET's NetworkInterfaceType, as `type_id` of an interface."""

_SYSTEMS: Final = (
    ("windows", Word(100, "Windows")),
    ("android", Word(201, "Android")),
    ("macos", Word(300, "macOS")),
    ("ipados", Word(302, "iPadOS")),
    ("ios", Word(301, "iOS")),
    ("linux", Word(200, "Linux")),
    ("ubuntu", Word(200, "Linux")),
    ("debian", Word(200, "Linux")),
    ("redhat", Word(200, "Linux")),
    ("centos", Word(200, "Linux")),
    ("suse", Word(200, "Linux")),
    ("oracle", Word(200, "Linux")),
    ("fedora", Word(200, "Linux")),
    ("amazon", Word(200, "Linux")),
    ("rocky", Word(200, "Linux")),
    ("alma", Word(200, "Linux")),
)


def system(platform: str) -> Word:
    """An `osPlatform` such as `Windows10`, `WindowsServer2022` or `Ubuntu` as `os.type_id`."""
    lower = platform.lower()
    for start, found in _SYSTEMS:
        if lower.startswith(start):
            return found
    return _NONE if lower in ("unknown", "none") else Word(OTHER, platform)


def computer(platform: str | None) -> Word:
    """What kind of device a platform runs on, as `device.type_id`, where the platform tells."""
    lower = (platform or "").lower()
    if "server" in lower:
        return Word(1, "Server")
    if lower.startswith("ipados"):
        return Word(4, "Tablet")
    return Word(5, "Mobile") if lower.startswith(("android", "ios")) else _NONE


class Action(NamedTuple):
    """What was done about it: `action_id` and `disposition_id` of OCSF's security control profile."""

    action: Word
    disposition: Word


_DENIED: Final = Word(2, "Denied")
_OBSERVED: Final = Word(3, "Observed")
_MODIFIED: Final = Word(4, "Modified")

REMEDIATION: Final = {
    "blocked": Action(_DENIED, Word(2, "Blocked")),
    "prevented": Action(_DENIED, Word(2, "Blocked")),
    "successfullyremediated": Action(_MODIFIED, Word(11, "Corrected")),
    "remediated": Action(_MODIFIED, Word(11, "Corrected")),
    "partiallyremediated": Action(_MODIFIED, Word(12, "Partially Corrected")),
    "unremediated": Action(_OBSERVED, Word(13, "Uncorrected")),
    "failed": Action(_OBSERVED, Word(13, "Uncorrected")),
    "pendingapproval": Action(_OBSERVED, Word(14, "Delayed")),
    "pendingresource": Action(_OBSERVED, Word(14, "Delayed")),
    "benign": Action(_OBSERVED, Word(10, "Exonerated")),
    "detected": Action(_OBSERVED, Word(15, "Detected")),
    "active": Action(_OBSERVED, Word(15, "Detected")),
}
"""States of an investigation and of its evidence, lower case, that say what was done."""
