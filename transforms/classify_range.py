"""ClassifyRange: what an indicator becomes in Entra: a range of a named location."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from iocbeam.model.entra_plan import RangeRow
from iocbeam.model.indicator import CIDR, IP, IPV6, Indicator
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.settings import RunInfo

from .indicator_stage import IndicatorStageDoFn
from .stage import Stage

RANGE_TYPES: Final = frozenset((IP, IPV6, CIDR))

WIDEST: Final = 8
"""The shortest prefix that a named location takes. Documented ("greater than /8"), and what others send."""


def classify_range(indicator: Indicator, default_severity: str = "Medium") -> RangeRow | Ended:
    """The range that Entra should hold for an indicator; `unsupported` without one, `rejected` above /8.

    Args:
        default_severity: for the rank of indicators that bring none.
    """
    kind, value = indicator.type, indicator.value
    if kind not in RANGE_TYPES:
        return ended("type_not_taken", f"a named location takes no {kind}")
    if kind == CIDR and int(value.rpartition("/")[2]) < WIDEST:
        return ended("prefix_too_short", f"{value} is wider than /{WIDEST}", indicator.key)
    return RangeRow(kind, value, indicator.severity or default_severity, indicator)


class _ClassifyRangeFn(IndicatorStageDoFn[Indicator, RangeRow]):
    def __init__(self, run: RunInfo, default_severity: str, tenant_id: str, raise_errors: bool) -> None:
        super().__init__("ClassifyRange", run, tenant_id=tenant_id, raise_errors=raise_errors)
        self._default_severity = default_severity

    def indicator_of(self, element: Indicator) -> Indicator:
        return element

    def function(self) -> Callable[[Indicator], RangeRow | Ended]:
        return partial(classify_range, default_severity=self._default_severity)


class ClassifyRange(Stage[Indicator, RangeRow]):
    """`Indicator`s to `RangeRow`s.

    Args:
        run: goes into dead letters.
        default_severity: for the rank of indicators that bring none.
        tenant_id: shown in outcomes.
    """

    def __init__(self, run: RunInfo, default_severity: str = "Medium", tenant_id: str = "") -> None:
        super().__init__()
        self._run = run
        self._default_severity = default_severity
        self._tenant_id = tenant_id

    def dofn(self, raise_errors: bool) -> _ClassifyRangeFn:
        return _ClassifyRangeFn(self._run, self._default_severity, self._tenant_id, raise_errors)
