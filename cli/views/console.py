"""Writing to the terminal, safely."""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from rich.console import Console


_padding = re.compile(r" +\n")


def make_console() -> Console:
    """Standard output. Colour only on a terminal and without NO_COLOR; no text is taken for markup."""
    from rich.console import Console

    file = sys.stdout if sys.stdout.isatty() else cast(IO[str], _WithoutPadding())
    return Console(file=file, markup=False, highlight=False, emoji=False)


class _WithoutPadding(io.TextIOBase):
    """Standard output without the blanks that fill a table's last column: in a file they are only in the way."""

    def write(self, text: str) -> int:
        sys.stdout.write(_padding.sub("\n", text))
        return len(text)

    def flush(self) -> None:
        sys.stdout.flush()


def safe(text: object) -> str:
    """Text of unknown origin on one line, with everything that could move a cursor or hide text escaped."""
    read = str(text)
    if read.isprintable():
        return read
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in read)


def cut(text: str, width: int) -> str:
    """At most `width` characters; an ellipsis says that some are missing."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


@contextmanager
def progress(what: str) -> Iterator[None]:
    """While the block runs, a line with `what` and the time that has passed, where a person can see it."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bar.add_task(what, total=None)
        yield


class _WithoutTracebacks(io.TextIOBase):
    """A stream without the tracebacks that `print` writes to it, each as one text and the end of its line."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._dropped = False

    def write(self, text: str) -> int:
        dropped, self._dropped = self._dropped, text.startswith("Traceback (most recent call last):")
        if not (self._dropped or (dropped and text == "\n")):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        self._stream.flush()


@contextmanager
def without_worker_tracebacks() -> Iterator[None]:
    """While the block runs, errors of workers in this process are told once, by whoever started them.

    Beam's workers print the traceback of every error, even of one that is about to be raised, and a channel to a
    job server that never came up ends in its own thread. `--debug` keeps all of it.
    """
    if logging.getLogger().isEnabledFor(logging.INFO):
        yield
        return
    hook, threading.excepthook = threading.excepthook, _tell_nobody
    try:
        with redirect_stderr(cast(IO[str], _WithoutTracebacks(sys.stderr))):
            yield
    finally:
        threading.excepthook = hook


def _tell_nobody(_: threading.ExceptHookArgs) -> None:
    """Of threads that nobody waits for."""
