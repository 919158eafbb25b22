"""What a command is to the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .options.option import Option
from .values.command_line import Parsed


@dataclass(frozen=True, slots=True)
class Command:
    """One command of `iocbeam`.

    Attributes:
        name: as it is written.
        summary: one line for the list of commands.
        usage: what stands after the name.
        description: one paragraph for the command's own help.
        options: in the order of help.
        run: does it; gives the exit status.
        paths: whether it takes arguments beside its options.
        beam: whether it takes Beam's options.
        examples: command lines for its help.
    """

    name: str
    summary: str
    usage: str
    description: str
    options: tuple[Option, ...]
    run: Callable[[Parsed], int]
    paths: bool = False
    beam: bool = False
    examples: tuple[str, ...] = ()
