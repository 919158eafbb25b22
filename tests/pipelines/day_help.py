"""Runs that follow one clock, with a neighbour in the tenant, each checked against what was expected of it."""

from __future__ import annotations

import math
import random
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from day_expect import Expected, expect
from day_feed import (
    BATCH,
    CAPACITY,
    COLLECTION,
    DELETE,
    IMPORT,
    LIST,
    PAGE,
    Clock,
    Entity,
    Feed,
    Key,
    epoch,
    value_of,
)
from job_help import JobSite

from iocbeam.clients import Budget, DefenderBudgets, DefenderClient, Rate, RetryPolicy, connect_defender
from iocbeam.local_tenant import Answer, DropAfter, DropBefore, Fault, LocalTenant, Meanwhile
from iocbeam.model.actual import TenantRows
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.settings import ClassifySettings, DefenderJob, PlanPolicy, TenantSettings
from iocbeam.pipelines import defender
from iocbeam.sinks import DefenderWriter, Written
from iocbeam.transforms import read_tenant


def random_faults(seed: int, share: float, calls: int = 400) -> list[Fault]:
    """Faults on so many calls of the list, the import and the deletion, the kind of each drawn at random.

    By number, since faults that are armed with a chance draw the same numbers as one another. One answer of each
    operation is lost in any case: what it did is done, and the next attempt finds it so.
    """
    draw = random.Random(seed)
    kinds = (Answer(429, retry_after=0), Answer(503), Answer(500), DropBefore(), DropAfter())
    found = []
    for path, method, lost in ((LIST, "GET", 2), (IMPORT, "POST", 2), (DELETE, "POST", 1)):
        found.append(Fault(path, DropAfter(), method=method, nth=lost))
        found += [
            Fault(path, draw.choice(kinds), method=method, nth=number)
            for number in range(1, calls + 1)
            if draw.random() < share and number != lost
        ]
    return found


def patient_client(tenant: TenantSettings, cancel: threading.Event, dry_run: bool) -> DefenderClient:
    """Tries again at once and for long: on a busy machine two lost answers take longer than a second."""
    roomy = Budget(Rate(100_000, 1.0))
    return connect_defender(
        tenant.connection,
        dry_run=dry_run,
        retry=RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=60.0),
        cancel=cancel,
        budgets=DefenderBudgets(roomy, roomy, roomy, roomy),
    )


def patient_read(tenant: TenantSettings, cancel: threading.Event) -> TenantRows:
    return read_tenant(tenant, cancel, lambda one, event: patient_client(one, event, dry_run=True))


def patient_write(plan: DefenderPlan, tenant: TenantSettings, cancel: threading.Event) -> Written:
    client = patient_client(tenant, cancel, dry_run=False)
    try:
        return DefenderWriter(client, tenant.policy, cancel=cancel).write(plan)
    finally:
        client.close()


class Neighbour:
    """Another owner in the same tenant, whose rows nobody may touch."""

    def __init__(self, tenant: LocalTenant) -> None:
        self._tenant = tenant
        self._rows: dict[str, Entity] = {}
        self.holds: dict[Key, list[str]] = {}

    def add(self, rows: Iterable[tuple[Key, str]]) -> list[str]:
        items = list(rows)
        ids = self._tenant.seed(
            ({"indicatorType": key[0], "indicatorValue": key[1], "action": action} for key, action in items),
            created_by="44444444-4444-4444-8444-444444444444",
        )
        wanted = set(ids)
        self._rows |= {row["id"]: row for row in self._tenant.rows() if row["id"] in wanted}
        for key, action in items:
            self.holds.setdefault(key, []).append(action)
        return ids

    def leave(self, ids: Iterable[str]) -> None:
        """Takes back rows whose values nobody else wants."""
        gone = list(ids)
        self._tenant.remove(gone)
        for row_id in gone:
            row = self._rows.pop(row_id)
            del self.holds[row["indicatorType"], row["indicatorValue"]]

    def __len__(self) -> int:
        return len(self._rows)

    def check(self, rows: Iterable[Entity]) -> None:
        """Every row is as it was, in every field, and there is no other one of a foreign owner."""
        there = {row["id"]: row for row in rows if not is_ours(row)}
        changed = [
            row_id for row_id in there.keys() | self._rows.keys() if there.get(row_id) != self._rows.get(row_id)
        ]
        assert not changed, f"{len(changed)} rows of the neighbour, such as {there.get(changed[0])}"


def is_ours(row: Entity) -> bool:
    return str(row["externalId"]).startswith(f"iocbeam:{COLLECTION}:")


