"""Help texts, wrapped to the terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence
from typing import Final

from iocbeam.model.summary import STATUS

from .command import Command
from .options.option import Kind, Option

DOCUMENTATION: Final = "README.md and docs/ of the iocbeam repository"

_EXAMPLES: Final = (
    "iocbeam demo",
    "iocbeam defender --collection feed --input feed.jsonl --dry_run",
    "iocbeam entra --config entra.yaml --dry_run",
    "iocbeam sightings --config sightings.yaml",
)
_WIDEST: Final = 100
_COLUMN: Final = 26


def program_help(commands: Iterable[Command]) -> str:
    """What `iocbeam --help` says."""
    width = _width()
    lines = [
        *_wrapped(
            "iocbeam keeps Microsoft Defender for Endpoint, Microsoft Entra and Microsoft Sentinel in step with "
            "collections of threat indicators, and shows which machines and alerts they are seen on. Every record "
            "ends in one named outcome; a dry run shows the plan and writes nothing.",
            width,
        ),
        "",
        "Usage: iocbeam COMMAND [options]",
        "",
        "Commands",
    ]
    for command in commands:
        lines += _entry(command.name, command.summary, width, 16)
    lines += ["", "Examples", *(f"  {example}" for example in _EXAMPLES), "", "Exit status"]
    for code, meaning in STATUS.items():
        lines += _entry(str(code), meaning, width, 5)
    lines += [
        "",
        *_wrapped(
            "iocbeam COMMAND --help lists a command's options; iocbeam --version says the version. "
            f"Documentation: {DOCUMENTATION}.",
            width,
        ),
    ]
    return "\n".join(lines)


def command_help(command: Command) -> str:
    """What `iocbeam COMMAND --help` says."""
    width = _width()
    lines = [f"Usage: iocbeam {command.name} {command.usage}", "", *_wrapped(command.description, width)]
    shown = [option for option in command.options if not option.hidden]
    for group in dict.fromkeys(option.group for option in shown):
        lines += ["", group]
        for option in shown:
            if option.group == group:
                lines += _entry(_head(option), described(option), width, _COLUMN)
    if command.examples:
        lines += ["", "Examples"]
        for example in command.examples:
            lines += _example(example, width)
    return "\n".join(lines)


def _head(option: Option) -> str:
    if option.negatable:
        return f"{option.flag}, --no_{option.name}"
    return f"{option.flag} {option.metavar}".rstrip()


def described(option: Option) -> str:
    """What help says of an option: what it does, and its default or that it is needed."""
    if option.required:
        return f"{option.help} Required."
    default = option.default_text or _default(option)
    return f"{option.help} Default: {default}." if default else option.help


def _default(option: Option) -> str:
    if option.kind is Kind.FLAG:
        return "" if option.default is None else "on" if option.default else "off"
    if isinstance(option.default, tuple):
        return ",".join(option.default)
    return "" if option.default is None else str(option.default)


def _entry(head: str, body: str, width: int, column: int) -> Sequence[str]:
    """A head and what is said about it beside it, or below where the head is too long."""
    lines = _wrapped(body, width, " " * column)
    if len(head) + 4 > column:
        return [f"  {head}", *lines]
    return [f"  {head}".ljust(column) + lines[0][column:], *lines[1:]]


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=False,
    )


def _example(example: str, width: int) -> list[str]:
    """A command line that can be pasted also where it needs several lines."""
    lines = textwrap.wrap(
        example,
        width - 4,
        initial_indent="  ",
        subsequent_indent="    ",
        break_on_hyphens=False,
        break_long_words=False,
    )
    return [f"{line} \\" for line in lines[:-1]] + lines[-1:]


def _width() -> int:
    return max(40, min(_WIDEST, shutil.get_terminal_size().columns - 1))
