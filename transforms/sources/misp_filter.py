"""Which attributes of MISP are wanted, and windows of time that stand still."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from typing_extensions import Self

from iocbeam.model.errors import UsageError
from iocbeam.model.settings.source import MispSettings
from iocbeam.model.values import read_time

_WITHIN: Final = re.compile(r"(\d{1,9})([dhms])", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


@dataclass(frozen=True, slots=True)
class MispFilter:
    """What is wanted of an event's attributes.

    Attributes:
        all_attributes: whether those without the IDS flag are wanted too.
        changed_since: epoch seconds; of the attribute. None is no limit.
        published_since: epoch seconds; of its event.
        tags: that the attribute or its event must have, all of them; after a `!`, must not have. Without case.
    """

    all_attributes: bool = False
    changed_since: int | None = None
    published_since: int | None = None
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: MispSettings, started_at: int) -> Self:
        """The filter of a run.

        Raises:
            UsageError: a window is none.
        """
        return cls(
            settings.all_attributes,
            since(settings.changed_within, started_at, "--misp_changed_within"),
            since(settings.published_within, started_at, "--misp_published_within"),
            settings.tags,
        )

    def admits(self, changed: object, published: object, tags: tuple[str, ...]) -> bool:
        """Whether an attribute is within the windows and has the tags that it must have.

        One without a time that can be read is within: it must not be missed for that.

        Args:
            changed: of the attribute, as written.
            published: of its event.
            tags: of both.
        """
        if not (_is_within(changed, self.changed_since) and _is_within(published, self.published_since)):
            return False
        if not self.tags:
            return True
        there = {tag.lower() for tag in tags}
        return all((tag.lstrip("!").lower() in there) != tag.startswith("!") for tag in self.tags)


EVERYTHING_FLAGGED: Final = MispFilter()


def since(window: str, started_at: int, option: str) -> int | None:
    """Where a window begins, in epoch seconds: counted back from the run's start and not from each request, so
    that its pages are cut from one set. None for an empty one.

    Args:
        window: `7d`, `12h`, `30m`, `90s`, epoch seconds or a date (MISP's forms).
        option: for the message.

    Raises:
        UsageError: it is none of these.
    """
    text = window.strip()
    if not text:
        return None
    found = _WITHIN.fullmatch(text)
    moment = started_at - int(found[1]) * _SECONDS[found[2].lower()] if found else read_time(text)
    if moment is None:
        raise UsageError(
            f"{window[:80]!r} is no window.",
            option=option,
            advice="Write 7d, 12h, 30m, or a date such as 2026-01-31.",
        )
    return max(moment, 0)


def _is_within(moment: object, begin: int | None) -> bool:
    if begin is None:
        return True
    seconds = read_time(moment)
    return seconds is None or seconds >= begin
