"""The sightings job against a local tenant: what is seen is found, and what is not found was looked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastavro
import pyarrow.parquet
import pytest
from sighting_help import SightingSite, alert, file_evidence, machine, record, shown_by

from iocbeam.local_tenant import Answer, EditAnswer, Fault, LocalTenant, TenantProfile
from iocbeam.model.errors import PermissionDenied

SHA1, OTHER_SHA1, MD5, SHA256 = "a1" * 20, "b2" * 20, "c3" * 16, "d4" * 32
SECOND = "22222222-1111-4111-8111-111111111111"

Start = Callable[..., SightingSite]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a local tenant, or one with a second organisation in it; rates are off unless given."""
    running: list[LocalTenant] = []

    def make(*profiles: dict[str, Any]) -> SightingSite:
        made = [TenantProfile(**{"rate_limits": None, **profile}) for profile in profiles or ({},)]
        tenant = LocalTenant(*made)
        tenant.start()
        running.append(tenant)
        return SightingSite(tenant, tmp_path)

    yield make
    for tenant in running:
        tenant.stop()


def ip_evidence(address: str) -> dict[str, Any]:
    return {"entityType": "Ip", "ipAddress": address}


def url_evidence(url: str) -> dict[str, Any]:
    return {"entityType": "Url", "url": url}


def test_every_record_ends_once_and_machines_and_alerts_name_what_they_show(start: Start) -> None:
    site = start()
    site.tenant.seed_machines([machine(1), machine(2, lastExternalIpAddress="9.9.9.9"), machine(3)])
    site.tenant.seed_alerts(
        [
            alert("1", ip_evidence("9.9.9.9"), url_evidence("https://www.evil-test.com/path")),
            alert("2", file_evidence(SHA1.upper(), "Dropper.EXE", sha256=SHA256)),
            alert("3", ip_evidence("1.1.1.1")),
        ]
    )
    records = [
        record("IP Address", "9.9.9.9", severity="High", malware=["Examplebot"]),
        record("IP Address", "9.9.9.9"),
        record("CIDR Block", "9.9.0.0/16"),
        record("FQDN", "evil-test.com"),
        record("URL", "http://www.evil-test.com/path"),
        record("SHA-1", SHA1),
        record("SHA-256", SHA256),
        record("File Name", "dropper.exe"),
        record("FQDN", "quiet-test.com"),
        record("SHA-1", OTHER_SHA1),
        record("IP Address", "10.0.0.1"),
        record("FQDN", "old-test.com", expires_at="2026-01-01 00:00:00"),
        record("FQDN", "review-test.com", status="Review"),
    ]
    summary = site.run(records)
    assert summary["balanced"]
    assert summary["exit_code"] == 0
    assert summary["outcomes"] == {
        "sighted": 7,
        "not_sighted": 2,
        "expired": 1,
        "inactive": 1,
        "duplicate": 1,
        "rejected": 1,
    }
    assert summary["objects"]["machines"] == {"read": 3, "matched": 1, "written": 1, "complete": True}
    assert summary["objects"]["alerts"] == {"read": 3, "matched": 2, "written": 2, "complete": True}
    [device] = site.events("device-inventory-info")
    assert device["class_uid"] == 5001
    assert shown_by(device) == {"9.9.9.9", "9.9.0.0/16"}
    findings = {event["finding_info"]["uid"]: shown_by(event) for event in site.events("detection-finding")}
    assert findings == {
        "da1_1": {"9.9.9.9", "9.9.0.0/16", "evil-test.com", "http://www.evil-test.com/path"},
        "da2_1": {SHA1, SHA256, "dropper.exe"},
    }
    first = summary["sighted"][0]
    assert first == {
        "type": "IP Address", "value": "9.9.9.9", "severity": "High", "malware": "Examplebot",
        "machines": 1, "alerts": 1,
    }  # fmt: skip
    assert site.outcomes("seek")["quiet-test.com"] == ("not_sighted", "not_found")
    assert site.outcomes("match")["9.9.9.9"] == ("sighted", "")


def test_the_calls_do_not_grow_with_the_indicators(start: Start) -> None:
    site = start()
    site.tenant.seed_machines([machine(1)])
    site.tenant.seed_alerts([alert("1", ip_evidence("9.9.9.9"))])
    site.run([record("FQDN", "one-test.com")])
    few = sorted((one.method, one.path) for one in site.tenant.requests)
    site.run([record("FQDN", f"n{number}.many-test.com") for number in range(3_000)])
    assert sorted((one.method, one.path) for one in site.tenant.requests) == few


