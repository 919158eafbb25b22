"""What a source hands to the pipeline: records, rejected records with their outcome, and a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from apache_beam.pvalue import PCollection, TaggedOutput

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.outcome import REASONS, OutcomeRow, Tally
from iocbeam.model.record import ReadReport, Record
from iocbeam.model.settings import RunInfo

from ..stage import ENDED, ERRORS, TALLIES, RejectedRecord, rejection
from .entry import Entries, Reading, Unreadable

STAGE: Final = "Read"

RECORDS: Final = "records"
REPORTS: Final = "reports"

_VALUE_SHOWN: Final = 512
"""Characters of a rejected record that stand for its value."""


class Read(NamedTuple):
    """The outputs of a source.

    Attributes:
        records: `Record` for each usable one.
        reports: one `ReadReport` per input.
    """

    records: PCollection[Any]
    reports: PCollection[Any]


def emit(entries: Entries, name: str, reading: Reading, run: RunInfo, raise_errors: bool = False) -> Iterator[Any]:
    """The entries of one input as elements of a pipeline: records on the main output, the rest tagged.

    Args:
        entries: from a parser.
        name: the input's name, for the report.
        reading: the parser's, looked at after the last entry.
        run: for the dead letters.
        raise_errors: whether a record that the source rejects raises instead of leaving as a dead letter.
    """
    count = 0
    rejected: Counter[str] = Counter()
    for entry in entries:
        count += 1
        if type(entry) is Record:
            yield entry
        elif type(entry) is Unreadable:
            letter = dead_letter(entry, run)
            if raise_errors:
                raise RejectedRecord(rejection(letter))
            rejected[entry.reason] += 1
            yield TaggedOutput(ERRORS, letter)
            yield TaggedOutput(ENDED, outcome_row(entry))
    for reason, records in rejected.items():
        yield TaggedOutput(TALLIES, Tally("", STAGE, REASONS[reason].outcome, reason, "", records))
    report = ReadReport(
        location=name,
        entries=count - reading.expanded,
        records=count,
        complete=reading.complete,
        error=reading.error,
        unused_fields=reading.unused,
    )
    yield TaggedOutput(REPORTS, report)


def dead_letter(entry: Unreadable, run: RunInfo) -> DeadLetter:
    """The dead letter of a record that a source rejected."""
    return DeadLetter(
        run_id=run.run_id,
        occurred_at=run.started_at,
        job=run.job,
        stage=STAGE,
        reason=entry.reason,
        message=entry.message,
        retriable=REASONS[entry.reason].retriable,
        attempts=0,
        http_status=None,
        tenant_id="",
        source=entry.source,
        location=entry.location,
        format=entry.format,
        mapping=entry.mapping,
        truncated=entry.truncated,
        record=entry.raw,
        indicator=None,
    )


def outcome_row(entry: Unreadable) -> OutcomeRow:
    """The outcome of a record that a source rejected; the beginning of its text stands for its value."""
    return OutcomeRow(
        tenant_id="",
        outcome=REASONS[entry.reason].outcome,
        reason=entry.reason,
        stage=STAGE,
        type="",
        value=entry.raw[: _VALUE_SHOWN * 4].decode("utf-8", "replace")[:_VALUE_SHOWN],
        source=entry.source,
        source_id="",
        location=entry.location,
    )
