"""From the texts of one option to its value, in canonical form."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import ACTIONS

from ..options.option import Kind, Option
from .given_text import example, not_one_of, shown
from .labels import fold, match_label
from .list_values import (
    between_pairs,
    id_value,
    ids_value,
    label_value,
    pair_of,
    pairs_value,
    ranges_value,
    words_value,
)

REFERENCE_FORMS: Final = "env:NAME, file:PATH or gcp-secret:projects/P/secrets/S/versions/V"

_is_reference = re.compile(r"(?:env|file|gcp-secret|azure-keyvault):\S.*").fullmatch
_is_count = re.compile(r"[+-]?[0-9]{1,15}").fullmatch
_BOOLEANS: Final = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip


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
        raise UsageError("needs a value.", option=option.flag, advice=example(option))
    if option.kind in _LISTS:
        return _LISTS[option.kind](option, texts, split)
    if option.kind is Kind.TEXTS:
        return tuple(dict.fromkeys(texts))
    if option.kind is Kind.PAIRS:
        return pairs_value(option, [pair_of(option, part) for text in texts for part in between_pairs(text)])
    return _SCALARS[option.kind](option, texts[0])


def actions_value(option: Option, labels: Mapping[str, str]) -> Actions:
    """The actions of `file` and `network`, each by its label."""
    found: dict[str, str] = {}
    for family, label in labels.items():
        name = match_label(family, ("file", "network"), {"files": "file"})
        if name is None:
            raise UsageError(not_one_of(family, ("file", "network")), option=option.flag)
        found[name] = _action(option, label)
    return Actions(found.get("file"), found.get("network"), for_all=False)


def _action(option: Option, text: str) -> str:
    label = match_label(text.strip(), ACTIONS, {"Allowed": "Allow"})
    if label is None:
        raise UsageError(not_one_of(text, ACTIONS), option=option.flag)
    return label


def _actions(option: Option, text: str) -> Actions:
    if "=" not in text:
        label = _action(option, text)
        return Actions(label, label, for_all=True)
    labels: dict[str, str] = {}
    for part in between_pairs(text):
        family, _, label = part.partition("=")
        if fold(family) in labels:
            raise UsageError(f"names {family.strip()} twice.", option=option.flag)
        labels[fold(family)] = label
    return actions_value(option, labels)


def _count(option: Option, text: str) -> int:
    if not _is_count(text.strip()):
        raise UsageError(f"{shown(text)} is not a whole number.", option=option.flag, advice=example(option))
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


_LISTS: Final[dict[Kind, Callable[[Option, Sequence[str], bool], tuple[str, ...]]]] = {
    Kind.WORDS: words_value,
    Kind.IDS: ids_value,
    Kind.RANGES: ranges_value,
}
_SCALARS: Final[dict[Kind, Callable[[Option, str], Any]]] = {
    Kind.TEXT: _text,
    Kind.SECRET: _secret,
    Kind.CHOICE: label_value,
    Kind.ID: id_value,
    Kind.COUNT: _count,
    Kind.FLAG: _flag,
    Kind.ACTION: _actions,
}
