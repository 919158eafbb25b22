"""What a plan says to a person beside what it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from iocbeam.model.actual import ActualRow, TenantRows
from iocbeam.model.plan import Change, DefenderRow
from iocbeam.model.settings import PlanPolicy

from .holders import ALLOWS

_Key = TypeVar("_Key", bound=tuple[str, ...])

_SAMPLES: Final = 3
_OWNERS: Final = 20
"""Owners that are named; the outcomes have every value."""

_STOPS: Final = frozenset(("Warn", "Block", "BlockAndRemediate"))

_MEANING: Final = {
    "held_same": "in a row of their own that does the same or more",
    "held_weaker": "in a row of their own that does less than is wanted",
    "held_allows": "and allows it, which disarms the block",
}


class Remarks:
    """Collects what is found while planning and puts it into sentences, one for many rows."""

    def __init__(self, tenant: TenantRows, policy: PlanPolicy) -> None:
        self._tenant = tenant
        self._policy = policy
        self._held: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._left: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
        self._staying = 0
        self._unseen = 0

    def held(self, row: DefenderRow, holders: Sequence[ActualRow], reason: str) -> None:
        """Rows of others have the value of a desired row."""
        decisive = [one for one in holders if one.action == ALLOWS] or holders
        self._held[decisive[0].owner or "an unknown owner", reason].append(row.value)

    def left(self, row: DefenderRow, fields: tuple[str, ...]) -> None:
        """Fields of a row of ours that are turned back each time they are sent."""
        if fields:
            self._left[fields].append(row.value)

    def unseen(self, changes: Iterable[Change]) -> None:
        """Changes that are sent though a part of the collection is missing."""
        self._unseen = sum(change.row.action in _STOPS for change in changes)

    def stay(self, rows: int) -> None:
        """Rows of ours that would be withdrawn if that were wanted."""
        self._staying = rows

    def conflicts(self) -> tuple[str, ...]:
        """What a person should settle."""
        lines = [
            f"{owner} holds {_values(values)} {_MEANING[reason]}."
            for (owner, reason), values in self._by_size(self._held)
            if reason != "held_same"
        ]
        lines += [
            f"{' and '.join(fields)} of {_values(values)} came back otherwise than sent, twice: the service, or "
            "somebody, turns it back. Left as it is."
            for fields, values in self._by_size(self._left)
        ]
        return tuple(lines)

    def notices(self) -> tuple[str, ...]:
        """What a person should know."""
        lines = [
            f"{owner} holds {_values(values)} {_MEANING[reason]}. "
            f"--adopt {_quoted(owner)} takes {'it' if len(values) == 1 else 'them'} over."
            for (owner, reason), values in self._by_size(self._held)
            if reason == "held_same"
        ]
        if not self._tenant.read:
            lines.append("No login was given: the plan is made as for an empty tenant.")
        elif not self._tenant.sees_all:
            lines.append(
                "The token has not the role Ti.ReadWrite.All: rows of other owners cannot be seen. Neither their "
                "values nor the places that they take are known, and one with the same value may be overwritten."
            )
        if self._unseen:
            lines.append(
                f"A part of the collection could not be read. It may hold Whitelisted records of values "
                f"that are blocked now ({self._unseen:,})."
            )
        if self._staying:
            lines.append(f"--no_withdraw: {self._staying:,} rows stay that the collection does not want there.")
        lines += self._unmarked()
        return tuple(lines)

    def _unmarked(self) -> Iterable[str]:
        """Rows that our own application made and that carry no mark: the tenant may not return marks at all."""
        client = self._tenant.tenant.connection.client_id.lower()
        count = sum(1 for row in self._tenant.rows if row.collection is None and client in row.owner_names)
        if client and count:
            yield (
                f"{count:,} rows were made by this application ({client}) but carry no owner mark (externalId): "
                "they count as another owner's and are not touched."
            )

    @staticmethod
    def _by_size(groups: Mapping[_Key, list[str]]) -> list[tuple[_Key, list[str]]]:
        return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))[:_OWNERS]


def _values(values: Sequence[str]) -> str:
    shown = ", ".join(value[:80] for value in values[:_SAMPLES])
    if len(values) == 1:
        return shown
    more = ", ..." if len(values) > _SAMPLES else ""
    return f"{len(values):,} values ({shown}{more})"


def _quoted(owner: str) -> str:
    return f'"{owner}"' if " " in owner else owner
