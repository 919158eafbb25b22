"""What a collection wants in a tenant, as the plan is given it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from iocbeam.model.intake import Intake
from iocbeam.model.plan import DefenderRow


@dataclass(frozen=True, slots=True)
class Desired:
    """What a collection wants in a tenant.

    Attributes:
        rows: best first, one for each key.
        outranked: rows beyond the capacity whose key the tenant already has from us, best first.
        whitelisted: digests (`key_digest` of `plan_key`) of keys that Whitelisted records protect.
        ended: for keys that the tenant has from us: digest to the outcome with which a record of it ended.
        intake: what was read.
        notices: what a person should know of how the rows were made.
    """

    rows: Sequence[DefenderRow]
    outranked: Sequence[DefenderRow] = ()
    whitelisted: frozenset[bytes] = frozenset()
    ended: Mapping[bytes, str] = field(default_factory=dict)
    intake: Intake = Intake(records=1)  # noqa: RUF009 - immutable
    notices: tuple[str, ...] = ()
