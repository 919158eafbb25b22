"""What one tenant knows of one value, and what could not be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

from iocbeam.model.search_kind import Sought
from iocbeam.model.settings.sightings import ReadTenant
from iocbeam.model.sighting import Match
from iocbeam.planning.search.questions import Question

MOST_FILES: Final = 5
"""Files of one MD5 that are asked about. One is what there is, unless somebody made another."""


class State(Enum):
    """How a question ended."""

    ANSWERED = "answered"
    OFF = "off"
    """Not asked, or not answered without hunting, as the options want it."""
    REPLACED = "replaced"
    """Refused, and another one told as much."""
    FAILED = "failed"


class Asked(NamedTuple):
    """A question and how it ended.

    Attributes:
        problem: what kept it from being answered, in words.
        advice: what to do about it, such as the role that is needed.
    """

    question: Question
    state: State
    problem: str = ""
    advice: str = ""


class Finding(NamedTuple):
    """A machine or an alert that was found.

    Attributes:
        data: as the service gave it; of a machine that only hunting names, as much as its row tells.
        matches: how it shows the value, at least one.
        files: of an alert, where they were asked for.
    """

    data: Mapping[str, Any]
    matches: tuple[Match, ...]
    files: tuple[Mapping[str, Any], ...] = ()


@dataclass(slots=True)
class Answer:
    """What one tenant knows of one value.

    Attributes:
        machines, alerts: those that were seen last come first.
        statistics: how widely it was seen, as the services say it.
        file: what is known of a file, as the service gave it.
        sha1s: of the files that have a hash, in the order in which they became known; of an MD5 there may be
            several. Statistics are of the first.
        asked: every question, in order.
        notes: what a person should know of what was found, or not found.
    """

    sought: Sought
    tenant: ReadTenant
    machines: list[Finding] = field(default_factory=list)
    alerts: list[Finding] = field(default_factory=list)
    statistics: Mapping[str, Any] | None = None
    file: Mapping[str, Any] | None = None
    sha1s: tuple[str, ...] = ()
    asked: list[Asked] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def ended(self, state: State) -> bool:
        """Whether a question ended like this."""
        return any(asked.state is state for asked in self.asked)
