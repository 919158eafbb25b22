"""Where records end up on disk: dead letters and outcomes."""

from __future__ import annotations

from typing import Any, Final

import apache_beam as beam

from iocbeam.model.dead_letter import DEAD_LETTER_SCHEMA, OUTCOME_SCHEMA, DeadLetter
from iocbeam.model.outcome import OutcomeRow

from .avro_files import WriteAvro

_DEAD_LETTER_FIELDS: Final = DeadLetter._fields
_OUTCOME_FIELDS: Final = OutcomeRow._fields


def dead_letter_record(letter: DeadLetter) -> dict[str, Any]:
    """A dead letter as `DEAD_LETTER_SCHEMA` has it: the time in milliseconds."""
    record = dict(zip(_DEAD_LETTER_FIELDS, letter, strict=True))
    record["occurred_at"] = letter.occurred_at * 1_000
    return record


def outcome_record(row: OutcomeRow) -> dict[str, Any]:
    """An outcome row as `OUTCOME_SCHEMA` has it."""
    return dict(zip(_OUTCOME_FIELDS, row, strict=True))


class WriteDeadLetters(beam.PTransform[Any, Any]):
    """`DeadLetter`s to `deadletters-NAME-*.avro`; meant for `ErrorHandler(WriteDeadLetters(...))`.

    Args:
        directory: where the files go.
        name: usually the stage's, in lower case.
    """

    def __init__(self, directory: str, name: str) -> None:
        super().__init__()
        self._directory = directory
        self._name = name

    def expand(self, pcoll: Any) -> Any:
        return pcoll | WriteAvro(
            self._directory, f"deadletters-{self._name}", DEAD_LETTER_SCHEMA, dead_letter_record
        )


class WriteOutcomes(beam.PTransform[Any, Any]):
    """`OutcomeRow`s to `outcomes-NAME-*.avro`.

    Args:
        directory: where the files go.
        name: usually the stage's, in lower case.
    """

    def __init__(self, directory: str, name: str) -> None:
        super().__init__()
        self._directory = directory
        self._name = name

    def expand(self, pcoll: Any) -> Any:
        return pcoll | WriteAvro(self._directory, f"outcomes-{self._name}", OUTCOME_SCHEMA, outcome_record)
