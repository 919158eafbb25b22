"""Plans as `plan.json` holds them: everything that would be done."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from iocbeam.model.entra_plan import CREATE, UPDATE, EntraPlan
from iocbeam.model.outcome import UNCHANGED
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.sentinel_plan import SentinelPlan
from iocbeam.model.settings import PlanPolicy
from iocbeam.planning.defender.items import as_item
from iocbeam.planning.sentinel.objects import stix_object


def defender_document(plan: DefenderPlan, policy: PlanPolicy) -> dict[str, Any]:
    """A plan for Defender. Of a tenant that could not be read it shows why, and nothing to do."""
    if plan.unreadable:
        plan = replace(plan, changes=(), ends=(), withdraw=())
    counts = Counter(change.kind for change in plan.changes)
    return {
        "target": "defender",
        "tenant_id": plan.tenant_id,
        "alias": plan.alias,
        "counts": {
            "created": counts["created"],
            "updated": counts["updated"],
            "withdrawn": len(plan.withdraw),
        },
        "changes": [
            {
                "kind": change.kind,
                **as_item(change, policy),
                "fields": list(change.fields),
                "replaces": change.replaces,
                "adopted": bool(change.held),
            }
            for change in plan.changes
        ],
        "ends": [
            {
                "outcome": end.outcome,
                "reason": end.reason,
                "type": end.row.indicator.type,
                "value": end.row.indicator.value,
            }
            for end in plan.ends
        ],
        "withdraw": [
            {"id": row.id, "indicatorType": row.type, "indicatorValue": row.value, "reason": row.reason}
            for row in plan.withdraw
        ],
        "unreadable": plan.unreadable,
        "refusals": list(plan.refusals),
        "conflicts": list(plan.conflicts),
        "notices": list(plan.notices),
    }


def entra_document(plan: EntraPlan) -> dict[str, Any]:
    """A plan for Entra. Of a tenant that could not be read it shows why, and nothing to do."""
    kinds = Counter(change.kind for change in plan.locations)
    policy = plan.policy
    return {
        "target": "entra",
        "tenant_id": plan.tenant_id,
        "alias": plan.alias,
        "counts": {
            "created": 0 if plan.unreadable or plan.stopped else len(plan.ranges),
            "unchanged": sum(end.outcome == UNCHANGED for end in plan.ends),
            "locations_created": kinds[CREATE],
            "locations_updated": kinds[UPDATE],
            "locations_deleted": len(plan.surplus),
            "ranges_added": sum(len(change.added) for change in plan.locations),
            "ranges_removed": sum(len(change.removed) for change in plan.locations),
        },
        "locations": [
            {
                "change": change.kind,
                "id": change.id,
                "name": change.name,
                "trusted": change.trusted,
                "ranges": len(change.ranges),
                "fields": list(change.fields),
                "added": list(change.added),
                "removed": list(change.removed),
            }
            for change in plan.locations
        ]
        + [
            {
                "change": "delete",
                "id": one.id,
                "name": one.name,
                "trusted": one.trusted,
                "ranges": 0,
                "fields": [],
                "added": [],
                "removed": list(plan.holds.get(one.id, ())),
            }
            for one in plan.surplus
        ],
        "policy": {
            "change": policy.kind if policy else "none",
            "id": policy.id if policy else plan.policy_id,
            "name": policy.name if policy else plan.policy_name,
            "fields": [
                {"field": one.path, "before": one.before, "after": one.after}
                for one in (policy.fields if policy else ())
            ],
            "body": policy.body if policy else None,
        }
        if policy or plan.policy_name
        else None,
        "policy_effect": plan.effect,
        "ends": [
            {"outcome": end.outcome, "reason": end.reason, "type": end.row.type, "value": end.row.value}
            for end in plan.ends
        ],
        "withdrawn": plan.withdrawn,
        "stopped": plan.stopped,
        "unreadable": plan.unreadable,
        "refusals": list(plan.refusals),
        "conflicts": list(plan.conflicts),
        "notices": list(plan.notices),
    }


def sentinel_document(plan: SentinelPlan, collection: str, now: int) -> dict[str, Any]:
    """A plan for Sentinel. Of a workspace that could not be read it shows why, and nothing to do.

    Args:
        now: epoch seconds, UTC: the run's start.
    """
    if plan.unreadable:
        plan = replace(plan, changes=(), ends=(), withdraw=())
    counts = Counter(change.kind for change in plan.changes)
    return {
        "target": "sentinel",
        "tenant_id": plan.tenant_id,
        "alias": plan.alias,
        "counts": {
            "created": counts["created"],
            "updated": counts["updated"],
            "withdrawn": len(plan.withdraw),
        },
        "changes": [
            {
                "kind": change.kind,
                "type": change.row.type,
                "value": change.row.value,
                "fields": list(change.fields),
                "stix": stix_object(change, collection, now),
            }
            for change in plan.changes
        ],
        "ends": [
            {"outcome": end.outcome, "reason": end.reason, "type": end.row.type, "value": end.row.value}
            for end in plan.ends
        ],
        "withdraw": [
            {"type": one.actual.key[0], "value": one.actual.key[1], "reason": one.reason} for one in plan.withdraw
        ],
        "unreadable": plan.unreadable,
        "refusals": list(plan.refusals),
        "conflicts": list(plan.conflicts),
        "notices": list(plan.notices),
    }
