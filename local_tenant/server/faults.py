"""Scripted faults: what a test makes the tenant do wrong, and on which call."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Item = dict[str, Any]
"""One indicator as it was submitted, or the body of a named location or of a policy."""


@dataclass(frozen=True)
class Answer:
    """Answer with this instead. `body`: bytes or text as they are, another value as JSON, `None` for
    the service's usual error of that status. With `after_commit` the request takes effect first."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: int | str | None = None
    after_commit: bool = False


@dataclass(frozen=True)
class Delay:
    """Wait before handling the request. Cut short when the tenant stops."""

    seconds: float


@dataclass(frozen=True)
class DropBefore:
    """Close the connection without having done anything."""


@dataclass(frozen=True)
class DropAfter:
    """Do what was asked, then close the connection without an answer (a lost response)."""


@dataclass(frozen=True)
class CutOff:
    """Do what was asked, then close the connection after `sent` bytes of the answer's body, of which the
    headers promise all. A body cut short with headers to match is an `Answer` of those bytes."""

    sent: int


@dataclass(frozen=True)
class Meanwhile:
    """Call `do` before handling the request, such as a change of rows between two pages of a list. No lock
    is held: it may use the tenant, and may wait for other requests."""

    do: Callable[[], object]


@dataclass(frozen=True)
class EditAnswer:
    """Do what was asked and answer with what `change` makes of the JSON. An error and an empty body are left
    as they are."""

    change: Callable[[Any], Any]


@dataclass(frozen=True)
class Poison:
    """An item for which `when` holds makes its whole request a 400, nothing stored."""

    when: Callable[[Item], bool]
    code: str = "InvalidRequestBody"
    message: str = "The request body is invalid."


@dataclass(frozen=True)
class FailItems:
    """Items for which `when` holds are refused with `reason`; the others are stored."""

    when: Callable[[Item], bool]
    reason: str = "The indicator was refused."


@dataclass(frozen=True)
class OmitResults:
    """An import stores all items but leaves out the results of those for which `when` holds."""

    when: Callable[[Item], bool]


@dataclass(frozen=True)
class TokenLifetime:
    """Tokens given in this call last this long; 0 or less gives one that has already expired."""

    seconds: int


FaultKind = (
    Answer
    | CutOff
    | Delay
    | DropAfter
    | DropBefore
    | EditAnswer
    | FailItems
    | Meanwhile
    | OmitResults
    | Poison
    | TokenLifetime
)


@dataclass(frozen=True)
class Fault:
    """A fault of a `kind` on the calls to `path` (exact, or a pattern with `*`), counted from when it was added.

    `method` and `tenant_id` narrow down which calls are counted. Of these calls the fault strikes every
    one, unless: `nth` only that one (from 1); `every` each that many; `chance` that share, drawn from a
    generator that is seeded by the fault's place among those that were added; `times` so many at most, from
    `nth` on if both are given.
    """

    path: str
    kind: FaultKind
    method: str | None = None
    tenant_id: str | None = None
    nth: int | None = None
    times: int | None = None
    every: int | None = None
    chance: float | None = None


class Effects:
    """The faults that strike one request."""

    def __init__(self, kinds: list[FaultKind]) -> None:
        self._kinds = kinds

    @property
    def delay(self) -> float:
        return sum(kind.seconds for kind in self._kinds if isinstance(kind, Delay))

    @property
    def drop_before(self) -> bool:
        return any(isinstance(kind, DropBefore) for kind in self._kinds)

    @property
    def drop_after(self) -> bool:
        return any(isinstance(kind, DropAfter) for kind in self._kinds)

    @property
    def cut_off(self) -> int | None:
        """Bytes of the body to send, `None` for all."""
        return min((kind.sent for kind in self._kinds if isinstance(kind, CutOff)), default=None)

    def meanwhile(self) -> None:
        for kind in self._kinds:
            if isinstance(kind, Meanwhile):
                kind.do()

    def edits(self) -> list[Callable[[Any], Any]]:
        return [kind.change for kind in self._kinds if isinstance(kind, EditAnswer)]

    def answer(self, *, after_commit: bool) -> Answer | None:
        answers = [kind for kind in self._kinds if isinstance(kind, Answer)]
        return next((kind for kind in answers if kind.after_commit == after_commit), None)

    def poison_of(self, item: object) -> Poison | None:
        poisons = (kind for kind in self._kinds if isinstance(kind, Poison))
        return next((kind for kind in poisons if isinstance(item, dict) and kind.when(item)), None)

    def reason_to_fail(self, item: object) -> str | None:
        failing = (kind for kind in self._kinds if isinstance(kind, FailItems))
        return next((kind.reason for kind in failing if isinstance(item, dict) and kind.when(item)), None)

    def omits(self, item: object) -> bool:
        omitting = (kind for kind in self._kinds if isinstance(kind, OmitResults))
        return any(isinstance(item, dict) and kind.when(item) for kind in omitting)

    def token_lifetime(self, usual: int) -> int:
        lifetimes = (kind.seconds for kind in self._kinds if isinstance(kind, TokenLifetime))
        return next(lifetimes, usual)


class Faults:
    """The scripted faults of a server. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []

    def add(self, *faults: Fault) -> None:
        """Arm faults, behind those that are armed."""
        with self._lock:
            self._armed.extend(_Armed(fault, len(self._armed) + number) for number, fault in enumerate(faults))

    def clear(self) -> None:
        """Disarm all of them."""
        with self._lock:
            self._armed.clear()

    def struck(self, fault: Fault) -> int:
        """How often `fault` has struck."""
        with self._lock:
            return sum(armed.struck for armed in self._armed if armed.fault == fault)

    def strike(self, method: str, path: str, tenant_id: str) -> Effects:
        """Count one call and return what is to go wrong with it."""
        with self._lock:
            return Effects([a.fault.kind for a in self._armed if a.strikes(method, path, tenant_id)])


class _Armed:
    """A fault and its counters."""

    def __init__(self, fault: Fault, seed: int) -> None:
        self.fault = fault
        self.struck = 0
        self._calls = 0
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose, no secret

    def strikes(self, method: str, path: str, tenant_id: str) -> bool:
        fault = self.fault
        if (
            not fnmatchcase(path, fault.path)
            or fault.method not in (None, method)
            or fault.tenant_id not in (None, tenant_id)
        ):
            return False
        self._calls += 1
        if not self._is_due() or (fault.chance is not None and self._random.random() >= fault.chance):
            return False
        self.struck += 1
        return True

    def _is_due(self) -> bool:
        fault = self.fault
        times = 1 if fault.nth is not None and fault.times is None and fault.every is None else fault.times
        if times is not None and self.struck >= times:
            return False
        step = fault.every or 1
        first = fault.nth or step
        return self._calls >= first and (self._calls - first) % step == 0
