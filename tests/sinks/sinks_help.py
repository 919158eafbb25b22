"""Plans, and a site to write them to: helpers of the sink tests."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from iocbeam.clients import Budget, DefenderBudgets, Rate, RetryPolicy, connect_defender
from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.model.actual import TenantRows
from iocbeam.model.indicator import Indicator, key_digest
from iocbeam.model.plan import Change, DefenderPlan, DefenderRow
from iocbeam.model.settings import ClassifySettings, ConnectionSettings, PlanPolicy, RunInfo, TenantSettings
from iocbeam.planning import Desired, Mark, as_item, plan, read_row
from iocbeam.planning.defender.items import content_digest
from iocbeam.sinks import DefenderWriter, Written

LIST: Final = "/api/indicators"
IMPORT: Final = "/api/indicators/import"
BATCH_DELETE: Final = "/api/indicators/BatchDelete"
DELETE: Final = "/api/indicators/[0-9]*"

QUICK = RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=2.0)


def domain_row(number: int, **changes: Any) -> DefenderRow:
    name = f"n{number}.malware-test.example"
    indicator = Indicator("FQDN", name, source_id=str(number), location=f"list:{number}")
    row = DefenderRow("DomainName", name, "Audit", "Medium", name, f"number {number}", None, True, indicator)
    return row._replace(**changes)


def domain_rows(numbers: int | Iterable[int], **changes: Any) -> list[DefenderRow]:
    return [domain_row(one, **changes) for one in (range(numbers) if isinstance(numbers, int) else numbers)]


def blocking(numbers: int | Iterable[int]) -> list[DefenderRow]:
    """The same rows with another action."""
    return domain_rows(numbers, action="Block", generate_alert=False)


def mark_of(row: DefenderRow) -> str:
    return str(Mark("drill", key_digest("FQDN", row.indicator.value).hex()))


def plan_of(count: int, tenant_id: str = "tenant") -> DefenderPlan:
    """Rows to create, for a tenant of which nothing is known."""
    changes = tuple(Change("created", row, mark_of(row)) for row in domain_rows(count))
    return DefenderPlan(tenant_id, tenant_id, changes)


def outcomes(written: Written) -> Counter[str]:
    return Counter(f"{one.end.outcome} {one.end.reason}".strip() for one in written.results)


def connection_to(tenant: LocalTenant, profile: TenantProfile, secret: Path) -> ConnectionSettings:
    return ConnectionSettings(
        tenant_id=profile.tenant_id,
        client_id=profile.client_id,
        client_secret=f"file:{secret}",
        login_url=tenant.login_url,
        defender_url=tenant.defender_url,
        ca_bundle=tenant.ca_bundle,
    )


class Site:
    """A running local tenant and what is needed to connect to it."""

    def __init__(self, tenant: LocalTenant, secret: Path) -> None:
        self.tenant = tenant
        self.profile = tenant.profiles[0]
        self.connection = connection_to(tenant, self.profile, secret)
        self.policy = PlanPolicy("drill")

    def seed(self, rows: Iterable[DefenderRow], **fields: Any) -> list[str]:
        """Puts rows there as an earlier run left them; returns their ids."""
        entities = []
        for row in rows:
            mark = str(Mark(self.policy.collection, content_digest(row, self.policy)))
            entities.append({**as_item(Change("created", row, mark), self.policy), **fields})
        return self.tenant.seed(entities, created_by=self.profile.client_id)

    def seed_others(self, rows: Iterable[DefenderRow], owner: str = "ada@contoso.example") -> list[str]:
        """Puts rows of a portal user there; returns their ids."""
        entities = [as_item(Change("created", row, ""), self.policy) for row in rows]
        return self.tenant.seed(({**one, "externalId": None} for one in entities), created_by=owner)

    def plan(self, rows: Iterable[DefenderRow], **policy: Any) -> DefenderPlan:
        """What the planner makes of the tenant as it is now, with a guard that lets everything go."""
        self.policy = PlanPolicy(
            **{
                "collection": "drill",
                "capacity": self.profile.capacity,
                "max_withdraw_percent": 100,
                **policy,
            }
        )
        classify = ClassifySettings(collection="drill", expiration_days=None)
        settings = TenantSettings("tenant", self.connection, classify, self.policy)
        there = TenantRows(settings, tuple(map(read_row, self.tenant.rows())))
        return plan(Desired(list(rows)), there, RunInfo("run", int(time.time()), "defender", "drill"))

    def write(self, plan: DefenderPlan, retry: RetryPolicy = QUICK, **writer: Any) -> Written:
        roomy = Budget(Rate(100_000, 1.0))
        budgets = DefenderBudgets(roomy, roomy, roomy, roomy)
        client = connect_defender(self.connection, dry_run=False, retry=retry, budgets=budgets)
        # Five seconds of the read-back pass in fifty milliseconds.
        quick = {"clock": lambda: time.monotonic() * 100, "sleep": lambda seconds: time.sleep(seconds / 100)}
        try:
            return DefenderWriter(client, self.policy, **{**quick, **writer}).write(plan)
        finally:
            client.close()

    def calls(self, path: str, method: str = "POST") -> list[int]:
        """The statuses of the calls of one operation, in order of arrival."""
        return [one.status for one in self.tenant.requests if one.path == path and one.method == method]

    def single_deletes(self) -> list[int]:
        """The statuses of deletions of single rows."""
        return [one.status for one in self.tenant.requests if one.method == "DELETE"]

    def listings(self) -> int:
        """How often the list was read from its beginning, without a filter."""
        return sum(
            one.path == LIST and one.method == "GET" and "skip=0" in one.query and "filter" not in one.query
            for one in self.tenant.requests
        )

    def ours(self) -> list[Mapping[str, Any]]:
        """The rows that carry our mark."""
        return [row for row in self.tenant.rows() if (row["externalId"] or "").startswith("iocbeam:drill:")]

    def others(self) -> list[Mapping[str, Any]]:
        """The rows that do not."""
        return [row for row in self.tenant.rows() if not row["externalId"]]

    def ids(self) -> dict[str, str]:
        """The ids of our rows, by value."""
        rows = self.ours()
        found = {row["indicatorValue"]: row["id"] for row in rows}
        assert len(found) == len(rows), "two rows of ours have one value"
        return found
