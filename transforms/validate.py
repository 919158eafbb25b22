"""Validate: a raw record becomes an indicator in canonical form, or ends with the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

from apache_beam.pvalue import PCollection, TaggedOutput

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.ends import MAX_SHOWN
from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import (
    FQDN,
    INDICATOR_TYPES,
    MAX_TAGS,
    MAX_TEXT,
    URL,
    Indicator,
    build_indicator,
    key_digest,
)
from iocbeam.model.outcome import Ended, OutcomeRow, ended
from iocbeam.model.record import Record
from iocbeam.model.settings import RunInfo
from iocbeam.model.values import canonical_value, detect_type, plan_key, refang, type_of_name
from iocbeam.model.values.urls import MAX_URL, WITH_SCHEME, with_scheme

from .record_fields import attributes_of, names_of, number_of, severity_of, text_of, time_of, tlp_of, whole
from .stage import PASSED, Stage, StageDoFn, Tagged, in_global_window

WHITELISTED: Final = "whitelisted"
PROTECTED_KEYS: Final = "protected_keys"

_HELD_DIGESTS: Final = 65_536
"""How many digests of protected keys a bundle holds before it hands them out."""

_YES: Final = frozenset(("true", "1", "1.0", "yes"))


def _ignore(code: str) -> None:
    """Takes a notice and forgets it."""


def validate(
    record: Record,
    statuses: frozenset[str] = frozenset(("active",)),
    notice: Callable[[str], None] = _ignore,
) -> Indicator | Ended:
    """The indicator that a record holds, or how it ends: `rejected` or `inactive`.

    Args:
        statuses: statuses that count, in lower case. A record without a status counts.
        notice: told of what was put right on the way, by a key of `model.outcome.NOTICES`.
    """
    read = record.fields.get
    value = read("value")
    if not isinstance(value, str):
        value = "" if value is None or isinstance(value, dict | list | bool) else text_of(value)
    raw_status = read("status")
    status = raw_status if isinstance(raw_status, str) else "" if raw_status is None else text_of(raw_status)
    state = status.strip().lower()
    if state and state not in statuses:
        return _inactive(state, status, read("type"), value)
    revoked = read("revoked")
    if revoked and text_of(revoked).strip().lower() in _YES:
        return ended("revoked", "the source has revoked it", _key_of(read("type"), value))

    found = _value(read("type"), value, notice)
    if isinstance(found, Ended):
        return found
    kind, canonical = found

    attributes = read("attributes")
    attributes = attributes_of(attributes) if attributes else ()
    severity = read("severity")
    tags = read("tags")
    tags = names_of(tags) if tags else ()
    malware = read("malware")
    adversaries = read("adversaries")
    score = read("score")
    description = read("description")
    title = read("title")
    tlp = read("tlp")
    source = read("source")
    if not source or not isinstance(source, str):
        source = record.source
    elif len(source) > MAX_SHOWN or not source.isascii():
        source = whole(source[:MAX_SHOWN])
    source_id = read("id")
    # Ids of up to 63 bits are the rule, and Python cannot write every integer.
    if type(source_id) is not int or not -1 < source_id < 0x7FFF_FFFF_FFFF_FFFF:
        source_id = "" if source_id is None else whole(text_of(source_id)[:MAX_SHOWN])
    created_at = read("created_at")
    expires_at = read("expires_at")
    return build_indicator(
        kind,
        canonical,
        severity_of(severity, attributes, notice) if severity is not None or attributes else None,
        None if score is None else number_of(score),
        whole(title[:MAX_TEXT]) if isinstance(title, str) and title else None,
        whole(description[:MAX_TEXT]) if isinstance(description, str) and description else None,
        status,
        None if created_at is None else time_of(created_at, notice),
        None if expires_at is None else time_of(expires_at, notice),
        names_of(malware) if malware else (),
        names_of(adversaries) if adversaries else (),
        tags[:MAX_TAGS],
        attributes,
        source,
        str(source_id),
        tlp_of(tlp, tags) if tlp is not None or tags else None,
        record.location,
    )


def _inactive(state: str, status: str, kind: Any, value: str) -> Ended:
    if state != WHITELISTED:
        return ended("status_excluded", f"status {status[:80]}", _key_of(kind, value))
    found = _value(kind, value, _ignore)
    if isinstance(found, Ended):
        # A protection that nobody can apply must be seen. A public suffix protects itself alone.
        if found.reason != "too_broad":
            return found
        found = ("FQDN", refang(value.strip()).lower().rstrip("."))
    return ended("whitelisted", "Whitelisted: protects its value", found)


def _key_of(kind: Any, value: str) -> tuple[str, str] | None:
    found = _value(kind, value, _ignore)
    return None if isinstance(found, Ended) else found


def _value(kind: Any, value: str, notice: Callable[[str], None]) -> tuple[str, str] | Ended:
    """(type, canonical value)."""
    trimmed = value.strip(" \t\r\n\u00a0\u200b\ufeff")
    if not trimmed:
        return ended("missing_value", "the record has no value")
    if len(trimmed) > MAX_URL:
        return ended("too_long", f"a value of {len(trimmed)} characters")
    text = refang(trimmed)
    if text is not trimmed:
        notice("refanged")
    known = type_of_name(kind) if isinstance(kind, str) else None
    if known is None:
        if kind is not None and not (isinstance(kind, str) and not kind.strip()):
            return ended("unknown_type", f"type {text_of(kind)[:80]!r}")
        known = detect_type(text)
        if known is None:
            return _why_no_type(text)
    return canonical_value(known, text)


def _why_no_type(text: str) -> Ended:
    """What is wrong with an untyped value, judged as what it resembles most."""
    found: Any = None
    if any(mark in text for mark in "/@"):
        found = canonical_value(URL, text)
    elif "." in text and " " not in text:
        found = canonical_value(FQDN, text)
    if isinstance(found, Ended):
        return found
    return ended("unknown_type", "the record names no type and the value has the form of none")


class _ValidateFn(StageDoFn[Record, Indicator]):
    def __init__(self, run: RunInfo, statuses: frozenset[str], raise_errors: bool) -> None:
        super().__init__("Validate", run, raise_errors=raise_errors)
        self._statuses = statuses
        self._protected: set[bytes] = set()

    def start_bundle(self) -> None:
        super().start_bundle()
        self._protected = set()

    def function(self) -> Callable[[Record], Indicator | Ended]:
        return partial(validate, statuses=self._statuses, notice=self.notice)

    def end(self, element: Record, end: Ended) -> Iterator[Tagged]:
        yield from super().end(element, end)
        if end.reason == WHITELISTED and end.key:
            self._protect(*end.key)
            if len(self._protected) >= _HELD_DIGESTS:
                yield TaggedOutput(PROTECTED_KEYS, self._packed())

    def _protect(self, kind: str, value: str) -> None:
        if kind == URL and not value.startswith(WITH_SCHEME):
            self._protected.add(key_digest(*plan_key(kind, with_scheme(value, "http"))))
            self._protected.add(key_digest(*plan_key(kind, with_scheme(value, "https"))))
        else:
            self._protected.add(key_digest(*plan_key(kind, value)))

    def finish_bundle(self) -> Iterator[Tagged]:
        yield from super().finish_bundle()
        if self._protected:
            yield in_global_window(PROTECTED_KEYS, self._packed())

    def _packed(self) -> bytes:
        packed = b"".join(sorted(self._protected))
        self._protected = set()
        return packed

    def outcome_row(self, element: Record, end: Ended) -> OutcomeRow:
        read = element.fields.get
        if end.key is not None:
            kind, value = end.key
        else:
            named = read("type")
            known = type_of_name(named) if isinstance(named, str) else None
            kind = known if known in INDICATOR_TYPES else ""
            given = read("value")
            value = given if isinstance(given, str) else "" if given is None else text_of(given)
        source = read("source")
        source_id = read("id")
        return OutcomeRow(
            "",
            end.outcome,
            end.reason,
            self.stage,
            kind,
            whole(value[:MAX_SHOWN]),
            whole(source[:MAX_SHOWN]) if isinstance(source, str) and source else element.source,
            "" if source_id is None else whole(text_of(source_id)[:MAX_SHOWN]),
            element.location,
        )

    def dead_letter(self, element: Record, end: Ended) -> DeadLetter:
        return DeadLetter(
            self.run.run_id,
            self.run.started_at,
            self.run.job,
            self.stage,
            end.reason,
            end.message,
            False,
            0,
            None,
            "",
            element.source,
            element.location,
            element.format,
            element.mapping,
            False,
            element.raw,
            None,
        )


class Validate(Stage[Record, Indicator]):
    """`Record`s to `Indicator`s.

    After `expand`, `protected_keys` holds the keys of Whitelisted records as packed eight-byte digests
    (`model.indicator.key_digest`), one `bytes` a bundle.

    Args:
        run: goes into dead letters.
        statuses: statuses that count, compared without case.

    Raises:
        UsageError: Whitelisted is among them.
    """

    def __init__(self, run: RunInfo, statuses: Iterable[str] = ("Active",)) -> None:
        super().__init__()
        self._run = run
        self._statuses = frozenset(status.strip().lower() for status in statuses)
        if WHITELISTED in self._statuses:
            raise UsageError(
                "Whitelisted records are never exported; they protect their values.", option="--statuses"
            )
        self._protected_keys: PCollection[bytes] | None = None

    @property
    def protected_keys(self) -> PCollection[bytes]:
        """Keys of Whitelisted records, as `model.indicator.key_digest` packs them.

        Raises:
            ValueError: the transform has not been applied yet.
        """
        if self._protected_keys is None:
            raise ValueError("apply Validate before asking for its protected_keys")
        return self._protected_keys

    def dofn(self, raise_errors: bool) -> _ValidateFn:
        return _ValidateFn(self._run, self._statuses, raise_errors)

    def expand(self, pcoll: PCollection[Record]) -> PCollection[Indicator]:
        outputs = self.apply_dofn(pcoll, (PROTECTED_KEYS,))
        self._protected_keys = outputs[PROTECTED_KEYS]
        passed: PCollection[Indicator] = outputs[PASSED]
        return passed
