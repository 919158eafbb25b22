"""What a policy looks like now, against what the plan read and what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iocbeam.model.entra_plan import RECREATE, PolicyChange
from iocbeam.planning.entra.policy_body import copied, differences

from .create_once import Row


def shows(row: Row, body: Mapping[str, Any]) -> bool:
    """Whether a policy shows everything that was sent; the rest of it may be as it likes."""
    shown = copied(row)
    return not differences(body, {name: shown.get(name) for name in body})


def changed_since(change: PolicyChange, row: Row, body: Mapping[str, Any]) -> list[str]:
    """Paths of what somebody has changed since the plan was made, and sending `body` would turn back."""
    before = copied(row)
    after = body if change.kind == RECREATE else {**before, **body}
    planned = {one.path: one.before for one in change.fields}
    return [
        one.path
        for one in differences(before, after)
        if one.path not in planned or differences({"": planned[one.path]}, {"": one.before})
    ]
