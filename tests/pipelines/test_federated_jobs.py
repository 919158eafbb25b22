"""Whole runs of the program without a secret: a service account of Google Cloud vouches for the app."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from job_help import domains

from iocbeam.cli import main
from iocbeam.local_tenant import GraphProfile, LocalMetadata, LocalTenant, TenantProfile


@pytest.fixture(scope="module")
def metadata_server() -> Iterator[LocalMetadata]:
    with LocalMetadata() as running:
        yield running


@pytest.fixture
def metadata(metadata_server: LocalMetadata, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> LocalMetadata:
    """The metadata server of this machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("GCE_METADATA_HOST", metadata_server.host)
    monkeypatch.chdir(tmp_path)
    metadata_server.claims.clear()
    metadata_server.issued.clear()
    metadata_server.clear_requests()
    return metadata_server


@pytest.fixture
def tenant(metadata: LocalMetadata) -> Iterator[LocalTenant]:
    profile = TenantProfile(
        client_secret=None,
        federated_credentials=(metadata.credential(),),
        rate_limits=None,
        graph=GraphProfile(rate_limit=None),
    )
    with LocalTenant(profile) as running:
        yield running


def login(tenant: LocalTenant) -> list[str]:
    own = tenant.profiles[0]
    return [
        f"--tenant_id={own.tenant_id}",
        f"--client_id={own.client_id}",
        "--federated_identity=google",
        f"--login_url={tenant.login_url}",
        f"--ca_bundle={tenant.ca_bundle}",
    ]


def collection(records: list[dict[str, Any]]) -> str:
    Path("feed.jsonl").write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))
    return "--input=feed.jsonl"


def nothing_leaked(metadata: LocalMetadata, *texts: str) -> None:
    """Neither an identity token nor any other signed one is in what was printed, logged or written."""
    written = [path.read_bytes() for path in Path("out").rglob("*") if path.is_file()]
    signatures = [token.rsplit(".", 1)[1] for token in metadata.issued]
    assert signatures
    for text in (*written, *(text.encode() for text in texts)):
        assert b"eyJ" not in text
        assert not [signature for signature in signatures if signature.encode() in text]


def test_defender(
    tenant: LocalTenant,
    metadata: LocalMetadata,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    argv = [*login(tenant), f"--defender_url={tenant.defender_url}", "--collection=feed", "--output=out"]
    assert main(["defender", *argv, collection(domains(3))]) == 0
    assert sorted(row["indicatorValue"] for row in tenant.rows()) == sorted(one["value"] for one in domains(3))
    assert {request.status for request in metadata.requests} == {200}
    printed = capsys.readouterr()
    nothing_leaked(metadata, printed.out, printed.err, caplog.text)
    summary = json.loads(Path("out/summary.json").read_bytes())
    assert summary["exit_code"] == 0


def test_a_defender_run_that_nobody_vouches_for_changes_nothing_and_says_why(
    tenant: LocalTenant, metadata: LocalMetadata, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata.claims["sub"] = "200000000000000000002"
    argv = [*login(tenant), f"--defender_url={tenant.defender_url}", "--collection=feed", "--output=out"]
    assert main(["defender", *argv, collection(domains(3))]) == 1
    assert tenant.rows() == []
    printed = capsys.readouterr()
    said = " ".join((printed.out + printed.err).split())
    for words in ("AADSTS700213", "subject 200000000000000000002", "numeric unique id"):
        assert words in said
    nothing_leaked(metadata, printed.out, printed.err)


def test_one_service_account_for_several_tenants_and_one_that_does_not_trust_it(
    metadata: LocalMetadata, capsys: pytest.CaptureFixture[str]
) -> None:
    good = metadata.credential()
    stranger = dataclasses.replace(good, subject="200000000000000000002")
    profiles = [
        TenantProfile(
            tenant_id=f"{number}" * 8 + "-1111-4111-8111-111111111111",
            client_secret=None,
            federated_credentials=(trusted,),
            rate_limits=None,
        )
        for number, trusted in ((4, good), (5, stranger), (6, good))
    ]
    with LocalTenant(*profiles) as tenant:
        Path("tenants.yaml").write_text(
            "".join(
                f"- alias: tenant-{place}\n  tenant_id: {profile.tenant_id}\n"
                for place, profile in enumerate(profiles)
            )
        )
        argv = [one for one in login(tenant) if "--tenant_id" not in one]
        job = [f"--defender_url={tenant.defender_url}", "--collection=feed", "--output=out"]
        assert main(["defender", *argv, *job, "--tenants=tenants.yaml", collection(domains(2))]) != 0
        assert [len(tenant.rows(profile.tenant_id)) for profile in profiles] == [2, 0, 2]
    printed = capsys.readouterr()
    assert "AADSTS700213" in printed.out + printed.err
    nothing_leaked(metadata, printed.out, printed.err)


def test_entra_and_then_a_check_of_it(
    tenant: LocalTenant, metadata: LocalMetadata, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = [*login(tenant), f"--graph_url={tenant.graph_url}"]
    records = [{"id": 1, "type": "IP Address", "value": "45.66.77.88", "status": "Active"}]
    job = ["--collection=feed", "--location_name=Feed", "--my_address=198.51.100.0/24", "--output=out"]
    assert main(["entra", *argv, *job, collection(records)]) == 0
    (location,) = tenant.locations()
    assert [one["cidrAddress"] for one in location["ipRanges"]] == ["45.66.77.88/32"]
    printed = capsys.readouterr()
    nothing_leaked(metadata, printed.out, printed.err)
    assert main(["check", *argv, "--jobs=entra", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["tenants"]
    (logged_in,) = [check for check in entry["checks"] if check["check"] == "login"]
    assert f"subject {metadata.subject}" in logged_in["message"]


def test_sightings_and_search_read_without_a_secret(
    tenant: LocalTenant, metadata: LocalMetadata, capsys: pytest.CaptureFixture[str]
) -> None:
    argv = [*login(tenant), f"--defender_url={tenant.defender_url}", f"--graph_url={tenant.graph_url}"]
    job = ["--collection=feed", "--output=out"]
    assert main(["sightings", *argv, *job, collection(domains(2))]) == 0
    printed = capsys.readouterr()
    nothing_leaked(metadata, printed.out, printed.err)
    asked = len(metadata.requests)
    assert main(["search", "203.0.113.9", *argv, "--json"]) == 0
    assert len(metadata.requests) > asked
    assert "eyJ" not in capsys.readouterr().out
