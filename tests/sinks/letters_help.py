"""Dead letters that a test can look at."""

from __future__ import annotations

from collections.abc import Callable

import apache_beam as beam
from apache_beam.testing.util import assert_that
from apache_beam.transforms.error_handling import ErrorHandler

from iocbeam.model.dead_letter import DeadLetter


class Letters(ErrorHandler):
    """An error handler whose dead letters a test can look at."""

    def __init__(self, check: Callable[[list[DeadLetter]], None]) -> None:
        super().__init__(beam.Map(lambda letter: letter))
        self._check = check

    def close(self) -> None:
        super().close()
        assert_that(self.output(), self._check, label="letters")
