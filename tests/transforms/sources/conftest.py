"""Fixtures of the source tests."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import apache_beam as beam
import pytest
from hypothesis import HealthCheck, settings

from iocbeam.model.settings import RunInfo

# A shared machine is slow now and then; how long an example takes says nothing here.
settings.register_profile("sources", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sources")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data, which lies beside the checkout or where IOCBEAM_SHARED says."""
    default = Path(__file__).resolve().parents[3].parent / "shared"
    path = Path(os.environ.get("IOCBEAM_SHARED", default))
    if not path.is_dir():
        pytest.skip(f"no real data: {path} is not there; set IOCBEAM_SHARED")
    return path


@pytest.fixture(scope="session")
def run() -> RunInfo:
    return RunInfo(run_id="run-1", started_at=1_790_000_000, job="defender", collection="test")


@pytest.fixture
def pipeline() -> Callable[[], beam.Pipeline]:
    """Pipelines on the in-process runner: by its default name Beam tries to download another one first."""
    return lambda: beam.Pipeline(runner="FnApiRunner")
