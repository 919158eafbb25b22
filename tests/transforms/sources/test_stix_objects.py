"""Objects in any order become records; the newest version counts, and what others say about it is joined to it."""

from __future__ import annotations

import random
import resource
import sqlite3
from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stix_help import indicator, named, relation, stix_id

from iocbeam.model.indicator import Indicator
from iocbeam.model.outcome import Ended
from iocbeam.model.record import MAX_RECORD, Record
from iocbeam.transforms import validate
from iocbeam.transforms.sources import Entry, Reading, Unreadable, parse_record
from iocbeam.transforms.sources import stix_objects as stix_objects_module
from iocbeam.transforms.sources.stix_objects import read_objects
from iocbeam.transforms.sources.stix_store import version_of


def read(objects: Iterable[Any], reading: Reading | None = None) -> list[Entry]:
    return list(read_objects(objects, "in", reading or Reading()))


def fields(*objects: Any) -> dict[str, Any]:
    (record,) = read(objects)
    assert isinstance(record, Record), record
    return dict(record.fields)


def test_all_that_an_indicator_says() -> None:
    said = indicator(
        name="C2 of Emotet",
        description="seen in a campaign",
        labels=["malicious-activity", "c2"],
        indicator_types=["malicious-activity", "attribution"],
        confidence=85,
        valid_until="2026-06-01T00:00:00Z",
        created_by_ref=stix_id("identity", 1),
        object_marking_refs=["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"],
    )
    (record,) = read([said, named("identity", 1, "ACME CERT")])
    assert isinstance(record, Record)
    assert record.fields == {
        "id": said["id"],
        "type": "FQDN",
        "value": "bad.example",
        "score": 85,
        "title": "C2 of Emotet",
        "description": "seen in a campaign",
        "created_at": "2026-01-02T00:00:00Z",
        "expires_at": "2026-06-01T00:00:00Z",
        "tags": ["malicious-activity", "c2", "attribution"],
        "tlp": "green",
        "source": "ACME CERT",
    }
    assert (record.location, record.source) == (f"in#{said['id']}", "in")
    assert (record.format, record.mapping) == ("jsonl", "")
    assert parse_record(record.raw, "jsonl", "", record.location, record.source) == record
    made = validate(record)
    assert isinstance(made, Indicator)
    assert (made.type, made.value, made.tlp, made.source) == ("FQDN", "bad.example", "green", "ACME CERT")
    assert (made.created_at, made.expires_at) == (1_767_312_000, 1_780_272_000)


def test_little_is_enough() -> None:
    bare = {"type": "indicator", "id": stix_id("indicator", 1), "pattern": "[ipv4-addr:value = '203.0.113.9']"}
    assert fields(bare) == {"id": bare["id"], "type": "IP Address", "value": "203.0.113.9"}
    assert fields({**bare, "confidence": 0, "labels": "x", "name": 5, "valid_until": None})["score"] == 0


def test_names_of_malware_and_adversaries() -> None:
    one = indicator(1)
    objects = [one]
    for number, (kind, name) in enumerate(
        [("malware", "Emotet"), ("tool", "Mimikatz"), ("threat-actor", "TA542"), ("intrusion-set", "Mummy Spider"),
         ("campaign", "C1"), ("attack-pattern", "Phishing"), ("malware", "Emotet")]
    ):  # fmt: skip
        objects += [named(kind, number, name), relation(number, one["id"], stix_id(kind, number))]
    for order in (objects, objects[::-1], random.Random(3).sample(objects, len(objects))):
        found = fields(*order)
        assert found["malware"] == ["Emotet", "Mimikatz"]
        assert found["adversaries"] == ["Mummy Spider", "TA542"]


def test_relationships_that_do_not_count() -> None:
    one, bad = indicator(1), named("malware", 1)
    for other in (
        relation(1, one["id"], bad["id"], relationship_type="related-to"),
        relation(1, one["id"], bad["id"], revoked=True),
        relation(1, one["id"], stix_id("malware", 2)),
        relation(1, one["id"], None),  # type: ignore[arg-type]
    ):
        assert "malware" not in fields(one, other, bad)
    assert "malware" not in fields(one, relation(1, one["id"], bad["id"]), {**bad, "revoked": True})


