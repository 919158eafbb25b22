"""What a row of ours needs to be in step again."""

from __future__ import annotations

from typing import Final, NamedTuple

from iocbeam.model.actual import ActualRow
from iocbeam.model.outcome import UPDATED
from iocbeam.model.plan import Change, DefenderRow
from iocbeam.model.settings import DAY, PlanPolicy

from ..expiry import expiry_is_due, expiry_was_changed
from ..marks import Mark, digest_seen
from .items import EXPIRY, KEY_FIELDS, content_digest, differences

_LAST_DAYS: Final = 3 * DAY
"""Seconds before the end of a row whose expiry the service turns back: a daily run may fail twice."""


class Upkeep(NamedTuple):
    """What is to be done with a row that the tenant has.

    Attributes:
        change: what to send, or None when it is in step.
        left: fields that differ and are left: they were put right once and came back as before.
    """

    change: Change | None
    left: tuple[str, ...] = ()


def upkeep(row: DefenderRow, own: ActualRow, policy: PlanPolicy, now: int, days: int | None) -> Upkeep:
    """Holds a row of ours against the one that is wanted.

    A field that differs is sent again. If the tenant then shows the very same thing another time, the service, or
    somebody, turns it back each time: it is left and named. Only the mark remembers this from run to run.

    Args:
        now: epoch seconds, UTC; the run's start.
        days: the default expiry, where there is one.
    """
    found = differences(row, own, policy)
    due = expiry_is_due(row, own, now, days)
    sent = content_digest(row, policy)
    sent_before = own.sent == sent
    expiry_changed = due and sent_before and expiry_was_changed(row, own, days)
    seen = ""
    if sent_before and (found or expiry_changed):
        seen = digest_seen([*found, *([EXPIRY] if expiry_changed else [])])
    turned_back = bool(seen) and own.seen == seen
    left = tuple(one.field for one in found) if turned_back else ()
    if turned_back and expiry_changed:
        left = (*left, EXPIRY)
        # A life that the service has cut short is begun anew before it is over.
        due = own.expires_at is not None and own.expires_at - now < _LAST_DAYS
    fields = [] if turned_back else [one.field for one in found]
    if due:
        fields.append(EXPIRY)
    if not fields:
        return Upkeep(None, left)
    return Upkeep(_update(row, own, str(Mark(policy.collection, sent, seen)), tuple(fields)), left)


def adoption(row: DefenderRow, theirs: ActualRow, policy: PlanPolicy, held: str) -> Change:
    """What makes a row of another owner ours.

    Args:
        held: the reason with which the record ends if the row does not take our mark.
    """
    fields = (*(one.field for one in differences(row, theirs, policy)), "externalId")
    mark = str(Mark(policy.collection, content_digest(row, policy)))
    return _update(row, theirs, mark, fields)._replace(held=held)


def _update(row: DefenderRow, there: ActualRow, mark: str, fields: tuple[str, ...]) -> Change:
    replaces = there.id if KEY_FIELDS.intersection(fields) else ""
    return Change(UPDATED, row, mark, replaces, fields)
