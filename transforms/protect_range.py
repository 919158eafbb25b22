"""ProtectRange: never-block lists, for ranges. What is listed in part goes on: the plan takes that part out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from iocbeam.model.entra_plan import RangeRow
from iocbeam.model.indicator import Indicator
from iocbeam.model.never_block import BUILT_IN_LABEL, NeverBlock
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.settings import RunInfo
from iocbeam.planning.entra.ranges import RangeSet

from .indicator_stage import IndicatorStageDoFn
from .once_per_process import Held, hold
from .protect import load_never_block
from .stage import Stage


class NeverBlockRanges(NamedTuple):
    """The addresses of never-block lists.

    Attributes:
        built_in: of the list that is always on.
        listed: of the files given.
    """

    built_in: RangeSet = RangeSet()
    listed: RangeSet = RangeSet()


def never_block_ranges(never_block: NeverBlock) -> NeverBlockRanges:
    """The addresses and ranges among the entries."""
    networks = never_block.networks
    return NeverBlockRanges(
        RangeSet.of([text for text, label in networks if label == BUILT_IN_LABEL]),
        RangeSet.of([text for text, label in networks if label != BUILT_IN_LABEL]),
    )


def protect_range(row: RangeRow, lists: NeverBlockRanges) -> RangeRow | Ended:
    """The row, or `protected` when all of its addresses are on never-block lists."""
    if lists.built_in.contains(row.value):
        return ended("built_in", f"{row.value} is protected by {BUILT_IN_LABEL}")
    if lists.listed and lists.listed.contains(row.value):
        return ended("never_block", f"{row.value} is protected by a list given with --never_block")
    return row


class _ProtectRangeFn(IndicatorStageDoFn[RangeRow, RangeRow]):
    def __init__(self, run: RunInfo, paths: tuple[str, ...], tenant_id: str, raise_errors: bool) -> None:
        super().__init__("ProtectRange", run, tenant_id=tenant_id, raise_errors=raise_errors)
        self._paths = paths
        self._lists = Held(NeverBlockRanges())

    def setup(self) -> None:
        self._lists = hold(
            ("never_block_ranges", self._paths), lambda: never_block_ranges(load_never_block(self._paths)[0])
        )

    def indicator_of(self, element: RangeRow) -> Indicator:
        return element.indicator

    def function(self) -> Callable[[RangeRow], RangeRow | Ended]:
        return partial(protect_range, lists=self._lists.value)


class ProtectRange(Stage[RangeRow, RangeRow]):
    """`RangeRow`s to those that are not wholly on never-block lists. The built-in list is always on.

    Args:
        run: goes into dead letters.
        paths: files with lists; read on the worker.
        tenant_id: shown in outcomes.
    """

    def __init__(self, run: RunInfo, paths: Iterable[str] = (), tenant_id: str = "") -> None:
        super().__init__()
        self._run = run
        self._paths = tuple(paths)
        self._tenant_id = tenant_id

    def dofn(self, raise_errors: bool) -> _ProtectRangeFn:
        return _ProtectRangeFn(self._run, self._paths, self._tenant_id, raise_errors)