def test_files_are_asked_for_only_if_an_indicator_needs_them_and_no_file_twice(start: Start) -> None:
    site = start()
    files = [{"sha1": SHA1, "md5": MD5, "fileProductName": "Example Remote Tool"}]
    site.tenant.seed_alerts(
        [
            alert("1", file_evidence(SHA1)),
            alert("2", file_evidence(SHA1)),
            alert("3", ip_evidence("1.1.1.1")),
        ],
        files={"da1_1": files, "da2_1": files},
    )
    site.run([record("FQDN", "quiet-test.com")])
    assert site.calls("/files") == 0
    summary = site.run([record("MD5", MD5.upper()), record("File Name", "Example Remote Tool")])
    assert site.calls("/files") == 1
    assert summary["outcomes"] == {"sighted": 2}
    assert summary["objects"]["files"] == {"asked": 1, "left_out": 0, "complete": True}
    # Both alerts show the file, and the answer for one says what it is.
    assert {event["finding_info"]["uid"]: shown_by(event) for event in site.events("detection-finding")} == {
        "da1_1": {MD5, "example remote tool"},
        "da2_1": {MD5, "example remote tool"},
    }


def md5_of(digest: str, value: str, **fields: Any) -> dict[str, Any]:
    return {"sha1": digest, "sha256": None, "md5": value, **fields}


@pytest.mark.parametrize(
    ("alerts", "files", "expected"),
    [
        pytest.param(
            [alert("1", file_evidence(SHA1), {"entityType": "File", "fileName": "x.exe"})],
            {"da1_1": [md5_of(SHA1, "1" * 32), md5_of(OTHER_SHA1, MD5)]},
            "sighted",
            id="the-answer-shows-a-file-more",
        ),
        pytest.param(
            [alert("1", file_evidence(SHA1))],
            {"da1_1": [md5_of(SHA1, "1" * 32), {"md5": MD5}]},
            "sighted",
            id="a-file-without-another-hash",
        ),
        pytest.param(
            [
                alert("1", file_evidence(SHA1), {"entityType": "File", "fileName": "x.exe"}),
                alert("2", file_evidence(SHA1), lastUpdateTime="2026-09-20T10:00:00Z"),
            ],
            {"da1_1": [md5_of(SHA1, "1" * 32), {"md5": MD5}], "da2_1": [md5_of(SHA1, "1" * 32)]},
            "sighted",
            id="a-name-only-in-the-older-of-two",
        ),
        pytest.param(
            [alert("1", file_evidence(SHA1), file_evidence(OTHER_SHA1))],
            {"da1_1": [md5_of(SHA1, "1" * 32)]},
            "not_checkable",
            id="the-answer-lacks-a-file",
        ),
        pytest.param(
            [alert("1", file_evidence(SHA1))],
            {"da1_1": [{"sha1": SHA1, "md5": None}]},
            "not_checkable",
            id="the-answer-has-no-md5",
        ),
        pytest.param([alert("=1", file_evidence(SHA1))], {}, "not_checkable", id="an-id-that-cannot-be-asked"),
        pytest.param([alert("1", file_evidence(SHA1), id=None)], {}, "not_checkable", id="no-id"),
        pytest.param([alert("1", ip_evidence("1.1.1.1"))], {}, "not_sighted", id="no-file-in-any-evidence"),
    ],
)
def test_an_md5_is_seen_where_an_answer_has_it_and_not_checkable_where_none_tells(
    start: Start, alerts: list[dict[str, Any]], files: dict[str, Any], expected: str
) -> None:
    site = start()
    site.tenant.seed_alerts(alerts, files=files)
    summary = site.run([record("MD5", MD5)])
    assert summary["outcomes"] == {expected: 1}


def test_an_alert_that_is_gone_when_it_is_asked_about_leaves_its_files_open(start: Start) -> None:
    site = start()
    site.tenant.seed_alerts([alert("1", file_evidence(SHA1))])
    site.tenant.faults.add(Fault("/api/alerts/da1_1/files", Answer(404)))
    summary = site.run([record("MD5", MD5)])
    assert summary["reasons"] == {"not_checkable": {"files_not_read": 1}}


def test_a_hash_that_only_the_files_show_is_seen(start: Start) -> None:
    site = start()
    site.tenant.seed_alerts(
        [alert("1", file_evidence(SHA1))], files={"da1_1": [{"sha1": SHA1, "sha256": SHA256, "md5": MD5}]}
    )
    summary = site.run([record("SHA-256", SHA256), record("SHA-256", "e5" * 32)])
    assert site.calls("/files") == 1
    assert summary["outcomes"] == {"sighted": 1, "not_sighted": 1}


