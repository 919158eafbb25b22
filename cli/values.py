"""From the texts of one option to its value, in canonical form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import ACTIONS

from .labels import fold, match_label
from .option import Kind, Option

REFERENCE_FORMS: Final = "env:NAME, file:PATH or gcp-secret:projects/P/secrets/S/versions/V"

_is_reference = re.compile(r"(?:env|file|gcp-secret|azure-keyvault):\S.*").fullmatch
_is_count = re.compile(r"[+-]?[0-9]{1,15}").fullmatch
_between_pairs = re.compile(r",(?=[^,=]+=)").split
_BOOLEANS: Final = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip
_SHOWN: Final = 80


class Actions(NamedTuple):
    """The value of `--action`.

    Attributes:
        file, network: labels, None for a family that was not named.
        for_all: whether one label was given for both families.
    """

    file: str | None
    network: str | None
    for_all: bool


def read_value(option: Option, texts: Sequence[str], *, split: bool = True) -> Any:
    """The value that these texts stand for.

    Args:
        texts: one text, or several for a list.
        split: whether the words of a list are separated by commas too.

    Raises:
        UsageError: they stand for none; it names the option, what was given and what is allowed.
    """
    if not texts or any(not text.strip() for text in texts):
        raise UsageError("needs a value.", option=option.flag, advice=_example(option))
    if option.kind is Kind.WORDS:
        return _words(option, texts, split)
    if option.kind is Kind.TEXTS:
        return tuple(dict.fromkeys(texts))
    if option.kind is Kind.PAIRS:
        return pairs_value(option, [_pair(option, part) for text in texts for part in _between_pairs(text)])
    return _SCALARS[option.kind](option, texts[0])


def pairs_value(option: Option, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The mapping of a `PAIRS` option from names to texts."""
    found: dict[str, str] = {}
    for name, text in pairs:
        field = match_label(name, option.choices)
        if field is None:
            raise UsageError(_not_one_of(name, option.choices), option=option.flag)
        if field in found:
            raise UsageError(f"names {field} twice.", option=option.flag)
        if not text:
            raise UsageError(f"gives {field} no name.", option=option.flag, advice=_example(option))
        found[field] = text
    return found


def actions_value(option: Option, labels: Mapping[str, str]) -> Actions:
    """The actions of `file` and `network`, each by its label."""
    found: dict[str, str] = {}
    for family, label in labels.items():
        name = match_label(family, ("file", "network"), {"files": "file"})
        if name is None:
            raise UsageError(_not_one_of(family, ("file", "network")), option=option.flag)
        found[name] = _action(option, label)
    return Actions(found.get("file"), found.get("network"), for_all=False)


def _words(option: Option, texts: Sequence[str], split: bool) -> tuple[str, ...]:
    words = [word.strip() for text in texts for word in (text.split(",") if split else (text,))]
    words = [word for word in words if word]
    if option.none_word and [fold(word) for word in words] == [option.none_word]:
        return ()
    if option.choices:
        words = [_label(option, word) for word in words]
    if not words:
        raise UsageError("needs a value.", option=option.flag, advice=_example(option))
    return tuple(dict.fromkeys(words))


def _pair(option: Option, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{shown(text)} is not FIELD=NAME.", option=option.flag, advice=_example(option))
    return name.strip(), value.strip()


def _label(option: Option, text: str) -> str:
    label = match_label(text.strip(), option.choices, option.aliases)
    if label is None:
        allowed = (*option.choices, option.none_word) if option.none_word else option.choices
        raise UsageError(_not_one_of(text, allowed), option=option.flag)
    return label


def _action(option: Option, text: str) -> str:
    label = match_label(text.strip(), ACTIONS, {"Allowed": "Allow"})
    if label is None:
        raise UsageError(_not_one_of(text, ACTIONS), option=option.flag)
    return label


def _actions(option: Option, text: str) -> Actions:
    if "=" not in text:
        label = _action(option, text)
        return Actions(label, label, for_all=True)
    labels: dict[str, str] = {}
    for part in _between_pairs(text):
        family, _, label = part.partition("=")
        if fold(family) in labels:
            raise UsageError(f"names {family.strip()} twice.", option=option.flag)
        labels[fold(family)] = label
    return actions_value(option, labels)


def _count(option: Option, text: str) -> int:
    if not _is_count(text.strip()):
        raise UsageError(f"{shown(text)} is not a whole number.", option=option.flag, advice=_example(option))
    return int(text)


def _flag(option: Option, text: str) -> bool:
    value = _BOOLEANS.get(text.strip().lower())
    if value is None:
        raise UsageError(
            f"{shown(text)} is neither true nor false.", option=option.flag, advice="It needs no value to be on."
        )
    return value


def _secret(option: Option, text: str) -> str:
    if not _is_reference(text):
        # What stands there may be the secret itself, so it is not repeated.
        raise UsageError(
            "is not a reference to a secret.",
            option=option.flag,
            advice=f"Give {REFERENCE_FORMS}, never the secret itself. If that was the secret, it may now be in "
            "your shell's history.",
        )
    return text


def _text(option: Option, text: str) -> str:
    return text


_SCALARS: Final[dict[Kind, Callable[[Option, str], Any]]] = {
    Kind.TEXT: _text,
    Kind.SECRET: _secret,
    Kind.CHOICE: _label,
    Kind.COUNT: _count,
    Kind.FLAG: _flag,
    Kind.ACTION: _actions,
}


def shown(text: str) -> str:
    """A user's text for a message: quoted, control characters escaped, cut."""
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def _not_one_of(text: str, allowed: Sequence[str]) -> str:
    return f"{shown(text)} is not one of {', '.join(allowed)}."


def _example(option: Option) -> str:
    if option.kind is Kind.PAIRS:
        return f"Write {option.flag} value=NAME, with the input's own name."
    if option.kind is Kind.COUNT:
        default = "" if option.default is None else f" {option.default}"
        return f"Write {option.flag}{default or ' NUMBER'}."
    return f"Write {option.flag} {option.metavar.replace('...', '') or 'VALUE'}."
