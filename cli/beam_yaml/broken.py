"""Inputs that could not be read to their end: an error of the source like any other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import apache_beam as beam

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.error_row import ErrorRow, error_row
from iocbeam.model.errors import Stop
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import RunInfo

READ_STAGE: Final = "Read"


class BrokenOff(Stop):
    """An input could not be read to its end, by a source that has no error output."""


class BrokenFn(beam.DoFn):
    """Reports of inputs that broke off to error rows, or to an error."""

    def __init__(self, run: RunInfo, raises: bool) -> None:
        super().__init__()
        self._run = run
        self._raises = raises

    def process(self, element: ReadReport) -> Iterator[ErrorRow]:
        if element.complete:
            return
        text = element.error or f"{element.location} could not be read to its end"
        if self._raises:
            raise BrokenOff(
                f"{text}. After such a read nothing is known of the rest.",
                advice="Give the source an error output, error_handling: {output: NAME}, to go on with what was"
                " read.",
            )
        letter = DeadLetter(
            run_id=self._run.run_id,
            occurred_at=self._run.started_at,
            job=self._run.job,
            stage=READ_STAGE,
            reason="read_incomplete",
            message=text,
            retriable=True,
            attempts=0,
            http_status=None,
            tenant_id="",
            source=element.location,
            location=element.location,
            format="",
            mapping="",
            truncated=False,
            record=b"",
            indicator=None,
        )
        yield error_row(letter)
