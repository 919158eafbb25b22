"""The query of a list that is read, and its pages."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from ..estates.security_data import Record
from ..server.call import Call
from .api_errors import ApiError, json_response
from .call import Caller, context
from .odata_filter import FilterError, Kind, Predicate, read_filter

MAX_TOP = 10_000
"""Documented."""

PAGE_OPTIONS = ("$top", "$skip")


def check_options(call: Call, allowed: Collection[str]) -> None:
    """Our choice: an option that is not documented is refused rather than ignored, so that a client which
    relies on one is found out. Raises `ApiError` (400 ODataError)."""
    for name in call.request.args:
        if name not in allowed:
            raise odata_error(f"The query option '{name}' is not supported.")


def asked_filter(
    call: Call, properties: Mapping[str, Kind], starts_with: frozenset[str] = frozenset()
) -> Predicate | None:
    """`$filter` as a test of records; `None` when there is none. Raises `ApiError` (400 ODataError)."""
    text = call.request.args.get("$filter")
    if text is None:
        return None
    try:
        return read_filter(text, properties, starts_with)
    except FilterError as error:
        raise odata_error(error.message) from error


def page_of(call: Call, caller: Caller, records: Sequence[Record]) -> tuple[list[Record], str | None]:
    """The records of the page that was asked for, and the link to the next one.

    Observed: `$top` limits the whole answer, and there is no link then. Without it a page has
    `ReadProfile.page_size` records. Raises `ApiError` (400 ODataError).
    """
    read = caller.tenant.profile.read
    top, skip = _number(call, "$top"), _number(call, "$skip") or 0
    if top is not None and top > MAX_TOP:
        raise odata_error(f"The limit of '{MAX_TOP}' for $top has been exceeded.")
    end = skip + min(read.page_size if top is None else top, read.page_size)
    link = None
    if top is None and end < len(records) and read.paging != "none":
        link = _link(call, skip if read.paging == "endless_link" else end)
    return list(records[skip:end]), link


def list_response(call: Call, name: str, values: Sequence[Any], link: str | None = None) -> Response:
    """A list as documented, whose context is `name`."""
    answer: dict[str, Any] = {"@odata.context": context(call, name), "value": values}
    return json_response(answer if link is None else {**answer, "@odata.nextLink": link})


def odata_error(message: str) -> ApiError:
    return ApiError(400, "ODataError", message)


def _number(call: Call, name: str) -> int | None:
    text = call.request.args.get(name)
    if text is None:
        return None
    if re.fullmatch(r"\d{1,9}", text, re.ASCII) is None:
        raise odata_error(f"The value '{text}' of {name} is not a number.")
    return int(text)


def _link(call: Call, skip: int) -> str:
    """Our choice: the same query with a new `$skip`."""
    options = {name: value for name, value in call.request.args.items() if name != "$skip"}
    return f"{call.base_url}{call.request.path}?{urlencode({**options, '$skip': skip}, safe='$')}"
