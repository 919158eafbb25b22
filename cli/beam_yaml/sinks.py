"""The sinks as providers."""

from __future__ import annotations

from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam import sinks
from iocbeam.model.error_row import ErrorRow, letter_of
from iocbeam.model.errors import UsageError
from iocbeam.model.outcome import OutcomeRow
from iocbeam.pipelines.run_ends import file_name

from ..options.job_options import RUN_OPTIONS
from ..options.option import Kind, Option, by_name
from ..options.sighting_options import EVENT_OPTIONS
from .call import Call, Made
from .provider import Provider
from .rows import EventRow

GROUP: Final = "Sinks"

_OUTPUT: Final = by_name(RUN_OPTIONS)["output"]
_FORMAT: Final = by_name(EVENT_OPTIONS)["event_format"]
_FILES: Final = "names of the files"


def _directory(call: Call) -> str:
    directory: str = call.values.get("output", _OUTPUT.default)
    return directory


def _called(call: Call) -> str:
    name = file_name(call.values.get("name") or call.flow.unlike("yaml"))
    if not name:
        raise UsageError("holds no letter and no digit.", option="--name")
    return name


def _dead_letters(call: Call, pcoll: PCollection[Any]) -> Made:
    letters = (
        call.tuples(pcoll, ErrorRow, "an error output")
        # An input that broke off is no record that could be run again.
        | "Records" >> beam.Filter(_is_record)
        | "Letters" >> beam.Map(letter_of)
    )
    return Made(letters | sinks.WriteDeadLetters(_directory(call), _called(call)))


def _is_record(row: ErrorRow) -> bool:
    return bool(row.format)


def _outcomes(call: Call, pcoll: PCollection[Any]) -> Made:
    rows = call.tuples(pcoll, OutcomeRow, "an outcomes output")
    return Made(rows | sinks.WriteOutcomes(_directory(call), _called(call)))


def _events(call: Call, pcoll: PCollection[Any]) -> Made:
    events = call.tuples(pcoll, EventRow, "ToOcsf") | "Events" >> beam.Map(_event)
    prefix = call.values["name"]
    if file_name(prefix) != prefix:
        raise UsageError(f"{prefix!r} is not of a-z, 0-9 and '-'.", option="--name")
    form = call.values.get(_FORMAT.name, _FORMAT.default)
    return Made(events | sinks.WriteEvents(_directory(call), prefix, form))


def _event(row: EventRow) -> Any:
    return row.event


NAME: Final = Option(
    "name", Kind.TEXT, "Of the files, after deadletters- or outcomes-.", metavar="NAME", default_text="yaml"
)
PREFIX: Final = Option(
    "name",
    Kind.TEXT,
    "Beginning of the files' names, such as detection-finding. Events of one class go into one kind of file.",
    metavar="NAME",
    required=True,
)

WriteDeadLetters: Final = Provider(
    "WriteDeadLetters",
    GROUP,
    "Writes error rows as files of dead letters, for iocbeam deadletters and iocbeam replay. Targets write those "
    "of the steps before them by themselves.",
    _dead_letters,
    takes="error rows",
    gives=_FILES,
    options=(_OUTPUT,),
    own=(NAME,),
    tags=(),
    counted=False,
)
WriteOutcomes: Final = Provider(
    "WriteOutcomes",
    GROUP,
    "Writes how records ended, one row for each. Targets write those of the steps before them by themselves.",
    _outcomes,
    takes="rows of an `outcomes` output",
    gives=_FILES,
    options=(_OUTPUT,),
    own=(NAME,),
    tags=(),
    counted=False,
)
WriteEvents: Final = Provider(
    "WriteEvents",
    GROUP,
    "Writes events as JSON lines, Avro or Parquet.",
    _events,
    takes="events",
    gives=_FILES,
    options=(_OUTPUT, _FORMAT),
    own=(PREFIX,),
    tags=(),
    counted=False,
)
