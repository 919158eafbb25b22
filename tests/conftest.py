"""What all tests share: the folder with real data, and a pipeline on the in-process runner."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples in every run, and none that fails because another job had the processor.
settings.register_profile("iocbeam", deadline=None, max_examples=60, derandomize=True, database=None)
settings.load_profile("iocbeam")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with vectors and real data, which stands beside the checkout and is no part of it."""
    named = os.environ.get("IOCBEAM_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}: put the shared folder beside the checkout or name it by IOCBEAM_SHARED")
    return folder


@pytest.fixture(scope="session")
def ocsf_schemas(shared: Path) -> Any:
    """The JSON Schemas of OCSF 1.8.0, as `ocsf_help.Schemas`."""
    from ocsf_help import Schemas

    return Schemas(shared / "schemas")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """The command line configures logging for the whole process; the next test must not notice."""
    loggers = [logging.getLogger(), logging.getLogger("iocbeam")]
    before = [(one.level, one.propagate, one.handlers[:]) for one in loggers]
    yield
    for logger, (level, propagate, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.propagate = propagate
        logger.handlers[:] = handlers


@pytest.fixture(scope="session")
def test_pipeline() -> Callable[..., Any]:
    """`test_pipeline()` makes a pipeline on the in-process runner; DirectRunner may download another one."""

    def make(**options: Any) -> Any:
        # Here and not above: most tests need no Beam, and importing it takes longer than they do.
        import apache_beam as beam

        return beam.Pipeline(runner="FnApiRunner", **options)

    return make
