"""validate: any record becomes an indicator within its bounds, or ends for a reason of the table."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import NOW, RUN, record

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.ends import indicator_letter
from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import INDICATOR_TYPES, MAX_TAGS, MAX_TEXT, SEVERITIES, Indicator
from iocbeam.model.outcome import NOTICES, REASONS, Ended, ended
from iocbeam.model.record import CANONICAL_FIELDS, Record
from iocbeam.model.settings import ClassifySettings
from iocbeam.transforms import Validate, classify, rank, validate


def accepted(**fields: Any) -> Indicator:
    found = validate(record(**fields))
    assert isinstance(found, Indicator), found
    return found


def refused(**fields: Any) -> Ended:
    found = validate(record(**fields))
    assert isinstance(found, Ended), found
    return found


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from((10**400, 0, 1, 2**63))
    # Longer than Python writes an integer.
    | st.integers(4_400, 4_500).map(lambda digits: 10**digits)
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.binary(max_size=5)
    | st.datetimes()
    | st.dates()
    | st.decimals()
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=8) | st.sampled_from(("name", "value")), inner, max_size=4)
    ),
    max_leaves=8,
)
values = anything | st.sampled_from(("45.9.1.2", "evil.example", "http://evil.example/\u00e9", "ab" * 32))
types = anything | st.sampled_from((*INDICATOR_TYPES, "ip", "hash", "ip:port", "", " "))
records = st.fixed_dictionaries(
    {"value": values, "type": types},
    optional={name: anything for name in CANONICAL_FIELDS if name not in ("value", "type")}
    | {"status": anything | st.sampled_from(("active", "Whitelisted", "Review"))},
)


@given(records)
def test_any_mapping_gives_an_indicator_within_its_bounds_or_an_end_of_the_table(fields: dict[str, Any]) -> None:
    notices: list[str] = []
    found = validate(Record(fields, b"", "x:1", "x", "jsonl", ""), notice=notices.append)
    assert set(notices) <= NOTICES.keys()
    if isinstance(found, Ended):
        assert found.outcome == REASONS[found.reason].outcome
        assert found.outcome in ("rejected", "inactive")
        return
    assert found.type in INDICATOR_TYPES
    assert found.value.isascii()
    assert 0 < len(found.value) <= 17_000
    assert found.severity in (None, *SEVERITIES)
    assert found.score is None or abs(found.score) < 1e15
    assert max(len(found.title or ""), len(found.description or "")) <= MAX_TEXT
    assert max(len(found.tags), len(found.malware), len(found.adversaries), len(found.attributes)) <= MAX_TAGS
    assert max(len(found.source), len(found.source_id), len(found.tlp or "")) <= 512
    for moment in (found.created_at, found.expires_at):
        assert moment is None or datetime.fromtimestamp(moment, tz=timezone.utc)


@given(records)
def test_whatever_passes_can_be_ranked_and_written_down(fields: dict[str, Any]) -> None:
    found = validate(Record(fields, b"", "x:1", "x", "jsonl", ""))
    if isinstance(found, Indicator):
        letter = indicator_letter(found, ended("stopped"), "Write", RUN)
        assert orjson.loads(letter.indicator or "")["value"] == found.value
        made = classify(found, ClassifySettings(collection="ours", max_tlp="red"), NOW)
        if not isinstance(made, Ended):
            rank(made)
            "".join((made.title, made.description)).encode()


@given(records)
def test_whatever_ends_can_be_written_down(fields: dict[str, Any]) -> None:
    stage = Validate(RUN).dofn(raise_errors=False)
    stage.start_bundle()
    element = Record(fields, b"raw", "x:1", "x", "jsonl", "")
    for item in stage.process(element):
        if not isinstance(item, Indicator):
            if isinstance(item.value, DeadLetter):
                assert (item.value.record, item.value.location) == (b"raw", "x:1")
            else:
                orjson.dumps(tuple(item.value))


def test_every_field_is_kept() -> None:
    found = accepted(
        id=7,
        severity="high",
        score="8.5",
        title="T",
        description="D",
        status="Active",
        created_at="2024-01-01",
        expires_at="2030-01-01T00:00:00Z",
        malware=["A"],
        adversaries=[{"name": "B"}, {"value": "C"}],
        tags="x; y",
        attributes=[{"name": "N", "value": 1}],
        source="feed",
        tlp="TLP:GREEN",
    )
    assert found == Indicator(
        "FQDN",
        "evil.example",
        "High",
        8.5,
        "T",
        "D",
        "Active",
        1_704_067_200,
        1_893_456_000,
        ("A",),
        ("B", "C"),
        ("x", "y"),
        (("N", "1"),),
        "feed",
        "7",
        "green",
        "ours.jsonl:7",
    )


def test_a_record_of_a_value_alone_is_enough() -> None:
    assert accepted(type=None) == Indicator("FQDN", "evil.example", source="ours", location="ours.jsonl:7")


@pytest.mark.parametrize("value", [None, "", "  ", "\u200b", [], {}, True, ["evil.example"]])
def test_a_record_without_a_value_is_rejected(value: Any) -> None:
    assert refused(value=value).reason == "missing_value"


@pytest.mark.parametrize(
    "value", [" evil.example\t", "\ufeffevil.example", "evil.example\u00a0", "evil.example\r\n"]
)
def test_a_value_is_trimmed(value: str) -> None:
    assert accepted(value=value).value == "evil.example"


def test_two_values_glued_together_are_rejected_and_not_guessed_at() -> None:
    for value in ("evil.example other.example", "evil.example,other.example", "45.9.1.2 45.9.1.3"):
        assert refused(value=value).reason == "malformed_domain"
    assert refused(type="URL", value="http://a.example/x http://b.example/").reason == "malformed_url"


def test_a_value_that_was_defanged_is_made_whole_and_told_of() -> None:
    notices: list[str] = []
    found = validate(record(value="evil[.]example"), notice=notices.append)
    assert isinstance(found, Indicator)
    assert (found.value, notices) == ("evil.example", ["refanged"])


@pytest.mark.parametrize("kind", [None, "", "  "])
def test_without_a_type_the_form_decides(kind: str | None) -> None:
    assert accepted(type=kind, value="45.9.1.2").type == "IP Address"
    assert refused(type=kind, value="neither").reason == "unknown_type"


@pytest.mark.parametrize("kind", ["email", 7, ["FQDN"], {}, True, "x" * 10_000])
def test_a_type_that_is_unknown_is_rejected(kind: Any) -> None:
    found = refused(type=kind)
    assert found.reason == "unknown_type"
    assert len(found.message) < 120


def test_numbers_stand_for_what_they_say() -> None:
    assert accepted(id=7).source_id == "7"
    assert accepted(id=7.5).source_id == "7.5"
    assert accepted(id=2**63).source_id == str(2**63)
    assert refused(type="MD5", value=12345678901234567890123456789012.0).reason == "malformed_hash"
    digits = 12345678901234567890123456789012
    assert accepted(type="MD5", value=digits).value == str(digits)


def test_an_integer_longer_than_python_writes_raises_nowhere() -> None:
    huge = 10**5_000
    found = accepted(id=huge, score=huge, severity=huge, created_at=huge, expires_at=huge, attributes={"n": huge})
    assert (found.score, found.severity, found.created_at, found.expires_at) == (None, None, None, None)
    assert found.source_id == found.attributes[0][1] == "<int that cannot be shown>"
    assert refused(value=huge).reason == "malformed_domain"
    assert refused(type=huge).reason == "unknown_type"
    assert refused(status=huge).reason == "status_excluded"


@pytest.mark.parametrize(
    ("given", "score"),
    [
        *((8, 8.0), ("8", 8.0), (" 8.5 ", 8.5), (-1, -1.0), (Decimal("7.5"), 7.5)),
        *((float("nan"), None), ("nan", None), ("inf", None), (1e300, None), (10**400, None), (True, None)),
        *(("high", None), ("", None), ([8], None)),
    ],
)
def test_a_score_is_a_number_that_has_a_place_in_an_order(given: Any, score: float | None) -> None:
    assert accepted(score=given).score == score


@pytest.mark.parametrize(
    ("given", "attributes", "severity"),
    [
        ("HIGH", [], "High"),
        (" critical ", [], "High"),
        ("moderate", [], "Medium"),
        ("info", [], "Informational"),
        (None, [{"name": "sEvErity", "value": "lOw"}], "Low"),
        (None, [{"name": " Severity ", "value": " Low "}], "Low"),
        ("Low", [{"name": "Severity", "value": "High"}, {"name": "Severity", "value": "Medium"}], "High"),
        (None, {"Severity": "High"}, "High"),
        (None, [["Severity", "High"]], "High"),
        (None, [{"name": "Severity", "value": None}], None),
        ("none", [], None),
        (None, [{"name": "Not severity", "value": "High"}], None),
    ],
)
def test_severity_is_the_highest_that_the_record_gives(given: Any, attributes: Any, severity: str | None) -> None:
    assert accepted(severity=given, attributes=attributes).severity == severity


def test_an_unknown_severity_is_counted_and_takes_nothing_from_a_known_one() -> None:
    notices: list[str] = []
    found = validate(record(severity=7, attributes={"Severity": "Low"}), notice=notices.append)
    assert isinstance(found, Indicator)
    assert (found.severity, notices) == ("Low", ["severity_unknown"])


@pytest.mark.parametrize(
    ("tlp", "tags", "label"),
    [
        ("TLP:AMBER+STRICT", [], "amber+strict"),
        ("TLP: Amber", [], "amber"),
        ("white", [], "clear"),
        (None, ["tlp:white", "TLP:Red", "tlp:green"], "red"),
        ("green", ["tlp:amber"], "amber"),
        ("none", [], None),
        ("", ["other"], None),
        ("secret", ["tlp:red"], "secret"),
    ],
)
def test_of_several_markings_the_strictest_counts(tlp: str | None, tags: list[str], label: str | None) -> None:
    assert accepted(tlp=tlp, tags=tags).tlp == label


def test_an_unreadable_date_is_counted_and_leaves_the_record_undated() -> None:
    notices: list[str] = []
    found = validate(record(created_at="yesterday", expires_at="None"), notice=notices.append)
    assert isinstance(found, Indicator)
    assert (found.created_at, found.expires_at, notices) == (None, None, ["time_unreadable"])


def test_text_is_cut_to_its_bounds() -> None:
    found = accepted(
        title="t" * 5_000, description="d" * 5_000, tags=["x"] * 100, source="s" * 5_000, id="i" * 5_000
    )
    assert [len(text or "") for text in (found.title, found.description, found.source, found.source_id)] == [
        MAX_TEXT,
        MAX_TEXT,
        512,
        512,
    ]
    assert len(found.tags) == MAX_TAGS


def test_half_of_a_surrogate_pair_never_leaves() -> None:
    found = accepted(
        title="\ud83d\ude00 \ud83d",
        description="\ud800",
        source="\udfff",
        id="\ud800",
        malware=["\ud800"],
        tags="\ud800",
    )
    assert found.title == "\U0001f600 \ufffd"
    assert (found.description, found.source, found.source_id) == ("\ufffd", "\ufffd", "\ufffd")
    assert (found.malware, found.tags) == (("\ufffd",), ("\ufffd",))


@pytest.mark.parametrize("status", ["Review", "Indirect", "Expired", 7, True, ["Active"]])
def test_a_status_that_was_not_asked_for_ends_as_inactive_with_its_key(status: Any) -> None:
    found = refused(status=status, value="EVIL[.]example")
    assert (found.outcome, found.reason, found.key) == ("inactive", "status_excluded", ("FQDN", "evil.example"))


@pytest.mark.parametrize("status", ["Active", " aCTIVE ", "", None])
def test_the_wanted_status_in_any_case_and_no_status_count(status: Any) -> None:
    assert accepted(status=status)


def test_other_statuses_count_when_they_are_asked_for() -> None:
    assert isinstance(validate(record(status="Review"), frozenset(("review",))), Indicator)
    assert isinstance(validate(record(status="Active"), frozenset(("review",))), Ended)


@pytest.mark.parametrize("revoked", [True, 1, 1.0, "true", "True", " yes ", "1"])
def test_a_revoked_record_ends_as_inactive_with_its_key(revoked: Any) -> None:
    found = refused(revoked=revoked)
    assert (found.outcome, found.reason, found.key) == ("inactive", "revoked", ("FQDN", "evil.example"))


@pytest.mark.parametrize("revoked", [False, 0, None, "false", "", "no", []])
def test_a_record_that_is_not_revoked_passes(revoked: Any) -> None:
    assert accepted(revoked=revoked)


def test_a_whitelisted_record_ends_with_the_key_that_it_protects() -> None:
    found = refused(status="Whitelisted", value="GOOD.example.")
    assert (found.outcome, found.reason, found.key) == ("inactive", "whitelisted", ("FQDN", "good.example"))
    assert refused(status="Whitelisted", value="co.uk").key == ("FQDN", "co.uk")


def test_a_whitelisted_record_that_can_protect_nothing_is_rejected() -> None:
    assert refused(status="Whitelisted", value="good").reason == "malformed_domain"


def test_whitelisted_records_cannot_be_exported() -> None:
    with pytest.raises(UsageError, match="Whitelisted"):
        Validate(RUN, statuses=("Active", "whitelisted"))


def test_the_real_collection_ends_as_it_always_did(shared: Path) -> None:
    found: Counter[str] = Counter()
    with gzip.open(shared / "data" / "collection.jsonl.gz") as lines:
        for line in lines:
            end = validate(Record(json.loads(line), line, "c:1", "c", "jsonl", ""))
            found[end.reason if isinstance(end, Ended) else "passed"] += 1
    assert found == {
        "passed": 50_559,
        "status_excluded": 789,
        "truncated": 781,
        "whitelisted": 301,
        "malformed_hash": 37,
        "not_public": 23,
        "type_mismatch": 14,
        "wildcard": 9,
        "malformed_url": 8,
        "malformed_domain": 1,
    }
