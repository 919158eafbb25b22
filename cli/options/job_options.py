"""Options that every job has and that are the same for all of its tenants: the collection, the run."""

from __future__ import annotations

from typing import Final

from iocbeam.model.settings import FAIL_ON, URL_WITHOUT_SCHEME

from .option import Kind, Option

_COLLECTION = "Collection"
_RUN = "Run"

COLLECTION_OPTION: Final = Option(
    "collection",
    Kind.TEXT,
    "Name of the collection. In Defender it marks the rows that are ours, so keep it the same from run to run. 1 "
    "to 40 of a-z, 0-9, '.', '_' and '-'.",
    _COLLECTION,
    "NAME",
    required=True,
)

TRANSFORMS_OPTION: Final = Option(
    "transforms",
    Kind.TEXTS,
    "Transforms of your own, in this order between cleaning and the target: MODULE:NAME each, where NAME is a "
    "step, several steps, or a function that makes them. MODULE must be installed where iocbeam is, and on a "
    "managed runner in its image.",
    _COLLECTION,
    "MODULE:NAME...",
    default=(),
    default_text="none",
)

INTAKE_OPTIONS: Final = (
    Option(
        "statuses",
        Kind.WORDS,
        "Statuses whose records are exported; the others end as inactive. A record without a status counts.",
        _COLLECTION,
        "STATUS,...",
        default=("Active",),
    ),
    Option(
        "url_without_scheme",
        Kind.CHOICE,
        "A URL without a scheme: skip rejects it, http and https add that scheme.",
        _COLLECTION,
        "|".join(URL_WITHOUT_SCHEME),
        default="skip",
        choices=URL_WITHOUT_SCHEME,
    ),
    TRANSFORMS_OPTION,
)

RUN_OPTIONS: Final = (
    Option(
        "dry_run",
        Kind.FLAG,
        "Print the plan and write plan.json; nothing in the tenant is changed. With a login the tenant is read; "
        "without one (no client_id, client_secret, client_certificate or federated_identity) the plan is made as "
        "for an empty tenant.",
        _RUN,
        default=False,
    ),
    Option(
        "output",
        Kind.TEXT,
        "Directory for dead letters, outcomes, plan.json and summary.json; local or on any filesystem that Beam "
        "knows. On Dataflow each run writes into a directory of its own below it.",
        _RUN,
        "DIR",
        default="iocbeam-out",
    ),
    Option(
        "runner",
        Kind.TEXT,
        "Beam runner; direct is this process. Options that the runner's Beam classes declare are passed on.",
        _RUN,
        "NAME",
        default="direct",
    ),
    Option(
        "fail_on",
        Kind.CHOICE,
        "When the job itself fails, after it has written its summary, for a runner whose users see the state of a "
        "job and no exit status: never; failed, when that would be 1 or 3; any, when it would not be 0.",
        _RUN,
        "|".join(FAIL_ON),
        default="never",
        choices=FAIL_ON,
    ),
    Option(
        "config",
        Kind.TEXT,
        "YAML file with options by name, local or on any filesystem that Beam knows. What the command line gives "
        "goes before it.",
        _RUN,
        "FILE",
        default_text="none",
    ),
)

COMMON: Final = (
    Option("verbose", Kind.FLAG, "Show what iocbeam logs.", "Help", default=False),
    Option("debug", Kind.FLAG, "Show every log line, and the traceback of an unexpected error.", "Help",
           default=False),
    Option("help", Kind.FLAG, "Show this.", "Help"),
)  # fmt: skip
"""What every command has."""
