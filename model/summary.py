"""The summary: what a run did, from the pipeline's own data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import Any, Final, NamedTuple

from .intake import intake_of
from .outcome import FAILED, NO_END, NOTICE, OUTCOMES, Tally
from .plan import WriteReport
from .record import ReadReport
from .settings import RunInfo

SIGHTINGS: Final = "sightings"
"""Target of the reports of a run that only reads."""

EXIT_DONE: Final = 0
EXIT_COULD_NOT_RUN: Final = 1
EXIT_USAGE: Final = 2
EXIT_FAILED: Final = 3
EXIT_HELD_BACK: Final = 4

STATUS: Final = {
    EXIT_DONE: "done",
    EXIT_COULD_NOT_RUN: "could not run; as far as is known nothing was written",
    EXIT_USAGE: "an option is missing, unknown or has a value that it cannot have",
    EXIT_FAILED: "finished, but something could not be read or delivered, or the read-back differs",
    EXIT_HELD_BACK: "finished, but a guard held something back",
}
"""Exit statuses in words."""

MAX_INPUTS: Final = 100
"""Inputs that the summary lists; incomplete ones come first."""


class TargetEnds(NamedTuple):
    """What a run did for one target.

    Attributes:
        tallies: how records ended, from every stage that they went through; an empty tenant id stands for all
            tenants.
        writes: one report for each tenant.
    """

    tallies: Sequence[Tally]
    writes: Sequence[WriteReport]


def summarise(
    run: RunInfo,
    reads: Sequence[ReadReport],
    targets: Sequence[TargetEnds],
    finished_at: int,
    max_rejected_percent: int = 100,
) -> dict[str, Any]:
    """The content of `summary.json`.

    Args:
        reads: one report for each input.
        targets: at least one; of a run with several each has an entry for every tenant.
        finished_at: epoch seconds, UTC.
        max_rejected_percent: above it the collection was probably not read as what it is.
    """
    records_read = sum(read.records for read in reads)
    tenants = [entry for target in targets for entry in _entries(target)]
    tenants.sort(key=lambda entry: (entry["tenant_id"], entry["target"]))
    # What is before the targets part is in the tallies of each.
    shared = [tally for tally in targets[0].tallies if not tally.tenant_id]
    notices: Counter[str] = Counter()
    for tally in shared:
        if tally.outcome == NOTICE:
            notices[tally.reason] += tally.records
    writes = [write for target in targets for write in target.writes]
    intake = intake_of(reads, shared)
    balanced = not intake.gaps and all(sum(one["outcomes"].values()) == records_read for one in tenants)
    problem = intake.problem(max_rejected_percent)
    if not (problem or records_read) and any(write.target == SIGHTINGS for write in writes):
        # Where something is withdrawn the guard speaks of it; here an empty export would look like good news.
        problem = "no record was read: is it the right file, and the right format?"
    code = exit_code(tenants, balanced and not problem, writes)
    summary: dict[str, Any] = {
        "run_id": run.run_id,
        "job": run.job,
        "collection": run.collection,
        "status": STATUS[code],
        "exit_code": code,
        "started_at": _utc(run.started_at),
        "finished_at": _utc(finished_at),
        "dry_run": run.dry_run,
        "records_read": records_read,
        "balanced": balanced,
        "intake_problem": problem,
        "notices": dict(sorted(notices.items())),
        "inputs": [
            {
                "location": read.location,
                "entries": read.entries,
                "records": read.records,
                "complete": read.complete,
                "error": read.error,
                "unused_fields": list(read.unused_fields),
            }
            for read in sorted(reads, key=lambda read: (read.complete, read.location))[:MAX_INPUTS]
        ],
        "inputs_incomplete": sum(not read.complete for read in reads),
        "tenants": tenants,
    }
    if len(tenants) == 1:
        summary.update(tenants[0])
    return summary


def exit_code(tenants: Sequence[dict[str, Any]], sound: bool, writes: Sequence[WriteReport]) -> int:
    """1 when no tenant could start; 3 when records failed, the read-back differs or the intake is not sound;
    4 for a refusal; else 0.

    Args:
        sound: every input was read to its end and the sums balance.
    """
    if writes and all(write.could_not_start for write in writes):
        return EXIT_COULD_NOT_RUN
    failed = any(tenant["outcomes"].get(FAILED, 0) for tenant in tenants)
    if failed or not sound or any(write.stopped or write.difference_count for write in writes):
        return EXIT_FAILED
    return EXIT_HELD_BACK if any(write.refusals for write in writes) else EXIT_DONE


def _entries(target: TargetEnds) -> Iterable[dict[str, Any]]:
    shared: list[Tally] = []
    own: defaultdict[str, list[Tally]] = defaultdict(list)
    for tally in target.tallies:
        if tally.outcome in NO_END:
            continue
        if tally.tenant_id:
            own[tally.tenant_id].append(tally)
        else:
            shared.append(tally)
    for write in target.writes:
        yield _tenant(write, [*shared, *own[write.tenant_id]])


def _tenant(write: WriteReport, tallies: Iterable[Tally]) -> dict[str, Any]:
    outcomes: Counter[str] = Counter()
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    by_type: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for tally in tallies:
        outcomes[tally.outcome] += tally.records
        if tally.reason:
            reasons[tally.outcome][tally.reason] += tally.records
        by_type[tally.type or "unknown"][tally.outcome] += tally.records
    order = {name: rank for rank, name in enumerate(OUTCOMES)}

    def in_order(counts: Counter[str]) -> dict[str, int]:
        return {name: counts[name] for name in sorted(counts, key=lambda name: order[name])}

    return {
        "tenant_id": write.tenant_id,
        "alias": write.alias,
        "target": write.target,
        "outcomes": in_order(outcomes),
        "reasons": {outcome: dict(reasons[outcome].most_common()) for outcome in order if outcome in reasons},
        "by_type": {kind: in_order(by_type[kind]) for kind in sorted(by_type)},
        "withdrawn": write.withdrawn,
        "sent": write.sent,
        "accepted": write.accepted,
        "present": write.present,
        "difference_count": write.difference_count,
        "differences": list(write.differences),
        "mark": write.mark,
        "stopped": write.stopped,
        "refusals": list(write.refusals),
        "conflicts": list(write.conflicts),
        "plan_notices": list(write.notices),
        "requests": write.requests,
        "throttled_seconds": round(write.throttled_seconds, 1),
        "policy_effect": write.policy_effect,
        **write.extra,
    }


def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
