"""Alerts of Graph (alerts_v2) as findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ..sighting import Match
from .context import Event, EventContext
from .envelope import made_uid, product
from .fields import Rest, left, rest_of, take_objects, take_text, take_texts, take_time
from .finding import Finding, action, analytic, attack, finding_event, malware
from .graph_evidence import graph_evidences
from .words import SEVERITY, STATUS, VERDICT, word

PRODUCT: Final = "Microsoft Graph Security"


def graph_alert_event(alert: Mapping[str, Any], context: EventContext, matches: Sequence[Match] = ()) -> Event:
    """An alert of Graph's as a finding in the context's dialect. Never raises, whatever the alert's shape.

    Its time is `createdDateTime`, its device that of its first `deviceEvidence`. The product is the one that
    raised the alert where it says so; `providerAlertId`, by which the same alert is known to that product, is in
    `unmapped` with all that has no attribute.
    """
    rest = rest_of(alert)
    evidences, unknown = graph_evidences(take_objects(rest, "evidence"))
    original = rest.get("createdDateTime")
    created = take_time(rest, "createdDateTime")
    verdict = take_text(rest, "classification")
    state = rest.get("investigationState")
    category = take_text(rest, "category")
    if rest.get("tenantId") == context.tenant_id:
        del rest["tenantId"]
    finding = Finding(
        uid=take_text(rest, "id") or made_uid(alert),
        title=take_text(rest, "title"),
        desc=take_text(rest, "description"),
        product=_product(rest),
        severity=word(SEVERITY, take_text(rest, "severity")),
        status=word(STATUS, take_text(rest, "status")),
        created=created,
        modified=take_time(rest, "lastUpdateDateTime"),
        original_time=original if created is not None else None,
        first_seen=take_time(rest, "firstActivityDateTime"),
        last_seen=take_time(rest, "lastActivityDateTime"),
        types=[category] if category else [],
        attacks=[attack(one) for one in take_texts(rest, "mitreTechniques")],
        analytic=analytic(take_text(rest, "detectorId"), take_text(rest, "detectionSource")),
        malware=_malware(rest),
        device=next((item["device"] for item in evidences if "device" in item), None),
        action=action(state if type(state) is str else None, _states(evidences)),
        verdict=word(VERDICT, verdict) if verdict else None,
        assignee=take_text(rest, "assignedTo"),
        remediation=take_text(rest, "recommendedActions"),
        src_url=take_text(rest, "alertWebUrl"),
        correlation_uid=take_text(rest, "incidentId"),
        evidences=evidences,
    )
    finding.unmapped = left(rest)
    if unknown:
        finding.unmapped["evidence"] = unknown
    return finding_event(finding, context, matches)


def _product(rest: Rest) -> dict[str, Any]:
    made = product(PRODUCT)
    if name := take_text(rest, "productName"):
        made["feature"] = {"name": name}
    return made


def _malware(rest: Rest) -> list[dict[str, Any]]:
    name = take_text(rest, "threatDisplayName") or take_text(rest, "threatFamilyName")
    return [malware(name)] if name else []


def _states(evidences: Sequence[Mapping[str, Any]]) -> list[str]:
    states = (item["data"].get("remediationStatus") for item in evidences if "data" in item)
    return [state for state in states if type(state) is str]
