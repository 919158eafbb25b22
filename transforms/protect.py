"""Protect: never-block lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from apache_beam.io.filesystems import FileSystems

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.indicator import Indicator
from iocbeam.model.never_block import Entry, NeverBlock, parse_list
from iocbeam.model.outcome import Ended
from iocbeam.model.plan import DefenderRow
from iocbeam.model.settings import RunInfo

from .indicator_stage import IndicatorStageDoFn
from .stage import Stage


def protect(row: DefenderRow, never_block: NeverBlock) -> DefenderRow | Ended:
    """The row, or `protected` when its indicator is on a never-block list."""
    indicator = row.indicator
    return never_block.judge(indicator.type, indicator.value) or row


def load_never_block(paths: Iterable[str]) -> tuple[NeverBlock, list[str]]:
    """The built-in list and these files, on any filesystem that Beam knows, and what was not understood.

    Raises:
        ConfigurationError: a file is missing, unreadable or no list.
    """
    lists: list[tuple[str, list[Entry]]] = []
    unknown: list[str] = []
    for path in paths:
        entries, odd = parse_list(_read_text(path), path)
        lists.append((path, entries))
        unknown += [f"{path}: {line}" for line in odd]
    return NeverBlock(lists), unknown


def _read_text(path: str) -> str:
    try:
        with FileSystems.open(path) as stream:
            return str(stream.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text.", option="--never_block") from error
    except Exception as error:  # Beam's filesystems raise types of their own
        raise ConfigurationError(
            f"{path} cannot be read: {type(error).__name__}.",
            option="--never_block",
            advice="Nothing was written: without its never-block list a run could do harm.",
        ) from error


class _ProtectFn(IndicatorStageDoFn[DefenderRow, DefenderRow]):
    def __init__(self, run: RunInfo, paths: tuple[str, ...], tenant_id: str, raise_errors: bool) -> None:
        super().__init__("Protect", run, tenant_id=tenant_id, raise_errors=raise_errors)
        self._paths = paths
        self._never_block = NeverBlock(built_in=False)

    def setup(self) -> None:
        self._never_block, _ = load_never_block(self._paths)

    def indicator_of(self, element: DefenderRow) -> Indicator:
        return element.indicator

    def function(self) -> Callable[[DefenderRow], DefenderRow | Ended]:
        return partial(protect, never_block=self._never_block)


class Protect(Stage[DefenderRow, DefenderRow]):
    """`DefenderRow`s to those that are on no never-block list. The built-in list is always on.

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

    def dofn(self, raise_errors: bool) -> _ProtectFn:
        return _ProtectFn(self._run, self._paths, self._tenant_id, raise_errors)
