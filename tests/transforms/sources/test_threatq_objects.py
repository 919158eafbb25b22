"""From an object of ThreatQ to a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.indicator import Indicator
from iocbeam.model.record import CANONICAL_FIELDS, KEPT_OF_LONG_RECORD, Record
from iocbeam.transforms import validate
from iocbeam.transforms.classify import strip_markup
from iocbeam.transforms.sources import Entry, Unreadable, parse_record
from iocbeam.transforms.sources.threatq_objects import threatq_entry, threatq_fields

TYPES, STATUSES = {15: "IP Address", 24: "SHA-256"}, {1: "Active", 2: "Expired"}
FULL = {
    "id": 106_767,
    "value": "198.51.100.9",
    "class": "network",
    "hash": "69beef49fdbd1f54eef3cab324c7b6cf",
    "type_id": 15,
    "type": {"id": 15, "name": "IP Address", "class": "network"},
    "status_id": 1,
    "status": {"id": 1, "name": "Active", "description": "Poses a threat."},
    "score": 4,
    "description": "<p>A &amp; <b>B</b></p>",
    "created_at": "2021-10-01 18:36:03",
    "updated_at": "2021-10-02 18:36:03",
    "expires_at": "2031-10-01 00:00:00",
    "expires_calculated_at": "2021-10-24 18:36:10",
    "attributes": [
        {"id": 1, "attribute_id": 9, "indicator_id": 106_767, "name": "Severity", "value": "High"},
        {"id": 2, "attribute_id": 8, "indicator_id": 106_767, "name": "Port", "value": 9_000},
    ],
    "sources": [
        {"id": 1, "source_id": 12, "name": "Feed X", "tlp_name": "GREEN"},
        {"id": 2, "source_id": 13, "name": "Feed Y", "tlp_name": "AMBER"},
        {"id": 3, "source_id": 12, "name": "Feed X", "tlp_name": None},
    ],
    "adversaries": [{"id": 3, "name": "APT 1"}],
    "malware": [{"id": 7, "value": "Emotet"}, {"id": 8, "name": "TrickBot"}],
    "tags": ["a", {"id": 1, "name": "b"}],
}


def fields(**changes: Any) -> dict[str, Any]:
    return threatq_fields({**FULL, **changes}, lambda: TYPES, lambda: STATUSES)


def entry(item: Any) -> Entry:
    return threatq_entry(item, "threatq:h/c", lambda: TYPES, lambda: STATUSES)


def unasked() -> Mapping[int, str]:
    raise AssertionError("ThreatQ was asked for names")


def test_a_full_object() -> None:
    found = threatq_fields(FULL, unasked, unasked)
    assert found == {
        "id": 106_767,
        "type": "IP Address",
        "value": "198.51.100.9",
        "status": "Active",
        "score": 4,
        "description": "<p>A &amp; <b>B</b></p>",
        "created_at": "2021-10-01 18:36:03",
        "expires_at": "2031-10-01 00:00:00",
        "malware": ["Emotet", "TrickBot"],
        "adversaries": ["APT 1"],
        "tags": ["a", "b"],
        "attributes": [{"name": "Severity", "value": "High"}, {"name": "Port", "value": 9_000}],
        "tlp": "amber",
        "source": "Feed X, Feed Y",
    }
    assert set(found) <= set(CANONICAL_FIELDS)


def test_what_validate_makes_of_it() -> None:
    record = entry({**FULL, "value": "45.155.205.233"})
    assert isinstance(record, Record)
    found = validate(record)
    assert isinstance(found, Indicator)
    assert (found.type, found.value, found.severity, found.score) == ("IP Address", "45.155.205.233", "High", 4.0)
    assert (found.created_at, found.expires_at) == (1_633_113_363, 1_948_579_200)
    assert (found.malware, found.adversaries) == (("Emotet", "TrickBot"), ("APT 1",))
    assert (found.source, found.source_id, found.tlp) == ("Feed X, Feed Y", "106767", "amber")
    assert found.location == "threatq:h/c:106767"
    assert found.title is None
    assert strip_markup(found.description or "") == "A & B"


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ({"id": 24, "name": "SHA-256"}, "SHA-256"),
        ({"id": 24}, "SHA-256"),
        ({"id": 24, "name": None}, "SHA-256"),
        ("SHA-256", "SHA-256"),
        (24, "SHA-256"),
        ("24", "SHA-256"),
        (None, "IP Address"),
        ("", "IP Address"),
        ({}, "IP Address"),
        (99, "99"),
        ({"id": 99}, "99"),
        ([24], None),
        (True, None),
    ],
)
def test_a_type_has_many_forms(form: Any, name: str | None) -> None:
    assert fields(type=form)["type"] == name


@pytest.mark.parametrize(
    ("form", "name"), [({"name": "Review"}, "Review"), ("Review", "Review"), (2, "Expired"), (None, "Active")]
)
def test_a_status_has_them_too(form: Any, name: str) -> None:
    assert fields(status=form)["status"] == name
    bare = {name: value for name, value in FULL.items() if name not in ("status", "status_id")}
    assert threatq_fields(bare, unasked, unasked)["status"] is None


@pytest.mark.parametrize(
    ("form", "score"),
    [
        (0, 0),
        (10, 10),
        (2.5, 2.5),
        ("7", 7.0),
        ({"generated_score": "4.00", "manual_score": None}, 4.0),
        ({"generated_score": "4.00", "manual_score": 9}, 9),
        ({"generated_score": "4.00", "manual_score": "0"}, 0.0),
        ({"generated_score": None}, None),
        ({}, None),
        (None, None),
        (True, None),
        ("high", None),
        ("nan", None),
        ("1e99", None),
        ([4], None),
    ],
)
def test_a_score_is_a_number_or_two(form: Any, score: float | None) -> None:
    assert fields(score=form)["score"] == score


def test_an_expiry_is_to_come_or_past() -> None:
    assert fields(expires_at=None, expired_at="2020-01-01 00:00:00")["expires_at"] == "2020-01-01 00:00:00"
    assert fields(expired_at="2020-01-01 00:00:00")["expires_at"] == "2031-10-01 00:00:00"
    # The time at which ThreatQ computed an expiry is none.
    assert fields(expires_at=None)["expires_at"] is None


@pytest.mark.parametrize(
    ("labels", "tlp"),
    [
        (["WHITE"], "clear"),
        (["GREEN", "RED", "WHITE"], "red"),
        (["TLP:AMBER+STRICT", "amber"], "amber+strict"),
        (["red", "PURPLE"], "purple"),
        ([None, ""], None),
        ([], None),
        ([1, 3], "red"),
        ([4], "clear"),
    ],
)
def test_the_strictest_marking_of_all_sources_holds(labels: list[Any], tlp: str | None) -> None:
    keys = {str: "tlp_name", int: "tlp_id"}
    assert fields(sources=[{"name": "x", keys.get(type(one), "tlp_name"): one} for one in labels])["tlp"] == tlp


@pytest.mark.parametrize("nothing", [None, [], {}, "x", [None, 3, {"id": 1}, {"name": None}]])
def test_lists_may_be_missing_null_or_odd(nothing: Any) -> None:
    lists = ("attributes", "sources", "adversaries", "malware", "tags")
    found = fields(**dict.fromkeys(lists, nothing))
    missing = threatq_fields({k: v for k, v in FULL.items() if k not in lists}, unasked, unasked)
    assert found == missing
    assert found["malware"] == found["attributes"] == []
    assert found["source"] is found["tlp"] is None


def test_a_record_can_be_read_again_without_threatq() -> None:
    record = entry(FULL)
    assert isinstance(record, Record)
    assert parse_record(record.raw, record.format, record.mapping, record.location, record.source) == record


@pytest.mark.parametrize("form", [7, "7", {"id": 7}, {"id": "7", "name": ""}])
def test_a_status_without_a_name_is_no_status(form: Any) -> None:
    item = {**FULL, "status": form}
    rejected = entry(item)
    assert isinstance(rejected, Unreadable)
    assert (rejected.reason, rejected.message) == ("malformed_record", "status 7 has no name in ThreatQ")
    assert (rejected.raw, rejected.location) == (orjson.dumps(item), "threatq:h/c:106767")
    long = entry({**item, "description": "x" * (1 << 20)})
    assert isinstance(long, Unreadable)
    assert long.reason == "too_long"


@pytest.mark.parametrize("item", ["x", 3, [FULL], True])
def test_what_is_no_object_is_rejected(item: Any) -> None:
    rejected = entry(item)
    assert isinstance(rejected, Unreadable)
    assert (rejected.reason, rejected.raw) == ("malformed_record", orjson.dumps(item))


def test_an_object_that_is_too_long_is_rejected() -> None:
    rejected = entry({**FULL, "description": "x" * (1 << 20)})
    assert isinstance(rejected, Unreadable)
    assert (rejected.reason, rejected.truncated, len(rejected.raw)) == ("too_long", True, KEPT_OF_LONG_RECORD)
    assert rejected.location == "threatq:h/c:106767"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("id", "name", "value", "tlp_name", "manual_score")), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*FULL, "expired_at"]), JSON) | JSON)
def test_no_json_makes_it_raise(item: Any) -> None:
    found = entry(orjson.loads(orjson.dumps(item)))
    if isinstance(found, Record):
        assert parse_record(found.raw, found.format, found.mapping, found.location, found.source) == found
        validate(found)
