"""Rows for Sentinel and what a workspace shows of them: helpers of the planning tests."""

from __future__ import annotations

from typing import Any, Final

from iocbeam.model.indicator import FQDN, Indicator
from iocbeam.model.intake import Intake
from iocbeam.model.sentinel_plan import SentinelActual, SentinelPlan, SentinelRow, WorkspaceRows
from iocbeam.model.settings import DAY, ClassifySettings, ConnectionSettings, Limits, RunInfo
from iocbeam.model.settings.sentinel import SentinelTenantSettings, SentinelWorkspace
from iocbeam.planning.sentinel.desired import DesiredIndicators
from iocbeam.planning.sentinel.objects import pattern_of, sent_digest
from iocbeam.planning.sentinel.plan import plan_sentinel

NOW: Final = 1_790_000_000
COLLECTION: Final = "drill"


def row(value: str = "bad.malware-test.example", kind: str = FQDN, **changes: Any) -> SentinelRow:
    indicator = Indicator(kind, value, source_id=value)
    made = SentinelRow(kind, value, "Medium", 50, value, "a description", (), NOW + 90 * DAY, indicator)
    return made._replace(**changes)


def rows(count: int, **changes: Any) -> list[SentinelRow]:
    return [row(f"n{number}.malware-test.example", **changes) for number in range(count)]


def shown(sent: SentinelRow, /, **changes: Any) -> SentinelActual:
    """What the workspace shows of a row that was sent in an earlier run."""
    made = SentinelActual(
        name=f"name of {sent.value}",
        key=sent.key,
        pattern=pattern_of(*sent.key),
        title=sent.title,
        description=sent.description,
        confidence=sent.confidence,
        created=NOW - 10 * DAY,
        valid_from=NOW - 10 * DAY,
        expires_at=sent.expires_at,
        sent=sent_digest(sent),
        updated_at=NOW - DAY,
    )
    return made._replace(**changes)


def settings(capacity: int = 1_000, **limits: Any) -> SentinelTenantSettings:
    return SentinelTenantSettings(
        "tenant",
        ConnectionSettings(),
        SentinelWorkspace(),
        ClassifySettings(collection=COLLECTION),
        Limits(**{"collection": COLLECTION, **limits}),
        capacity=capacity,
    )


def planned(
    wanted: list[SentinelRow],
    there: list[SentinelActual],
    *,
    outranked: list[SentinelRow] | None = None,
    capacity: int = 1_000,
    replay: bool = False,
    desired: dict[str, Any] | None = None,
    workspace: dict[str, Any] | None = None,
    **limits: Any,
) -> SentinelPlan:
    held = WorkspaceRows(settings(capacity, **limits), tuple(there), **(workspace or {}))
    wants = DesiredIndicators(
        wanted, outranked or (), **{"intake": Intake(records=max(1, len(wanted))), **(desired or {})}
    )
    return plan_sentinel(wants, held, RunInfo("run", NOW, "sync", COLLECTION, replay=replay))


def ends(plan: SentinelPlan) -> dict[str, int]:
    """How many of the desired rows end how."""
    counts: dict[str, int] = {}
    for outcome in (*(change.kind for change in plan.changes), *(end.outcome for end in plan.ends)):
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts
