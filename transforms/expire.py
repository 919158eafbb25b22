"""Expire: drops what has passed its own expiry, or will within the hour."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from iocbeam.model.indicator import Indicator
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.settings import RunInfo

from .indicator_stage import IndicatorStageDoFn
from .stage import Stage

MARGIN: Final = 3_600
"""Seconds: a row that expires sooner could be gone before it takes effect."""


def expire(indicator: Indicator, now: int) -> Indicator | Ended:
    """The indicator, or `expired` when its own expiry lies before `now` plus an hour.

    An indicator without an expiry of its own passes as it is. The default expiry is given by `Classify`:
    the plan has to tell a record's own expiry from the default, which is renewed by other rules.

    Args:
        now: epoch seconds, UTC; the run's start.
    """
    expires_at = indicator.expires_at
    if expires_at is None or expires_at >= now + MARGIN:
        return indicator
    if expires_at <= now:
        return ended("expired", f"expired {_ago(now - expires_at)} ago")
    return ended("expires_soon", f"expires in {(expires_at - now) // 60} minutes")


def _ago(seconds: int) -> str:
    days = seconds // 86_400
    return f"{days} days" if days else f"{seconds // 60} minutes"


class _ExpireFn(IndicatorStageDoFn[Indicator, Indicator]):
    def __init__(self, run: RunInfo, raise_errors: bool) -> None:
        super().__init__("Expire", run, raise_errors=raise_errors)
        self._now = run.started_at

    def indicator_of(self, element: Indicator) -> Indicator:
        return element

    def function(self) -> Callable[[Indicator], Indicator | Ended]:
        return partial(expire, now=self._now)


class Expire(Stage[Indicator, Indicator]):
    """`Indicator`s to those that have not expired at the run's start.

    Args:
        run: its start is the time that expiries are held against.
    """

    def __init__(self, run: RunInfo) -> None:
        super().__init__()
        self._run = run

    def dofn(self, raise_errors: bool) -> _ExpireFn:
        return _ExpireFn(self._run, raise_errors)
