"""The query of a list of Graph objects, and the link to its next page."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from .errors import bad_request
from .object_versions import Entity
from .profile import NameFilter

_NAME = re.compile(r"\s*displayName\s+eq\s+'((?:[^']|'')*)'\s*")
_TYPE = re.compile(r"\s*isof\('(microsoft\.graph\.\w+)'\)\s*", re.ASCII)
_TOKEN = "after:"  # noqa: S105 - no secret


@dataclass(frozen=True)
class GraphQuery:
    """`name` and `type_name` are what the filter asks for. `size` is the size of a page, `after` the place
    of the last object on the page before."""

    name: str | None
    type_name: str | None
    size: int
    skip: int
    after: int
    name_filter: NameFilter

    def matches(self, entity: Entity) -> bool:
        if self.type_name is not None and entity.get("@odata.type") != f"#{self.type_name}":
            return False
        if self.name is None:
            return True
        shown = str(entity["displayName"])
        if self.name_filter == "any_case":
            return shown.casefold() == self.name.casefold()
        return shown == self.name


def read_graph_query(query: Mapping[str, str], page_size: int, name_filter: NameFilter) -> GraphQuery:
    """Documented: `$filter`, `$top` and `$skip`, and a quote in a text is doubled. Our choice: of filters
    there are two, by name and by type; `$count`, `$orderby` and `$select` are refused, so that a client
    which relies on them is found out; `$top` is the size of a page. Raises `GraphError`."""
    for option in query:
        if option not in ("$filter", "$top", "$skip", "$skiptoken"):
            raise bad_request(f"The query option '{option}' is not supported here.")
    top = _number(query, "$top", 1)
    name, type_name = _filter(query["$filter"]) if "$filter" in query else (None, None)
    return GraphQuery(
        name=name,
        type_name=type_name,
        size=page_size if top is None else min(top, page_size),
        skip=_number(query, "$skip", 0) or 0,
        after=_place(query["$skiptoken"]) if "$skiptoken" in query else 0,
        name_filter=name_filter,
    )


def next_link(url: str, query: Mapping[str, str], place: int) -> str:
    """The same query with a token for the place to go on from, which is opaque (documented)."""
    token = base64.urlsafe_b64encode(f"{_TOKEN}{place}".encode()).decode().rstrip("=")
    options = {name: value for name, value in query.items() if name not in ("$skip", "$skiptoken")}
    return f"{url}?{urlencode({**options, '$skiptoken': token}, safe='$')}"


def _filter(text: str) -> tuple[str | None, str | None]:
    name, type_name = _NAME.fullmatch(text), _TYPE.fullmatch(text)
    if name is not None:
        return name[1].replace("''", "'"), None
    if type_name is not None:
        return None, type_name[1]
    raise bad_request(f"Invalid filter clause: {text}")


def _number(query: Mapping[str, str], name: str, least: int) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}", text, re.ASCII) is None or int(text) < least:
        raise bad_request(f"Invalid value '{text}' for {name}.")
    return int(text)


def _place(token: str) -> int:
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        if text.startswith(_TOKEN):
            return int(text.removeprefix(_TOKEN))
    except (binascii.Error, ValueError):
        pass
    raise bad_request("The $skiptoken is not valid.")
