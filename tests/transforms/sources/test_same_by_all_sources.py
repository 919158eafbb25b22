"""One collection in a TAXII server of OASIS', a MISP feed, ThreatQ and a file gives the same indicators."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from pymisp import MISPEvent, MISPOrganisation
from pymisp.abstract import pymisp_json_default
from pymisp.tools.feed import feed_meta_generator
from taxii_server import PASSWORD, TlsServer, medallion_app

from iocbeam.local_tenant import EXPORT_HASH, LocalThreatQ, ThreatQProfile
from iocbeam.model.indicator import Indicator
from iocbeam.model.record import Record
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.source import MispSettings, NetworkSettings, ThreatQSettings
from iocbeam.transforms import validate
from iocbeam.transforms.sources import (
    FileReader,
    Reader,
    Reading,
    TaxiiReader,
    ThreatQReader,
)
from iocbeam.transforms.sources.misp import misp_reader

CREATED = 1_775_000_000
STAMP = "2026-03-31T23:33:20.000Z"
MARKINGS = {
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
}
PATTERNS = {
    "FQDN": "domain-name:value",
    "IP Address": "ipv4-addr:value",
    "IPv6 Address": "ipv6-addr:value",
    "URL": "url:value",
    "MD5": "file:hashes.MD5",
    "SHA-1": "file:hashes.'SHA-1'",
    "SHA-256": "file:hashes.'SHA-256'",
}
MISP_TYPES = {
    "FQDN": "domain",
    "IP Address": "ip-dst",
    "IPv6 Address": "ip-src",
    "CIDR Block": "ip-dst",
    "URL": "url",
    "MD5": "md5",
    "SHA-1": "sha1",
    "SHA-256": "sha256",
}
VALUES = {
    "FQDN": "n{0}.malware-test.example",
    "IP Address": "45.9.{0}.2",
    "IPv6 Address": "2a00:1450:{0:x}::7",
    "CIDR Block": "45.{0}.8.0/24",
    "URL": "http://u{0}.malware-test.example/a?b='c'&d={0}",
    "MD5": "{0:032x}",
    "SHA-1": "{0:040x}",
    "SHA-256": "{0:064x}",
}


def collection() -> list[dict[str, Any]]:
    """Records with the context that all four can hold."""
    records = []
    for number in range(1, 41):
        kind = list(VALUES)[number % len(VALUES)]
        records.append(
            {
                "type": kind,
                "value": VALUES[kind].format(number),
                "status": "Active",
                "created_at": CREATED,
                "malware": [f"Examplebot {number % 3}"],
                "adversaries": [f"Example Bear {number % 2}"],
                "tlp": "green" if number % 2 else "amber",
            }
        )
    return records


def guid(*parts: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, parts))))


def as_stix(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Indicators, what they indicate, and relationships: those of every third record before their ends."""
    first: list[dict[str, Any]] = []
    last: list[dict[str, Any]] = []
    head = {"spec_version": "2.1", "created": STAMP, "modified": STAMP}
    ends: dict[str, dict[str, Any]] = {}
    for number, record in enumerate(records):
        text = record["value"].replace("\\", "\\\\").replace("'", "\\'")
        path = PATTERNS.get(record["type"], "ipv4-addr:value")
        made = {
            **head,
            "type": "indicator",
            "id": f"indicator--{guid(number)}",
            "pattern": f"[{path} = '{text}']",
            "pattern_type": "stix",
            "valid_from": STAMP,
            "object_marking_refs": [MARKINGS[record["tlp"]]],
        }
        links = first if number % 3 == 0 else last
        for kind, name in (("malware", record["malware"][0]), ("intrusion-set", record["adversaries"][0])):
            end = {**head, "type": kind, "id": f"{kind}--{guid(kind, name)}", "name": name}
            ends[end["id"]] = {**end, "is_family": True} if kind == "malware" else end
            links.append(
                {
                    **head,
                    "type": "relationship",
                    "id": f"relationship--{guid(number, kind)}",
                    "relationship_type": "indicates",
                    "source_ref": made["id"],
                    "target_ref": end["id"],
                }
            )
        last.insert(0, made)
    return [*first, *last, *ends.values()]


def as_misp_feed(records: Iterable[dict[str, Any]], directory: Path) -> str:
    """One event for each marking, written by PyMISP."""
    for tlp in MARKINGS:
        event = MISPEvent()
        event.info = f"an event, {tlp}"
        event.date, event.timestamp = "2026-03-31", CREATED
        event.Orgc = MISPOrganisation()
        event.Orgc.from_dict(name="An organisation", uuid=guid("organisation"))
        event.add_tag(f"tlp:{tlp}")
        for record in records:
            if record["tlp"] == tlp:
                made = event.add_attribute(MISP_TYPES[record["type"]], record["value"], timestamp=CREATED)
                made.add_tag(f'misp-galaxy:malpedia="{record["malware"][0]}"')
                made.add_tag(f'misp-galaxy:threat-actor="{record["adversaries"][0]}"')
        text = json.dumps(event.to_feed(), default=pymisp_json_default)
        (directory / f"{event.uuid}.json").write_text(text)
    feed_meta_generator(directory)
    return str(directory)


def indicators(reader: Reader) -> set[tuple[Any, ...]]:
    """Everything about the indicators that all four sources can say."""
    found = []
    for part in reader.parts():
        reading = Reading()
        for entry in reader.read(part, reading):
            assert isinstance(entry, Record), entry
            made = validate(entry)
            assert isinstance(made, Indicator), made
            found.append((*made.key, made.created_at, made.malware, made.adversaries, made.tlp))
        assert reading.complete, reading.error
    assert len(found) == len(set(found))
    return set(found)


def test_one_collection_is_the_same_by_taxii_misp_threatq_and_file(
    tmp_path: Path, run: RunInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = collection()
    path = tmp_path / "collection.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    by_file = indicators(FileReader([str(path)]))
    assert len(by_file) == len(records)

    monkeypatch.setenv("TAXII_PASSWORD", PASSWORD)
    with TlsServer(tmp_path, medallion_app(as_stix(records), page_size=30)) as server:
        assert indicators(TaxiiReader(server.settings(page_size=30))) == by_file

    directory = tmp_path / "feed"
    directory.mkdir()
    settings = MispSettings(as_misp_feed(records, directory))
    assert indicators(misp_reader(settings, run.started_at)) == by_file

    monkeypatch.setenv("TQ_SECRET", ThreatQProfile().client_secret)
    with LocalThreatQ(records, ThreatQProfile()) as threatq:
        made = ThreatQSettings(
            host=threatq.url,
            collection=EXPORT_HASH,
            client_id=threatq.profile.client_id,
            client_secret="env:TQ_SECRET",
            page_size=7,
            network=NetworkSettings(ca_bundle=threatq.ca_bundle, ignore_proxies=True),
        )
        assert indicators(ThreatQReader(made)) == by_file