def test_a_relationship_that_was_changed_or_taken_back() -> None:
    one, old, new = indicator(1), named("malware", 1, "Old"), named("malware", 2, "New")
    first = relation(1, one["id"], old["id"])
    later = relation(1, one["id"], new["id"], modified="2026-02-01T00:00:00Z")
    gone = {**later, "modified": "2026-03-01T00:00:00Z", "revoked": True}
    assert fields(later, one, old, new, first)["malware"] == ["New"]
    assert "malware" not in fields(gone, later, one, old, new, first)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z"),
        ("2026-01-01T00:00:00.09Z", "2026-01-01T00:00:00.1Z"),
        ("2026-01-01T02:30:00+02:00", "2026-01-01T00:31:00Z"),
        ("2025-12-31T23:59:59.999999Z", "2026-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00+0100", "2026-01-01T00:00:00Z"),
        ("not a time", "1999-01-01T00:00:00Z"),
        ("9999-99-99T99:99:99Z", "1999-01-01T00:00:00Z"),
        ("2026-02-30T00:00:00", "1999-01-01T00:00:00Z"),
        ("2016-12-31T23:59:59.9Z", "2016-12-31T23:59:60Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        (None, "1999-01-01T00:00:00Z"),
    ],
)
def test_the_newest_version_counts_in_any_order(older: str | None, newer: str) -> None:
    old, new = indicator(1, "old.example", modified=older), indicator(1, "new.example", modified=newer)
    for one in (old, new):
        one.pop("created")
    assert version_of(old) < version_of(new)
    for order in ((old, new), (new, old), (new, old, new, old)):
        assert fields(*order)["value"] == "new.example"


def test_a_revoked_indicator_ends_as_such() -> None:
    old = indicator(1)
    gone = indicator(1, revoked=True, modified="2026-02-01T00:00:00Z")
    for order in ((old, gone), (gone, old)):
        (record,) = read(order)
        assert isinstance(record, Record)
        end = validate(record)
        assert isinstance(end, Ended)
        assert (end.outcome, end.reason, end.key) == ("inactive", "revoked", ("FQDN", "bad.example"))
    assert "revoked" not in fields(gone, indicator(1, modified="2026-03-01T00:00:00Z"))
    # Of the same time, the one that is revoked.
    assert fields({**gone, "modified": old["modified"]}, old)["revoked"] is True
    assert fields(indicator(1, revoked="true"))["revoked"] is True


@pytest.mark.parametrize("pattern", ["[file:name = 'a.exe']", "no pattern", None])
def test_a_revoked_indicator_is_not_judged_by_its_pattern(pattern: str | None) -> None:
    (record,) = read([indicator(1, revoked=True, pattern=pattern)])
    assert isinstance(record, Record)
    assert "value" not in record.fields
    end = validate(record)
    assert isinstance(end, Ended)
    assert (end.reason, end.key) == ("revoked", None)


def test_several_values_of_one_object() -> None:
    reading = Reading()
    pattern = "[domain-name:value = 'a.example' OR url:value = 'http://b.example/x']"
    pattern += " OR [domain-name:value = 'c.example']"
    got = read([indicator(1, pattern=pattern, name="three"), indicator(2)], reading)
    assert [entry.fields["value"] for entry in got if isinstance(entry, Record)] == [
        "a.example",
        "http://b.example/x",
        "c.example",
        "bad.example",
    ]
    assert {entry.location for entry in got[:3]} == {f"in#{stix_id('indicator', 1)}"}
    assert reading.expanded == 2
    for entry in got:
        assert parse_record(entry.raw, entry.format, entry.mapping, entry.location, entry.source) == entry


