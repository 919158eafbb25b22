"""A real collection in a full tenant over ten days, with a service that fails now and then.

Each day some records leave, come back and change, an administrator edits rows by hand, and calls are answered
429 or 503, or not at all. After each run a dry run must find nothing left to do, and the rows of another owner
must be as they were. On the sixth day the action of the whole collection changes.
"""

from __future__ import annotations

import argparse
import gzip
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from iocbeam.clients import Budget, DefenderBudgets, DefenderClient, Rate, RetryPolicy, connect_defender
from iocbeam.local_tenant import Answer, DropAfter, DropBefore, Fault, LocalTenant, TenantProfile
from iocbeam.model.actual import TenantRows
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.settings import DAY, ClassifySettings, ConnectionSettings, DefenderJob, TenantSettings
from iocbeam.pipelines import defender
from iocbeam.planning import read_row
from iocbeam.sinks import DefenderWriter, Written
from iocbeam.transforms import read_tenant

from .main_job import job

KEY_MODELS = ("value", "value_action_scope")
LIST, IMPORT, DELETE = "/api/indicators", "/api/indicators/import", "/api/indicators/BatchDelete"

CAPACITY = 15_000
FOREIGN = 500
REMOVED, CHANGED = 0.02, 0.01
EDITED, TAKEN = 20, 10
FAULTY = 0.1
ACTION_CHANGES = 6

Record = dict[str, Any]