def test_alerts_without_their_evidence_were_not_looked_at(start: Start) -> None:
    site = start()
    site.tenant.seed_alerts([alert("1", ip_evidence("9.9.9.9"))])
    site.tenant.faults.add(Fault("/api/alerts", EditAnswer(_without_evidence)))
    summary = site.run([record("IP Address", "9.9.9.9")])
    assert summary["reasons"] == {"not_checkable": {"read_incomplete": 1}}


def _without_evidence(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "value": [{**row, "evidence": None} for row in body["value"]]}


def test_beyond_the_allowed_lookups_md5_is_not_checkable_and_never_not_sighted(start: Start) -> None:
    site = start()
    site.tenant.seed_alerts([alert(str(number), file_evidence(f"{number:040x}")) for number in range(1, 5)])
    summary = site.run([record("MD5", MD5), record("FQDN", "quiet-test.com")], file_lookups=2)
    assert site.calls("/files") == 2
    assert summary["reasons"]["not_checkable"] == {"files_not_read": 1}
    assert summary["outcomes"]["not_sighted"] == 1
    assert summary["exit_code"] == 0
    assert "--file_lookups" in " ".join(summary["plan_notices"])


def test_without_the_role_for_files_the_rest_is_looked_for_and_the_run_says_so(start: Start) -> None:
    site = start({"roles": ("Machine.Read.All", "Alert.Read.All")})
    site.tenant.seed_alerts([alert("1", file_evidence(SHA1), ip_evidence("9.9.9.9"))])
    summary = site.run([record("MD5", MD5), record("IP Address", "9.9.9.9")])
    assert summary["outcomes"] == {"sighted": 1, "not_checkable": 1}
    assert "File.Read.All" in summary["stopped"]
    assert summary["exit_code"] == 3


def test_without_defenders_alerts_md5_is_not_checkable(start: Start) -> None:
    site = start()
    site.tenant.seed_machines([machine(1)])
    summary = site.run([record("MD5", MD5)], reads=("machines",))
    assert summary["reasons"]["not_checkable"] == {"not_shown": 1}


def test_after_a_read_that_breaks_off_nothing_is_called_not_sighted(start: Start) -> None:
    site = start()
    site.tenant.seed_machines([machine(1, lastExternalIpAddress="9.9.9.9")])
    site.tenant.seed_alerts(
        [
            alert(str(number), ip_evidence("1.1.1.1"), lastUpdateTime=f"2026-09-{number:02}T09:00:00Z")
            for number in range(1, 20)
        ]
    )
    # The first weeks are answered, the last ones are not.
    site.tenant.faults.add(Fault("/api/alerts", Answer(503), nth=6, times=100))
    summary = site.run([record("IP Address", "9.9.9.9"), record("FQDN", "quiet-test.com")])
    assert summary["outcomes"] == {"sighted": 1, "not_checkable": 1}
    assert summary["reasons"]["not_checkable"] == {"read_incomplete": 1}
    assert not summary["objects"]["alerts"]["complete"]
    assert summary["exit_code"] == 3
    assert summary["balanced"]


def test_a_tenant_that_cannot_be_read_ends_the_run_when_it_is_alone(start: Start) -> None:
    site = start({"roles": ("Alert.Read.All",)})
    with pytest.raises(PermissionDenied, match="machines"):
        site.run([record("FQDN", "quiet-test.com")])


def test_each_tenant_has_outcomes_and_files_of_its_own_and_one_that_fails_stops_no_other(start: Start) -> None:
    site = start({}, {"tenant_id": SECOND, "roles": ("Machine.Read.All",)})
    for tenant_id in (None, SECOND):
        site.tenant.seed_machines([machine(1, lastExternalIpAddress="9.9.9.9")], tenant_id)
    summary = site.run(
        [record("IP Address", "9.9.9.9"), record("FQDN", "quiet-test.com")], aliases=("Contoso", "Fabrikam EU")
    )
    first, second = sorted(summary["tenants"], key=lambda entry: entry["alias"])
    assert first["outcomes"] == {"sighted": 1, "not_sighted": 1}
    assert second["outcomes"] == {"sighted": 1, "not_checkable": 1}
    assert "Alert.Read.All" in second["stopped"]
    assert summary["exit_code"] == 3
    assert summary["balanced"]
    assert len(site.events("device-inventory-info-contoso")) == 1
    assert len(site.events("device-inventory-info-fabrikam-eu")) == 1


