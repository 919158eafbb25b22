"""The tables of docs/options.md, made from the option tables of the commands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from page_sections import DOCS, Sections, table

from iocbeam.cli.command import Command
from iocbeam.cli.commands import COMMANDS
from iocbeam.cli.options import tables as job_tables
from iocbeam.cli.options.login_options import ALIAS_OPTION
from iocbeam.cli.options.option import Kind, Option, by_name
from iocbeam.cli.options.tables import JobOptions

DOCUMENT = DOCS / "options.md"

WRITING = ("defender", "entra", "sync", "replay")
"""Commands whose options are described together: each of them is one of sync's, or is shown beside them."""

_BY_NAME = {command.name: command for command in COMMANDS}
_SYNC = by_name(_BY_NAME["sync"].options)
_TENANT_TABLES = [found for found in vars(job_tables).values() if isinstance(found, JobOptions)]


def writing_tables() -> str:
    """A table for each group of options of the jobs that write."""
    shown: dict[str, Option] = dict(_SYNC)
    for name in WRITING:
        for option in _BY_NAME[name].options:
            if not option.hidden:
                shown.setdefault(option.name, option)
    parts = []
    for group in dict.fromkeys(option.group for option in shown.values()):
        rows = [_row(option) for option in shown.values() if option.group == group and not option.hidden]
        if any(option.group == group for option in job_tables.SYNC.tenant if option.name == "tenant_id"):
            rows.append(_alias_row())
        parts.append(f"### {group}\n\n{table(('option', 'what it does', 'default', 'taken by'), rows)}")
    return "\n\n".join(parts)


def other_commands() -> str:
    """For each other command, what it has for itself, and what it shares."""
    return "\n\n".join(_other(command) for command in COMMANDS if command.name not in WRITING)


SECTIONS: Sections = {"writing": writing_tables, "others": other_commands}


def every_option() -> set[tuple[str, str]]:
    """Command and name of each option that a command shows."""
    return {(command.name, option.name) for command in COMMANDS for option in command.options if not option.hidden}


def _other(command: Command) -> str:
    own: list[Option] = []
    shared: list[str] = []
    for option in command.options:
        if option.hidden:
            continue
        known = _SYNC.get(option.name)
        if known is not None and _means_the_same(option, known):
            shared.append(f"[`{option.flag}`](#{_anchor(option)})")
        else:
            own.append(option)
    lines = [
        f"### iocbeam {command.name} {{#command-{command.name}}}",
        f"`iocbeam {command.name} {command.usage}`",
    ]
    if own:
        rows = ((_head(option), _what(option), _default(option)) for option in own)
        lines.append(table(("option", "what it does", "default"), rows))
    if shared:
        lines.append(f"As above: {', '.join(shared)}.")
    return "\n\n".join(lines)


def _means_the_same(one: Option, other: Option) -> bool:
    """As above, except that clouds may be fewer, ids needed, and the tenants file may hold less."""
    return one.name in ("tenants", "cloud") or (one.help == other.help and one.kind is other.kind)


def _row(option: Option) -> tuple[str, ...]:
    takers = [
        name for name in _BY_NAME if any(one.name == option.name and not one.hidden for one in _same(name, option))
    ]
    some = [name for name in takers if name not in WRITING]
    writing = [name for name in takers if name in WRITING]
    taken = "all" if len(writing) == len(WRITING) else ", ".join(writing)
    return (
        f'<span id="{_anchor(option)}"></span>{_head(option)}{_per_tenant(option)}',
        _what(option),
        _default(option),
        taken + (f"; {', '.join(some)}" if some else ""),
    )


def _same(command: str, option: Option) -> Iterable[Option]:
    """The options of a command that are this one."""
    for one in _BY_NAME[command].options:
        if one.name == option.name and (command in WRITING or _means_the_same(one, _SYNC.get(one.name, one))):
            yield one


def _alias_row() -> tuple[str, ...]:
    return (
        '<span id="opt-alias"></span>`alias`¹',
        f"{_text(ALIAS_OPTION.help)} It stands in the tenants file only.",
        "needed there",
        "all",
    )


def _per_tenant(option: Option) -> str:
    return "¹" if any(option.name in by_name(one.tenant) for one in _TENANT_TABLES) else ""


def _anchor(option: Option) -> str:
    return f"opt-{option.name}"


def _head(option: Option) -> str:
    if option.negatable:
        return f"`{option.flag}` `--no_{option.name}`"
    metavar = option.metavar if not option.choices or option.kind is not Kind.CHOICE else ""
    return f"`{option.flag}{' ' if metavar else ''}{metavar.replace('|', ' or ')}`"


def _what(option: Option) -> str:
    said = _text(option.help)
    if option.kind is Kind.CHOICE:
        said += f" One of {', '.join(f'`{choice}`' for choice in option.choices)}."
    elif option.kind in (Kind.WORDS, Kind.IDS, Kind.PAIRS) and option.choices:
        said += f" Words: {', '.join(f'`{choice}`' for choice in option.choices)}."
    if option.excludes:
        said += f" Not together with `--{option.excludes}`."
    return said


def _default(option: Option) -> str:
    if option.required:
        return "needed"
    if option.default_text:
        return _text(option.default_text)
    if option.kind is Kind.FLAG:
        return "-" if option.default is None else "on" if option.default else "off"
    if option.default is None:
        return "-"
    if isinstance(option.default, tuple):
        return f"`{','.join(option.default)}`" if option.default else "none"
    return f"`{option.default}`"


def _text(text: str) -> str:
    """With names of options as code."""
    return re.sub(r"(?<![\w`-])(--[a-z_]+)", r"`\1`", text.replace("|", " or ").replace("<", "&lt;"))
