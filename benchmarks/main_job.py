"""The whole dry run of the Defender job, measured from inside its process."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from iocbeam.model.settings import DefenderJob, IntakeSettings, RunInfo
from iocbeam.pipelines import defender

from .memory import peak_mb
from .settings import STARTED, tenant_settings


def job(source: Path, directory: Path, connection: str = "") -> DefenderJob:
    """A dry run with all defaults; see `settings.tenant_settings` for the connection."""
    run = RunInfo("bench", STARTED, "defender", "bench", dry_run=True)
    return DefenderJob(run, IntakeSettings((str(source),)), (tenant_settings(connection),), str(directory))


def main() -> None:
    """`python -m benchmarks.main_job COLLECTION DIRECTORY [CONNECTION]`: prints seconds, start-up, peak memory and
    outcomes."""
    source, directory = map(Path, sys.argv[1:3])
    connection = "".join(sys.argv[3:])
    with tempfile.TemporaryDirectory() as small:
        one = Path(small) / f"one{source.suffix}"
        with source.open("rb") as stream:
            one.write_bytes(b"".join(stream.readlines(200)[:2]))
        defender.run(job(one, Path(small)))  # the first pipeline of a process also pays for imports
        started = time.perf_counter()
        defender.run(job(one, Path(small)))
        startup = time.perf_counter() - started
    started = time.perf_counter()
    summary = defender.run(job(source, directory, connection))
    seconds = time.perf_counter() - started
    if not summary["balanced"]:
        raise SystemExit("the run does not balance")
    print(
        json.dumps({"seconds": seconds, "startup": startup, "peak_mb": peak_mb(), "outcomes": summary["outcomes"]})
    )


if __name__ == "__main__":
    main()
