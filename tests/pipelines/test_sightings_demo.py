"""The example of docs/sightings.md, run as it stands there, and a job over a whole estate."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest
from ocsf_help import Schemas
from sighting_help import STARTED, SightingSite, record, shown_by

from iocbeam.cli import main
from iocbeam.local_tenant import LocalTenant, TenantProfile, estate

EXAMPLE = Path(__file__).parents[2] / "examples" / "collection.jsonl"


def events_in(directory: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line) for file in directory.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()
    ]


def test_the_demo_of_sightings_finds_what_was_put_into_the_tenant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "out"
    assert main(["demo", "--job", "sightings", "--input", str(EXAMPLE), "--output", str(output)]) == 0
    text = capsys.readouterr().out
    assert "cdn.ravenmoth.example" in text
    assert "accounted for: balanced." in text
    summary = json.loads((output / "summary.json").read_bytes())
    # Three values of each type were put there; some of them lie in ranges, and under names, of others.
    assert summary["outcomes"]["sighted"] >= 18
    assert not summary["outcomes"].get("not_checkable")
    seen = {
        (one["data"]["type"], one["data"]["value"]) for event in events_in(output) for one in event["enrichments"]
    }
    assert seen == {(one["type"], one["value"]) for one in summary["sighted"]}


@pytest.mark.parametrize("dialect", ["ocsf", "ocsf_legacy"])
def test_every_event_of_an_estate_is_valid_and_every_seeded_value_is_found(
    dialect: str, tmp_path: Path, ocsf_schemas: Schemas
) -> None:
    sighted: list[Any] = [
        ("ip", "9.9.9.9"),
        ("domain", "evil-test.com"),
        ("url", "http://files.evil-test.net/stage?x=1"),
        ("md5", "c3" * 16),
        ("sha1", "a1" * 20),
        ("sha256", "d4" * 32),
        ("file_name", "Dropper.exe"),
        ("product", "Example Remote Tool"),
    ]
    kinds = {
        "ip": "IP Address", "domain": "FQDN", "url": "URL", "md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256",
        "file_name": "File Name", "product": "File Name",
    }  # fmt: skip
    with LocalTenant(TenantProfile(rate_limits=None)) as tenant:
        # Not more: alerts with files are asked for one by one, at the rate that the service allows.
        tenant.seed_estate(estate(60, 100, now=STARTED, sighted=sighted))
        site = SightingSite(tenant, tmp_path)
        summary = site.run(
            [record(kinds[kind], value) for kind, value in sighted],
            dialect=dialect,
            all_events=True,
            reads=("machines", "alerts", "graph_alerts"),
        )
    assert summary["outcomes"] == {"sighted": len(sighted)}
    events = events_in(site.output)
    counts = Counter(event["class_uid"] for event in events)
    assert counts == {5001: 60, (2004 if dialect == "ocsf" else 2001): 100}
    for event in events:
        assert ocsf_schemas.faults(event) == []
    assert {"9.9.9.9", "dropper.exe", "example remote tool"} <= set().union(*map(shown_by, events))


def test_the_real_collection_is_looked_for_with_the_same_few_calls(shared: Path, tmp_path: Path) -> None:
    lines = gzip.decompress((shared / "data" / "collection.jsonl.gz").read_bytes()).splitlines()
    with LocalTenant(TenantProfile(rate_limits=None)) as tenant:
        tenant.seed_estate(estate(60, 300, now=STARTED))
        summary = SightingSite(tenant, tmp_path).run(map(orjson.loads, lines), file_lookups=0)
    assert summary["records_read"] == 52_522
    assert summary["balanced"]
    calls = sum(sum(statuses.values()) for statuses in summary["requests"].values())
    assert calls <= 15
