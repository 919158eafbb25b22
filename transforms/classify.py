"""Classify: what an indicator becomes in Defender: type, action, severity, title and description."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

from iocbeam.model.indicator import (
    HASH_TYPES,
    MAX_TEXT,
    Indicator,
)
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.plan import DefenderRow
from iocbeam.model.settings import DAY, TLP_LABELS, ClassifySettings, RunInfo
from iocbeam.model.values import DEFENDER_TYPES, sent_value

from .indicator_stage import IndicatorStageDoFn
from .stage import Stage

DEFENDER_ACTIONS: Final = {
    "Allow": ("Allowed", "Allowed"),
    "Audit": ("Audit", "Audit"),
    "Alert": ("Audit", "Audit"),
    "Warn": ("Warn", "Warn"),
    "Block": ("Block", "Block"),
    "Alert and Block": ("Block", "Block"),
    "Block and Remediate": ("BlockAndRemediate", "Block"),
}
"""Label to (action for files, action for IP, domain and URL)."""

ALWAYS_ALERTS: Final = frozenset(("Audit", "Alert", "Alert and Block"))
"""Defender demands an alert with Audit; the other two ask for one by name."""

_has_markup = re.compile(r"[<&]").search
_script = re.compile(r"<(script|style)\b.*?(</\1\s*>|$)", re.I | re.S)
# A tag has an end: in "a <b and c" nothing is one.
_tag = re.compile(r"<!--.*?-->|<[!/a-zA-Z][^<>]*>", re.S)
_spaces = re.compile(r"\s+")


def classify(indicator: Indicator, settings: ClassifySettings, now: int) -> DefenderRow | Ended:
    """The row that Defender should hold for an indicator, or `unsupported`.

    Args:
        now: epoch seconds, UTC; the default expiry counts from here.
    """
    kind = indicator.type
    defender_type = DEFENDER_TYPES.get(kind)
    if defender_type is None:
        return ended("type_not_taken", f"Defender takes no {kind}")
    is_file = kind in HASH_TYPES
    label = settings.file_action if is_file else settings.network_action
    action = DEFENDER_ACTIONS[label][0 if is_file else 1]
    expires_at = indicator.expires_at
    if expires_at is None and settings.expiration_days is not None:
        expires_at = now + settings.expiration_days * DAY
    value = indicator.value
    title = indicator.title
    if not title or (indicator.tlp is not None and not may_leave(indicator.tlp, settings.max_tlp)):
        title = value[:MAX_TEXT]
    return DefenderRow(
        defender_type,
        sent_value(kind, value),
        action,
        indicator.severity or settings.default_severity,
        title,
        describe(indicator, settings),
        expires_at,
        label in ALWAYS_ALERTS or (settings.generate_alert and label != "Allow"),
        indicator,
    )


def describe(indicator: Indicator, settings: ClassifySettings) -> str:
    """The description: a lead line, the link to the details, the related context in a fixed order.

    At most `settings.max_description` characters, cut at a word. Above `settings.max_tlp` only the lead
    line leaves, without the name of the source.
    """
    if indicator.tlp is not None and not may_leave(indicator.tlp, settings.max_tlp):
        return f"{indicator.type} of collection {settings.collection}"
    source = indicator.source
    text = f"{indicator.type} of collection {settings.collection}"
    if source:
        text = f"{text}, from {source}"
    if settings.details_host and indicator.source_id:
        text = f"{text}\n{settings.details_host}/indicators/{indicator.source_id}/details"
    context = settings.related_context
    if indicator.description and "descriptions" in context:
        plain = strip_markup(indicator.description)
        if plain:
            text = f"{text}\n{plain}"
    if indicator.malware and "malware" in context:
        text = f"{text}\nRelated malware: {', '.join(indicator.malware)}"
    if indicator.adversaries and "adversaries" in context:
        text = f"{text}\nRelated adversaries: {', '.join(indicator.adversaries)}"
    return text if len(text) <= settings.max_description else cut_at_word(text, settings.max_description)


@lru_cache(maxsize=256)
def may_leave(tlp: str, max_tlp: str) -> bool:
    """Whether what is marked so may leave with its context."""
    # A label that we do not know is treated as the strictest.
    rank = TLP_LABELS.index(tlp) if tlp in TLP_LABELS else len(TLP_LABELS)
    return rank <= TLP_LABELS.index(max_tlp)


def strip_markup(text: str) -> str:
    """HTML without its tags and with its entities resolved, on one line."""
    if not _has_markup(text):
        return _spaces.sub(" ", text).strip()
    plain = _tag.sub(" ", _script.sub(" ", text))
    return _spaces.sub(" ", html.unescape(plain)).strip()


def cut_at_word(text: str, limit: int) -> str:
    """At most `limit` characters, ending in an ellipsis at the last whole word."""
    room = text[: limit - 1]
    word = max(room.rfind(" "), room.rfind("\n"))
    return f"{room[:word] if word > limit // 2 else room}…"


class _ClassifyFn(IndicatorStageDoFn[Indicator, DefenderRow]):
    def __init__(self, run: RunInfo, settings: ClassifySettings, tenant_id: str, raise_errors: bool) -> None:
        super().__init__("Classify", run, tenant_id=tenant_id, raise_errors=raise_errors)
        self._settings = settings

    def indicator_of(self, element: Indicator) -> Indicator:
        return element

    def function(self) -> Callable[[Indicator], DefenderRow | Ended]:
        return partial(classify, settings=self._settings, now=self.run.started_at)


class Classify(Stage[Indicator, DefenderRow]):
    """`Indicator`s to `DefenderRow`s.

    Args:
        run: its start is where the default expiry counts from.
        settings: actions, severity, description.
        tenant_id: shown in outcomes.
    """

    def __init__(self, run: RunInfo, settings: ClassifySettings, tenant_id: str = "") -> None:
        super().__init__()
        self._run = run
        self._settings = settings
        self._tenant_id = tenant_id

    def dofn(self, raise_errors: bool) -> _ClassifyFn:
        return _ClassifyFn(self._run, self._settings, self._tenant_id, raise_errors)
