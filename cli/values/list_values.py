"""The values of options that take several: words, ids, ranges, pairs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from iocbeam.model.errors import UsageError
from iocbeam.model.settings.entra import is_guid

from ..options.option import Option
from .given_text import example, not_one_of, shown
from .labels import fold, match_label

GUID_FORM: Final = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"

WIDEST_PREFIX: Final = 8
"""No range of anybody is wider, and one that is takes in too much by mistake."""

between_pairs = re.compile(r",(?=[^,=]+=)").split
"""Splits `NAME=TEXT,NAME=TEXT`; a text may hold a comma."""


def words_value(option: Option, texts: Sequence[str], split: bool) -> tuple[str, ...]:
    """The words, of the choices where the option has any; each once."""
    words = _parts(texts, split)
    if option.none_word and [fold(word) for word in words] == [option.none_word]:
        return ()
    if option.choices:
        words = [label_value(option, word) for word in words]
    return _some(option, words)


def ids_value(option: Option, texts: Sequence[str], split: bool) -> tuple[str, ...]:
    """The ids in lower case, and the words as the choices have them; each once."""
    return _some(option, [id_value(option, text) for text in _parts(texts, split)])


def ranges_value(option: Option, texts: Sequence[str], split: bool) -> tuple[str, ...]:
    """The addresses and ranges as they were given, none wider than /8; each once."""
    # Only here: it brings libraries along that other command lines do not wait for.
    from iocbeam.planning.entra.range_texts import read_range

    ranges = _parts(texts, split)
    for text in ranges:
        try:
            first, last = read_range(text)
        except ValueError as error:
            raise UsageError(f"{error}.", option=option.flag, advice=example(option)) from None
        if (last - first + 1).bit_length() > ((128 if ":" in text else 32) - WIDEST_PREFIX) + 1:
            raise UsageError(
                f"{shown(text)} is wider than /{WIDEST_PREFIX}.",
                option=option.flag,
                advice="Give the addresses that are meant.",
            )
    return _some(option, ranges)


def pairs_value(option: Option, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The mapping of a `PAIRS` option from names to texts."""
    found: dict[str, str] = {}
    for name, text in pairs:
        field = match_label(name, option.choices)
        if field is None:
            raise UsageError(not_one_of(name, option.choices), option=option.flag)
        if field in found:
            raise UsageError(f"names {field} twice.", option=option.flag)
        if not text:
            raise UsageError(f"gives {field} no name.", option=option.flag, advice=example(option))
        found[field] = text
    return found


def pair_of(option: Option, text: str) -> tuple[str, str]:
    """Name and text of one `NAME=TEXT`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{shown(text)} is not FIELD=NAME.", option=option.flag, advice=example(option))
    return name.strip(), value.strip()


def label_value(option: Option, text: str) -> str:
    """The choice that a text stands for."""
    label = match_label(text.strip(), option.choices, option.aliases)
    if label is None:
        allowed = (*option.choices, option.none_word) if option.none_word else option.choices
        raise UsageError(not_one_of(text, allowed), option=option.flag)
    return label


def id_value(option: Option, text: str) -> str:
    """One id in lower case, or the choice that a text stands for."""
    label = match_label(text.strip(), option.choices, option.aliases)
    if label is not None:
        return label
    if is_guid(text.strip()):
        return text.strip().lower()
    words = f"none of {', '.join(option.choices)} and " if option.choices else ""
    raise UsageError(
        f"{shown(text)} is {words}no id.",
        option=option.flag,
        advice=f"Ids have the form {GUID_FORM}; names do not tell one object from another.",
    )


def _parts(texts: Sequence[str], split: bool) -> list[str]:
    parts = [part.strip() for text in texts for part in (text.split(",") if split else (text,))]
    return [part for part in parts if part]


def _some(option: Option, words: Sequence[str]) -> tuple[str, ...]:
    if not words:
        raise UsageError("needs a value.", option=option.flag, advice=example(option))
    return tuple(dict.fromkeys(words))