def pages(rows: int) -> int:
    """Calls for a list. A page without a link ends it only if it is shorter than another one, or empty."""
    return max(2, -(-(rows + 1) // PAGE)) if rows else 1


class Days:
    """One tenant, one feed, one clock, and a check after each run."""

    def __init__(self, site: JobSite, clock: Clock, feed: Feed, key_model: str) -> None:
        self.site = site
        self.clock = clock
        self.feed = feed
        self.tenant = site.tenant
        self.neighbour = Neighbour(site.tenant)
        self.actions_are_keys = key_model == "value_action_scope"
        self._runs = 0
        self._most_rows = 0
        self._watch()

    def _watch(self) -> None:
        """Counts the rows whenever something is about to be written."""

        def look() -> None:
            self._most_rows = max(self._most_rows, len(self.tenant.rows()))

        self.tenant.faults.add(*(Fault(path, Meanwhile(look), method="POST") for path in (IMPORT, DELETE)))

    def ours(self, everything: Iterable[Entity] | None = None) -> dict[Key, Entity]:
        """Our rows by key; no two of them have one value.

        Args:
            everything: all rows, where they are at hand.
        """
        rows = [row for row in everything or self.tenant.rows() if is_ours(row)]
        by_key = {(row["indicatorType"], row["indicatorValue"]): row for row in rows}
        assert len(by_key) == len(rows), f"{len(rows) - len(by_key)} values have more than one row of ours"
        return by_key

    def run(
        self,
        *,
        source: Path | None = None,
        faults: Iterable[Fault] = (),
        exit_code: int = 0,
        read: Collection[int] | None = None,
        refused: bool = False,
        max_withdraw_percent: int = 20,
        deleted: int | None = None,
    ) -> dict[str, Any]:
        """Runs the job and checks the tenant, the outcomes and the calls; gives the summary.

        Args:
            source: the input, where it is not the feed as it stands.
            faults: of the service, in this run; then calls are not counted.
            read, refused: see `expect`.
            deleted: rows that are deleted, where they are other than those that go and, where the action is a
                part of the key, those whose action changes.
        """
        everything = self.tenant.rows()
        before = self.ours(everything)
        now = self.clock.now
        expected = expect(
            self.feed, before, self.neighbour.holds, len(self.neighbour), now, read=read, refused=refused
        )
        job = self._job(source, max_withdraw_percent)
        struck = list(faults)
        self.tenant.faults.add(*struck)
        self.tenant.clear_requests()
        if struck:
            summary = defender.run(job, read=patient_read, write=patient_write)
            met = {fault.path for fault in struck if self.tenant.faults.struck(fault)}
            assert met == {LIST, IMPORT, DELETE}, met
            self.tenant.faults.clear()
            self._watch()
        else:
            summary = self.site.run(job)
        rows_after = self._check_rows(expected, before)
        self._check_summary(summary, expected, exit_code)
        if not struck:
            if deleted is None:
                deleted = len(expected.gone) + (len(expected.replaced) if self.actions_are_keys else 0)
            self._check_calls(expected, len(everything), rows_after, deleted)
        self._runs += 1
        return summary

    def run_again(self) -> None:
        """The same once more writes nothing."""
        summary = self.run()
        assert set(summary["outcomes"]).isdisjoint(("created", "updated"))
        assert summary["sent"] == summary["withdrawn"] == 0

    def _job(self, source: Path | None, max_withdraw_percent: int) -> DefenderJob:
        path = source or self.feed.write(self.site.directory / "feed.jsonl")
        listed = self.site.directory / "never_block.txt"
        listed.write_text("".join(f"{value_of(number).canonical}\n" for number in sorted(self.feed.listed)))
        tenant = self.site.settings(
            classify=ClassifySettings(
                collection=COLLECTION,
                file_action=self.feed.file_action,
                network_action=self.feed.network_action,
            ),
            policy=PlanPolicy(COLLECTION, capacity=CAPACITY, max_withdraw_percent=max_withdraw_percent),
            never_block=(str(listed),),
        )
        job = self.site.job(path, tenants=(tenant,))
        return replace(job, run=replace(job.run, run_id=f"run-{self._runs}", started_at=self.clock.now))

    def _check_rows(self, expected: Expected, before: Mapping[Key, Entity]) -> int:
        everything = self.tenant.rows()
        most = max(self._most_rows, len(everything))
        assert most <= CAPACITY, most
        self.neighbour.check(everything)
        after = self.ours(everything)
        wanted = expected.rows.keys() | expected.staying
        too_many, missing = sorted(after.keys() - wanted), sorted(wanted - after.keys())
        assert not too_many, f"{len(too_many)} rows too many, such as {too_many[:3]}"
        assert not missing, f"{len(missing)} rows missing, such as {missing[:3]}"
        now = self.clock.now
        for key, entity in after.items():
            if key in expected.created or key in expected.updated:
                row = expected.rows[key]
                assert row.same_content(entity), (row, entity)
                assert entity["expirationTime"] == row.sent_expiry(now), (row, entity)
                assert epoch(entity["lastUpdateTime"][:19] + "Z") == now, entity
            else:
                assert entity == before[key], (entity, before[key])
        return len(everything)

    def _check_summary(self, summary: Mapping[str, Any], expected: Expected, exit_code: int) -> None:
        wanted = {
            "balanced": True,
            "exit_code": exit_code,
            "stopped": "",
            "outcomes": dict(expected.outcomes),
            "withdrawn": len(expected.gone),
            "sent": expected.writes,
            "accepted": expected.writes,
            "difference_count": 0,
        }
        if expected.writes:
            wanted["present"] = expected.writes
        found = {name: summary[name] for name in wanted}
        assert found == wanted, (found, wanted)

    def _check_calls(self, expected: Expected, rows_before: int, rows_after: int, deleted: int) -> None:
        wrote = bool(expected.writes or expected.gone)
        wanted = Counter(
            {
                "token": 1 + wrote,
                "list": pages(rows_before) + (pages(rows_after) if wrote else 0),
                "find": int(self._runs == 0),
                "import": math.ceil(expected.writes / BATCH),
                "delete": math.ceil(deleted / BATCH),
            }
        )
        assert self._calls() == +wanted, (self._calls(), +wanted)

    def _calls(self) -> Counter[str]:
        names = {("POST", IMPORT): "import", ("POST", DELETE): "delete"}
        calls: Counter[str] = Counter()
        for one in self.tenant.requests:
            assert one.status < 300, one
            if one.path.endswith("/token"):
                calls["token"] += 1
            elif one.path == LIST and one.method == "GET":
                calls["find" if "filter" in one.query else "list"] += 1
            elif one.path.startswith("/api"):
                calls[names.get((one.method, one.path), f"{one.method} {one.path}")] += 1
        return calls
