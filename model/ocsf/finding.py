"""Findings: what alerts of both services come to, as Detection Finding (2004) or Security Finding (2001)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..sighting import Match
from .context import OCSF, QDM, Event, EventContext
from .envelope import CLOSE, CREATE, DETECTION_FINDING, SECURITY_FINDING, UPDATE, envelope, metadata
from .observables import observe
from .qdm import finding_paths
from .words import REMEDIATION, UNKNOWN, Action, Word

_STILL_NEW: Final = 60_000
"""Milliseconds after its creation in which an update is part of the creation (our choice)."""

_NOT_STOPPED: Final = ("partiallyremediated", "unremediated", "active", "detected")
"""States of evidence that count for the alert even if other evidence was blocked, the first ones first."""


@dataclass(slots=True)
class Finding:
    """An alert in the words of OCSF, before a dialect gives it its form. Times are epoch milliseconds."""

    uid: str
    title: str | None
    desc: str | None
    product: dict[str, Any]
    severity: Word
    status: Word
    created: int | None
    modified: int | None
    original_time: Any
    first_seen: int | None = None
    last_seen: int | None = None
    types: list[str] = field(default_factory=list)
    attacks: list[dict[str, Any]] = field(default_factory=list)
    analytic: dict[str, Any] | None = None
    malware: list[dict[str, Any]] = field(default_factory=list)
    device: dict[str, Any] | None = None
    user: dict[str, Any] | None = None
    action: Action | None = None
    verdict: Word | None = None
    assignee: str | None = None
    remediation: str | None = None
    src_url: str | None = None
    correlation_uid: str | None = None
    evidences: list[dict[str, Any]] = field(default_factory=list)
    unmapped: dict[str, Any] = field(default_factory=dict)


def finding_event(finding: Finding, context: EventContext, matches: Sequence[Match]) -> Event:
    """The event of a finding in the context's dialect."""
    legacy = context.dialect != OCSF
    kind = SECURITY_FINDING if legacy else DETECTION_FINDING
    event = envelope(kind, _activity(finding), finding.severity, finding.created, context)
    event["metadata"] = about = metadata(context, finding.product, finding.uid, finding.original_time)
    if finding.correlation_uid:
        about["correlation_uid"] = finding.correlation_uid
    if finding.title:
        event["message"] = finding.title
    event["is_alert"] = True
    if finding.first_seen is not None:
        event["start_time"] = finding.first_seen
    if finding.last_seen is not None:
        event["end_time"] = finding.last_seen
    profiles = []
    if finding.device:
        profiles.append("host")
        event["device"] = finding.device
    if finding.user:
        event["actor"] = {"user": finding.user}
    if finding.action:
        profiles.append("security_control")
        (event["action_id"], event["action"]), (event["disposition_id"], event["disposition"]) = finding.action
    if finding.malware:
        event["malware"] = finding.malware
    if legacy:
        _security(event, finding)
    else:
        profiles.append("incident")
        _detection(event, finding)
    if profiles:
        about["profiles"] = profiles
    if finding.unmapped:
        event["unmapped"] = finding.unmapped
    if context.dialect == QDM:
        finding_paths(event)
    observe(event, matches)
    return event


def _detection(event: Event, finding: Finding) -> None:
    info = _info(finding)
    if finding.attacks:
        info["attacks"] = finding.attacks
    if finding.analytic:
        info["analytic"] = finding.analytic
    event["finding_info"] = info
    event["status_id"], event["status"] = finding.status
    if finding.verdict:
        event["verdict_id"], event["verdict"] = finding.verdict
    if finding.assignee:
        event["assignee"] = {"name": finding.assignee}
    if finding.remediation:
        event["remediation"] = {"desc": finding.remediation}
    if finding.evidences:
        event["evidences"] = finding.evidences


def _security(event: Event, finding: Finding) -> None:
    """The older class has no verdict and no assignee, and its evidence is of any form: that of 2004 here."""
    info = _info(finding)
    info.setdefault("title", finding.uid)
    if finding.remediation:
        info["remediation"] = {"desc": finding.remediation}
    event["finding"] = info
    event["state_id"], event["state"] = finding.status
    if finding.attacks:
        event["attacks"] = finding.attacks
    if finding.analytic:
        event["analytic"] = finding.analytic
    if finding.verdict:
        finding.unmapped["verdict"] = finding.verdict.caption
    if finding.assignee:
        finding.unmapped["assignedTo"] = finding.assignee
    if finding.evidences:
        event["evidence"] = finding.evidences


def _info(finding: Finding) -> dict[str, Any]:
    every = {
        "uid": finding.uid,
        "title": finding.title,
        "desc": finding.desc,
        "types": finding.types or None,
        "created_time": finding.created,
        "modified_time": finding.modified,
        "first_seen_time": finding.first_seen,
        "last_seen_time": finding.last_seen,
        "src_url": finding.src_url,
    }
    return {name: value for name, value in every.items() if value is not None}


def _activity(finding: Finding) -> Word:
    if finding.status.number == 4:
        return CLOSE
    if finding.status.number == 1 and (
        finding.modified is None or finding.created is None or finding.modified - finding.created <= _STILL_NEW
    ):
        return CREATE
    return UPDATE


def attack(technique: str) -> dict[str, Any]:
    """A technique of MITRE ATT&CK by its id; `T1059.001` is a sub-technique of `T1059`."""
    whole, dot, _ = technique.partition(".")
    made: dict[str, Any] = {"technique": {"uid": whole or technique}}
    if dot:
        made["sub_technique"] = {"uid": technique}
    return made


def malware(name: str) -> dict[str, Any]:
    """A malware of which only the name is known."""
    return {"name": name, "classification_ids": [UNKNOWN], "classifications": ["Unknown"]}


def analytic(uid: str | None, name: str | None) -> dict[str, Any] | None:
    """What detected it: the detector by its id and the product part that it belongs to."""
    if not uid and not name:
        return None
    made: dict[str, Any] = {"type_id": UNKNOWN, "type": "Unknown"}
    if uid:
        made["uid"] = uid
    if name:
        made["name"] = name
    return made


def action(investigation: str | None, of_evidence: Iterable[str]) -> Action | None:
    """What was done about an alert, by the state of its investigation or else by that of its evidence.

    None when neither says. Where evidence disagrees, what was not stopped decides.
    """
    found = REMEDIATION.get(investigation.lower()) if investigation else None
    if found:
        return found
    states = {state.lower() for state in of_evidence}
    for state in _NOT_STOPPED:
        if state in states:
            return REMEDIATION[state]
    return next((REMEDIATION[state] for state in sorted(states) if state in REMEDIATION), None)
