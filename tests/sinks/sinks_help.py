"""Plans, and a site to write them to: helpers of the sink tests."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from iocbeam.clients import Budget, DefenderBudgets, Rate, RetryPolicy, connect_defender
from iocbeam.local_tenant import LocalTenant
from iocbeam.model.indicator import Indicator, key_digest
from iocbeam.model.plan import Change, DefenderPlan, DefenderRow
from iocbeam.model.settings import ConnectionSettings, PlanPolicy
from iocbeam.planning import Mark
from iocbeam.sinks import DefenderWriter, Written

QUICK = RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=2.0)


def domain_row(number: int) -> DefenderRow:
    name = f"n{number}.malware-test.example"
    indicator = Indicator("FQDN", name, source_id=str(number), location=f"list:{number}")
    return DefenderRow("DomainName", name, "Audit", "Medium", name, f"number {number}", None, True, indicator)


def mark_of(row: DefenderRow) -> str:
    return str(Mark("drill", key_digest("FQDN", row.indicator.value).hex()))


def plan_of(count: int, tenant_id: str = "tenant") -> DefenderPlan:
    rows = [domain_row(number) for number in range(count)]
    changes = tuple(Change("created", row, mark_of(row)) for row in rows)
    return DefenderPlan(tenant_id, tenant_id, changes)


class Site:
    """A running local tenant and what is needed to connect to it."""

    def __init__(self, tenant: LocalTenant, secret: Path) -> None:
        self.tenant = tenant
        profile = tenant.profiles[0]
        self.connection = ConnectionSettings(
            tenant_id=profile.tenant_id,
            client_id=profile.client_id,
            client_secret=f"file:{secret}",
            login_url=tenant.login_url,
            defender_url=tenant.defender_url,
            ca_bundle=tenant.ca_bundle,
        )
        self.policy = PlanPolicy("drill")

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