def test_an_alert_that_defender_and_graph_both_have_is_one_finding(start: Start) -> None:
    site = start()
    site.tenant.seed_alerts([alert("1", ip_evidence("9.9.9.9"))])
    own = {"id": "da1_1", "providerAlertId": "da1_1", "serviceSource": "microsoftDefenderForEndpoint"}
    other = {"id": "ca9", "providerAlertId": "x9", "serviceSource": "microsoftDefenderForCloudApps"}
    # Of Defender for Endpoint as well, but Defender's own list did not have it.
    missed = {"id": "da7_1", "providerAlertId": "da7_1", "serviceSource": "microsoftDefenderForEndpoint"}
    shown = {
        "evidence": [{"@odata.type": "#microsoft.graph.security.ipEvidence", "ipAddress": "9.9.9.9"}],
        "createdDateTime": "2026-09-20T08:00:00Z",
        "lastUpdateDateTime": "2026-09-20T09:00:00Z",
    }
    site.tenant.seed_graph_alerts([{**own, **shown}, {**other, **shown}, {**missed, **shown}])
    summary = site.run([record("IP Address", "9.9.9.9")], reads=("alerts", "graph_alerts"))
    assert summary["sighted"][0]["alerts"] == 3
    findings = [event["finding_info"]["uid"] for event in site.events("detection-finding")]
    assert sorted(findings) == ["ca9", "da1_1", "da7_1"]


def test_an_empty_tenant_shows_nothing(start: Start) -> None:
    site = start()
    summary = site.run([record("FQDN", "quiet-test.com"), record("MD5", MD5)])
    assert summary["outcomes"] == {"not_sighted": 2}
    assert summary["exit_code"] == 0
    assert not list(site.output.glob("detection-finding*"))


def test_an_empty_collection_is_no_good_news(start: Start) -> None:
    site = start()
    site.tenant.seed_machines([machine(1)])
    summary = site.run([])
    assert (summary["records_read"], summary["outcomes"]) == (0, {})
    assert summary["intake_problem"].startswith("no record was read")
    assert summary["exit_code"] == 3


def test_events_name_the_collection_and_the_run(start: Start) -> None:
    site = start()
    site.tenant.seed_alerts([alert("1", ip_evidence("9.9.9.9"))])
    site.run([record("IP Address", "9.9.9.9")])
    [event] = site.events("detection-finding")
    [told] = [one["data"] for one in event["enrichments"]]
    assert (told["collection"], told["run_id"]) == ("test", "run-1")


def test_all_events_writes_what_shows_no_indicator_too(start: Start) -> None:
    site = start()
    site.tenant.seed_machines([machine(1), machine(2)])
    site.tenant.seed_alerts([alert("1", ip_evidence("9.9.9.9"))])
    summary = site.run([record("FQDN", "quiet-test.com")], all_events=True)
    assert summary["objects"]["machines"]["written"] == 2
    assert len(site.events("device-inventory-info")) == 2
    assert len(site.events("detection-finding")) == 1
    assert all(not shown_by(event) for event in site.events("device-inventory-info"))


def _avro(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as stream:
        return [dict(row) for row in fastavro.reader(stream)]  # type: ignore[arg-type]


def _parquet(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize(
    ("event_format", "read"), [("avro", _avro), ("parquet", _parquet)], ids=["avro", "parquet"]
)
@pytest.mark.parametrize(
    ("dialect", "finding"),
    [("ocsf", "detection-finding"), ("ocsf_legacy", "security-finding"), ("qdm", "security-finding")],
    ids=["ocsf", "legacy", "qdm"],
)
def test_every_dialect_is_written_in_every_format(
    start: Start, dialect: str, finding: str, event_format: str, read: Callable[[Path], list[dict[str, Any]]]
) -> None:
    site = start()
    site.tenant.seed_machines([machine(1, lastExternalIpAddress="9.9.9.9")])
    site.tenant.seed_alerts([alert("1", ip_evidence("9.9.9.9"), file_evidence(SHA1))])
    site.run([record("IP Address", "9.9.9.9")], dialect=dialect, event_format=event_format)
    [device] = read(site.output / f"device-inventory-info-00000-of-00001.{event_format}")
    [event] = read(site.output / f"{finding}-00000-of-00001.{event_format}")
    assert device["class_uid"] == 5001
    assert event["class_uid"] == (2004 if dialect == "ocsf" else 2001)
    assert "9.9.9.9" in str(event["enrichments"])
