"""From the entries of a file to the values of options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iocbeam.model.errors import UsageError

from ..options.option import LIST_KINDS, Kind, Option
from .given_text import shown
from .labels import match_label, nearest
from .list_values import pairs_value
from .texts import actions_value, read_value
from .yaml_entries import Entry


def with_negations(options: Iterable[Option]) -> dict[str, Option]:
    """The options by the names that a file may call them: `withdraw`, and `no_withdraw` as well."""
    named: dict[str, Option] = {}
    for option in options:
        named[option.name] = option
        if option.negatable:
            named[f"no_{option.name}"] = option
    return named


def entry_values(
    entries: Sequence[Entry],
    known: Mapping[str, Option],
    file: str,
    option: str,
    whose: str = "",
    unknown: str = "",
) -> dict[str, Any]:
    """The values of options that entries give, in canonical form.

    Args:
        known: as `with_negations` gives them.
        file: its path, for the messages.
        option: the option that names the file.
        whose: part of the file that the entries are of, for example `tenant Contoso`.
        unknown: advice about a name that is near no option.

    Raises:
        UsageError: a name is no option or is given twice, or its value cannot be; it says where.
    """
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for entry in entries:
        name = option_name(entry)
        place = place_of(file, entry.line, whose)
        found = known.get(name)
        if found is None:
            near = nearest(name, known)
            raise UsageError(
                f"{place}: {shown(entry.name)} is not an option.",
                option=option,
                advice=f"Did you mean {near}?" if near else unknown,
            )
        if found.name in lines:
            raise UsageError(f"{place}: {found.name} is given in line {lines[found.name]} already.", option=option)
        lines[found.name] = entry.line
        value = entry_value(found, entry, place)
        values[found.name] = value if name == found.name else not value
    return values


def entry_value(option: Option, entry: Entry, place: str) -> Any:
    """The value of one entry, in canonical form.

    Raises:
        UsageError: it cannot be; the message ends with the place.
    """
    try:
        return _value(option, entry.value)
    except UsageError as error:
        raise UsageError(f"{error.message} ({place})", option=error.option, advice=error.advice) from None


def option_name(entry: Entry) -> str:
    """What an entry names: dashes and underscores are the same."""
    return entry.name.replace("-", "_")


def place_of(file: str, line: int, whose: str = "") -> str:
    """A place in a file, for messages."""
    return f"{file}, line {line}, {whose}" if whose else f"{file}, line {line}"


def _value(option: Option, value: Any) -> Any:
    if isinstance(value, dict):
        texts = {str(name): _scalar(option, text) for name, text in value.items()}
        if option.kind is Kind.PAIRS:
            return pairs_value(option, list(texts.items()))
        if option.kind is Kind.ACTION:
            return actions_value(option, texts)
        raise UsageError("takes no mapping.", option=option.flag)
    if isinstance(value, list):
        if option.kind not in LIST_KINDS:
            raise UsageError("takes one value, not a list.", option=option.flag)
        return read_value(option, [_scalar(option, item) for item in value], split=False)
    return read_value(option, [_scalar(option, value)])


def _scalar(option: Option, value: Any) -> str:
    """What the file says as a text, which is then read like the command line's."""
    if isinstance(value, bool):
        # YAML takes a bare yes, no, on and off for a truth value, whatever it was meant to be.
        if option.kind is Kind.FLAG:
            return "true" if value else "false"
        label = "on" if value else "off"
        if option.kind is Kind.CHOICE and match_label(label, (), option.aliases):
            return label
    elif isinstance(value, str):
        return value
    elif isinstance(value, int) and option.kind is not Kind.SECRET:
        return str(value)
    elif value is None:
        return ""
    raise UsageError("is not a text to YAML.", option=option.flag, advice="Put the value in quotes.")
