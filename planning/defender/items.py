"""A row as the service takes it, and how it differs from the row that the service shows."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Final, NamedTuple

from iocbeam.model.actual import ActualRow
from iocbeam.model.plan import Change, DefenderRow
from iocbeam.model.settings import PlanPolicy

from ..expiry import has_own_expiry
from ..marks import digest_sent

LATEST: Final = 253_402_300_799
"""31 December 9999, the last second that can be written."""

EXPIRY: Final = "expirationTime"

KEY_FIELDS: Final = frozenset(("action", "rbacGroupNames"))
"""Fields that may be a part of what the service tells rows apart by; whether they are is undocumented."""


def as_item(change: Change, policy: PlanPolicy) -> dict[str, Any]:
    """The row as an item of `Indicators` in an import."""
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


class Difference(NamedTuple):
    """A field that the tenant shows otherwise than it would be sent.

    Attributes:
        field: the service's name of it.
        shown: what the tenant shows.
    """

    field: str
    shown: object


def differences(row: DefenderRow, actual: ActualRow, policy: PlanPolicy) -> list[Difference]:
    """The fields that we send and that the row shows otherwise, but for the expiry, which has rules of its own.

    The value's spelling is no difference: the rows have the same key.
    """
    pairs: list[tuple[str, object, object]] = [
        ("action", row.action, actual.action),
        ("rbacGroupNames", sorted_groups(policy), actual.device_groups),
        ("severity", row.severity, actual.severity),
        ("title", row.title, actual.title),
        ("description", row.description, actual.description),
        ("generateAlert", row.generate_alert, actual.generate_alert),
    ]
    if policy.recommended_actions:
        pairs.append(("recommendedActions", policy.recommended_actions, actual.recommended_actions))
    return [Difference(field, shown) for field, sent, shown in pairs if sent != shown]


def content_digest(row: DefenderRow, policy: PlanPolicy) -> str:
    """Digest of what is sent for a row. A default expiry, which moves from run to run, takes no part."""
    expiry: object = row.expires_at if has_own_expiry(row) else "default"
    return digest_sent(
        (
            row.type,
            row.value,
            row.action,
            row.severity,
            row.title,
            row.description,
            row.generate_alert,
            expiry,
            policy.recommended_actions,
            sorted_groups(policy),
        )
    )


def sorted_groups(policy: PlanPolicy) -> tuple[str, ...]:
    """The device groups in an order that does not depend on how they were given."""
    return tuple(sorted(set(policy.device_groups)))
