"""A collection held against alerts, as one loop and as the sightings job: either side may be the large one.

`python -m benchmarks.sightings [--indicators N] [--alerts N] [--rounds N]` prints both directions as ratios to the
loop in the same run, with peak memory.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from iocbeam.local_tenant.estates.estate import estate
from iocbeam.model.entities import entities_of
from iocbeam.model.indicator import Indicator
from iocbeam.model.ocsf import EventContext, event_of
from iocbeam.model.outcome import Ended
from iocbeam.model.record import Record
from iocbeam.model.settings import ConnectionSettings, IntakeSettings, RunInfo
from iocbeam.model.settings.sightings import ALERTS, ReadTenant, SightingsJob
from iocbeam.model.sighting import ALERT, Fetched
from iocbeam.pipelines import sightings
from iocbeam.planning.sightings.join import Key, Sought, key_of_indicator, keys_of_entity
from iocbeam.transforms import expire, validate
from iocbeam.transforms.sources import FetchFrom, FetchPart, FetchReader, FieldMap

from .memory import peak_mb
from .records import ROOT, write_collection
from .settings import STARTED

TENANT = "11111111-1111-4111-8111-111111111111"
_ESTATE = 50_000
"""Alerts that are made; more are these over again with other ids."""
_SEEN = 500


class AlertFile(FetchReader):
    """Alerts from a file with one a line."""

    def __init__(self, path: str) -> None:
        self._path = path

    def parts(self) -> Iterator[FetchPart]:
        yield FetchPart("alerts", TENANT, ALERT)

    def fetch(self, part: FetchPart, reading: Any) -> Iterator[Fetched]:
        with open(self._path, "rb") as stream:
            for line in stream:
                yield Fetched(ALERT, TENANT, "bench", orjson.loads(line))


def write_alerts(path: Path, count: int, collection: Path) -> None:
    """Alerts of a plausible estate, some of which show what the collection holds."""
    kinds = {"IP Address": "ip", "FQDN": "domain", "URL": "url", "SHA-1": "sha1", "SHA-256": "sha256"}
    sighted = []
    with collection.open("rb") as stream:
        for number, line in enumerate(stream):
            record = orjson.loads(line)
            if number % 97 == 0 and record["type"] in kinds and record["status"] == "Active":
                sighted.append((kinds[record["type"]], record["value"]))
            if len(sighted) == _SEEN:
                break
    made = estate(machines=1_000, alerts=min(count, _ESTATE), seed=1, now=STARTED, sighted=sighted)
    with path.open("wb") as out:
        for number in range(count):
            alert = made.alerts[number % len(made.alerts)]
            out.write(orjson.dumps({**alert, "id": f"{alert['id']}_{number}"}) + b"\n")


def loop(collection: Path, alerts: Path, directory: Path) -> Counter[str]:
    """Does it all in one process without Beam; how the indicators end."""
    counts: Counter[str] = Counter()
    by_key: dict[Key, list[int]] = {}
    kept: list[Fetched] = []
    with alerts.open("rb") as stream:
        for number, line in enumerate(stream):
            fetched = Fetched(ALERT, TENANT, "bench", orjson.loads(line))
            kept.append(fetched)
            for entity in entities_of(fetched):
                for key in keys_of_entity(entity.kind, entity.value):
                    by_key.setdefault(key, []).append(number)
    found: dict[tuple[str, str], Indicator] = {}
    shown: set[int] = set()
    fields, statuses, name = FieldMap(), frozenset(("active",)), str(collection)
    with collection.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            raw = line.rstrip(b"\r\n")
            record = Record(fields.rename(orjson.loads(raw)), raw, f"{name}:{number}", name, "jsonl", "")
            indicator = validate(record, statuses)
            if not isinstance(indicator, Ended):
                indicator = expire(indicator, STARTED)
            if isinstance(indicator, Ended):
                counts[indicator.outcome] += 1
                continue
            hits = by_key.get(key_of_indicator(indicator))
            if hits is None:
                counts["not_sighted"] += 1
            elif indicator.key in found:
                counts["duplicate"] += 1
            else:
                found[indicator.key] = indicator
                shown.update(hits)
    sought, context = Sought(found.values()), EventContext(TENANT, STARTED)
    sighted: set[tuple[str, str]] = set()
    with (directory / "events.jsonl").open("wb") as out:
        for number in sorted(shown):
            matches = sought.matches(entities_of(kept[number]))
            if matches:
                sighted.update(match.indicator.key for match in matches)
                out.write(orjson.dumps(event_of(kept[number], context, matches)) + b"\n")
    counts["sighted"] = len(sighted)
    counts["not_sighted"] += len(found) - len(sighted)
    return counts


def job(collection: Path, alerts: Path, directory: Path) -> Counter[str]:
    """The same by the pipeline."""
    run = RunInfo("bench", STARTED, "sightings", "bench")
    secret = directory / "secret"
    secret.write_text("none")
    connection = ConnectionSettings(TENANT, TENANT, f"file:{secret}")
    made = SightingsJob(
        run,
        IntakeSettings((str(collection),)),
        (ReadTenant("bench", connection),),
        str(directory / "out"),
        reads=(ALERTS,),
        file_lookups=0,
    )
    summary = sightings.run(made, fetch=lambda *_: FetchFrom(AlertFile(str(alerts))))
    if not summary["balanced"]:
        raise SystemExit("the run does not balance")
    return Counter(summary["outcomes"])


def _measured(what: str, collection: Path, alerts: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as directory:
        command = [sys.executable, "-m", "benchmarks.sightings", what, str(collection), str(alerts), directory]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def _compare(indicators: int, alerts: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        collection = write_collection(Path(directory) / "collection.jsonl", indicators)
        alert_file = Path(directory) / "alerts.jsonl"
        write_alerts(alert_file, alerts, collection)
        pairs = [tuple(_measured(what, collection, alert_file) for what in ("loop", "job")) for _ in range(rounds)]
    for one, other in pairs:
        # MD5 ends as not_checkable in the job, which was not allowed to ask for files.
        told = Counter(other["outcomes"])
        told["not_sighted"] += told.pop("not_checkable", 0)
        if +told != +Counter(one["outcomes"]):
            raise SystemExit(f"loop and job do not agree: {one['outcomes']} {other['outcomes']}")
    ratio = statistics.median(other["seconds"] / one["seconds"] for one, other in pairs)
    print(
        f"{indicators:>9,} indicators, {alerts:>9,} alerts   loop {pairs[0][0]['seconds']:6.1f} s"
        f" {pairs[0][0]['peak_mb']:5.0f} MB   job {pairs[0][1]['seconds']:6.1f} s   ratio {ratio:.2f}"
        f"   peak {max(other['peak_mb'] for _, other in pairs):.0f} MB",
        flush=True,
    )


def main() -> None:
    """Runs both directions, or one side of one of them in this process."""
    if sys.argv[1:2] in (["loop"], ["job"]):
        what, collection, alerts, directory = sys.argv[1:5]
        started = time.perf_counter()
        counts = {"loop": loop, "job": job}[what](Path(collection), Path(alerts), Path(directory))
        seconds = time.perf_counter() - started
        print(json.dumps({"seconds": seconds, "peak_mb": peak_mb(), "outcomes": counts}))
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sightings", description=__doc__)
    parser.add_argument("--indicators", type=int, default=1_000_000)
    parser.add_argument("--alerts", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    _compare(given.indicators, given.alerts, given.rounds)
    _compare(given.alerts, given.indicators, given.rounds)


if __name__ == "__main__":
    main()
