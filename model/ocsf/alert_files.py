"""What `/api/alerts/{id}/files` says, joined to the evidence of the alert."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .evidence import file_object, hashes
from .fields import Rest, left, rest_of, take_integer, take_text

Fingerprints = list[dict[str, Any]]


class AlertFiles:
    """The files of one alert, found by SHA-1 or SHA-256. Those that no evidence shows are evidences of their own.

    Args:
        files: as the service gave them.
    """

    def __init__(self, files: Iterable[Any]) -> None:
        self._files = [(_fingerprints(rest), rest) for rest in map(rest_of, files)]
        self._used: set[int] = set()
        self._by_hash = {
            one["value"]: at for at, (prints, _) in reversed(list(enumerate(self._files))) for one in prints
        }

    def join(self, rest: Rest, prints: Fingerprints) -> tuple[int | None, str | None]:
        """Adds to the fingerprints of a file in evidence, and to the rest of that evidence, what is said of it.

        Returns:
            The file's size and the name of its product.
        """
        if not self._files:
            return None, None
        at = next((self._by_hash[one["value"]] for one in prints if one["value"] in self._by_hash), None)
        if at is None or not _agree(prints, self._files[at][0]):
            return None, None
        self._used.add(at)
        more, said = self._files[at][0], dict(self._files[at][1])
        have = {one["algorithm_id"] for one in prints}
        prints += [one for one in more if one["algorithm_id"] not in have]
        size, product = take_integer(said, "size"), take_text(said, "fileProductName")
        if remaining := left(said):
            rest["file" if "file" not in rest else "alertFile"] = remaining
        return size, product

    def others(self) -> list[dict[str, Any]]:
        """Evidences of the files that were not joined."""
        return [
            made
            for at, (prints, said) in enumerate(self._files)
            if at not in self._used and (made := _evidence(prints, dict(said)))
        ]


def _fingerprints(rest: Rest) -> Fingerprints:
    """Taken out of what is said of the file."""
    return hashes(take_text(rest, "sha1"), take_text(rest, "sha256"), take_text(rest, "md5"))


def _agree(one: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]]) -> bool:
    """Whether no algorithm gives two different values: two answers may share one hash by mistake."""
    values = {item["algorithm_id"]: item["value"] for item in one}
    return all(values.get(item["algorithm_id"], item["value"]) == item["value"] for item in other)


def _evidence(prints: Fingerprints, said: Rest) -> dict[str, Any] | None:
    size, product = take_integer(said, "size"), take_text(said, "fileProductName")
    made: dict[str, Any] = {}
    if file := file_object(None, None, prints, size, product):
        made["file"] = file
    elif size is not None:
        said["size"] = size
    if data := left(said):
        made["data"] = {"file": data}
    return made or None
