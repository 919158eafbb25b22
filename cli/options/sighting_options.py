"""Options of the jobs that read machines and alerts."""

from __future__ import annotations

from typing import Final

from iocbeam.model.settings.sightings import ALERTS as DEFENDER_ALERTS
from iocbeam.model.settings.sightings import DIALECTS, EVENT_FORMATS, MACHINES, MAX_DAYS, READS

from .option import Kind, Option

_READ = "What is read"
_EVENTS = "Events"

READ_OPTION: Final = Option(
    "read",
    Kind.WORDS,
    "What each tenant is asked for: Defender's machines, Defender's alerts with their evidence, Graph's alerts "
    "(of all Defender products, and of the Sentinel workspaces that are joined to the Defender portal).",
    _READ,
    ",".join(READS),
    default=(MACHINES, DEFENDER_ALERTS),
    choices=READS,
)

NO_DRY_RUN_OPTION: Final = Option(
    "dry_run",
    Kind.FLAG,
    "There is none: nothing is ever written to a tenant.",
    _READ,
    default=False,
    hidden=True,
)
"""Taken so that it can be refused in words; Beam has an option of that name."""

DAYS_OPTION: Final = Option(
    "days",
    Kind.COUNT,
    f"How far back, from the start of the run; at most {MAX_DAYS}.",
    _READ,
    "N",
    default=30,
)

FILE_LOOKUPS_OPTION: Final = Option(
    "file_lookups",
    Kind.COUNT,
    "MD5 and names of products are shown by one call for each alert only, at most 100 a minute and 1,500 an hour. "
    "So many of these calls may a run make for each tenant; they are made only if the collection holds MD5 or "
    "File Name.",
    _READ,
    "N",
    default=300,
)

EVENT_OPTIONS: Final = (
    Option(
        "dialect",
        Kind.CHOICE,
        "Form of the events. ocsf is OCSF 1.8.0 with Detection Finding for alerts, ocsf_legacy the same with "
        "Security Finding, qdm the latter with the paths of Query's data model.",
        _EVENTS,
        "|".join(DIALECTS),
        default="ocsf",
        choices=DIALECTS,
    ),
    Option(
        "event_format",
        Kind.CHOICE,
        "Format of the files with events.",
        _EVENTS,
        "|".join(EVENT_FORMATS),
        default="jsonl",
        choices=EVENT_FORMATS,
    ),
    Option(
        "all_events",
        Kind.FLAG,
        "Write machines and alerts as events that show no indicator, too.",
        _EVENTS,
        default=False,
    ),
)
