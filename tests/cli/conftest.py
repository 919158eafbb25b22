"""The command line with its one call into a pipeline replaced, and dead letters to look at."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import fastavro
import pytest
from fake_pipeline import FakePipeline
from search_help import Searcher, fill

from iocbeam.local_tenant import LocalTenant, ReadProfile, TenantProfile
from iocbeam.model.dead_letter import DEAD_LETTER_SCHEMA


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    fake = FakePipeline()
    # The package too, so that the real one, which imports Beam, stays out of these tests.
    monkeypatch.setitem(sys.modules, "iocbeam.pipelines", ModuleType("iocbeam.pipelines"))
    for name in ("defender", "entra", "sightings", "sync"):
        module = ModuleType(f"iocbeam.pipelines.{name}")
        module.run = partial(fake.run, name)  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return fake


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """80 columns, and a folder of its own to run in."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("IOCBEAM_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def write_letters(tmp_path: Path) -> Callable[..., Path]:
    def write(*letters: dict[str, Any], name: str = "out/deadletters-validate-00000-of-00001.avro") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            fastavro.writer(file, DEAD_LETTER_SCHEMA, letters)
        return path

    return write


@pytest.fixture
def searcher(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Searcher]]:
    """Start a tenant with machines and alerts and search in it: `searcher(roles=…, starts_with="reject")`, with
    switches of `ReadProfile`; `more` are further tenants, empty ones. Its terminal is wide."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("SEARCH_SECRET", TenantProfile().client_secret or "")
    with ExitStack() as stack:

        def start(*, more: tuple[TenantProfile, ...] = (), **fields: Any) -> Searcher:
            own = {name: fields.pop(name) for name in [*fields] if name not in ("roles",)}
            profile = TenantProfile(rate_limits=None, read=ReadProfile(**own), **fields)
            tenant = stack.enter_context(LocalTenant(profile, *more))
            fill(tenant)
            return Searcher(tenant, capsys)

        yield start