@pytest.mark.parametrize(
    ("changes", "reason", "said"),
    [
        ({"pattern": "[file:name = 'a.exe']"}, "pattern_unsupported", "file:name"),
        ({"pattern": "[domain-name:value = "}, "malformed_pattern", "ends too early"),
        ({"pattern": None}, "malformed_pattern", "without a pattern"),
        ({"pattern": "rule x {}", "pattern_type": "yara"}, "pattern_unsupported", "'yara'"),
        ({"id": None}, "malformed_record", "without an id"),
        ({"id": 5}, "malformed_record", "without an id"),
        ({"id": "x" * 5_000}, "malformed_record", "without an id"),
        ({"description": "x" * MAX_RECORD}, "too_long", "1 MiB"),
    ],
)
def test_an_indicator_that_cannot_be_used(changes: dict[str, Any], reason: str, said: str) -> None:
    given = indicator(1, **changes)
    refused, good = sorted(read([given, indicator(2)]), key=lambda entry: isinstance(entry, Record))
    assert isinstance(refused, Unreadable)
    assert isinstance(good, Record)
    assert refused.reason == reason
    assert said in refused.message
    assert (refused.format, refused.truncated) == ("stix", reason == "too_long")
    assert refused.location == (f"in#{given['id']}" if "pattern" in reason else "in#1")
    if not refused.truncated:
        assert orjson.loads(refused.raw) == given
        again = parse_record(refused.raw, refused.format, refused.mapping, refused.location, refused.source)
        assert again == refused


def test_a_dead_letter_of_a_pattern_that_is_taken_by_now() -> None:
    raw = orjson.dumps(indicator(1, pattern="[domain-name:value IN ('a.example', 'b.example')]"))
    again = parse_record(raw, "stix", "", "in#x", "in")
    assert isinstance(again, Record)
    assert (again.fields["value"], again.location, again.source) == ("a.example", "in#x", "in")


@pytest.mark.parametrize("odd", [5, None, "text", [], [1], {}, {"id": "x"}, {"type": 5}, [[]] * 3])
def test_what_is_no_object_of_stix_is_told(odd: Any) -> None:
    refused, good = read([odd, indicator(1)])
    assert isinstance(refused, Unreadable)
    assert isinstance(good, Record)
    assert (refused.reason, refused.location, refused.format) == ("malformed_record", "in#1", "stix")
    assert parse_record(refused.raw, "stix", "", "in#1", "in") == refused


def deep(levels: int) -> Any:
    return orjson.loads(b'{"a":' * levels + b"1" + b"}" * levels)


def test_objects_that_nest_deeply() -> None:
    assert fields({**indicator(1, name="deep"), "extensions": deep(600)})["title"] == "deep"
    (refused,) = read([orjson.loads(b"[" * 900 + b"]" * 900)])
    assert isinstance(refused, Unreadable)
    bundle: Any = indicator(1)
    for _ in range(400):
        bundle = {"type": "bundle", "objects": [bundle]}
    assert fields(bundle)["value"] == "bad.example"


def test_other_objects_are_no_records() -> None:
    others = [named(kind, 1) for kind in ("report", "course-of-action", "ipv4-addr", "x-own")]
    assert read([*others, {"type": "bundle", "id": "bundle--1"}, {"type": "malware"}, {"type": "report"}]) == []


MARKS = "marking-definition--"


