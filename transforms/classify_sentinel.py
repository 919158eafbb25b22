"""ClassifySentinel: what an indicator becomes in Sentinel: name, confidence, description and labels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from iocbeam.model.indicator import INDICATOR_TYPES, MAX_TEXT, Indicator
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.sentinel_plan import SentinelRow
from iocbeam.model.settings import DAY, ClassifySettings, RunInfo

from .classify import describe, may_leave
from .indicator_stage import IndicatorStageDoFn
from .stage import Stage

CONFIDENCE: Final = {"Informational": 5, "Low": 15, "Medium": 50, "High": 85}
"""By severity: the middles of STIX' own scale for Low, Medium and High (STIX 2.1, appendix A). That it stands for
the severity is our choice: no source says what its scores are on."""

MAX_LABELS: Final = 50
MAX_LABEL: Final = 200
"""Characters. Our choice: no limit is documented."""


def classify_sentinel(indicator: Indicator, settings: ClassifySettings, now: int) -> SentinelRow | Ended:
    """The STIX indicator that a workspace should hold for an indicator, or `unsupported`.

    Args:
        settings: its actions are not looked at.
        now: epoch seconds, UTC; the default expiry counts from here.
    """
    if indicator.type not in INDICATOR_TYPES:
        return ended("type_not_taken", f"Sentinel is sent no {indicator.type}")
    expires_at = indicator.expires_at
    if expires_at is None and settings.expiration_days is not None:
        expires_at = now + settings.expiration_days * DAY
    severity = indicator.severity or settings.default_severity
    open_ = indicator.tlp is None or may_leave(indicator.tlp, settings.max_tlp)
    return SentinelRow(
        indicator.type,
        indicator.value,
        severity,
        CONFIDENCE[severity],
        (indicator.title if open_ else None) or indicator.value[:MAX_TEXT],
        describe(indicator, settings),
        labels_of(indicator, settings),
        expires_at,
        indicator,
    )


def labels_of(indicator: Indicator, settings: ClassifySettings) -> tuple[str, ...]:
    """`tlp:…`, and as far as that lets them leave `malware:…` and `adversary:…`: the service takes no objects for
    malware, and none are made for adversaries."""
    tlp = (f"tlp:{indicator.tlp}",) if indicator.tlp is not None else ()
    if indicator.tlp is not None and not may_leave(indicator.tlp, settings.max_tlp):
        return tlp
    context = settings.related_context
    names = [f"malware:{name}" for name in indicator.malware if "malware" in context]
    names += [f"adversary:{name}" for name in indicator.adversaries if "adversaries" in context]
    return (*tlp, *dict.fromkeys(name[:MAX_LABEL] for name in names[:MAX_LABELS]))


class _ClassifySentinelFn(IndicatorStageDoFn[Indicator, SentinelRow]):
    def __init__(self, run: RunInfo, settings: ClassifySettings, tenant_id: str, raise_errors: bool) -> None:
        super().__init__("ClassifySentinel", run, tenant_id=tenant_id, raise_errors=raise_errors)
        self._settings = settings

    def indicator_of(self, element: Indicator) -> Indicator:
        return element

    def function(self) -> Callable[[Indicator], SentinelRow | Ended]:
        return partial(classify_sentinel, settings=self._settings, now=self.run.started_at)


class ClassifySentinel(Stage[Indicator, SentinelRow]):
    """`Indicator`s to `SentinelRow`s.

    Args:
        run: its start is where the default expiry counts from.
        settings: severity, description, expiry.
        tenant_id: shown in outcomes.
    """

    def __init__(self, run: RunInfo, settings: ClassifySettings, tenant_id: str = "") -> None:
        super().__init__()
        self._run = run
        self._settings = settings
        self._tenant_id = tenant_id

    def dofn(self, raise_errors: bool) -> _ClassifySentinelFn:
        return _ClassifySentinelFn(self._run, self._settings, self._tenant_id, raise_errors)
