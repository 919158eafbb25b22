"""MISP's search for attributes, as its documentation and its own code have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .store import MispStore, Row

_FILTERS = frozenset(
    (
        "returnFormat",
        "limit",
        "page",
        "order",
        "type",
        "to_ids",
        "tags",
        "attribute_timestamp",
        "publish_timestamp",
        "includeContext",
        "includeEventTags",
    )
)


def search(
    store: MispStore, filters: Mapping[str, Any], *, ordered: bool, paged: bool, allowed: frozenset[str]
) -> list[Row]:
    """One page of attributes.

    Documented: pages count from 1, beyond the end there is nothing, a list of types is an OR. From MISP's own
    code: what is deleted is not shown, a page of no limit holds all, rows on the allowed list are taken out of a
    page that has been cut. Our choice: a filter that the stand-in does not know is refused, where MISP ignores it.

    Raises:
        ValueError: a filter has a form that it cannot have.
    """
    unknown = set(filters) - _FILTERS
    if unknown:
        raise ValueError(f"Unknown filters: {', '.join(sorted(unknown))}.")
    if filters.get("returnFormat", "json") != "json":
        raise ValueError("Our choice: JSON only.")
    tests = [*_tests(filters)]
    found = [(row, event) for row, event in store.rows() if all(test(row, event) for test in tests)]
    if not (ordered and _order(filters)):
        found.sort(key=lambda pair: (int(pair[0]["timestamp"]), int(pair[0]["id"])))
    page, limit = _number(filters, "page", 1), _number(filters, "limit", 0)
    if limit and page and paged:
        found = found[(page - 1) * limit : page * limit]
    return [_shown(row, event, filters) for row, event in found if row["value"] not in allowed]


def _tests(filters: Mapping[str, Any]) -> list[Callable[[Row, Row], bool]]:
    tests: list[Callable[[Row, Row], bool]] = [lambda row, event: not row["deleted"]]
    types = filters.get("type")
    if types is not None:
        if not isinstance(types, list):
            raise ValueError("Our choice: type is a list.")
        tests.append(lambda row, event: row["type"] in types)
    if filters.get("to_ids") not in (None, 0, 1):
        raise ValueError("to_ids is 0 or 1.")
    if filters.get("to_ids") == 1:
        tests.append(lambda row, event: row["to_ids"] in (True, 1, "1"))
    tags = filters.get("tags", {})
    if not isinstance(tags, dict) or set(tags) - {"AND", "OR", "NOT"}:
        raise ValueError("Our choice: tags is an object of AND, OR and NOT.")
    for name, least in (("AND", len(tags.get("AND", ()))), ("OR", 1)):
        if name in tags:
            tests.append(lambda row, event, w=set(tags[name]), n=least: len(w & _tags(row, event)) >= n)  # type: ignore[misc]
    tests.append(lambda row, event: not _tags(row, event) & set(tags.get("NOT", ())))
    if "attribute_timestamp" in filters:
        begin = _moment(filters["attribute_timestamp"])
        tests.append(lambda row, event: int(row["timestamp"]) >= begin)
    if "publish_timestamp" in filters:
        published = _moment(filters["publish_timestamp"])
        tests.append(lambda row, event: int(event["publish_timestamp"]) >= published)
    return tests


def _order(filters: Mapping[str, Any]) -> bool:
    """Whether an order by id is asked for. From MISP's own code: `Model.field direction`."""
    order = filters.get("order")
    if order not in (None, "id", "Attribute.id", "Attribute.id asc"):
        raise ValueError(f"Our choice: no order {order!r}.")
    return order is not None


def _number(filters: Mapping[str, Any], name: str, default: int) -> int:
    number = filters.get(name, default)
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError(f"{name} is a whole number.")
    return number


def _moment(value: object) -> int:
    """Our choice: epoch seconds only. MISP takes `7d` as well, and counts it from each request."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("A window begins at epoch seconds.")
    return value


def _tags(row: Row, event: Row) -> set[str]:
    """Documented: an attribute counts as having the tags of its event."""
    return {tag["name"] for tag in (*row["Tag"], *event["Tag"])}


def _shown(row: Row, event: Row, filters: Mapping[str, Any]) -> Row:
    context = event if filters.get("includeContext") else {k: event[k] for k in ("id", "uuid", "info")}
    tags = list(row["Tag"])
    if filters.get("includeEventTags"):
        tags += [{**tag, "inherited": 1} for tag in event["Tag"]]
    shown = {**row, "Event": context, "Tag": tags}
    if not tags:
        del shown["Tag"]
    return shown
