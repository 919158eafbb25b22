"""Observables of events, and what the collection knows of them."""

from __future__ import annotations

from typing import Any

import pytest
from ocsf_help import ALERT, CONTEXT, FILES, GRAPH_ALERT, LEGACY, MACHINE, MD5, QDM, SHA1, TENANT, Schemas, match

from iocbeam.model.entities import entities_of, file_entities
from iocbeam.model.ocsf import EventContext, event_class, event_of
from iocbeam.model.sighting import ALERT as ALERT_KIND
from iocbeam.model.sighting import GRAPH_ALERT as GRAPH_KIND
from iocbeam.model.sighting import HUNTING_ROW, INDICATOR_ROW, Fetched, Match
from iocbeam.model.sighting import MACHINE as MACHINE_KIND

OBJECTS = {MACHINE_KIND: MACHINE, ALERT_KIND: ALERT, GRAPH_KIND: GRAPH_ALERT}


def event(kind: str, *matches: Match, context: EventContext = CONTEXT, files: Any = ()) -> dict[str, Any]:
    return event_of(Fetched(kind, TENANT, "contoso", OBJECTS[kind]), context, matches, files)


def test_observables_are_listed_once_each_with_their_attribute() -> None:
    found = [(one["name"], one["type_id"], one["value"]) for one in event(ALERT_KIND)["observables"]]
    assert len(found) == len(set(found))
    for expected in (
        ("device.hostname", 1, "host.contoso.example"),
        ("evidences.file.name", 7, "evil.exe"),
        ("evidences.file.hashes.value", 8, SHA1),
        ("evidences.process.file.hashes.value", 8, SHA1),
        ("evidences.src_endpoint.ip", 2, "203.0.113.9"),
        ("evidences.url.url_string", 6, "http://drop.evil.example/a?b=1"),
        ("evidences.url.hostname", 1, "drop.evil.example"),
        ("evidences.user.email_addr", 5, "jdoe@contoso.example"),
    ):
        assert expected in found


@pytest.mark.parametrize(
    ("kind", "one", "name", "type_id"),
    [
        pytest.param(
            ALERT_KIND,
            match("SHA-1", SHA1, "sha1", "evidence[0].sha1", SHA1.upper()),
            "evidences.file.hashes.value",
            8,
            id="hash-in-another-case",
        ),
        pytest.param(
            ALERT_KIND,
            match("IP Address", "203.0.113.9", "ip", "evidence[3].ipAddress"),
            "evidences.src_endpoint.ip",
            2,
            id="address",
        ),
        pytest.param(
            ALERT_KIND,
            match("FQDN", "evil.example", "domain", "evidence[4].url", "drop.evil.example"),
            "evidences.url.hostname",
            1,
            id="parent-domain",
        ),
        pytest.param(
            ALERT_KIND,
            match("FQDN", "evil.example", "domain", "evidence[4].url", "http://drop.evil.example/a?b=1"),
            "evidences.url.url_string",
            6,
            id="domain-shown-as-a-url",
        ),
        pytest.param(
            MACHINE_KIND,
            match("IP Address", "203.0.113.7", "ip", "lastExternalIpAddress"),
            "unmapped.lastExternalIpAddress",
            2,
            id="external-address",
        ),
        pytest.param(
            MACHINE_KIND,
            match("FQDN", "contoso.example", "domain", "computerDnsName", "host.contoso.example"),
            "device.hostname",
            1,
            id="hostname",
        ),
        pytest.param(
            GRAPH_KIND,
            match("URL", "http://drop.evil.example/a", "url", "evidence[4].url"),
            "evidences.url.url_string",
            6,
            id="graph-url",
        ),
    ],
)
def test_a_match_is_the_first_observable_and_an_enrichment(
    kind: str, one: Match, name: str, type_id: int, ocsf_schemas: Schemas
) -> None:
    made = event(kind, one)
    assert ocsf_schemas.faults(made) == []
    first, (enrichment,) = made["observables"][0], made["enrichments"]
    assert (first["name"], first["type_id"]) == (enrichment["name"], type_id) == (name, type_id)
    assert first["value"] == enrichment["value"]
    assert first["value"].lower() == one.observed.lower()
    assert [item for item in made["observables"] if item["name"] == name].count(first) == 1
    assert len(made["observables"]) == len(event(kind)["observables"])
    assert enrichment["type"] == "iocbeam"
    assert enrichment["provider"] == "feed"
    assert enrichment["data"] == {
        "type": one.indicator.type,
        "value": one.indicator.value,
        "severity": "High",
        "malware": ["Emotet"],
        "adversaries": ["TA542"],
        "source": "feed",
        "source_id": "17",
        "tlp": "green",
        "place": one.place,
    }


@pytest.mark.parametrize(
    ("context", "name"),
    [
        pytest.param(CONTEXT, "evidences.file.hashes.value", id="ocsf"),
        pytest.param(LEGACY, "evidence.file.hashes.value", id="legacy"),
        pytest.param(QDM, "file.signature.digest.value", id="qdm"),
    ],
)
def test_a_match_in_the_files_of_an_alert_is_told_in_the_dialect(context: EventContext, name: str) -> None:
    made = event(ALERT_KIND, match("MD5", MD5, "md5", "files[0].md5"), context=context, files=FILES)
    assert made["enrichments"][0]["name"] == made["observables"][0]["name"] == name


def test_what_the_event_does_not_show_is_told_with_its_place(ocsf_schemas: Schemas) -> None:
    made = event(GRAPH_KIND, match("IP Address", "203.0.113.99", "ip", "evidence[6].senderIp"))
    assert ocsf_schemas.faults(made) == []
    assert made["enrichments"][0]["name"] == "unmapped.evidence[6].senderIp"
    assert made["observables"][0]["value"] == "203.0.113.99"


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("context", [CONTEXT, LEGACY, QDM], ids=lambda context: context.dialect)
def test_every_entity_that_is_compared_is_an_observable(kind: str, context: EventContext) -> None:
    fetched = Fetched(kind, TENANT, "contoso", OBJECTS[kind])
    files = FILES if kind == ALERT_KIND else ()
    entities = [*entities_of(fetched), *file_entities(files, "files")]
    assert entities
    shown = {one["value"].lower() for one in event_of(fetched, context, files=files)["observables"]}
    for entity in entities:
        assert entity.observed.lower() in shown, entity


def test_each_kind_of_object_has_a_class_and_others_have_none() -> None:
    assert event_class(MACHINE_KIND, "qdm").name == "device_inventory_info"
    assert event_class(ALERT_KIND, "ocsf").name == event_class(GRAPH_KIND, "ocsf").name == "detection_finding"
    assert event_class(ALERT_KIND, "qdm").name == event_class(ALERT_KIND, "ocsf_legacy").name == "security_finding"
    assert event_class(INDICATOR_ROW, "ocsf").uid == 5021
    with pytest.raises(ValueError, match="hunting_row have no event"):
        event_of(Fetched(HUNTING_ROW, TENANT, "contoso", {}), CONTEXT)
