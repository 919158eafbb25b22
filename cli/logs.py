"""What of the log a person sees."""

from __future__ import annotations

import logging
import sys
import warnings
from typing import Final

_NAME: Final = "iocbeam-cli"


def configure_logging(*, verbose: bool, debug: bool) -> None:
    """Show warnings of ours and nothing of others'.

    Beam and the libraries under it log on the root logger what no user of a command can act on, for
    example that a filesystem which nobody asked for is not installed.

    Args:
        verbose: show what we log at INFO, and warnings of others.
        debug: show everything from INFO up, and Python's own warnings.
    """
    others = logging.INFO if debug else logging.WARNING if verbose else logging.CRITICAL
    ours = logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING
    _set_handler(logging.getLogger(), others)
    _set_handler(logging.getLogger("iocbeam"), ours)
    logging.getLogger("iocbeam").setLevel(ours)
    logging.getLogger("iocbeam").propagate = False
    logging.getLogger().setLevel(min(others, logging.WARNING))
    if not debug and not sys.warnoptions:
        warnings.simplefilter("ignore")


def _set_handler(logger: logging.Logger, level: int) -> None:
    for handler in logger.handlers[:]:
        if handler.name == _NAME:
            logger.removeHandler(handler)
    handler = logging.StreamHandler(sys.stderr)
    handler.name = _NAME
    handler.setLevel(level)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S"))
    logger.addHandler(handler)
