"""The files of single alerts, as far as they were asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from .entities import file_entities
from .indicator import MD5, SHA1, SHA256
from .plan import Requests

_FIELDS: Final = {MD5: "md5", SHA1: "sha1", SHA256: "sha256"}
"""Types of indicators, and the fields of a file that show them."""


@dataclass
class AlertFiles:
    """What the answers about single alerts have shown.

    Attributes:
        of_hash: a file by its SHA-1 and by its SHA-256, everything that any answer says of it.
        of_alert: the files in the answer about an alert, by its id.
        open: for each type of indicator, how many alerts may show one in a file that is not known.
        left_out: how many alerts these are, each once.
        error: what ended the asking early, else empty.
        needed: types of indicators for which files were asked; empty when none were.
        requests, throttled_seconds: of the asking.
    """

    of_hash: dict[str, dict[str, Any]] = field(default_factory=dict)
    of_alert: dict[str, Sequence[Any]] = field(default_factory=dict)
    open: Counter[str] = field(default_factory=Counter)
    left_out: int = 0
    error: str = ""
    needed: frozenset[str] = frozenset()
    requests: Requests = field(default_factory=dict)
    throttled_seconds: float = 0.0

    @property
    def asked(self) -> int:
        """Alerts that were answered about."""
        return len(self.of_alert)

    @property
    def complete(self) -> bool:
        """Whether everything that files could show of what was needed is known."""
        return not self.left_out and not self.error

    def add(self, alert_id: str, files: Sequence[Any]) -> None:
        """Take in the answer about one alert. What one answer leaves open, another one may say."""
        self.of_alert[alert_id] = files
        for file in files:
            if not isinstance(file, Mapping):
                continue
            digests = [value.lower() for name in ("sha1", "sha256") if isinstance(value := file.get(name), str)]
            known = next((self.of_hash[digest] for digest in digests if digest in self.of_hash), {})
            known.update({name: value for name, value in file.items() if value is not None and value != ""})
            for digest in filter(None, digests):
                self.of_hash[digest] = known

    def of(self, alert_id: Any, hashes: Iterable[str]) -> list[Any]:
        """The files of an alert: those in the answer about it, and those whose hashes its evidence shows."""
        own = list(self.of_alert.get(alert_id, ())) if isinstance(alert_id, str) else []
        by_hash = {id(file): file for digest in sorted(hashes) if (file := self.of_hash.get(digest)) is not None}
        return [*own, *by_hash.values()]

    def open_types(self, hashes: Iterable[str], answered: bool) -> frozenset[str]:
        """Types of hashes that are not known of a file which an alert shows, of those that are needed.

        Args:
            hashes: in the alert's evidence.
            answered: whether there was an answer about this alert.
        """
        files = [self.of_hash.get(digest) for digest in hashes]
        if not all(files) or not (answered or files):
            return self.needed
        return frozenset(
            kind for kind, name in _FIELDS.items() if not all(file.get(name) for file in files if file)
        )

    def keys(self) -> frozenset[tuple[str, str]]:
        """Kind and value of all entities that the files show."""
        files = [*self.of_hash.values(), *(file for files in self.of_alert.values() for file in files)]
        return frozenset((entity.kind, entity.value) for entity in file_entities(files, "files"))
