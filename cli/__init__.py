"""The command line: `iocbeam COMMAND`."""

from .program import main

__all__ = ["main"]
