"""What a user's own transform makes of an indicator is held to what `Validate` promises of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from iocbeam.model.indicator import (
    INDICATOR_TYPES,
    MAX_TAGS,
    MAX_TEXT,
    SEVERITIES,
    SOUGHT_TYPES,
    URL,
    Indicator,
    build_indicator,
    indicator_values,
)
from iocbeam.model.outcome import Ended, ended
from iocbeam.model.values import canonical_value
from iocbeam.model.values.urls import WITH_SCHEME

from .expire import expire
from .record_fields import number_of, whole

_NAMES: Final = Indicator.__slots__
_TYPE, _VALUE, _EXPIRES_AT = (_NAMES.index(name) for name in ("type", "value", "expires_at"))
_MAX_PAIRS: Final = 64
_MAX_TIME: Final = 1 << 62
_MAX_SHOWN: Final = 80
"""Characters of a wrong value that a message repeats."""


def recheck(before: Indicator | None, after: Any, now: int, *, schemeless: bool = False) -> Indicator | Ended:
    """The indicator as a transform of the user's own may hand it on, or how the record ends.

    Only fields that are not the objects of `before` are looked at. A changed type or value is made canonical as
    `Validate` does it; a changed expiry counts as `Expire` counts it; lists become tuples; texts and tags that are
    too long are cut.

    Args:
        after: what the transform gave.
        before: what the transform was given; None where that is not known, then every field is looked at.
        now: epoch seconds, UTC; the run's start.
        schemeless: whether a URL may be without a scheme, and a file's name an indicator: where indicators are
            only looked for.

    Returns:
        The indicator; or an end with a reason of `Validate`, `FixUrlScheme` or `Expire`; or with
        `transform_failed` where a field is not what `Indicator` says of it.
    """
    if type(after) is not Indicator:
        return failed(
            f"gave {_shown(after)}, which is no Indicator; what is to be dropped is returned as filtered(NAME)"
        )
    values = list(indicator_values(after))
    given = (_MISSING,) * len(values) if before is None else indicator_values(before)
    changed = [at for at, value in enumerate(values) if value is not given[at]]
    for at in changed:
        try:
            values[at] = _CHECKS[at](values[at])
        except ValueError as error:
            return failed(f"gave the {_NAMES[at]} {_shown(values[at])}: {error}")
    if _TYPE in changed or _VALUE in changed:
        found = _key(values[_TYPE], values[_VALUE], schemeless)
        if isinstance(found, Ended):
            return found
        values[_TYPE], values[_VALUE] = found
    made = build_indicator(*values)
    return expire(made, now) if _EXPIRES_AT in changed else made


def failed(what: str) -> Ended:
    """The end of a record on which a transform of the user's own failed."""
    return ended("transform_failed", what)


def presentable(indicator: Indicator) -> Indicator:
    """The indicator as a dead letter can hold it: without fields that are not what `Indicator` says of them."""
    values: list[Any] = []
    for at, value in enumerate(indicator_values(indicator)):
        try:
            values.append(_CHECKS[at](value))
        except ValueError:
            values.append(_DEFAULTS[at])
    return build_indicator(*values)


_MISSING: Final = object()
_DEFAULTS: Final = indicator_values(Indicator("", ""))


def _key(kind: str, value: str, schemeless: bool) -> tuple[str, str] | Ended:
    if kind not in (SOUGHT_TYPES if schemeless else INDICATOR_TYPES):
        return ended("unknown_type", f"a transform gave the type {_shown(kind)}")
    found = canonical_value(kind, value)
    if isinstance(found, Ended):
        return found._replace(message=f"a transform gave {_shown(value)}: {found.message}")
    if found[0] == URL and not schemeless and not found[1].startswith(WITH_SCHEME):
        return ended("scheme_missing", f"a transform gave {_shown(value)}")
    return found


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("it must be a text")
    return whole(value)


def _long_text(value: Any) -> str | None:
    return None if value is None else _text(value)[:MAX_TEXT]


def _severity(value: Any) -> str | None:
    if value is not None and value not in SEVERITIES:
        raise ValueError(f"it must be one of {', '.join(SEVERITIES)}, or None")
    return None if value is None else str(value)


def _score(value: Any) -> float | None:
    if value is None:
        return None
    number = number_of(value) if isinstance(value, int | float) else None
    if number is None:
        raise ValueError("it must be a number below 1e15, or None")
    return number


def _time(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _MAX_TIME:
        raise ValueError("it must be epoch seconds as a whole number, or None")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, tuple | list):
        raise ValueError("it must be a tuple of texts")
    return tuple(map(_text, value))[:MAX_TAGS]


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, tuple | list):
        raise ValueError("it must be a tuple of pairs of texts")
    pairs = []
    for pair in value:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise ValueError("it must be a tuple of pairs of texts")
        pairs.append((_text(pair[0]), _text(pair[1])))
    return tuple(pairs[:_MAX_PAIRS])


def _label(value: Any) -> str | None:
    return None if value is None else _text(value).lower()


_BY_NAME: Final[Mapping[str, Callable[[Any], Any]]] = {
    "type": _text,
    "value": _text,
    "severity": _severity,
    "score": _score,
    "title": _long_text,
    "description": _long_text,
    "status": _text,
    "created_at": _time,
    "expires_at": _time,
    "malware": _texts,
    "adversaries": _texts,
    "tags": _texts,
    "attributes": _pairs,
    "source": _text,
    "source_id": _text,
    "tlp": _label,
    "location": _text,
}
_CHECKS: Final = tuple(_BY_NAME[name] for name in _NAMES)
