"""FixUrlScheme: what becomes of a URL that was given without a scheme."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import URL, Indicator, with_value
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.settings import URL_WITHOUT_SCHEME, RunInfo
from iocbeam.model.values.urls import WITH_SCHEME, with_scheme

from .indicator_stage import IndicatorStageDoFn
from .stage import Stage

SKIP: Final = "skip"


def fix_url_scheme(indicator: Indicator, policy: str = SKIP) -> Indicator | Ended:
    """The indicator with a scheme where it is a URL.

    Args:
        policy: `skip` ends a URL without a scheme as `rejected`; `http` and `https` add that scheme.
    """
    if indicator.type != URL or indicator.value.startswith(WITH_SCHEME):
        return indicator
    if policy == SKIP:
        return ended("scheme_missing", "a URL without a scheme; --url_without_scheme adds one")
    return with_value(indicator, with_scheme(indicator.value, policy))


class _FixUrlSchemeFn(IndicatorStageDoFn[Indicator, Indicator]):
    def __init__(self, run: RunInfo, policy: str, raise_errors: bool) -> None:
        super().__init__("FixUrlScheme", run, raise_errors=raise_errors)
        self._policy = policy

    def indicator_of(self, element: Indicator) -> Indicator:
        return element

    def function(self) -> Callable[[Indicator], Indicator | Ended]:
        return partial(fix_url_scheme, policy=self._policy)


class FixUrlScheme(Stage[Indicator, Indicator]):
    """`Indicator`s to `Indicator`s whose URLs all have a scheme.

    Args:
        run: goes into dead letters.
        policy: `skip`, `http` or `https`.

    Raises:
        UsageError: it is another policy.
    """

    def __init__(self, run: RunInfo, policy: str = SKIP) -> None:
        super().__init__()
        if policy not in URL_WITHOUT_SCHEME:
            raise UsageError(
                f"{policy!r} is not one of {', '.join(URL_WITHOUT_SCHEME)}.", option="--url_without_scheme"
            )
        self._run = run
        self._policy = policy

    def dofn(self, raise_errors: bool) -> _FixUrlSchemeFn:
        return _FixUrlSchemeFn(self._run, self._policy, raise_errors)
