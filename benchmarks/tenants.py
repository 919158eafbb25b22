"""Several tenants at once, in one run: what it costs beside one tenant alone.

The tenants answer an import after two seconds, as a real service does; a run over 20 of them must not take 20
times as long.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.model.settings import (
    ClassifySettings,
    ConnectionSettings,
    DefenderJob,
    IntakeSettings,
    PlanPolicy,
    RunInfo,
    TenantSettings,
)
from iocbeam.pipelines import defender

from .memory import peak_mb
from .records import ROOT, write_collection

IMPORT_SECONDS = 2.0


def serve(count: int) -> None:
    """Runs so many tenants until the standard input ends; the first line of the output says where."""
    profiles = [
        TenantProfile(tenant_id=f"33333333-3333-4333-8333-{number:012}", import_delay=IMPORT_SECONDS)
        for number in range(count)
    ]
    with LocalTenant(*profiles) as tenant:
        print(json.dumps({"url": tenant.url, "ca_bundle": tenant.ca_bundle}), flush=True)
        sys.stdin.read()


def connections(place: dict[str, str], count: int, secret: Path) -> list[ConnectionSettings]:
    """One for each tenant."""
    profile = TenantProfile()
    secret.write_text(profile.client_secret or "")
    return [
        ConnectionSettings(
            tenant_id=f"33333333-3333-4333-8333-{number:012}",
            client_id=profile.client_id,
            client_secret=f"file:{secret}",
            login_url=place["url"],
            defender_url=place["url"],
            ca_bundle=place["ca_bundle"],
        )
        for number in range(count)
    ]


def timed_run(source: Path, directory: Path, given: list[ConnectionSettings]) -> tuple[float, dict[str, Any]]:
    """One real run into these tenants."""
    tenants = tuple(
        TenantSettings(f"tenant {number}", one, ClassifySettings(collection="bench"), PlanPolicy("bench"))
        for number, one in enumerate(given)
    )
    run = RunInfo("bench", int(time.time()), "defender", "bench")
    started = time.perf_counter()
    summary = defender.run(DefenderJob(run, IntakeSettings((str(source),)), tenants, str(directory)))
    return time.perf_counter() - started, summary


def measure(count: int, source: Path) -> None:
    """Prints a first run and an unchanged one."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.tenants", "--serve", str(count)]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as server:
            if server.stdout is None or server.stdin is None:
                raise SystemExit("the tenants cannot be started")
            given = connections(json.loads(server.stdout.readline()), count, Path(folder) / "secret")
            first, summary = timed_run(source, Path(folder) / "first", given)
            unchanged, again = timed_run(source, Path(folder) / "again", given)
            server.stdin.close()
    for one in (summary, again):
        if one["exit_code"] or not one["balanced"]:
            raise SystemExit(f"{count} tenants: {one['status']}")
    created = sum(one["outcomes"].get("created", 0) for one in summary["tenants"])
    written = sum(one["sent"] for one in again["tenants"])
    print(
        f"{count:>3} tenants   first run {first:6.1f} s ({created:,} rows created)   unchanged {unchanged:6.1f} s "
        f"({written} sent)   peak {peak_mb():.0f} MB",
        flush=True,
    )


def main() -> None:
    """`python -m benchmarks.tenants [COUNT]`: one tenant, then so many."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tenants", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20)
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(given.serve)
        return
    with tempfile.TemporaryDirectory() as directory:
        source = write_collection(Path(directory) / "collection.jsonl", given.records)
        if given.measure:
            measure(given.measure, source)
            return
    # Each in a process of its own, so that memory is told apart.
    for count in (1, given.count):
        command = [sys.executable, "-m", "benchmarks.tenants", "--measure", str(count)]
        subprocess.run([*command, "--records", str(given.records)], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
