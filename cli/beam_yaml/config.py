"""From a transform's `config` to values: by the same code that reads the command line and configuration files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from iocbeam.model.errors import Stop, UsageError

from ..options.option import Option
from ..values.file_values import entry_value, option_name, with_negations
from ..values.given_text import shown
from ..values.labels import nearest
from ..values.precedence import check_exclusions
from ..values.yaml_entries import Entry

ERRORS: Final = "error_handling"
OUTCOMES: Final = "outcomes"
REPORTS: Final = "reports"
TAGS: Final = (ERRORS, OUTCOMES, REPORTS)
"""Keys whose value is `{output: NAME}`: they give a transform another output."""

_instead = re.compile(r"\b(Write|[Gg]ive) --([a-z_]+) (?=[A-Z0-9'\"])")


def read_config(
    config: Mapping[str, Any], options: Iterable[Option], tags: Iterable[str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that a config gives, in canonical form, and the names of the further outputs that it asks for.

    Args:
        options: that the transform takes.
        tags: those of `TAGS` that it takes.

    Raises:
        UsageError: a key is unknown or its value cannot be; it names the key and the nearest one.
    """
    options, tags = tuple(options), tuple(tags)
    known = with_negations(options)
    values: dict[str, Any] = {}
    outputs: dict[str, str] = {}
    for key, value in config.items():
        entry = Entry(str(key), value, 0)
        name = option_name(entry)
        if name in tags:
            outputs[name] = _tag(name, value)
            continue
        option = known.get(name)
        if option is None:
            raise UsageError(
                f"{shown(entry.name)} is none of its keys.", advice=_instead_of(name, (*known, *tags))
            )
        if option.name in values:
            raise UsageError(f"gives {option.name} twice.")
        read = _value(option, entry)
        values[option.name] = read if name == option.name else not read
    if len(set(outputs.values())) < len(outputs):
        raise UsageError("gives two outputs the same name.")
    check_exclusions(values, options)
    return values, outputs


def in_words_of_yaml(error: Stop) -> str:
    """An error's text, in which options are keys."""
    text = _instead.sub(r"\1 \2: ", str(error)).replace("--", "")
    return text.replace(
        "it may now be in your shell's history", "take it out of the file, and give the app a new one"
    )


def _value(option: Option, entry: Entry) -> Any:
    try:
        return entry_value(option, entry, "")
    except UsageError as error:
        raise UsageError(error.message.removesuffix(" ()"), option=error.option, advice=error.advice) from None


def _tag(name: str, value: Any) -> str:
    given = value if isinstance(value, Mapping) else {}
    output = given.get("output")
    if len(given) != 1 or not isinstance(output, str) or not output.isidentifier():
        raise UsageError(f"{name}: write it as {name}: {{output: NAME}}.")
    if output == "good":
        raise UsageError(f"{name}: good is the name of the main output.", advice="Choose another one.")
    return output


def _instead_of(name: str, keys: Iterable[str]) -> str:
    keys = sorted(set(keys))
    near = nearest(name, keys)
    return f"Did you mean {near}?" if near else f"It takes {', '.join(keys) or 'none'}."
