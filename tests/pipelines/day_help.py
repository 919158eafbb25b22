"""A collection that changes from day to day, what a tenant should hold of it, and runs that follow one clock.

What is expected is worked out here from the records and the rows before the run: nothing of the product's
selection and planning takes part in it.
"""

from __future__ import annotations

import gzip
import ipaddress
import math
import random
import threading
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from job_help import JobSite

from iocbeam.clients import Budget, DefenderBudgets, DefenderClient, Rate, RetryPolicy, connect_defender
from iocbeam.local_tenant import Answer, DropAfter, DropBefore, Fault, LocalTenant, Meanwhile
from iocbeam.model.actual import TenantRows
from iocbeam.model.plan import DefenderPlan
from iocbeam.model.settings import ClassifySettings, DefenderJob, PlanPolicy, TenantSettings
from iocbeam.pipelines import defender
from iocbeam.sinks import DefenderWriter, Written
from iocbeam.transforms import read_tenant

DAY = 86_400
STARTED = 1_793_858_400  # 5 November 2026, 06:00 UTC
CAPACITY = 8_000
PAGE = 3_000
BATCH = 500
COLLECTION = "drill"
SOURCE = "drill feed"
DEFAULT_DAYS = 90

LIST = "/api/indicators"
IMPORT = "/api/indicators/import"
DELETE = "/api/indicators/BatchDelete"

Key = tuple[str, str]
"""Defender's type and the value as it is sent."""
Entity = dict[str, Any]

SEVERITIES = ("Informational", "Low", "Medium", "High")


