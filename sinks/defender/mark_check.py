"""The mark check: whether the tenant returns our owner mark, where its list showed none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from iocbeam.model.plan import Change
from iocbeam.model.values import plan_key
from iocbeam.planning.defender.actual import read_row

from ..patience import Patience
from .work import Work


class Finder(Protocol):
    """The part of the Defender client that the check needs."""

    def find(self, value: str) -> list[dict[str, Any]]:
        """The rows with one value, by one call."""


class MarkCheck:
    """Reads single rows back by their values.

    Args:
        client: of the tenant.
        collection: the owner whose mark it is.
        patience: makes one for each row that may take its time.
    """

    def __init__(self, client: Finder, collection: str, patience: Callable[[], Patience]) -> None:
        self._client = client
        self._collection = collection
        self._patience = patience

    def look(self, work: Work) -> None:
        """Looks at one of the rows that were stored, unless the answer is known."""
        if work.mark_seen or work.report.mark or work.report.stopped:
            return
        accepted = [change for change in work.accepted() if not change.held]
        if not accepted:
            return
        # A value without quotes, `&` or `?`: some services stumble over those in a filter.
        simple = next((change for change in accepted if change.row.type != "Url"), accepted[0])
        found = self.shows(simple, work)
        if found is None:
            return
        work.mark_seen = found
        work.report.mark = "kept" if found else "not_returned"
        if not found:
            work.note(
                "The tenant does not return the owner mark (externalId): rows of this collection "
                "cannot be told from others, so none will ever be withdrawn."
            )

    def shows(self, change: Change, work: Work) -> bool | None:
        """Whether the row of a stored change carries our mark. None when it does not show or cannot be read."""
        patience = self._patience()
        try:
            while True:
                rows = [read_row(entity) for entity in self._client.find(change.row.value)]
                ours = [row for row in rows if row.key == plan_key(*change.row.indicator.key)]
                if any(row.collection == self._collection for row in ours):
                    return True
                # A row that was there before may still show what it was. A new one cannot: it is seen as it is,
                # or looked for another time.
                if not change.held or not patience.again():
                    return False if ours else None
        except Exception as error:  # noqa: BLE001 - rows were written, and their outcomes must be told
            work.note(f"The owner mark could not be read back: {error}")
            return None
