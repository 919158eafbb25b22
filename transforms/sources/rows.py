"""`AsRecords`: rows of any other source, such as one of Beam's own, as the records of a collection."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.error_handling import ErrorHandler
from typing_extensions import Self

from iocbeam.model.outcome import REASONS, Tally
from iocbeam.model.record import ReadReport, Record
from iocbeam.model.settings import RunInfo

from ..row_json import row_json
from ..stage import ENDED, ERRORS, TALLIES, OutcomeCollector, RejectedRecord, in_global_window, rejection, route
from .fields import FieldMap
from .outputs import RECORDS, STAGE, Read, dead_letter, outcome_row
from .parsing import parse_record

_COUNTS: Final = "counts"


class _AsRecordsFn(beam.DoFn):
    def __init__(self, source: str, mapping: str, run: RunInfo, raise_errors: bool) -> None:
        super().__init__()
        self._source = source
        self._mapping = mapping
        self._run = run
        self._raise_errors = raise_errors

    def start_bundle(self) -> None:
        self._count = 0
        self._rejected: dict[str, int] = {}

    def process(self, element: Any) -> Iterator[Any]:
        self._count += 1
        entry = parse_record(row_json(element), "jsonl", self._mapping, self._source, self._source)
        if type(entry) is Record:
            yield entry
            return
        letter = dead_letter(entry, self._run)  # type: ignore[arg-type]
        if self._raise_errors:
            raise RejectedRecord(rejection(letter))
        self._rejected[letter.reason] = self._rejected.get(letter.reason, 0) + 1
        yield TaggedOutput(ERRORS, letter)
        yield TaggedOutput(ENDED, outcome_row(entry))  # type: ignore[arg-type]

    def finish_bundle(self) -> Iterator[Any]:
        for reason, records in self._rejected.items():
            yield in_global_window(TALLIES, Tally("", STAGE, REASONS[reason].outcome, reason, "", records))
        yield in_global_window(_COUNTS, self._count)


class AsRecords(beam.PTransform[Any, Read]):
    """Rows to a `Read`: a record of each, and one report of how many there were.

    Args:
        run: for the dead letters.
        source: name of where the rows come from, for reports, outcomes and links.
        field_map: our field to the row's own name, for example `{"value": "ioc"}`; common names are known.

    Raises:
        UsageError: `field_map` names a field that we do not have.
    """

    def __init__(self, run: RunInfo, source: str = "rows", field_map: Mapping[str, str] | None = None) -> None:
        super().__init__()
        FieldMap(field_map)  # for its check
        self._run = run
        self._source = source
        self._mapping = json.dumps({"field_map": dict(field_map)}) if field_map else ""
        self._handler: ErrorHandler | None = None
        self._outcomes: OutcomeCollector | None = None

    def with_error_handler(self, handler: ErrorHandler | None) -> Self:
        """Sends rows that are no records to `handler` as `DeadLetter`s; None makes the transform raise."""
        self._handler = handler
        return self

    def with_outcomes(self, collector: OutcomeCollector | None) -> Self:
        """Sends the outcomes of rejected rows to `collector`; None counts them in Beam's metrics."""
        self._outcomes = collector
        return self

    def expand(self, pcoll: PCollection[Any]) -> Read:
        """Count what comes in and hand it on."""
        function = _AsRecordsFn(self._source, self._mapping, self._run, raise_errors=self._handler is None)
        outputs = pcoll | "AsRecords" >> beam.ParDo(function).with_outputs(
            ERRORS, ENDED, TALLIES, _COUNTS, main=RECORDS
        )
        route(outputs, self._handler, self._outcomes)
        reports = (
            outputs[_COUNTS]
            | "Count" >> beam.CombineGlobally(sum)
            | "Report" >> beam.Map(_report, self._source).with_output_types(ReadReport)
        )
        return Read(outputs[RECORDS], reports)


def _report(count: int, source: str) -> ReadReport:
    return ReadReport(location=source, entries=count, records=count, complete=True)
