"""What the stages after `Validate` share: their elements hold an indicator."""

from __future__ import annotations

from abc import abstractmethod
from typing import TypeVar

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.ends import indicator_letter, indicator_row
from iocbeam.model.indicator import Indicator
from iocbeam.model.outcome import Ended, OutcomeRow

from .stage import StageDoFn

In = TypeVar("In")
Out = TypeVar("Out")


class IndicatorStageDoFn(StageDoFn[In, Out]):
    """A stage whose outcome rows and dead letters are made from an indicator."""

    @abstractmethod
    def indicator_of(self, element: In) -> Indicator:
        """The indicator that the element is or holds."""

    def outcome_row(self, element: In, end: Ended) -> OutcomeRow:
        return indicator_row(self.indicator_of(element), end, self.stage, self.tenant_id)

    def dead_letter(self, element: In, end: Ended) -> DeadLetter:
        return indicator_letter(self.indicator_of(element), end, self.stage, self.run, self.tenant_id)
