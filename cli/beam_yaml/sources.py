"""The sources as providers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from iocbeam.clients import resolve_secret
from iocbeam.model.errors import UsageError
from iocbeam.model.record import Record
from iocbeam.model.settings import IntakeSettings
from iocbeam.pipelines.intake import source_of
from iocbeam.pipelines.preflight import secrets_of
from iocbeam.transforms import sources
from iocbeam.transforms.sources import AsRecords as AsRecordsTransform
from iocbeam.transforms.sources import check_inputs, dead_letter_inputs

from ..options.login_options import NETWORK_OPTIONS
from ..options.option import Kind, Option, by_name, with_defaults
from ..options.source_options import FILE_OPTIONS, SOURCES
from ..options.tables import DEFENDER
from ..values.source_values import intake_of
from .call import Call, Made
from .config import ERRORS, OUTCOMES, REPORTS
from .provider import Provider

GROUP: Final = "Sources of collections"

_COLLECTION_TAGS: Final = (ERRORS, OUTCOMES, REPORTS)
_GIVES: Final = "records, as they were read"

_PART: Final = "Only a part of the collection is asked for: nothing is withdrawn."
_LETTERS: Final = "Dead letters are not the whole collection: nothing is withdrawn."


def _collection(call: Call, begin: Any, source: str) -> Made:
    given = with_defaults({**call.values, "source": source}, DEFENDER.all)
    settings = intake_of(given)
    _check(settings)
    transform = call.connected(source_of(call.run(), settings))
    read = begin | transform
    part = _PART if settings.source is not None and settings.source.is_part else ""
    return Made(read.records, read.reports, part=part, rows=Record)


def _check(settings: IntakeSettings) -> None:
    """What a person can put right is told before anything runs."""
    check_inputs(settings.inputs)
    for reference, option in secrets_of(settings.source):
        if reference:
            resolve_secret(reference, option)


def _of(source: str) -> Callable[[Call, Any], Made]:
    return lambda call, begin: _collection(call, begin, source)


def _dead_letters(call: Call, begin: Any) -> Made:
    paths = call.values.get("input") or ()
    if not paths:
        raise UsageError("needs input.", advice="Name files of dead letters, or the output directory of a run.")
    check_inputs(dead_letter_inputs(paths))
    read = begin | call.connected(sources.ReadDeadLetters(paths, call.run()))
    return Made(read.records, read.reports, part=_LETTERS, rows=Record)


def _rows(call: Call, pcoll: Any) -> Made:
    name = call.values.get("called") or "rows"
    read = pcoll | call.connected(AsRecordsTransform(call.run(), name, call.values.get("field_map")))
    return Made(read.records, read.reports, rows=Record, located=False)


_FILES: Final = by_name(FILE_OPTIONS)

CALLED: Final = Option(
    "called",
    Kind.TEXT,
    "Name of where the rows come from, in reports and outcomes, and the source of records that name none.",
    metavar="NAME",
    default="rows",
)

ReadCollection: Final = Provider(
    "ReadCollection",
    GROUP,
    "Reads a collection that is kept in files.",
    _of("files"),
    gives=_GIVES,
    options=FILE_OPTIONS,
    tags=_COLLECTION_TAGS,
)
ReadFromThreatQ: Final = Provider(
    "ReadFromThreatQ",
    GROUP,
    "Reads a data collection of ThreatQ.",
    _of("threatq"),
    gives=_GIVES,
    options=(*SOURCES["threatq"], *NETWORK_OPTIONS),
    tags=_COLLECTION_TAGS,
)
ReadFromTaxii: Final = Provider(
    "ReadFromTaxii",
    GROUP,
    "Reads a collection of a TAXII 2.1 server.",
    _of("taxii"),
    gives=_GIVES,
    options=(*SOURCES["taxii"], *NETWORK_OPTIONS),
    tags=_COLLECTION_TAGS,
)
ReadFromMisp: Final = Provider(
    "ReadFromMisp",
    GROUP,
    "Reads a MISP, or a feed in MISP's form.",
    _of("misp"),
    gives=_GIVES,
    options=(*SOURCES["misp"], *NETWORK_OPTIONS),
    tags=_COLLECTION_TAGS,
)
ReadDeadLetters: Final = Provider(
    "ReadDeadLetters",
    GROUP,
    "Reads dead letters of earlier runs, to run them again. A target behind it withdraws nothing.",
    _dead_letters,
    gives=_GIVES,
    options=(
        replace(
            _FILES["input"],
            help="Files of dead letters, patterns, or output directories of runs.",
            default_text="",
            required=True,
        ),
    ),
    tags=_COLLECTION_TAGS,
)
AsRecords: Final = Provider(
    "AsRecords",
    GROUP,
    "Takes the rows of any other source, such as Beam's own, for a collection. It counts them: what such a source "
    "itself loses, nobody can tell.",
    _rows,
    takes="rows of any kind",
    gives=_GIVES,
    options=(_FILES["field_map"],),
    own=(CALLED,),
    tags=_COLLECTION_TAGS,
)