class Clock:
    """Epoch seconds; the tenant and the runs follow it."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def client(tenant: TenantSettings, cancel: threading.Event, dry_run: bool) -> DefenderClient:
    """Without the documented rates, and with short waits after a fault."""
    roomy = Budget(Rate(100_000, 1.0))
    return connect_defender(
        tenant.connection,
        dry_run=dry_run,
        retry=RetryPolicy(first_wait=0.01, longest_wait=0.05, jitter=0.01, deadline=60.0),
        cancel=cancel,
        budgets=DefenderBudgets(roomy, roomy, roomy, roomy),
    )


def read(tenant: TenantSettings, cancel: threading.Event) -> TenantRows:
    """Lists a tenant by such a client."""
    return read_tenant(tenant, cancel, partial(client, dry_run=True))


def write(plan: DefenderPlan, tenant: TenantSettings, cancel: threading.Event) -> Written:
    """Applies a plan by such a client."""
    made = client(tenant, cancel, dry_run=False)
    try:
        return DefenderWriter(made, tenant.policy, cancel=cancel).write(plan)
    finally:
        made.close()


def faults(draw: random.Random, calls: int = 300) -> Iterator[Fault]:
    """Faults on some of so many calls of each operation."""
    kinds = (Answer(429, retry_after=0), Answer(503), DropBefore(), DropAfter())
    for path, method in ((LIST, "GET"), (IMPORT, "POST"), (DELETE, "POST")):
        for number in range(1, calls + 1):
            if draw.random() < FAULTY:
                yield Fault(path, draw.choice(kinds), method=method, nth=number)


class Feed:
    """The collection as it changes from day to day."""

    def __init__(self, records: list[Record], draw: random.Random) -> None:
        self.records = records
        self._away: list[Record] = []
        self._draw = draw

    def pass_a_day(self, day: int) -> None:
        """Some records leave, some of those that left come back, some change."""
        draw = self._draw
        draw.shuffle(self._away)
        half = len(self._away) // 2
        back, self._away = self._away[:half], self._away[half:]
        gone = set(draw.sample(range(len(self.records)), int(len(self.records) * REMOVED)))
        self._away += [self.records[number] for number in gone]
        self.records = [record for number, record in enumerate(self.records) if number not in gone] + back
        for number in draw.sample(range(len(self.records)), int(len(self.records) * CHANGED)):
            record = dict(self.records[number])
            turn = draw.randrange(3)
            if turn == 0:
                record["description"] = f"seen again on day {day}"
            elif turn == 1:
                record["attributes"] = [{"name": "Severity", "value": draw.choice(("Low", "Medium", "High"))}]
            else:
                record["score"] = draw.randrange(10)
            self.records[number] = record
        draw.shuffle(self.records)

    def write(self, path: Path) -> Path:
        """The records as JSON lines."""
        path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in self.records))
        return path


class TenDays:
    """One local tenant and the runs against it.

    Args:
        key_model: what the tenant tells rows apart by.
        records: the collection on the first day.
        directory: for files.
    """

    def __init__(self, key_model: str, records: list[Record], directory: Path) -> None:
        self._key_model = key_model
        self._draw = random.Random(key_model)
        self._feed = Feed(records, self._draw)
        self._directory = directory
        self._faulty = 0
        self._problems = 0
        planned = job(directory / "feed.jsonl", directory / "out")
        self._job = planned
        self._clock = Clock(planned.run.started_at)
        profile = TenantProfile(rate_limits=None, capacity=CAPACITY, key_model=key_model, clock=self._clock)  # type: ignore[arg-type]
        self._tenant = LocalTenant(profile)
        self._foreign: dict[str, Record] = {}

    def run(self, days: int) -> int:
        """Runs them all and gives how many checks failed."""
        with self._tenant:
            self._seed()
            for day in range(1, days + 1):
                if day > 1:
                    self._clock.now += DAY
                    self._feed.pass_a_day(day)
                    self._administrate()
                self._feed.write(self._directory / "feed.jsonl")
                self._day(day)
        return self._problems

    def _seed(self) -> None:
        """Rows of another owner, half of them with values that the collection wants."""
        kinds = {"FQDN": "DomainName", "URL": "Url", "SHA-256": "FileSha256", "MD5": "FileMd5"}
        wanted = [record for record in self._feed.records if record["type"] in kinds]
        wanted = self._draw.sample(wanted, FOREIGN // 2)
        rows = [
            {
                "indicatorType": kinds[record["type"]],
                "indicatorValue": record["value"],
                "action": self._draw.choice(("Allowed", "Audit", "Warn", "Block")),
            }
            for record in wanted
        ]
        rows += [
            {"indicatorType": "DomainName", "indicatorValue": f"n{number}.neighbour.example"}
            for number in range(FOREIGN - len(rows))
        ]
        self._tenant.seed(rows)
        self._foreign = {row["id"]: row for row in self._tenant.rows()}

    def _administrate(self) -> None:
        """Somebody edits some of our rows in the portal and deletes others."""
        ours = [row["id"] for row in self._tenant.rows() if row["id"] not in self._foreign]
        chosen = self._draw.sample(ours, EDITED + TAKEN)
        edits: tuple[dict[str, Any], ...] = (
            {"action": "Warn"},
            {"title": "looks fine to me"},
            {"description": None},
            {"expirationTime": None},
            {"severity": "Informational"},
        )
        for number, row_id in enumerate(chosen[:EDITED]):
            self._tenant.edit(row_id, **edits[number % len(edits)])
        self._tenant.remove(chosen[EDITED:])

    def _job_of(self, day: int, dry_run: bool) -> DefenderJob:
        profile = self._tenant.profiles[0]
        secret = self._directory / "secret"
        secret.write_text(profile.client_secret or "")
        connection = ConnectionSettings(
            tenant_id=profile.tenant_id,
            client_id=profile.client_id,
            client_secret=f"file:{secret}",
            login_url=self._tenant.login_url,
            defender_url=self._tenant.defender_url,
            ca_bundle=self._tenant.ca_bundle,
        )
        action = "Audit" if day < ACTION_CHANGES else "Block"
        classify = ClassifySettings(collection="bench", file_action=action, network_action=action)
        [tenant] = self._job.tenants
        run = replace(self._job.run, run_id=f"day-{day}", started_at=self._clock.now, dry_run=dry_run)
        return replace(
            self._job,
            run=run,
            tenants=(replace(tenant, connection=connection, classify=classify),),
            output=f"{self._job.output}/{'dry_run' if dry_run else 'run'}",
        )

    def _day(self, day: int) -> None:
        tenant = self._tenant
        tenant.clear_requests()
        struck = list(faults(self._draw))
        tenant.faults.add(*struck)
        started = time.perf_counter()
        summary = defender.run(self._job_of(day, dry_run=False), read=read, write=write)
        seconds = time.perf_counter() - started
        failed = sum(map(tenant.faults.struck, struck))
        tenant.faults.clear()
        calls = Counter((one.method, one.path) for one in tenant.requests)
        found = list(self._faults_found(summary, day))
        outcomes = ", ".join(f"{name} {count:,}" for name, count in summary["outcomes"].items())
        print(
            f"{self._key_model:<18} day {day:>2}: {calls['POST', IMPORT]:>3} imports"
            f" {calls['POST', DELETE]:>3} deletes {calls['GET', LIST]:>3} list calls, {failed:>3} of them failed;"
            f" {seconds:5.1f} s; withdrawn {summary['withdrawn']:,}, {outcomes}",
            flush=True,
        )
        for line in found:
            print(f"    FAILED: {line}", flush=True)
        self._problems += len(found)

    def _faults_found(self, summary: Record, day: int) -> Iterator[str]:
        if not summary["balanced"]:
            yield "the sums do not balance"
        if summary["exit_code"]:
            told = {name: summary[name] for name in ("status", "stopped", "refusals", "differences")}
            yield f"exit status {summary['exit_code']}: {told}"
        rows = self._tenant.rows()
        if {row["id"]: row for row in rows if row["id"] in self._foreign} != self._foreign:
            yield "a row of another owner was changed"
        if len(rows) > CAPACITY:
            yield f"{len(rows):,} rows in a tenant for {CAPACITY:,}"
        ours = Counter(read_row(row).key for row in rows if row["id"] not in self._foreign)
        twice = [key for key, count in ours.items() if count > 1]
        if twice:
            yield f"{len(twice):,} values have two rows of ours, such as {twice[0]}"
        again = self._job_of(day, dry_run=True)
        dry = defender.run(again, read=read, write=write)
        plan = orjson.loads((Path(again.output) / "plan.json").read_bytes())["tenants"][0]
        if any(plan["counts"].values()) or dry["refusals"]:
            sample = [*plan["changes"][:2], *plan["withdraw"][:2], *dry["refusals"]]
            yield f"a dry run directly afterwards plans {plan['counts']}, such as {sample}"


def main() -> None:
    """`python -m benchmarks.ten_days COLLECTION.jsonl.gz`: exits with 1 when a check failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ten_days", description=__doc__)
    parser.add_argument("collection", type=Path, help="a collection in JSON lines, gzip")
    parser.add_argument("--days", type=int, default=10)
    parser.add_argument("--key_model", choices=KEY_MODELS, action="append", help="default: one after the other")
    given = parser.parse_args()
    records = [orjson.loads(line) for line in gzip.decompress(given.collection.read_bytes()).splitlines()]
    problems = 0
    for key_model in given.key_model or KEY_MODELS:
        with tempfile.TemporaryDirectory() as directory:
            problems += TenDays(key_model, list(records), Path(directory)).run(given.days)
    if problems:
        raise SystemExit(f"{problems} checks failed")


if __name__ == "__main__":
    main()
