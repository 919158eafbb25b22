"""The REST API of the local ThreatQ, as far as reading data collections goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson
from werkzeug.wrappers import Response

from ..server.call import Call
from .errors import LOGIN_PAGE, ThreatQError, error_of, threatq_json
from .library import ThreatQLibrary
from .objects import Shown, show
from .profile import ThreatQProfile
from .tokens import ThreatQTokens

_BY_HASH = "/api/indicators/query/hash/"
_SORTS = ("id", "created_at", "updated_at", "touched_at", "value")


@dataclass
class SavedSearch:
    """A data collection: a saved search and its hash."""

    id: int
    name: str
    hash: str
    query: Mapping[str, Any] = field(default_factory=lambda: {"criteria": {}, "filters": {}})

    def shown(self, as_text: bool) -> dict[str, Any]:
        queries = {"ui_query": {"columns": {}, "criteria": {}, "filters": {}}, "api_query": self.query}
        return {
            "id": self.id,
            "name": self.name,
            "hash": self.hash,
            "json": orjson.dumps(queries).decode() if as_text else queries,
        }


class ThreatQService:
    """Answers `/api/…`. Query options that are not documented or observed are refused (our choice)."""

    def __init__(
        self, profile: ThreatQProfile, library: ThreatQLibrary, tokens: ThreatQTokens, searches: list[SavedSearch]
    ) -> None:
        self._profile = profile
        self._library = library
        self._tokens = tokens
        self._searches = searches
        self._numbers = count(1)

    def __call__(self, call: Call) -> Response:
        try:
            return threatq_json(self._answer(call))
        except ThreatQError as error:
            return error.response(self._profile.error_form)

    def error(self, status: int) -> Response:
        """The service's error for a status that a test scripted."""
        return error_of(status).response(self._profile.error_form)

    def _answer(self, call: Call) -> object:
        method, path = call.request.method, call.request.path
        if path == "/api/token":
            return self._tokens.issue(call)
        self._tokens.check(call)
        if path == "/api/indicators/query":
            _only(method, "POST")
            return self._by_offset(call)
        _only(method, "GET")
        if path.startswith(_BY_HASH):
            return self._by_mark(call, path.removeprefix(_BY_HASH))
        if path == "/api/search/query":
            return _list(call, [one.shown(self._profile.saved_json == "text") for one in self._searches])
        if path == "/api/indicator/types":
            return _list(call, _named(self._library.types))
        if path == "/api/indicator/statuses":
            return _list(call, _named(self._library.statuses))
        raise error_of(404)

    def _by_offset(self, call: Call) -> object:
        query = _options(call, "limit", "offset", "sort")
        sort = tuple(name for name in query.get("sort", "").split(",") if name)
        if self._profile.sort_by_id == "refused" and "id" in sort:
            raise ThreatQError(400, "sort", "id is not a field to sort by.")
        if any(name not in _SORTS for name in sort):
            raise ThreatQError(400, "sort", "is not a field to sort by.")
        if self._profile.sort_by_id == "ignored":
            sort = tuple(name for name in sort if name != "id")
        offset, limit = _number(query, "offset", 0), self._limit(query)
        page, total = self._library.by_offset(call.json, sort, offset, limit)
        return {"total": total, "data": self._shown(page, call.json.get("fields"))}

    def _by_mark(self, call: Call, hash_: str) -> object:
        search = next((one for one in self._searches if one.hash == hash_), None)
        if search is None:
            raise ThreatQError(404, "hash", "The data collection was not found.")
        query = _options(call, "limit", "sort", "cursorMark")
        if query.get("sort") != "updated_at" or "cursorMark" not in query:
            raise ThreatQError(400, "sort", "A cursor needs sort=updated_at and a cursorMark.")
        mark, limit = query["cursorMark"], self._limit(query)
        kind = self._profile.cursor
        if kind == "endless":
            page, total, _ = self._library.by_mark(search.query, "*", limit)
            return {"total": total, "data": self._shown(page), "nextCursorMark": f"mark {next(self._numbers)}"}
        page, total, following = self._library.by_mark(search.query, mark, limit)
        if kind == "stuck":
            following = mark
        elif kind == "circle" and mark != "*":
            following = "*"
        return {"total": total, "data": self._shown(page), "nextCursorMark": following}

    def _limit(self, query: Mapping[str, str]) -> int:
        limit = _number(query, "limit", 50)
        if limit < 1 or (limit > self._profile.max_limit and self._profile.over_limit == "refuse"):
            raise ThreatQError(400, "limit", f"must be from 1 to {self._profile.max_limit}.")
        return min(limit, self._profile.max_limit)

    def _shown(self, page: list[Shown | None], fields: list[str] | None = None) -> list[Shown | None]:
        return [None if one is None else show(one, self._profile, fields) for one in page]


class NothingHere:
    """All other paths: the web interface, which shows a page to sign in."""

    def __call__(self, call: Call) -> Response:
        return Response(LOGIN_PAGE, 200, content_type="text/html; charset=utf-8")

    def error(self, status: int) -> Response:
        return Response(LOGIN_PAGE, status, content_type="text/html; charset=utf-8")


def _only(method: str, allowed: str) -> None:
    if method != allowed:
        raise ThreatQError(405, "method", f"This address takes {allowed} alone.")


def _options(call: Call, *known: str) -> dict[str, str]:
    query = call.request.args.to_dict()
    for name in query:
        if name not in known:
            raise ThreatQError(400, name, "is not an option of this request.")
    return query


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal()):
        raise ThreatQError(400, name, "must be a whole number.")
    return int(text)


def _named(ids: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"id": number, "name": name} for name, number in ids.items()]


def _list(call: Call, rows: list[dict[str, Any]]) -> object:
    """Documented: a list comes as `data`, with its `total`."""
    query = _options(call, "limit", "offset")
    offset = _number(query, "offset", 0)
    limit = _number(query, "limit", len(rows))
    return {"total": len(rows), "data": rows[offset : offset + limit]}
