"""Which alerts to ask for their files.

Only the answer to a call for one alert shows the MD5 of a file and the name of its product, and at times a hash
that its evidence lacks. A file is the same in whichever alert it stands, so one call may answer for several.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from iocbeam.model.entities import listed
from iocbeam.model.indicator import FILE_NAME, MD5, SHA1, SHA256
from iocbeam.model.sighting import Fetched

MOST_KEPT: Final = 20_000
"""Alerts of one part of the reading that may still be asked about: more than a run can ask for in half a day."""

NEVER_IN_EVIDENCE: Final = frozenset((MD5, FILE_NAME))
"""Types of indicators that the evidence never shows for sure: MD5, and as a name that of the product."""


class FileAlert(NamedTuple):
    """An alert with files in its evidence.

    Attributes:
        alert_id: of Defender; empty when there is none to ask by.
        hashes: SHA-1 and SHA-256 of the files.
        seen_at: when it was last changed, as the service writes it; later ones go first.
        lacks: types of indicators that its files may be and its evidence does not show.
        unnamed: whether a file in it shows no hash, so that no other alert can answer for it.
    """

    alert_id: str
    hashes: frozenset[str]
    seen_at: str
    lacks: frozenset[str] = NEVER_IN_EVIDENCE
    unnamed: bool = False


def file_alert(fetched: Fetched) -> FileAlert | None:
    """An alert of Defender as one to ask about; None where its evidence shows no file."""
    hashes: set[str] = set()
    lacks: set[str] = set()
    unnamed = files = False
    for item in listed(fetched.data.get("evidence")):
        sha1, sha256 = _text(item.get("sha1")), _text(item.get("sha256"))
        if not (sha1 or sha256 or _text(item.get("fileName"))):
            continue
        files = True
        hashes.update(digest.lower() for digest in (sha1, sha256) if digest)
        lacks.update(kind for kind, digest in ((SHA1, sha1), (SHA256, sha256)) if not digest)
        unnamed = unnamed or not (sha1 or sha256)
    if not files:
        return None
    seen_at = _text(fetched.data.get("lastUpdateTime"))
    return FileAlert(_text(fetched.data.get("id")), frozenset(hashes), seen_at, NEVER_IN_EVIDENCE | lacks, unnamed)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


class FileAlertsKept:
    """Of many alerts those that may be asked about, in bounded memory: of those with the same files the newest
    one, and of the rest the newest `MOST_KEPT`."""

    def __init__(self) -> None:
        self._newest: dict[object, FileAlert] = {}
        self._dropped = 0

    def add(self, alert: FileAlert) -> None:
        """Offer one alert. One without an id cannot be asked about."""
        if not alert.alert_id:
            self._dropped += 1
            return
        same_files: object = alert.alert_id if alert.unnamed or not alert.hashes else (alert.hashes, alert.lacks)
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
        """How many were let go that may show other files than those kept."""
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
    for alert in newest_first(alerts):
        if alert.hashes and not alert.unnamed and alert.hashes <= known:
            continue
        if len(chosen) >= limit:
            left_out += 1
            continue
        chosen.append(alert.alert_id)
        known |= alert.hashes
    return Lookups(tuple(chosen), left_out)


def newest_first(alerts: Iterable[FileAlert]) -> list[FileAlert]:
    """The alerts by the time of their last change; the order in which they come decides nothing."""
    return sorted(alerts, key=_age, reverse=True)


def _age(alert: FileAlert) -> tuple[str, str]:
    return alert.seen_at, alert.alert_id
