"""Results of an import, and which item each of them belongs to."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..http.edge import NotDocumented


class ImportResult(NamedTuple):
    """How one item of an import ended.

    Attributes:
        id: of the row; empty if the service gave none, or gave several and it is not known which.
        indicator: the value, as the service repeats it.
        failed: whether the service refused the item.
        reason: why, in the service's words.
    """

    id: str
    indicator: str
    failed: bool
    reason: str


def import_answer(body: Any) -> list[ImportResult]:
    """The results in an import's answer, `{"value": [{"id", "indicator", "isFailed", "failureReason"}]}`
    (documented: "Import indicators API").

    Raises:
        NotDocumented: it is anything else.
    """
    items = body.get("value") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise NotDocumented("the body has no list of results")
    return [_result(item) for item in items]


def _result(item: Any) -> ImportResult:
    fields = item if isinstance(item, dict) else {}
    row_id, value = fields.get("id"), fields.get("indicator")
    failed, reason = fields.get("isFailed"), fields.get("failureReason")
    if (
        not isinstance(row_id, (str, int, type(None)))
        or not isinstance(value, str)
        or not isinstance(failed, bool)
        or not isinstance(reason, (str, type(None)))
    ):
        raise NotDocumented("a result is not of the documented form")
    return ImportResult("" if row_id is None else str(row_id), value, failed, reason or "")


def match_results(
    items: Sequence[Mapping[str, Any]], results: Sequence[ImportResult]
) -> list[ImportResult | None]:
    """The result of each item, or None where the answer does not tell; in the order of `items`.

    The order of results is not documented and they repeat the value only, not the type, so they are matched
    by value: IPv6 in any spelling, the case of everything but a URL's path set aside; then, for what is left
    over, without any case. When several items have the same value (as a domain and as a URL), the answer
    tells their results apart only if all ended alike: then each has that result, without an id, since the
    ids could be each other's. Otherwise all of them are None: send them again, each in an import of its own.

    Args:
        items: as they were sent, with `indicatorValue`.
    """
    matched: list[ImportResult | None] = [None] * len(items)
    open_items, open_results = list(range(len(items))), list(results)
    for key in (canonical_value, str.casefold):
        by_key: dict[str, list[ImportResult]] = {}
        for result in open_results:
            by_key.setdefault(key(result.indicator), []).append(result)
        for same, positions in _grouped(items, open_items, key).items():
            found = by_key.get(same, [])
            for position in positions:
                matched[position] = _common(found, len(positions))
        open_items = [i for i in open_items if key(_value(items[i])) not in by_key]
        taken = {key(_value(item)) for item in items}
        open_results = [result for result in open_results if key(result.indicator) not in taken]
    return matched


def canonical_value(value: str) -> str:
    """A form in which spellings of the same indicator value are equal."""
    text = value.strip()
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        scheme, separator, rest = text.partition("://")
    if not separator:
        return text.lower().removesuffix(".")
    end = min((i for i in map(rest.find, "/?#") if i >= 0), default=len(rest))
    path = rest[end:]
    return f"{scheme}://{rest[:end]}".lower() + ("" if path == "/" else path)


def _value(item: Mapping[str, Any]) -> str:
    return str(item["indicatorValue"])


def _grouped(
    items: Sequence[Mapping[str, Any]], positions: Sequence[int], key: Callable[[str], str]
) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for position in positions:
        groups.setdefault(key(_value(items[position])), []).append(position)
    return groups


def _common(found: list[ImportResult], wanted: int) -> ImportResult | None:
    """The one result that all `wanted` items of a value have, if that is certain."""
    if len(found) < wanted or len({result.failed for result in found}) != 1:
        return None
    ids = {result.id for result in found}
    reasons = dict.fromkeys(result.reason for result in found if result.reason)
    return found[0]._replace(id=ids.pop() if len(ids) == 1 else "", reason="; ".join(reasons))
