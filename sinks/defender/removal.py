"""Deleting rows by their ids, whether they are all still there or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol, TypeVar

from iocbeam.model.errors import Gone

Kept = TypeVar("Kept")

_ATTEMPTS: Final = 2
"""Batch deletions of the same rows before they are deleted one by one."""


class Deleter(Protocol):
    """The part of the Defender client that removal needs."""

    def list_as(self, keep: Callable[[dict[str, Any]], Kept]) -> list[Kept]:
        """What is kept of all rows; never of a part of the list."""

    def batch_delete(self, ids: Sequence[str]) -> None:
        """Deletes at most 500 rows; raises `Gone` when one is not there."""

    def delete(self, indicator_id: str) -> bool:
        """Deletes one row; False when it was gone."""


class Removal:
    """Deletes batches of rows and knows which of them are gone.

    When one of the ids is not there, the service does not say whether the others were deleted: the list is read
    again and what is left of the batch is deleted.

    Attributes:
        gone: ids that are not there any more, whoever deleted them.
        deleted: whether a request may have deleted anything.
    """

    def __init__(self, client: Deleter) -> None:
        self._client = client
        self._there: set[str] | None = None
        self.gone: set[str] = set()
        self.deleted = False

    def remove(self, ids: Iterable[str]) -> None:
        """Deletes these rows; afterwards they are in `gone`.

        Args:
            ids: at most 500.

        Raises:
            Stop, RetryLater, Refused: as the client does; what was deleted before is in `gone`.
        """
        batch = list(dict.fromkeys(ids))
        for _ in range(_ATTEMPTS):
            batch = self._still_there(batch)
            if not batch:
                return
            try:
                self._client.batch_delete(batch)
            except Gone:
                self.deleted = True
                # Ids are never used again: what is missing once is missing for good.
                self._there = set(self._client.list_as(_id_of))
                continue
            self.deleted = True
            self.gone.update(batch)
            return
        # The list shows rows that the batch deletion does not find: one by one each gets its own answer.
        for row_id in self._still_there(batch):
            self._client.delete(row_id)
            self.gone.add(row_id)

    def _still_there(self, batch: Sequence[str]) -> list[str]:
        if self._there is None:
            return list(batch)
        self.gone.update(row_id for row_id in batch if row_id not in self._there)
        return [row_id for row_id in batch if row_id in self._there]


def _id_of(row: dict[str, Any]) -> str:
    row_id: str = row["id"]
    return row_id
