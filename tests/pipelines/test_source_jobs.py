"""Jobs whose collection is in a service: what is checked before, and one small run of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from job_help import JobSite
from taxii_server import COLLECTION, PASSWORD, TaxiiApp, TlsServer

from iocbeam.local_tenant import EXPORT_HASH, LocalMisp, LocalThreatQ
from iocbeam.model.errors import ConfigurationError, Stop, UsageError
from iocbeam.model.settings import (
    ClassifySettings,
    ConnectionSettings,
    DefenderJob,
    IntakeSettings,
    PlanPolicy,
    RunInfo,
    TenantSettings,
)
from iocbeam.model.settings.source import (
    MispSettings,
    NetworkSettings,
    SourceSettings,
    TaxiiSettings,
    ThreatQSettings,
)
from iocbeam.pipelines.beam_run import prepared
from iocbeam.pipelines.intake import source_of
from iocbeam.pipelines.preflight import preflight
from iocbeam.transforms.sources import (
    ReadCollection,
    ReadDeadLetters,
    ReadFromMisp,
    ReadFromTaxii,
    ReadFromThreatQ,
)

RUN = RunInfo("run-1", 1_790_000_000, "defender", "drill", dry_run=True)
REPLAY = RunInfo("run-1", 1_790_000_000, "defender", "drill", dry_run=True, replay=True)
THREATQ = ThreatQSettings("https://tq.example.com", "Export", "id", client_secret="env:SOURCE_SECRET")
TAXII = TaxiiSettings("https://t.example/a", "c", username="u", password="env:SOURCE_SECRET")
MISP = MispSettings("https://misp.example.com", "env:SOURCE_SECRET")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.delenv("SOURCE_SECRET", raising=False)


def dry_job(intake: IntakeSettings, output: Path, run: RunInfo = RUN) -> DefenderJob:
    tenant = TenantSettings("dry", ConnectionSettings(), ClassifySettings(), PlanPolicy("drill"))
    return DefenderJob(run, intake, (tenant,), str(output))


@pytest.mark.parametrize(
    ("settings", "kind"), [(THREATQ, ReadFromThreatQ), (TAXII, ReadFromTaxii), (MISP, ReadFromMisp)]
)
def test_which_transform_reads(settings: SourceSettings, kind: type) -> None:
    assert type(source_of(RUN, IntakeSettings(source=settings))) is kind
    assert type(source_of(RUN, IntakeSettings(("a",)))) is ReadCollection
    assert type(source_of(REPLAY, IntakeSettings(("a",)))) is ReadDeadLetters


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        (THREATQ, "--threatq_client_secret"),
        (
            ThreatQSettings("https://tq.example.com", "E", "i", username="u", password="env:SOURCE_SECRET"),
            "--threatq_password",
        ),
        (TAXII, "--taxii_password"),
        (TaxiiSettings("https://t.example/a", "c", token="env:SOURCE_SECRET"), "--taxii_token"),
        (MISP, "--misp_key"),
    ],
)
def test_a_secret_that_is_not_there_is_said_before_anything_else(
    settings: SourceSettings, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out"
    with pytest.raises(
        ConfigurationError, match=rf"^{option}: the environment variable SOURCE_SECRET is not set\."
    ):
        preflight(dry_job(IntakeSettings(source=settings), output))
    assert not output.exists()
    monkeypatch.setenv("SOURCE_SECRET", "x")
    assert preflight(dry_job(IntakeSettings(source=settings), output)) == []
    assert output.is_dir()


def test_a_source_without_secrets_needs_none(tmp_path: Path) -> None:
    for settings in (TaxiiSettings("https://t.example/a", "c"), MispSettings("gs://bucket/feed")):
        assert preflight(dry_job(IntakeSettings(source=settings), tmp_path / "out")) == []


def test_a_window_that_is_none_is_said_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_SECRET", "x")
    settings = MispSettings("https://misp.example.com", "env:SOURCE_SECRET", changed_within="lately")
    with pytest.raises(UsageError, match="--misp_changed_within: 'lately' is no window"):
        preflight(dry_job(IntakeSettings(source=settings), tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_files_and_dead_letters_are_looked_for(tmp_path: Path) -> None:
    for run in (RUN, REPLAY):
        with pytest.raises(Stop, match=r"--input: .*no such file"):
            preflight(dry_job(IntakeSettings((str(tmp_path / "none"),)), tmp_path / "out", run))


def test_files_and_a_service_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="not both"):
        IntakeSettings(("a",), source=MISP)
    with pytest.raises(UsageError, match="--input is missing"):
        IntakeSettings()


@pytest.mark.parametrize(
    ("settings", "is_part"),
    [
        (MispSettings("gs://bucket/feed"), False),
        (MispSettings("gs://bucket/feed", tags=("tlp:green",)), False),
        (MispSettings("gs://bucket/feed", changed_within="7d"), True),
        (MispSettings("gs://bucket/feed", published_within="7d"), True),
        (TaxiiSettings("https://t.example/a", "c"), False),
        (TaxiiSettings("https://t.example/a", "c", added_after="2026-10-01T00:00:00Z"), True),
    ],
)
def test_a_part_of_a_collection_withdraws_nothing(settings: SourceSettings, is_part: bool, tmp_path: Path) -> None:
    job = dry_job(IntakeSettings(source=settings), tmp_path / "out")
    ready = prepared(job)(job.tenants[0])
    assert ready.policy.withdraw != is_part
    assert ["part of the collection" in notice for notice in ready.notices] == [True] * is_part


RECORDS = [
    {"type": "FQDN", "value": "evil.malware-test.example", "score": 7},
    {"type": "IP Address", "value": "45.155.205.233"},
    {"type": "IP Address", "value": "10.0.0.1"},
]


def test_a_job_from_threatq(site: Callable[..., JobSite], monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalThreatQ(RECORDS) as threatq:
        monkeypatch.setenv("SOURCE_SECRET", threatq.profile.client_secret)
        source = ThreatQSettings(
            threatq.url,
            EXPORT_HASH,
            threatq.profile.client_id,
            client_secret="env:SOURCE_SECRET",
            network=NetworkSettings(ca_bundle=threatq.ca_bundle),
        )
        here = site()
        summary = here.run(here.job(source=source))
    assert (summary["exit_code"], summary["records_read"], summary["balanced"]) == (0, 3, True)
    assert summary["outcomes"] == {"created": 2, "rejected": 1}
    assert {row["indicatorValue"] for row in here.tenant.rows()} == {
        "evil.malware-test.example",
        "45.155.205.233",
    }
    # What ThreatQ gave goes through the same stages again without it.
    again = here.run(here.job(here.output, replay=True, output=here.directory / "again"))
    assert (again["records_read"], again["outcomes"]) == (1, {"rejected": 1})


def read(pipeline: Callable[..., Any], source: SourceSettings) -> None:
    """Reads two values and says so."""
    with pipeline() as p:
        found = p | source_of(RUN, IntakeSettings(source=source))
        values = found.records | beam.Map(lambda record: record.fields["value"])
        assert_that(values, equal_to(["evil.malware-test.example", "45.155.205.233"]))
        complete = found.reports | beam.Map(lambda report: (report.complete, report.records))
        assert_that(complete, equal_to([(True, 2)]), label="Reports")


def test_a_collection_from_misp(test_pipeline: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalMisp() as misp:
        monkeypatch.setenv("SOURCE_SECRET", misp.key)
        misp.store.add("domain", "evil.malware-test.example")
        misp.store.add("ip-dst", "45.155.205.233")
        network = NetworkSettings(ca_bundle=misp.ca_bundle)
        read(test_pipeline, MispSettings(misp.url, "env:SOURCE_SECRET", page_size=1, network=network))


def test_a_collection_from_taxii(
    test_pipeline: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TAXII_PASSWORD", PASSWORD)
    patterns = ["[domain-name:value = 'evil.malware-test.example']", "[ipv4-addr:value = '45.155.205.233']"]
    objects = [
        {
            "type": "indicator",
            "spec_version": "2.1",
            "id": f"indicator--00000000-0000-4000-8000-00000000000{number}",
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "pattern": pattern,
            "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z",
        }
        for number, pattern in enumerate(patterns)
    ]
    with TlsServer(tmp_path, TaxiiApp(objects)) as server:
        assert server.settings().collection == COLLECTION
        read(test_pipeline, server.settings())
