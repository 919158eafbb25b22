"""The command line: `iocbeam COMMAND`."""

from . import remote_files as remote_files
from .program import main

__all__ = ["main"]
