"""The Defender plan: from what a tenant should hold and what it holds to what is to be done.

Pure: no Beam, no HTTP, no clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final, NamedTuple

from iocbeam.model.indicator import key_digest
from iocbeam.model.outcome import CREATED, UPDATED, ended
from iocbeam.model.plan import MARK_PREFIX, Change, DefenderPlan, DefenderRow, PlannedEnd
from iocbeam.model.settings import PlanPolicy

LATEST: Final = 253_402_300_799
"""31 December 9999, the last second that can be written."""


@dataclass(frozen=True, slots=True)
class Desired:
    """What a collection wants in a tenant.

    Attributes:
        rows: best first, one for each key.
        whitelisted: digests (`model.indicator.key_digest`) of keys that Whitelisted records protect.
        notices: what a person should know of how the rows were made.
    """

    rows: Sequence[DefenderRow]
    whitelisted: frozenset[bytes] = frozenset()
    notices: tuple[str, ...] = ()


class ActualRow(NamedTuple):
    """A row that the tenant holds.

    Attributes:
        id: the service's id.
        type, value: as `DefenderRow` has them.
    """

    id: str
    type: str
    value: str


def plan(
    desired: Desired, actual: Sequence[ActualRow], policy: PlanPolicy, tenant_id: str = "", alias: str = ""
) -> DefenderPlan:
    """What is to be done in one tenant, the most important first.

    Args:
        actual: all rows of the tenant, of all owners.
    """
    present = {(row.type, row.value) for row in actual}
    updates: list[Change] = []
    creates: list[Change] = []
    ends: list[PlannedEnd] = []
    free = policy.capacity - len(actual)
    per_run = policy.objects_per_run
    for row in desired.rows:
        indicator = row.indicator
        digest = key_digest(indicator.type, indicator.value)
        exists = row.key in present
        if digest in desired.whitelisted:
            ends.append(_end(row, "whitelisted_in_run"))
        elif not exists and len(creates) >= free:
            ends.append(_end(row, "over_capacity"))
        elif per_run is not None and len(updates) + len(creates) >= per_run:
            ends.append(_end(row, "objects_per_run"))
        elif exists:
            updates.append(Change(UPDATED, row, mark(policy.collection, digest)))
        else:
            creates.append(Change(CREATED, row, mark(policy.collection, digest)))
    return DefenderPlan(
        tenant_id=tenant_id,
        alias=alias or tenant_id,
        changes=(*updates, *creates),
        ends=tuple(ends),
        notices=desired.notices,
    )


def _end(row: DefenderRow, reason: str) -> PlannedEnd:
    return PlannedEnd(row, *ended(reason)[:3])


def mark(collection: str, digest: bytes) -> str:
    """The `externalId` of a row of ours: tool, collection, and the key's digest."""
    return f"{MARK_PREFIX}:{collection}:{digest.hex()}"


def owner_of_mark(external_id: str | None) -> str | None:
    """The collection that owns a row, or None for a row that is not ours. Parsed as fields, not as a prefix."""
    fields = (external_id or "").split(":")
    return fields[1] if len(fields) == 3 and fields[0] == MARK_PREFIX else None


def as_item(change: Change, policy: PlanPolicy) -> dict[str, Any]:
    """The row as the service takes it: an item of `Indicators` in an import."""
    row = change.row
    item: dict[str, Any] = {
        "indicatorValue": row.value,
        "indicatorType": row.type,
        "action": row.action,
        "severity": row.severity,
        "title": row.title,
        "description": row.description,
        "generateAlert": row.generate_alert,
        "expirationTime": None if row.expires_at is None else utc_text(row.expires_at),
        "externalId": change.mark,
        "rbacGroupNames": list(policy.device_groups),
    }
    if policy.recommended_actions:
        item["recommendedActions"] = policy.recommended_actions
    return item


def utc_text(seconds: int) -> str:
    """Epoch seconds as `YYYY-MM-DDTHH:MM:SSZ`."""
    moment = datetime.fromtimestamp(min(seconds, LATEST), tz=timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
