"""`iocbeam local-tenant`: the embedded stand-in, to try things by hand."""

from __future__ import annotations

import sqlite3

from iocbeam.model.errors import ConfigurationError, UsageError
from iocbeam.model.summary import EXIT_DONE

from ..command import Command
from ..options.job_options import COMMON
from ..options.option import Kind, Option, with_defaults
from ..values.command_line import Parsed

_OPTIONS = (
    Option("port", Kind.COUNT, "Port on 127.0.0.1.", "Local tenant", "N", default=0, default_text="any free one"),
    Option(
        "state",
        Kind.TEXT,
        "SQLite file that keeps rows, locations and policies between starts.",
        "Local tenant",
        "FILE",
        default_text="in memory only",
    ),
    Option(
        "estate",
        Kind.TEXT,
        "Put made-up machines and alerts into the tenant, some of which show values of this collection in JSON "
        "lines.",
        "Local tenant",
        "FILE",
        default_text="none to read",
    ),
    *COMMON,
)


def run(parsed: Parsed) -> int:
    """Serve until Ctrl-C."""
    values = with_defaults(parsed.values, _OPTIONS)
    port, state = values["port"], values["state"]
    if not 0 <= port <= 65_535:
        raise UsageError(f"must be from 0 to 65535, not {port}.", option="--port")
    from iocbeam.local_tenant import serve

    from ..jobs.example_estate import example_estate

    estate = example_estate(values["estate"], "--estate") if values["estate"] else None
    try:
        serve(port=port, state=state, estate=estate)
    except (sqlite3.Error, RuntimeError) as error:
        raise ConfigurationError(
            f"{state}: {error}.", option="--state", advice="Name a new file, or stop what uses this one."
        ) from None
    except KeyboardInterrupt:
        return EXIT_DONE  # pressed before or after the wait; the tenant has been stopped
    except OSError as error:
        raise ConfigurationError(
            f"127.0.0.1:{port} cannot be served: {error.strerror or error}.",
            option="--port",
            advice="Choose another port, or leave the option out.",
        ) from None
    return EXIT_DONE


COMMAND = Command(
    "local-tenant",
    "serve a strict local stand-in for Microsoft's services",
    "[--port N] [--state FILE] [--estate FILE]",
    "Serves a strict local stand-in for Microsoft login, for indicators, machines and alerts of Defender, for "
    "named locations, policies and alerts of Microsoft Graph, and for indicators of Sentinel, on 127.0.0.1 over "
    "TLS, and prints the options that lead to it.",
    _OPTIONS,
    run,
)
