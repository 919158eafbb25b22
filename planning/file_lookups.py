"""Which alerts to ask for their files.

Only the answer to a call for one alert shows the MD5 of a file and the name of its product. A file is the same
in whichever alert it stands, so one call answers for every alert with the same files.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

MOST_KEPT: Final = 20_000
"""Alerts of one part of the reading that may still be asked about: more than a run can ask for in half a day."""


class FileAlert(NamedTuple):
    """An alert with files in its evidence.

    Attributes:
        alert_id: of Defender.
        hashes: SHA-1 and SHA-256 of the files; empty where the evidence has names only.
        seen_at: when it was last changed, as the service writes it; later ones go first.
    """

    alert_id: str
    hashes: frozenset[str]
    seen_at: str


class FileAlertsKept:
    """Of many alerts those that may be asked about, in bounded memory: of those with the same files the newest
    one, and of the rest the newest `MOST_KEPT`."""

    def __init__(self) -> None:
        self._newest: dict[object, FileAlert] = {}
        self._dropped = 0

    def add(self, alert: FileAlert) -> None:
        """Offer one alert."""
        same_files: object = alert.hashes or alert.alert_id
        known = self._newest.get(same_files)
        if known is None or _age(alert) > _age(known):
            self._newest[same_files] = alert
        if len(self._newest) >= 2 * MOST_KEPT:
            self._shrink()

    def _shrink(self) -> None:
        newest = sorted(self._newest.items(), key=lambda item: _age(item[1]), reverse=True)
        self._dropped += max(len(newest) - MOST_KEPT, 0)
        self._newest = dict(newest[:MOST_KEPT])

    def kept(self) -> tuple[FileAlert, ...]:
        """The alerts."""
        self._shrink()
        return tuple(self._newest.values())

    @property
    def dropped(self) -> int:
        """How many were let go that show other files than those kept, at most."""
        return self._dropped


class Lookups(NamedTuple):
    """What to ask.

    Attributes:
        alert_ids: in the order in which to ask.
        left_out: alerts beyond the limit that show a file which none of those shows.
    """

    alert_ids: tuple[str, ...]
    left_out: int


def choose_lookups(alerts: Iterable[FileAlert], limit: int) -> Lookups:
    """The alerts to ask, at most `limit`: the newest first, each only if it shows a file that those before do not.

    The order in which alerts come decides nothing.
    """
    chosen: list[str] = []
    known: set[str] = set()
    left_out = 0
    for alert in sorted(alerts, key=_age, reverse=True):
        if alert.hashes and alert.hashes <= known:
            continue
        if len(chosen) >= limit:
            left_out += 1
            continue
        chosen.append(alert.alert_id)
        known |= alert.hashes
    return Lookups(tuple(chosen), left_out)


def _age(alert: FileAlert) -> tuple[str, str]:
    return alert.seen_at, alert.alert_id
