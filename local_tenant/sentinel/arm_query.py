"""The criteria of a query for Sentinel's indicators: which it takes, in which order, which page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..server.timestamps import parse_time
from .errors import ArmError

_TEXTS = ("minValidUntil", "maxValidUntil", "skipToken")
_NUMBERS = ("pageSize", "minConfidence", "maxConfidence")
_LISTS = ("sources", "patternTypes", "threatTypes", "ids", "keywords")
_SORTING = ("unsorted", "ascending", "descending")
_DEFAULT_PAGE = 100
"""Our choice: no default is documented."""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class ArmQuery:
    """The documented criteria that are given, and where the page begins."""

    criteria: Mapping[str, Any]
    skip: int

    def page_size(self, most: int) -> int:
        return min(int(self.criteria.get("pageSize") or _DEFAULT_PAGE), most)

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose indicators; of all sources when it is empty."""
        return tuple(self.criteria.get("sources") or ())

    @property
    def looks_inside(self) -> bool:
        """Whether more than the source decides on which indicators, or on their order."""
        plain = {"pageSize", "skipToken", "includeDisabled", "sources"}
        return any(value not in (None, []) for name, value in self.criteria.items() if name not in plain)

    def matches(self, row: Row) -> bool:
        """Whether an indicator, as it is shown, meets all criteria but the sources."""
        shown = row["properties"]
        given = self.criteria
        tests: dict[str, Callable[[Any], bool]] = {
            "patternTypes": lambda wanted: shown["patternType"] in wanted,
            "threatTypes": lambda wanted: bool(set(wanted).intersection(shown.get("threatTypes", ()))),
            "ids": lambda wanted: row["name"] in wanted,
            "keywords": lambda wanted: any(
                word.lower() in f"{shown.get('displayName', '')} {shown['pattern']}".lower() for word in wanted
            ),
            "minConfidence": lambda least: shown.get("confidence", 0) >= least,
            "maxConfidence": lambda most: shown.get("confidence", 0) <= most,
            "minValidUntil": lambda least: _until(shown) >= parse_time(least),
            "maxValidUntil": lambda most: _until(shown) <= parse_time(most),
        }
        return all(test(given[name]) for name, test in tests.items() if given.get(name) not in (None, []))

    def ordered(self, rows: list[Any], shown: Callable[[Any], Row]) -> list[Any]:
        """By the columns that were asked for, else as they came."""
        for by in reversed(self.criteria.get("sortBy") or []):
            if by.get("sortOrder", "unsorted") != "unsorted":
                key = by["itemKey"]
                rows = sorted(
                    rows,
                    key=lambda row: str(shown(row)["properties"].get(key, "")),
                    reverse=by["sortOrder"] == "descending",
                )
        return rows


def read_arm_query(body: object, link_token: str = "", *, heed_token: bool = True) -> ArmQuery:
    """The criteria of a body. A `skipToken` in the link goes before the body's, which only counts if heeded.

    Raises `ArmError` for a property that is not documented, or not of its documented type.
    """
    criteria: Any = {} if body is None else body
    if not isinstance(criteria, dict):
        raise ArmError(400, "The request content was not a JSON object.", "InvalidRequestContent")
    for name, value in criteria.items():
        if value is not None and not _is_right(name, value):
            raise ArmError(400, f"The value of {name} is not valid.", "InvalidRequestContent")
    token = link_token or (criteria.get("skipToken") if heed_token else "") or "0"
    if not token.isdecimal():
        raise ArmError(400, "The skipToken is not valid.", "InvalidSkipToken")
    return ArmQuery(criteria, int(token))


def _is_right(name: str, value: object) -> bool:
    if name in _TEXTS:
        return isinstance(value, str) and (name == "skipToken" or _is_time(value))
    if name in _NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool) and value >= (name == "pageSize")
    if name in _LISTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if name == "includeDisabled":
        return isinstance(value, bool)
    if name == "sortBy":
        return isinstance(value, list) and all(
            isinstance(by, dict)
            and isinstance(by.get("itemKey"), str)
            and by.get("sortOrder", "unsorted") in _SORTING
            for by in value
        )
    return False


def _is_time(text: str) -> bool:
    try:
        parse_time(text)
    except ValueError:
        return False
    return True


def _until(shown: Mapping[str, Any]) -> float:
    """Our choice: an indicator without an end lasts longer than any."""
    return parse_time(shown["validUntil"]) if "validUntil" in shown else float("inf")
