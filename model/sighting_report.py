"""What a sightings run did in one tenant, for its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any, Final, NamedTuple

from .alert_files import AlertFiles
from .indicator import SEVERITIES
from .plan import Requests, WriteReport, added_requests
from .record import ReadReport
from .settings.sightings import ALERTS, GRAPH_ALERTS, MACHINES, ReadTenant
from .sighting import ALERT, GRAPH_ALERT, MACHINE
from .summary import SIGHTINGS

MOST_LISTED: Final = 100
"""Indicators that were sighted that the summary lists."""

_READS: Final = {MACHINE: MACHINES, ALERT: ALERTS, GRAPH_ALERT: GRAPH_ALERTS}
"""What objects of a kind are called in options and in the summary."""


class FetchReport(NamedTuple):
    """How the reading of one kind of objects of one tenant went.

    Attributes:
        kind: one of `model.sighting.OBJECT_KINDS`.
        report: what was read, and whether to its end.
        requests, throttled_seconds: of the client that read.
    """

    tenant_id: str
    kind: str
    report: ReadReport
    requests: Requests
    throttled_seconds: float


class ObjectCount(NamedTuple):
    """Objects of one kind and tenant in one bundle.

    Attributes:
        read: all of them.
        matched: those that show an indicator.
        written: those that became events.
        copies: alerts of Graph that Defender gave as well, which are looked at there.
    """

    tenant_id: str
    kind: str
    read: int
    matched: int
    written: int
    copies: int = 0


class Sighted(NamedTuple):
    """An indicator that objects show.

    Attributes:
        severity: the record's own, or empty.
        malware: names of related malware, joined by commas.
        machines, alerts: objects that show it.
    """

    type: str
    value: str
    severity: str
    malware: str
    machines: int
    alerts: int


def worst_first(sighted: Iterable[Sighted]) -> list[Sighted]:
    """By severity, then by how many objects show them."""
    rank = {name: place for place, name in enumerate(SEVERITIES)}
    return sorted(
        sighted,
        key=lambda one: (-rank.get(one.severity, -1), -one.machines - one.alerts, one.type, one.value),
    )


def sighting_report(
    tenant: ReadTenant,
    reads: Sequence[FetchReport],
    counts: Sequence[ObjectCount],
    files: AlertFiles,
    sighted: Sequence[Sighted] = (),
) -> WriteReport:
    """The report of one tenant. What could not be read ends up in `stopped`.

    Args:
        reads, counts: of this tenant.
        files: the files of alerts, as far as they were asked for.
        sighted: what was found, worst first, at most `MOST_LISTED`.
    """
    found: dict[str, dict[str, Any]] = {}
    for kind, name in _READS.items():
        own = [read for read in reads if read.kind == kind]
        if not own:
            continue
        sums: Counter[str] = Counter()
        for count in counts:
            if count.kind == kind:
                sums.update(read=count.read, matched=count.matched, written=count.written, copies=count.copies)
        found[name] = {
            **{what: sums[what] for what in ("read", "matched", "written")},
            **({"copies": sums["copies"]} if sums["copies"] else {}),
            "complete": all(read.report.complete for read in own),
        }
    if files.needed:
        found["files"] = {"asked": files.asked, "left_out": files.left_out, "complete": files.complete}
    errors = [read.report.error for read in reads if not read.report.complete]
    if files.error:
        errors.append(files.error)
    unread = bool(reads) and not any(read.report.complete or read.report.entries for read in reads)
    notices = list(tenant.notices)
    if files.left_out:
        notices.append(
            f"Not everything is known of the files of {files.left_out:,} alerts: --file_lookups allows no more "
            "calls, or the answers do not tell. Indicators that only these files could show end as not_checkable, "
            "and of those that were seen some alerts may be missing."
        )
    return WriteReport(
        tenant.tenant_id,
        tenant.alias,
        requests=reduce(added_requests, (read.requests for read in reads), files.requests),
        throttled_seconds=sum((read.throttled_seconds for read in reads), files.throttled_seconds),
        stopped="; ".join(errors),
        could_not_start=unread,
        notices=tuple(notices),
        target=SIGHTINGS,
        extra={"objects": found, "sighted": [one._asdict() for one in sighted]},
    )
