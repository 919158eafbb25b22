"""Protect: never-block lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

from apache_beam.io.filesystems import FileSystems

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.indicator import Indicator
from iocbeam.model.never_block import Entry, NeverBlock, parse_list
from iocbeam.model.outcome import Ended
from iocbeam.model.plan import DefenderRow
from iocbeam.model.sentinel_plan import SentinelRow
from iocbeam.model.settings import RunInfo

from .indicator_stage import IndicatorStageDoFn
from .once_per_process import Held, hold
from .stage import Stage

Blocking = TypeVar("Blocking", DefenderRow, SentinelRow)


def protect(row: Blocking, never_block: NeverBlock) -> Blocking | Ended:
    """The row, or `protected` when its indicator is on a never-block list."""
    indicator = row.indicator
    return never_block.judge(indicator.type, indicator.value) or row


def load_never_block(paths: Iterable[str]) -> tuple[NeverBlock, list[str]]:
    """The built-in list and the files at these paths, on any filesystem of Beam's, and what a person should know.

    Raises:
        ConfigurationError: a file is missing, unreadable or no list, or has a line that is not understood.
    """
    lists: list[tuple[str, list[Entry]]] = []
    notices: list[str] = []
    for path in paths:
        text = _read_text(path)
        entries, unknown = parse_list(text, path)
        lists.append((path, entries))
        if not unknown:
            continue
        shown = f"{path}: {len(unknown)} of its entries cannot be understood, the first is {unknown[0]!r}"
        if not text.lstrip("\ufeff \t\r\n").startswith("{"):
            # A line of somebody's own list that protects nothing is a promise that would be broken.
            raise ConfigurationError(
                f"{shown}.",
                option="--never_block",
                advice="Write one value on a line; what follows ' #' is a comment.",
            )
        # Published lists hold kinds that no row of ours can have, such as SHA-512.
        notices.append(f"{shown}; they protect nothing.")
    return NeverBlock(lists), notices


def _in_words(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)[:200]


def _read_text(path: str) -> str:
    try:
        with FileSystems.open(path) as stream:
            return str(stream.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8 text.", option="--never_block") from error
    except Exception as error:  # Beam's filesystems raise types of their own
        raise ConfigurationError(
            f"{path} cannot be read: {_in_words(error)}.",
            option="--never_block",
            advice="Nothing was written: without its never-block list a run could do harm.",
        ) from error


class _ProtectFn(IndicatorStageDoFn[Any, Any]):
    def __init__(self, run: RunInfo, paths: tuple[str, ...], tenant_id: str, raise_errors: bool) -> None:
        super().__init__("Protect", run, tenant_id=tenant_id, raise_errors=raise_errors)
        self._paths = paths
        self._never_block = Held(NeverBlock(built_in=False))

    def setup(self) -> None:
        self._never_block = hold(("never_block", self._paths), lambda: load_never_block(self._paths)[0])

    def indicator_of(self, element: Any) -> Indicator:
        indicator: Indicator = element.indicator
        return indicator

    def function(self) -> Callable[[Any], Any]:
        return partial(protect, never_block=self._never_block.value)


class Protect(Stage[Any, Any]):
    """`DefenderRow`s or `SentinelRow`s to those that are on no never-block list. The built-in list is always on.

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
