"""From a row of the service's list to what the plan needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iocbeam.model.actual import ActualRow
from iocbeam.model.plan import MARK_PREFIX
from iocbeam.model.values import key_of_row, read_time

from ..marks import read_mark


def read_row(row: Mapping[str, Any]) -> ActualRow:
    """A row of the list. Never raises: what is missing, null or of another kind than documented is empty.

    Args:
        row: in the API's form (documented: "List indicators"); both spellings of `externalId` are read, since
            the resource's page and observed answers do not agree.
    """
    kind, value = _text(row, "indicatorType"), _text(row, "indicatorValue")
    found = read_mark(row.get("externalId") or row.get("externalID"))
    made_by, name = _text(row, "createdBy"), _text(row, "createdByDisplayName")
    if found:
        owner = f"{MARK_PREFIX}:{found.collection}"
        names: tuple[str, ...] = (owner,)
    else:
        owner = name or made_by
        names = tuple(one.lower() for one in (name, made_by) if one)
    return ActualRow(
        id=str(row.get("id", "")),
        type=kind,
        value=value,
        key=key_of_row(kind, value),
        action=_text(row, "action"),
        severity=_text(row, "severity"),
        title=_text(row, "title"),
        description=_text(row, "description"),
        expires_at=read_time(row.get("expirationTime")),
        generate_alert=_truth(row.get("generateAlert")),
        recommended_actions=_text(row, "recommendedActions"),
        device_groups=_groups(row.get("rbacGroupNames")),
        owner=owner,
        owner_names=names,
        collection=found.collection if found else None,
        sent=found.sent if found else "",
        seen=found.seen if found else "",
        updated_at=read_time(row.get("lastUpdateTime")),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""


def _truth(value: object) -> bool:
    # Observed: a JSON boolean. The documentation speaks of an enum True/False.
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _groups(value: object) -> tuple[str, ...]:
    names = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else ()
    return tuple(sorted({name.strip() for name in names if isinstance(name, str) and name.strip()}))