@pytest.mark.parametrize(
    ("refs", "label"),
    [
        (["613f2e26-407d-48c7-9eca-b8e91df99dc9"], "clear"),
        (["34098fce-860f-48ae-8e50-ebd3cc5e41da"], "green"),
        (["f88d31f6-486f-44da-b317-01333bde0b82"], "amber"),
        (["5e57c739-391a-4eb3-b6be-7d15ca92d5ed"], "red"),
        (["94868c89-83c2-464b-929b-a1a8aa3c8487"], "clear"),
        (["bab4a63c-aed9-4cf5-a766-dfca5abac2bb"], "green"),
        (["55d920b0-5e8b-4f79-9ee9-91f868d9b421"], "amber"),
        (["939a9414-2ddd-4d32-a0cd-375ea402b003"], "amber+strict"),
        (["e828b379-4e03-4974-9ac4-e53a884c97c1"], "red"),
        (["613f2e26-407d-48c7-9eca-b8e91df99dc9", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"], "red"),
        (["00000000-0000-4000-8000-000000000000"], "unknown"),
        (["00000000-0000-4000-8000-000000000000", "5e57c739-391a-4eb3-b6be-7d15ca92d5ed"], "unknown"),
        ([], None),
    ],
)
def test_the_standard_markings(refs: list[str], label: str | None) -> None:
    one = indicator(1, object_marking_refs=[MARKS + ref for ref in refs])
    assert fields(one).get("tlp") == label
    alone = parse_record(orjson.dumps(one), "stix", "", "in#1", "in")
    assert isinstance(alone, Record)
    assert alone.fields.get("tlp") == label


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ({"definition_type": "tlp", "definition": {"tlp": "WHITE"}}, "clear"),
        ({"definition_type": "tlp", "name": "x", "definition": {"tlp": "amber"}}, "amber"),
        ({"name": "TLP:AMBER+STRICT", "definition_type": "statement"}, "amber+strict"),
        (
            {"extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {"tlp_2_0": "red"}}},
            "red",
        ),
        ({"definition_type": "statement", "definition": {"statement": "©"}}, None),
        ({"definition_type": "statement", "name": "©", "definition": {"statement": "©"}}, None),
        ({"name": "TLP:EX:PURPLE"}, "ex:purple"),
    ],
)
def test_markings_that_come_along(said: dict[str, Any], label: str | None) -> None:
    mark = {"type": "marking-definition", "id": MARKS + "1", "created": "2026-01-01T00:00:00Z", **said}
    marked = indicator(1, object_marking_refs=[MARKS + "1"])
    assert fields(marked, mark).get("tlp") == fields(mark, marked).get("tlp") == label
    if label:
        green = "34098fce-860f-48ae-8e50-ebd3cc5e41da"
        strictest = fields({**marked, "object_marking_refs": [MARKS + green, MARKS + "1"]}, mark)["tlp"]
        assert strictest == ("green" if label == "clear" else label)


def test_an_identity_that_is_not_there() -> None:
    (record,) = read([indicator(1, created_by_ref=stix_id("identity", 1))])
    assert isinstance(record, Record)
    assert "source" not in record.fields
    made = validate(record)
    assert isinstance(made, Indicator)
    assert made.source == "in"


times = st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1Z", "2026-01-02T00:00:00Z", None])
kinds = st.sampled_from(["malware", "tool", "threat-actor"])
objects = st.lists(
    st.one_of(
        st.builds(
            indicator,
            st.integers(1, 3),
            st.sampled_from(["a.example", "b.example"]),
            modified=times,
            revoked=st.sampled_from([None, True]),
            pattern_type=st.sampled_from(["stix", "stix", "yara"]),
        ),
        st.builds(named, kinds, st.integers(1, 2), st.sampled_from("XY")),
        st.builds(
            relation,
            st.integers(1, 4),
            st.integers(1, 3).map(lambda n: stix_id("indicator", n)),
            st.builds(stix_id, st.sampled_from(["malware", "threat-actor"]), st.integers(1, 2)),
        ),
    ),
    max_size=12,
)


@given(objects, st.randoms())
def test_the_order_makes_no_difference(found: list[dict[str, Any]], chosen: random.Random) -> None:
    shuffled = chosen.sample(found, len(found))

    def key(entry: Entry) -> tuple[str, bytes]:
        return entry.location, entry.raw

    got = sorted(read(found), key=key)
    assert got == sorted(read(shuffled), key=key)
    assert {entry.location for entry in got} == {f"in#{one['id']}" for one in found if one["type"] == "indicator"}
    assert len(got) == len({entry.location for entry in got})


def test_records_come_in_the_order_of_the_objects() -> None:
    numbers = random.Random(5).sample(range(1, 500), 400)
    got = read(
        [indicator(n) for n in numbers] + [indicator(n, modified="2027-01-01T00:00:00Z") for n in numbers[::-1]]
    )
    assert [entry.location for entry in got] == [f"in#{stix_id('indicator', n)}" for n in numbers]


def test_memory_does_not_grow_with_the_collection() -> None:
    def many(count: int) -> Iterable[dict[str, Any]]:
        for number in range(count):
            yield indicator(number, f"{number}.example", description="x" * 2_000)

    def peak(count: int) -> int:
        assert sum(1 for _ in read_objects(many(count), "in", Reading())) == count
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = peak(10_000)
    assert peak(40_000) - before < 24_000  # kilobytes; the objects are eighty megabytes more


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(stix_objects_module.Store):
        def add_indicator(self, found: dict[str, Any], body: bytes) -> None:
            raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(stix_objects_module, "Store", Full)
    reading = Reading()
    assert read([named("malware"), indicator(1)], reading) == []
    assert not reading.complete
    assert reading.error == "in:2: the objects could not be kept in a temporary file: database or disk is full"
