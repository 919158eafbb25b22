"""Advanced hunting: queries in the Kusto query language, by Defender's API or by Graph's."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from iocbeam.model.errors import ConfigurationError, Gone, Refused, RetryLater
from iocbeam.model.permissions import APIS, DEFENDER, GRAPH

from ..http.budget import Budget, Rate
from ..http.edge import Edge, NotDocumented
from ..http.service_client import ServiceClient
from ..http.streaming import Objects, as_objects
from ..http.waiting import Clock, Sleep

HuntingDialect = Literal["graph", "defender"]
"""Graph's API, or Defender's, which Microsoft has been retiring since January 2026 (documented)."""

MOST_ROWS: Final = 100_000
"""Rows of an answer (documented); one with as many is taken to be cut off."""

MOST_DAYS: Final = 30
"""Days that a query can look back (documented)."""


class _Dialect(NamedTuple):
    """How one of the two APIs is spoken to.

    Attributes:
        path: where queries go.
        needs: the role, in words.
        service: its name, in words.
        other: the dialect to use instead once this one is gone.
    """

    path: str
    needs: str
    service: str
    other: HuntingDialect


DIALECTS: Final[Mapping[HuntingDialect, _Dialect]] = MappingProxyType(
    {
        "graph": _Dialect(
            "/v1.0/security/runHuntingQuery",
            f"the application role ThreatHunting.Read.All of {APIS[GRAPH]}, with admin consent",
            "Microsoft Graph",
            "defender",
        ),
        "defender": _Dialect(
            "/api/advancedqueries/run",
            f"the application role AdvancedQuery.Read.All of {APIS[DEFENDER]}, with admin consent; or the dialect"
            " `graph`, since this API is being retired",
            "Defender for Endpoint",
            "graph",
        ),
    }
)


class HuntingAnswer(NamedTuple):
    """What a query found.

    Attributes:
        rows: column to value, as they came.
        cut_off: whether there may be more: the service gives no more than 100,000 rows.
    """

    rows: Objects
    cut_off: bool


def hunting_budget(
    *,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    cancel: threading.Event | None = None,
) -> Budget:
    """45 calls a minute and 1,500 an hour: documented by Defender for each tenant, taken for Graph as well."""
    return Budget(Rate(45, 60.0), Rate(1500, 3600.0), clock=clock, sleep=sleep, cancel=cancel)


class HuntingClient(ServiceClient):
    """Queries over one tenant. Thread-safe; does not pickle, so build it where it is used.

    Args:
        edge: of the dialect's host.
        dialect: which API is spoken.
        budget: default: the documented rate, by the real clock.
    """

    def __init__(self, edge: Edge, dialect: HuntingDialect, budget: Budget | None = None) -> None:
        super().__init__(edge)
        self._dialect = DIALECTS[dialect]
        self._sends_days = dialect == "graph"
        self._budget = budget or hunting_budget()

    def run(self, query: str, days: int = MOST_DAYS) -> Objects:
        """All rows that a query finds; see `ask`.

        Raises:
            Refused: there are more rows than the service gives, or what `ask` says.
        """
        answer = self.ask(query, days)
        if answer.cut_off:
            raise Refused(
                f"The query finds {MOST_ROWS} rows or more, and no more are given: narrow it down, or summarize."
            )
        return answer.rows

    def ask(self, query: str, days: int = MOST_DAYS) -> HuntingAnswer:
        """What a query finds, as far as the service gives it.

        Args:
            query: in KQL; a value in it belongs into `kql_text`.
            days: how far to look back, 1 to 30. Only Graph's dialect can say so beside the query; for Defender's
                it has to be in the query, such as `where Timestamp > ago(7d)`.

        Raises:
            ValueError: `days` is out of range, or the query empty.
            Refused: the query is wrong or finds too much; with the service's words.
            RetryLater: no answer before the deadline, or the quota of calls or of computing time is used up.
            ConfigurationError: this API is not there any more; names the dialect to use instead.
            PermissionDenied, AuthenticationError: the app may not ask.
        """
        if not 1 <= days <= MOST_DAYS:
            raise ValueError(f"days must be from 1 to {MOST_DAYS}")
        if not query.strip():
            raise ValueError("the query is empty")
        body = {"Query": query}
        if self._sends_days:
            body["Timespan"] = f"P{days}D"
        try:
            rows: Objects = self._edge.request(
                "POST", self._dialect.path, json=body, budget=self._budget, shape=_rows, gone=True
            )
        except Gone:
            raise self._retired() from None
        except Refused as error:
            if error.status in (404, 410):
                raise self._retired() from None
            raise Refused(
                f"{self._dialect.service} refuses the query: {error.message}", code=error.code, status=error.status
            ) from None
        except RetryLater as error:
            if error.status != 429:
                raise
            raise RetryLater(
                f"{error.message} The quota counts calls and computing time, for all apps of the tenant together.",
                retry_after=error.retry_after,
                status=error.status,
                attempts=error.attempts,
                advice="Ask for less, or later.",
            ) from None
        return HuntingAnswer(rows, cut_off=len(rows) >= MOST_ROWS)

    def _retired(self) -> ConfigurationError:
        return ConfigurationError(
            f"advanced hunting is no longer at {self._dialect.path} of {self._dialect.service}.",
            advice=f"Use the dialect `{self._dialect.other}`: {DIALECTS[self._dialect.other].needs}.",
        )


def _rows(body: Any) -> Objects:
    """The rows of an answer: under `results` by Graph, `Results` by Defender; either is taken. Documented."""
    if isinstance(body, dict):
        for name in ("results", "Results"):
            if isinstance(body.get(name), list):
                return as_objects(body[name])
    raise NotDocumented("the body has no list of results")
