"""The program: finds the command, runs it, and turns every error into a message and an exit status."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from iocbeam.model.errors import IocbeamError, UsageError
from iocbeam.model.summary import EXIT_COULD_NOT_RUN, EXIT_DONE, EXIT_USAGE

from .command import Command
from .commands import COMMANDS
from .help import command_help, program_help
from .logs import configure_logging
from .values.command_line import parse
from .values.labels import nearest
from .views.console import cut, safe

_INTERRUPTED = 130
_PIPE_CLOSED = 141
_READING = ("sightings", "search", "check")
"""Commands that never write to a tenant."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Args:
        argv: without the program's name; that of this process when None.

    Returns:
        The exit status.
    """
    args = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in args or os.environ.get("IOCBEAM_DEBUG", "") not in ("", "0")
    for stream in (sys.stdout, sys.stderr):
        # What a terminal's encoding does not have must not end a run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(args, debug)
        sys.stdout.flush()
    except UsageError as error:
        command = args[0] if args and args[0] in _names() else ""
        help_line = f"iocbeam {command} --help".replace("  ", " ")
        return _say(f"{error} See: {help_line}", EXIT_USAGE)
    except IocbeamError as error:
        return _say(str(error), EXIT_COULD_NOT_RUN)
    except KeyboardInterrupt:
        status = _say(_interrupted(args), _INTERRUPTED)
        if any(thread.name.startswith("iocbeam") for thread in threading.enumerate()):
            # A request in flight would hold the process until it is answered or times out.
            os._exit(status)
        return status
    except BrokenPipeError:
        # Whoever read the output has closed it, as `head` does. Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except Exception as error:
        if debug:
            raise
        return _say(_unexpected(error), EXIT_COULD_NOT_RUN)
    return status


def _interrupted(args: Sequence[str]) -> str:
    if args[0] in _READING:
        return "interrupted. Nothing was written to a tenant."
    return "interrupted. What a tenant had taken by then stays there; the next run goes on."


def _run(args: list[str], debug: bool) -> int:
    if not args:
        sys.stderr.write(program_help(COMMANDS) + "\n")
        return EXIT_USAGE
    name, rest = args[0], args[1:]
    if name in ("--help", "-h", "help"):
        command = _find(rest[0]) if rest and name == "help" else None
        sys.stdout.write((command_help(command) if command else program_help(COMMANDS)) + "\n")
        return EXIT_DONE
    if name == "--version":
        sys.stdout.write(f"iocbeam {_version()}\n")
        return EXIT_DONE
    command = _find(name)
    options = rest[: rest.index("--")] if "--" in rest else rest
    if "--help" in options or "-h" in options:
        sys.stdout.write(command_help(command) + "\n")
        return EXIT_DONE
    configure_logging(verbose="--verbose" in options, debug=debug)
    return command.run(parse(rest, command.options, paths=command.paths, beam=command.beam))


def _names() -> dict[str, Command]:
    return {command.name: command for command in COMMANDS}


def _find(name: str) -> Command:
    commands = _names()
    found = commands.get(name.replace("_", "-"))
    if found is not None:
        return found
    if name.startswith("-"):
        raise UsageError(
            f"{cut(safe(name.partition('=')[0]), 80)} stands where a command should.",
            advice=f"The commands are {', '.join(commands)}.",
        )
    near = nearest(name, commands)
    advice = f"Did you mean {near}?" if near else f"The commands are {', '.join(commands)}."
    raise UsageError(f"{cut(safe(name), 80)} is not a command.", advice=advice)


def _say(message: str, status: int) -> int:
    with suppress(OSError):
        sys.stdout.flush()
    sys.stderr.write(f"iocbeam: {message}\n")
    return status


def _unexpected(error: Exception) -> str:
    first = (str(error).splitlines() or [""])[0]
    return (
        f"an unexpected error: {type(error).__name__}: {cut(safe(first), 300)}\n"
        "This is a fault of iocbeam. Run it again with --debug (or IOCBEAM_DEBUG=1) for the traceback, and report "
        "it."
    )


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("iocbeam")
    except PackageNotFoundError:
        return "(not installed)"
