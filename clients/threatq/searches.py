"""Data collections of ThreatQ by name: its saved searches."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, Final

import orjson

from iocbeam.model.errors import ConfigurationError

_PARTS: Final = ("criteria", "filters")
_KNOWN: Final = {*_PARTS, "fields", "sort"}


def saved_query(listed: Sequence[Any], name: str, option: str) -> dict[str, Any]:
    """The query of the saved search of this name: `{"criteria": {...}, "filters": {...}}`.

    Observed in clients: a search is `{"id", "name", "json", ...}`, and `json` is an object or a JSON text that
    holds the query as `api_query`.

    Args:
        listed: all saved searches, as ThreatQ lists them.
        option: the option that carries the name, for messages.

    Raises:
        ConfigurationError: none has that name, several have, or it holds no query, an unfamiliar one, or one
            without any condition, which would be that of the whole library.
    """
    searches = [one for one in listed if isinstance(one, dict)]
    found = [one for one in searches if one.get("name") == name]
    if not found:
        names = [one["name"] for one in searches if isinstance(one.get("name"), str)]
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
        raise ConfigurationError(
            f"ThreatQ shows these credentials no data collection of the name {name!r}.",
            option=option,
            advice=f"Is {near[0]!r} meant?" if near else "Check the name, or give the collection's hash.",
        )
    if len(found) > 1:
        raise ConfigurationError(
            f"{len(found)} data collections have the name {name!r}.",
            option=option,
            advice="Give the hash of the one that is meant.",
        )
    saved = found[0].get("json")
    if isinstance(saved, str):
        try:
            saved = orjson.loads(saved)
        except orjson.JSONDecodeError:
            saved = None
    query = saved.get("api_query") if isinstance(saved, dict) else None
    if not isinstance(query, dict):
        raise ConfigurationError(
            f"the data collection {name!r} holds no query that can be read.",
            option=option,
            advice="Save it again in ThreatQ, or give its hash.",
        )
    # Our choice: an empty list stands for an empty object, as services in ThreatQ's language write them.
    found_parts = {part: query.get(part) or {} for part in _PARTS}
    odd = sorted(str(key) for key in query if key not in _KNOWN)
    if odd or not any(found_parts.values()):
        why = (
            f"has parts that are not known: {', '.join(odd)[:200]}" if odd else "has neither criteria nor filters"
        )
        raise ConfigurationError(
            f"the query of the data collection {name!r} {why}.",
            option=option,
            advice="It might stand for the whole library. Give the collection's hash.",
        )
    return found_parts
