"""AsIndicators: rows that a user's own transform has made become indicators again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final

from apache_beam.pvalue import PCollection

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.ends import MAX_SHOWN
from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import SOUGHT_TYPES, Indicator
from iocbeam.model.outcome import Ended, OutcomeRow
from iocbeam.model.settings import RunInfo

from .recheck import recheck
from .row_json import row_json
from .stage import Stage, StageDoFn

FIELDS: Final = Indicator.__slots__
_NEEDED: Final = ("type", "value")


def as_indicator(row: Any, now: int) -> Indicator | Ended:
    """The indicator that a row with its fields holds, or how it ends: see `recheck`.

    Args:
        row: an `Indicator`, which is given back as it is, or anything whose attributes are fields of one. Of the
            fields only `type` and `value` must be there.
        now: epoch seconds, UTC; the run's start.
    """
    if type(row) is Indicator:
        return row
    given = {name: getattr(row, name) for name in FIELDS if hasattr(row, name)}
    made = Indicator(**{"type": None, "value": None, **given})
    # What comes before `FixUrlScheme` may be without one; the targets look again.
    return recheck(None, made, now, schemeless=True)


def check_fields(names: Iterable[str]) -> None:
    """Make sure that rows with these fields can be indicators.

    Raises:
        UsageError: a field is missing, or is none of an indicator's and would be lost.
    """
    given = set(names)
    missing = [name for name in _NEEDED if name not in given]
    if missing:
        raise UsageError(
            f"takes indicators, and the rows that come in have no field {missing[0]!r}.",
            advice=f"Keep the fields of the indicator: {', '.join(FIELDS)}. With MapToFields, append: true does.",
        )
    more = sorted(given.difference(FIELDS))
    if more:
        raise UsageError(
            f"takes indicators, which have no field {more[0]!r}: it would be lost.",
            advice=f"Drop it with MapToFields before, or put it into one that they have: {', '.join(FIELDS)}.",
        )


class _AsIndicatorsFn(StageDoFn[Any, Indicator]):
    def function(self) -> Callable[[Any], Indicator | Ended]:
        return partial(as_indicator, now=self.run.started_at)

    def process(self, element: Any) -> Iterable[Any]:
        # Most often it is one, and this step stands before every stage.
        return (element,) if type(element) is Indicator else super().process(element)

    def outcome_row(self, element: Any, end: Ended) -> OutcomeRow:
        kind = _shown(element, "type")
        return OutcomeRow(
            "",
            end.outcome,
            end.reason,
            self.stage,
            kind if kind in SOUGHT_TYPES else "",
            *(_shown(element, name) for name in ("value", "source", "source_id", "location")),
        )

    def dead_letter(self, element: Any, end: Ended) -> DeadLetter:
        run = self.run
        return DeadLetter(
            run_id=run.run_id,
            occurred_at=run.started_at,
            job=run.job,
            stage=self.stage,
            reason=end.reason,
            message=end.message,
            retriable=False,
            attempts=0,
            http_status=None,
            tenant_id="",
            source=_shown(element, "source"),
            location=_shown(element, "location"),
            # Its fields are called as those of a record, so that a replay can read it.
            format="jsonl",
            mapping="",
            truncated=False,
            record=row_json(element),
            indicator=None,
        )


def _shown(row: Any, name: str) -> str:
    given = getattr(row, name, None)
    return "" if given is None else str(given)[:MAX_SHOWN]


class AsIndicators(Stage[Any, Indicator]):
    """Rows with the fields of an indicator to `Indicator`s; indicators pass as they are.

    Args:
        run: goes into dead letters; its start is the present.
    """

    def __init__(self, run: RunInfo) -> None:
        super().__init__()
        self._run = run

    def dofn(self, raise_errors: bool) -> _AsIndicatorsFn:
        return _AsIndicatorsFn("AsIndicators", self._run, raise_errors=raise_errors)

    def expand(self, pcoll: PCollection[Any]) -> PCollection[Indicator]:
        passed: PCollection[Indicator] = super().expand(pcoll)
        passed.element_type = Indicator
        return passed
