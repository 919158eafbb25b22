"""Reading back: what a workspace shows of what it took."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Protocol

from iocbeam.model.plan import Requests
from iocbeam.model.sentinel_plan import SentinelActual, SentinelChange
from iocbeam.planning.sentinel.objects import read_indicator, row_key, source_of_collection


class ReadClient(Protocol):
    """The part of the reader that the writer needs."""

    @property
    def requests(self) -> Requests:
        """Calls by operation and status."""

    @property
    def throttled_seconds(self) -> float:
        """Seconds waited for the service."""

    def pages(self, sources: Sequence[str] = ()) -> Iterator[list[dict[str, Any]]]:
        """The indicators of some sources; see `clients.SentinelReader`."""


def look(
    reader: ReadClient,
    collection: str,
    taken: Sequence[SentinelChange],
    gone: Collection[tuple[str, str]],
    now: int,
) -> tuple[int, int]:
    """How many of the changes do not show, and how many of the withdrawn are shown as in effect.

    Args:
        gone: keys of what was withdrawn.
        now: epoch seconds, UTC: the run's start.
    """
    wanted = {row_key(change.row): change.digest for change in taken}
    lingering = 0
    for page in reader.pages([source_of_collection(collection)]):
        for row in page:
            actual = read_indicator(row, collection)
            if actual is None or actual.foreign:
                continue
            if actual.key in gone:
                lingering += not actual.is_over(now)
            elif not actual.is_over(now) and _is_it(actual, wanted.get(actual.key)):
                wanted.pop(actual.key, None)
    return len(wanted), lingering


def _is_it(actual: SentinelActual, digest: str | None) -> bool:
    """Without a label nothing tells what was sent last time from what was sent now."""
    return not actual.sent or any(sent == digest for sent, _ in actual.marks)
