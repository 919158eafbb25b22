"""Named locations and conditional access policies in Microsoft Graph."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

from iocbeam.model.errors import Gone, Refused, RetryLater
from iocbeam.model.permissions import GRAPH, in_words
from iocbeam.model.settings.entra import is_guid

from ..http.budget import Budget, Rate
from ..http.edge import Edge, NotDocumented
from ..http.paging import Page, Row
from ..http.service_client import ServiceClient
from ..http.waiting import Clock, Sleep

NEEDED_ROLES: Final = in_words("entra", GRAPH)
"""The first two are documented; writing a policy was observed to be refused without the third."""

# v1.0 only: a policy that was once written through beta may no longer be readable here.
_LOCATIONS: Final = "/v1.0/identity/conditionalAccess/namedLocations"
_POLICIES: Final = "/v1.0/identity/conditionalAccess/policies"

_MOST_BARREN: Final = 10
"""Pages in a row that bring nothing new before the list is taken for endless."""

_RULE: Final = re.compile(r"(?<![\w.:/-])(\d{4}):\s", re.ASCII)


class GraphClient(ServiceClient):
    """Named locations and conditional access policies of one tenant. Thread-safe; does not pickle, so build it
    where it is used.

    Every method may raise what `Edge.request` raises. Changes spread: for a while reads may show what was
    before (observed), so whoever writes has to look until it holds.

    Args:
        edge: of the Graph host.
        budget: of all operations together; default: the documented rate, by the real clock. One place of it is
            taken here, so that the first call does not come right after the last one of an earlier client.

    Raises:
        RetryLater: the run was cancelled.
    """

    def __init__(self, edge: Edge, budget: Budget | None = None) -> None:
        super().__init__(edge)
        self._budget = budget or documented_budget()
        self._budget.acquire()

    def locations(self) -> list[Row]:
        """All named locations of the tenant, of every type, once each.

        Raises:
            RetryLater: a page did not come, or the list does not end. Never a part of the list.
        """
        return self._all(_LOCATIONS)

    def policies(self) -> list[Row]:
        """All policies of the tenant, in every state, once each. Raises what `locations` raises."""
        return self._all(_POLICIES)

    def location(self, location_id: str) -> Row | None:
        """One named location; None if it is not there.

        Raises:
            ValueError: not an id.
        """
        return self._one(_LOCATIONS, location_id)

    def policy(self, policy_id: str) -> Row | None:
        """One policy; None if it is not there.

        Raises:
            ValueError: not an id.
        """
        return self._one(_POLICIES, policy_id)

    def create_location(self, body: Mapping[str, Any]) -> Row:
        """Create a named location, and return it as the service shows it. Its name need not be unique, so
        that a second call makes a second one.

        Raises:
            Unanswered: whether it was made is not known: look it up by its name before anything else.
        """
        return self._create(_LOCATIONS, body)

    def create_policy(self, body: Mapping[str, Any]) -> Row:
        """Create a policy, and return it as the service shows it; see `create_location`.

        Raises:
            Unanswered: whether it was made is not known: look it up by its name before anything else.
        """
        return self._create(_POLICIES, body)

    def update_location(self, location_id: str, body: Mapping[str, Any]) -> None:
        """Change a named location: what `body` leaves out stays, its ranges replace all that were there.

        Raises:
            Gone: it is not there.
            ValueError: not an id.
        """
        self._update(_LOCATIONS, location_id, body)

    def update_policy(self, policy_id: str, body: Mapping[str, Any]) -> None:
        """Change a policy: what `body` leaves out stays, a list replaces the one that was there.

        Raises:
            Gone: it is not there.
            ValueError: not an id.
        """
        self._update(_POLICIES, policy_id, body)

    def delete_location(self, location_id: str) -> bool:
        """Delete a named location, which must not be trusted (documented). False if it was gone already.

        Raises:
            ValueError: not an id.
        """
        return self._delete(_LOCATIONS, location_id)

    def delete_policy(self, policy_id: str) -> bool:
        """Delete a policy. False if it was gone already.

        Raises:
            ValueError: not an id.
        """
        return self._delete(_POLICIES, policy_id)

    def _all(self, collection: str) -> list[Row]:
        """All pages, as their links lead (documented for OData; nothing else says where a list ends). Of two
        rows with one id, the later one."""
        rows: dict[str, Row] = {}
        links: set[str] = set()
        link, barren = "", 0
        while True:
            page: Page = self._edge.request("GET", link or collection, budget=self._budget, shape=graph_page)
            known = len(rows)
            rows.update((row["id"], row) for row in page.rows)
            if not page.next_link:
                return list(rows.values())
            barren = 0 if len(rows) > known else barren + 1
            if page.next_link in links or barren > _MOST_BARREN:
                raise RetryLater(f"The list does not end: its pages go in circles after {len(rows)} rows.")
            link = page.next_link
            links.add(link)

    def _one(self, collection: str, object_id: str) -> Row | None:
        try:
            row: Row = self._edge.request(
                "GET", _path(collection, object_id), budget=self._budget, shape=graph_object, gone=True
            )
        except Gone:
            return None
        return row

    def _create(self, collection: str, body: Mapping[str, Any]) -> Row:
        row: Row = self._edge.request(
            "POST", collection, json=dict(body), budget=self._budget, shape=_created, repeat=False
        )
        return row

    def _update(self, collection: str, object_id: str, body: Mapping[str, Any]) -> None:
        path = _path(collection, object_id)
        self._edge.request("PATCH", path, json=dict(body), budget=self._budget, shape=_nothing, gone=True)

    def _delete(self, collection: str, object_id: str) -> bool:
        path = _path(collection, object_id)
        try:
            self._edge.request("DELETE", path, budget=self._budget, shape=_nothing, gone=True)
        except Gone:
            return False
        return True


_BETWEEN_CALLS: Final = 1.1
"""Seconds. Documented: one request a second for a tenant, all apps together."""


def documented_budget(
    *, clock: Clock = time.monotonic, sleep: Sleep = time.sleep, cancel: threading.Event | None = None
) -> Budget:
    """One request a second for a tenant, over named locations and policies and all apps together (documented).

    A tenth of a second is left for calls that arrive closer together than they were sent: a refused one names no
    time to wait (documented for these resources) and costs more than that.

    The tenant's other apps use it up too, so a 429 may come whatever our own pace. No Retry-After comes with it
    as documented; where one was observed it is kept to.
    """
    return Budget(Rate(1, _BETWEEN_CALLS), clock=clock, sleep=sleep, cancel=cancel)


def graph_page(body: Any) -> Page:
    """A page of a list, `{"value": [{"id": …, "displayName": …}], "@odata.nextLink": …}` (documented).

    Raises:
        NotDocumented: it is anything else, such as a row without an id.
    """
    rows = body.get("value") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise NotDocumented("the body has no list of rows")
    link = body.get("@odata.nextLink") or ""
    if not isinstance(link, str):
        raise NotDocumented("the link to the next page is no text")
    return Page([graph_object(row) for row in rows], link)


def graph_object(body: Any) -> Row:
    """A named location or a policy. All fields are left as they came, those that are not documented included; a
    name that is none is empty: somebody else's nameless object must not be in the way.

    Raises:
        NotDocumented: it has no id.
    """
    row = _created(body)
    return row if isinstance(row.get("displayName"), str) else {**row, "displayName": ""}


def rule_number(refused: Refused) -> int | None:
    """The number of the rule that a request broke, such as 1040 of `1040: NamedLocation with id … does not
    exist`; None if the service named none.

    The text was observed as the message itself, and inside of a general one.
    """
    found = _RULE.search(refused.message)
    return int(found[1]) if found else None


def _created(body: Any) -> Row:
    """What was created is worth having by its id alone: without it there is no telling which one it is."""
    if not isinstance(body, dict) or not _is_text(body.get("id")):
        raise NotDocumented("an object has no id")
    return body


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _nothing(body: Any) -> None:
    """A change is answered with an empty body; whatever JSON comes instead says no more."""


def _path(collection: str, object_id: str) -> str:
    """An id becomes part of a path, so it must not be able to name another one."""
    if not is_guid(object_id):
        raise ValueError("the id of a named location or policy is a GUID")
    return f"{collection}/{object_id}"
