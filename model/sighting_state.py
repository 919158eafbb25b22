"""What a run knows of the reading of one tenant, and what that says of an indicator that was not found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .entities import file_entities
from .indicator import FILE_NAME, MD5, Indicator
from .key_filter import KeyFilter
from .outcome import Ended, ended
from .plan import Requests

SHOWN_BY_FILES: Final = frozenset((MD5, FILE_NAME))
"""Types that the files of single alerts show: nothing else shows MD5 for sure, nor the names of products."""

NOT_FOUND: Final = ended("not_found")


@dataclass
class TenantSeen:
    """What was read of one tenant.

    Attributes:
        keys: of all entities of its objects.
        complete: whether all of it was read to the end.
        has_alerts: whether Defender's alerts were among what was asked for.
    """

    keys: KeyFilter = field(default_factory=KeyFilter)
    complete: bool = True
    has_alerts: bool = True


@dataclass
class AlertFiles:
    """The files of single alerts, as far as they were asked for.

    Attributes:
        of_hash: a file by its SHA-1 and by its SHA-256, as the service gives it.
        of_alert: the files of an alert that shows no hash, by its id.
        asked: calls that were answered.
        left_out: alerts beyond the limit.
        error: what ended the asking early, else empty.
        needed: whether the collection holds an indicator that only files show.
        requests, throttled_seconds: of the asking.
    """

    of_hash: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    of_alert: dict[str, Sequence[Any]] = field(default_factory=dict)
    asked: int = 0
    left_out: int = 0
    error: str = ""
    needed: bool = False
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every file that an alert shows was asked for."""
        return not self.left_out and not self.error

    def add(self, alert_id: str, hashes: Iterable[str], files: Sequence[Any]) -> None:
        """Take in the answer for one alert, whose evidence shows these hashes."""
        self.asked += 1
        if not any(True for _ in hashes):
            self.of_alert[alert_id] = files
        for file in files:
            if isinstance(file, Mapping):
                for name in ("sha1", "sha256"):
                    digest = file.get(name)
                    if isinstance(digest, str) and digest:
                        self.of_hash[digest.lower()] = file

    def of(self, alert_id: Any, hashes: Iterable[str]) -> list[Any]:
        """The files of an alert, each once: of it alone, else by the hashes that its evidence shows."""
        if isinstance(alert_id, str) and alert_id in self.of_alert:
            return list(self.of_alert[alert_id])
        found = (self.of_hash.get(digest) for digest in sorted(hashes))
        return list({id(file): file for file in found if file is not None}.values())

    def keys(self) -> frozenset[tuple[str, str]]:
        """Kind and value of all entities that the files show."""
        files = [*self.of_hash.values(), *(file for files in self.of_alert.values() for file in files)]
        return frozenset((entity.kind, entity.value) for entity in file_entities(files, "files", every=True))


def end_of_unseen(indicator: Indicator, seen: TenantSeen, files: AlertFiles | None = None) -> Ended:
    """How an indicator ends that nothing shows: `not_sighted` only where everything was looked at that could.

    Args:
        files: None before they were asked for; then nothing is said of them.
    """
    if indicator.type in SHOWN_BY_FILES:
        if not seen.has_alerts:
            return ended("not_shown", f"{indicator.type}: alerts of Defender were not asked for")
        if files is not None and not files.complete:
            why = files.error or f"the files of {files.left_out:,} alerts were not asked for"
            return ended("files_not_read", why)
    return NOT_FOUND if seen.complete else ended("read_incomplete")
