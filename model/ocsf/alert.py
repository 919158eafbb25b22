"""Defender's alerts as findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..sighting import Match
from .context import Event, EventContext
from .defender_evidence import defender_evidences
from .device import has_identity
from .envelope import made_uid, product
from .evidence import user_object
from .fields import Rest, is_object, left, rest_of, take_objects, take_text, take_texts, take_time
from .finding import Finding, action, analytic, attack, finding_event, malware
from .machine import PRODUCT
from .words import SEVERITY, STATUS, VERDICT, word


def defender_alert_event(
    alert: Mapping[str, Any], context: EventContext, matches: Sequence[Match] = (), files: Sequence[Any] = ()
) -> Event:
    """An alert of Defender's as a finding in the context's dialect. Never raises, whatever the alert's shape.

    Its time is `alertCreationTime`. What was done (`action_id`, `disposition_id`) is taken from the state of the
    investigation, else from that of the evidence. Comments, determination and whatever has no attribute are in
    `unmapped`, evidence of a kind that is not known in `unmapped.evidence`.

    Args:
        files: what `/api/alerts/{id}/files` gives: only there are MD5s and the names of products.
    """
    rest = rest_of(alert)
    evidence = take_objects(rest, "evidence")
    evidences, unknown = defender_evidences(evidence, files)
    original = rest.get("alertCreationTime")
    created = take_time(rest, "alertCreationTime")
    category = take_text(rest, "category")
    verdict = take_text(rest, "classification")
    state = rest.get("investigationState")
    finding = Finding(
        uid=take_text(rest, "id") or made_uid(alert),
        title=take_text(rest, "title"),
        desc=take_text(rest, "description"),
        product=product(PRODUCT),
        severity=word(SEVERITY, take_text(rest, "severity")),
        status=word(STATUS, take_text(rest, "status")),
        created=created,
        modified=take_time(rest, "lastUpdateTime"),
        original_time=original if created is not None else None,
        first_seen=take_time(rest, "firstEventTime"),
        last_seen=take_time(rest, "lastEventTime"),
        types=[category] if category else [],
        attacks=[attack(one) for one in take_texts(rest, "mitreTechniques")],
        analytic=analytic(take_text(rest, "detectorId"), take_text(rest, "detectionSource")),
        malware=_malware(rest),
        device=_device(rest),
        user=_user(rest),
        action=action(state if type(state) is str else None, _states(evidences)),
        verdict=word(VERDICT, verdict) if verdict else None,
        assignee=take_text(rest, "assignedTo"),
        remediation=take_text(rest, "recommendedAction"),
        correlation_uid=take_text(rest, "incidentId"),
        evidences=evidences,
    )
    finding.unmapped = left(rest)
    if unknown:
        finding.unmapped["evidence"] = unknown
    return finding_event(finding, context, matches)


def _states(evidences: Sequence[Mapping[str, Any]]) -> list[str]:
    states = (item["data"].get("detectionStatus") for item in evidences if "data" in item)
    return [state for state in states if type(state) is str]


def _device(rest: Rest) -> dict[str, Any] | None:
    made: dict[str, Any] = {"type_id": 0, "type": "Unknown"}
    if uid := take_text(rest, "machineId"):
        made["uid"] = uid
    if name := take_text(rest, "computerDnsName"):
        made["hostname"] = made["name"] = name
        if domain := name.partition(".")[2]:
            made["domain"] = domain
    if not has_identity(made):
        return None
    if group := take_text(rest, "rbacGroupName"):
        made["groups"] = [{"name": group}]
    return made


def _malware(rest: Rest) -> list[dict[str, Any]]:
    name = take_text(rest, "threatName") or take_text(rest, "threatFamilyName")
    return [malware(name)] if name else []


def _user(rest: Rest) -> dict[str, Any] | None:
    value = rest.get("relatedUser")
    if not is_object(value):
        return None
    related = rest_of(value)
    made = user_object(take_text(related, "userName"), take_text(related, "domainName"))
    if made:
        remaining = left(related)
        if remaining:
            rest["relatedUser"] = remaining
        else:
            del rest["relatedUser"]
    return made
