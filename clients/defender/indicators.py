"""The indicator API of Defender for Endpoint."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from iocbeam.model.errors import Gone
from iocbeam.model.permissions import DEFENDER, in_words

from ..http.budget import Budget, Rate
from ..http.edge import Edge, NotDocumented
from ..http.paging import Kept, Page, Row, read_all
from ..http.service_client import ServiceClient
from ..http.waiting import Clock, Sleep
from .import_results import ImportResult, import_answer

MAX_BATCH: Final = 500
"""Items in an import, ids in a batch delete. Documented."""

MAX_PAGE: Final = 10_000
"""Rows in a page of the list. Documented."""

NEEDED_ROLES: Final = in_words("defender", DEFENDER)
"""Documented."""

_INDICATORS: Final = "/api/indicators"
_ID: Final = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class DefenderBudgets:
    """The budget of every operation; the service counts each for itself."""

    imports: Budget
    lists: Budget
    deletes: Budget
    batch_deletes: Budget

    @classmethod
    def documented(
        cls,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        cancel: threading.Event | None = None,
    ) -> DefenderBudgets:
        """The rates that each operation's page names; for import it names none per hour.

        Exactly these and no margin: a call that the network delays into the service's next window is
        answered 429 with a Retry-After, which costs less than sending below the rate all the time.

        """

        def budget(per_minute: int, per_hour: int | None) -> Budget:
            rates = [Rate(per_minute, 60.0)]
            if per_hour is not None:
                rates.append(Rate(per_hour, 3600.0))
            return Budget(*rates, clock=clock, sleep=sleep, cancel=cancel)

        return cls(
            imports=budget(30, None),
            lists=budget(100, 1500),
            deletes=budget(100, 1500),
            batch_deletes=budget(30, 1500),
        )


class DefenderClient(ServiceClient):
    """Indicators of one tenant. Thread-safe; does not pickle, so build it where it is used.

    Every method may raise what `Edge.request` raises.

    Args:
        edge: of the Defender host.
        budgets: default: the documented rates, by the real clock.
    """

    def __init__(self, edge: Edge, budgets: DefenderBudgets | None = None) -> None:
        super().__init__(edge)
        self._budgets = budgets or DefenderBudgets.documented()

    def import_indicators(self, items: Sequence[Mapping[str, Any]]) -> list[ImportResult]:
        """Create or update rows; both are one operation, and it may be repeated without harm.

        Args:
            items: at most 500, in the API's form. `match_results` tells which result is whose; keep items of
                the same value in different imports, since results name the value only.

        Returns:
            What the service said of the items, in its order; it may lack some. None sent, none returned.

        Raises:
            ValueError: more than 500.
            Refused: the whole request; one item may be to blame for it.
        """
        _check_size(items)
        if not items:
            return []
        results: list[ImportResult] = self._edge.request(
            "POST",
            f"{_INDICATORS}/import",
            json={"Indicators": list(items)},
            budget=self._budgets.imports,
            shape=import_answer,
        )
        return results

    def list_indicators(self, filter: str | None = None, top: int = MAX_PAGE) -> list[Row]:
        """All active rows that the app may see, once each; see `list_as`."""
        return self.list_as(_as_it_came, filter, top)

    def list_as(self, keep: Callable[[Row], Kept], filter: str | None = None, top: int = MAX_PAGE) -> list[Kept]:
        """What is kept of all active rows that the app may see, once each.

        A list that shifts between two pages is read anew, up to three times; `read_all` says what can be seen
        of that. Rows that are created while the list is read may be in it or not.

        Args:
            keep: what is kept of a row; it is called as pages arrive, so that not all rows are held as they came.
            filter: OData, such as `indicatorType eq 'Url'`.
            top: rows in a page at most, 1 to 10,000.

        Raises:
            ValueError: `top` is out of range.
            RetryLater: a page did not come, the list does not end, or it keeps changing. Never a part of the
                list.
        """
        if not 1 <= top <= MAX_PAGE:
            raise ValueError(f"top must be from 1 to {MAX_PAGE}")

        def read(link: str, skip: int) -> Page:
            params = {"$top": str(top), "$skip": str(skip)}
            if filter is not None:
                params["$filter"] = filter
            page: Page = self._edge.request(
                "GET",
                link or _INDICATORS,
                params=None if link else params,
                budget=self._budgets.lists,
                shape=indicator_page,
            )
            return page

        return read_all(read, keep)

    def find(self, value: str) -> list[Row]:
        """The rows with this indicator value as far as one page shows them; one call."""
        quoted = value.replace("'", "''")
        page: Page = self._edge.request(
            "GET",
            _INDICATORS,
            params={"$top": "10", "$filter": f"indicatorValue eq '{quoted}'"},
            budget=self._budgets.lists,
            shape=indicator_page,
        )
        return list(page.rows)

    def delete(self, indicator_id: str) -> bool:
        """Delete one row. False if it was gone already.

        Raises:
            ValueError: not an id.
        """
        _check_ids([indicator_id])
        try:
            self._edge.request(
                "DELETE",
                f"{_INDICATORS}/{indicator_id}",
                budget=self._budgets.deletes,
                shape=_nothing,
                gone=True,
            )
        except Gone:
            return False
        return True

    def batch_delete(self, ids: Sequence[str]) -> None:
        """Delete rows.

        Args:
            ids: at most 500.

        Raises:
            ValueError: more than 500, or not ids.
            Gone: at least one is not there. Whether the others were deleted is not documented: list again.
        """
        _check_size(ids)
        _check_ids(ids)
        if ids:
            self._edge.request(
                "POST",
                f"{_INDICATORS}/BatchDelete",
                json={"IndicatorIds": list(ids)},
                budget=self._budgets.batch_deletes,
                shape=_nothing,
                gone=True,
            )


def indicator_page(body: Any) -> Page:
    """A page of the list, `{"value": [{"id": …}], "@odata.nextLink": …}` (documented, the link observed).

    Ids were observed as text of digits; one that is a number is taken as its text (our choice). All other
    fields are left as they came, null and what the documentation does not know included.

    Raises:
        NotDocumented: it is anything else, such as a row without an id: it could be any row of the tenant.
    """
    rows = body.get("value") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise NotDocumented("the body has no list of rows")
    for number, row in enumerate(rows):
        row_id = row.get("id") if isinstance(row, dict) else None
        if type(row_id) is int:
            rows[number] = {**row, "id": str(row_id)}
        elif not (isinstance(row_id, str) and row_id):
            raise NotDocumented("a row has no id")
    link = body.get("@odata.nextLink") or ""
    if not isinstance(link, str):
        raise NotDocumented("the link to the next page is no text")
    return Page(rows, link)


def _as_it_came(row: Row) -> Row:
    return row


def _nothing(body: Any) -> None:
    """A deletion is answered with an empty body; whatever JSON comes instead says no more."""


def _check_size(batch: Sequence[object]) -> None:
    if len(batch) > MAX_BATCH:
        raise ValueError(f"at most {MAX_BATCH} in a batch, not {len(batch)}")


def _check_ids(ids: Sequence[str]) -> None:
    """An id becomes part of a path, so it must not be able to name another one."""
    if not all(_ID.fullmatch(one) for one in ids):
        raise ValueError("an indicator's id is made of letters and digits")
