"""Every command line that the documentation shows is one that the command takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from iocbeam.cli.commands import COMMANDS
from iocbeam.cli.values.command_line import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
_COMMANDS = {command.name: command for command in COMMANDS}


def _command_lines(page: Path) -> Iterator[str]:
    """The lines of code blocks that begin with the program and leave nothing out, with what continues them."""
    for block in re.findall(r"^```[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            found = re.match(r"(?:\$ )?(iocbeam [a-z].*)", line)
            if found and not re.search(r"\[(?!\.\])|…", found[1]):
                yield found[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_command_lines_of_a_page_are_understood(page: Path) -> None:
    for line in _command_lines(page):
        name, *args = shlex.split(line, comments=True)[1:]
        args = [re.sub(r"^[A-Z_]+_ID$", "5f1c2a44-0b7e-4c55-9d0e-2f6a8c1b7d90", word) for word in args]
        command = _COMMANDS[name]
        for end in ("|", ">", "&&"):
            args = args[: args.index(end)] if end in args else args
        parse(args, command.options, paths=command.paths, beam=command.beam)


def test_there_are_command_lines_to_look_at() -> None:
    assert sum(1 for page in PAGES for _ in _command_lines(page)) > 30