class Clock:
    """Epoch seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> float:
        return self.now

    def pass_a_day(self) -> None:
        self.now += DAY


class Value(NamedTuple):
    """One value in its spellings."""

    kind: str
    written: str
    canonical: str
    key: Key


def value_of(number: int) -> Value:
    """Seven types in turn; some are written as no service would show them."""
    name = f"n{number}.malware-test.example"
    digits = f"{number + 1:08x}"
    odd = number % 2 == 1
    hashes = {3: ("MD5", "FileMd5", 4), 4: ("SHA-1", "FileSha1", 5), 5: ("SHA-256", "FileSha256", 8)}
    turn = number % 7
    if turn == 0:
        written = f"N{number}[.]Malware-Test[.]example" if odd else name
        return Value("FQDN", written, name, ("DomainName", name))
    if turn == 1:
        host_only = number % 5 == 0
        url = f"https://{name}" if host_only else f"https://{name}/a/{number}?B={number}"
        return Value("URL", url.replace("https", "HTTPS") if odd else url, url, ("Url", url))
    if turn == 2:
        address = f"21.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        return Value(
            "IP Address", address.replace(".", "[.]") if odd else address, address, ("IpAddress", address)
        )
    if turn == 6:
        ipv6 = ipaddress.IPv6Address((0x2A0D << 112) + number + 1)
        segments = ":".join(f"{int(group, 16):x}" for group in ipv6.exploded.split(":"))
        return Value("IPv6 Address", ipv6.exploded if odd else str(ipv6), str(ipv6), ("IpAddress", segments))
    kind, row_type, times = hashes[turn]
    digest = digits * times
    return Value(kind, digest.upper() if odd else digest, digest, (row_type, digest))


def sql_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


def iso_time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text.replace("Z", "+00:00").replace(" ", "T")).timestamp())


class Row(NamedTuple):
    """What the tenant should hold for a key; `expires_at` only where the record brings its own."""

    action: str
    severity: str
    title: str
    description: str
    alert: bool
    expires_at: int | None

    def is_in_step(self, entity: Entity, now: int) -> bool:
        """Whether nothing has to be sent. Differences of expiry here are far from the limits of any rule."""
        return self.same_content(entity) and not self._expiry_is_off(entity["expirationTime"], now)

    def same_content(self, entity: Entity) -> bool:
        shown = tuple(entity[name] for name in ("action", "severity", "title", "description", "generateAlert"))
        return shown == self[:5] and entity["rbacGroupNames"] == []

    def _expiry_is_off(self, shown: str | None, now: int) -> bool:
        if shown is None:
            return True
        if self.expires_at is not None:
            return abs(epoch(shown) - self.expires_at) > DAY
        return not now + DEFAULT_DAYS * DAY // 2 < epoch(shown) <= now + (DEFAULT_DAYS + 1) * DAY

    def sent_expiry(self, now: int) -> str:
        return iso_time(now + DEFAULT_DAYS * DAY if self.expires_at is None else self.expires_at)


@dataclass
class Feed:
    """The collection: records by number, the better the higher the number within one severity."""

    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    values: dict[int, Value] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)
    """Numbers whose values are on the never-block list."""
    file_action: str = "Audit"
    network_action: str = "Audit"

    def add(self, numbers: Iterable[int], severity: str | None = None) -> None:
        for number in numbers:
            value = self.values[number] = value_of(number)
            record = {
                "id": number,
                "type": value.kind,
                "value": value.written,
                "status": "Active",
                "score": number,
                "source": SOURCE,
            }
            if severity or number % 3 == 0:
                name = severity or SEVERITIES[1 + number % 4 % 3]
                record["attributes"] = [{"name": "Severity", "value": name}]
            if number % 4 == 0:
                record["description"] = f"seen <b>{number}</b> times"
            if number % 10 == 0:
                record["malware"] = ["Examplebot", "Otherbot"]
            if number % 50 == 0:
                record["expires_at"] = sql_time(STARTED + (20 + number % 40) * DAY)
            if number % 500 == 7:
                record["expires_at"] = sql_time(STARTED + 4 * DAY + DAY // 2)
            self.records[number] = record

    def add_copy(self, of: int, number: int) -> None:
        """Another, worse record of the same value."""
        self.values[number] = self.values[of]
        self.records[number] = {
            **self.records[of],
            "id": number,
            "score": -number,
            "description": f"copy {number}",
            "attributes": [{"name": "severity", "value": "info"}],
        }
        self.records[number].pop("expires_at", None)

    def remove(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            del self.records[number]

    def write(self, path: Path) -> Path:
        path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in self.records.values()))
        return path

    def write_cut(self, path: Path, share: float) -> list[int]:
        """A gzip that breaks off after this share of its bytes; the numbers of the records that are whole."""
        packed = gzip.compress(b"".join(orjson.dumps(one) + b"\n" for one in self.records.values()))
        cut = packed[: int(len(packed) * share)]
        path.write_bytes(cut)
        whole_lines = zlib.decompressobj(wbits=31).decompress(cut).count(b"\n")
        return list(self.records)[:whole_lines]

    def row(self, number: int) -> Row:
        record, value = self.records[number], self.values[number]
        action = self.file_action if value.kind in ("MD5", "SHA-1", "SHA-256") else self.network_action
        text = f"{value.kind} of collection {COLLECTION}, from {SOURCE}"
        if "description" in record:
            text += "\n" + record["description"].replace("<b>", " ").replace("</b>", " ").replace("  ", " ")
        if "malware" in record:
            text += "\nRelated malware: " + ", ".join(record["malware"])
        expires_at = epoch(record["expires_at"]) if "expires_at" in record else None
        return Row(action, self.severity(number), value.canonical, text, action == "Audit", expires_at)

    def severity(self, number: int) -> str:
        for attribute in self.records[number].get("attributes", ()):
            return {"info": "Informational"}.get(attribute["value"], str(attribute["value"]))
        return "Medium"

    def rank(self, number: int) -> tuple[int, float]:
        return SEVERITIES.index(self.severity(number)), self.records[number]["score"]


@dataclass
class Expected:
    """What a run should make of the tenant.

    `rows` are to be there with this content, those of `created` and `updated` written in this run. `gone` are
    keys that leave, `staying` those that are not wanted and stay. `replaced` are updates of the action.
    """

    rows: dict[Key, Row] = field(default_factory=dict)
    created: set[Key] = field(default_factory=set)
    updated: set[Key] = field(default_factory=set)
    replaced: set[Key] = field(default_factory=set)
    gone: set[Key] = field(default_factory=set)
    staying: set[Key] = field(default_factory=set)
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def writes(self) -> int:
        return len(self.created) + len(self.updated)


def expect(
    feed: Feed,
    before: Mapping[Key, Entity],
    others: Mapping[Key, Collection[str]],
    others_count: int,
    now: int,
    *,
    read: Collection[int] | None = None,
    refused: bool = False,
) -> Expected:
    """What one run should do.

    Args:
        before: rows of ours.
        others: keys that rows of other owners have, and those rows' actions.
        others_count: all rows of other owners.
        read: numbers of the records that the run comes to see, when the input is cut; then nothing absent goes.
        refused: whether the guard keeps what is absent.
    """
    found = Expected()
    by_key: defaultdict[Key, list[int]] = defaultdict(list)
    ends: defaultdict[Key, set[str]] = defaultdict(set)
    allowed = {feed.values[n].key for n, record in feed.records.items() if record["status"] == "Whitelisted"}
    for number, record in feed.records.items():
        if read is not None and number not in read:
            continue
        key = feed.values[number].key
        end = ""
        if record["status"] != "Active":
            end = "inactive"
        elif "expires_at" in record and epoch(record["expires_at"]) < now + 3_600:
            end = "expired"
        elif number in feed.listed:
            end = "protected"
        if end:
            found.outcomes[end] += 1
            ends[key].add(end)
        else:
            by_key[key].append(number)

    best = {key: max(numbers, key=feed.rank) for key, numbers in by_key.items()}
    found.outcomes["duplicate"] = sum(map(len, by_key.values())) - len(best)
    places = CAPACITY - others_count
    for key, number in sorted(best.items(), key=lambda item: feed.rank(item[1]), reverse=True):
        row = feed.row(number)
        there = before.get(key)
        if key in allowed:
            found.outcomes["protected"] += 1
            ends[key].add("protected")
        elif key in others and (there is None or row.action in others[key]):
            found.outcomes["held"] += 1
            ends[key].add("held")
        elif places == 0:
            found.outcomes["left_out"] += 1
        else:
            places -= 1
            found.rows[key] = row
            if there is None:
                found.created.add(key)
            elif not row.is_in_step(there, now):
                found.updated.add(key)
                if row.action != there["action"]:
                    found.replaced.add(key)
    found.outcomes["created"] = len(found.created)
    found.outcomes["updated"] = len(found.updated)
    found.outcomes["unchanged"] = len(found.rows) - found.writes

    for key in before.keys() - found.rows.keys():
        goes = not refused and read is None
        if ends[key] & {"protected", "held"} or (read is None and ends[key] & {"inactive", "expired"}):
            goes = True
        (found.gone if goes else found.staying).add(key)
    found.outcomes += Counter()  # without what is zero
    return found


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


def days_from(seconds: int, days: float) -> str:
    """A time of a record's own."""
    return sql_time(int(seconds + timedelta(days=days).total_seconds()))
