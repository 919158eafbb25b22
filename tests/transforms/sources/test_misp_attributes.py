"""Attributes of MISP as records."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from iocbeam.model.errors import UsageError
from iocbeam.model.record import Record
from iocbeam.model.settings.source import MispSettings
from iocbeam.transforms import validate
from iocbeam.transforms.sources import MispFilter, Unreadable, parse_record
from iocbeam.transforms.sources.misp_attributes import EventContext, attribute_entries, event_context
from iocbeam.transforms.sources.misp_filter import EVERYTHING_FLAGGED, since

NO_EVENT = EventContext()
HASH = "0123456789abcdef" * 4


def entries(
    attribute: Any, context: EventContext = NO_EVENT, wanted: MispFilter = EVERYTHING_FLAGGED
) -> list[Any]:
    return attribute_entries(attribute, context, "in:1", "in", wanted)


def one(context: EventContext = NO_EVENT, **fields: Any) -> Record:
    (record,) = entries({"type": "domain", "value": "a.example", "to_ids": True, **fields}, context)
    assert isinstance(record, Record)
    return record


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ip-src", "8.8.4.4", [("IP Address", "8.8.4.4")]),
        ("ip-dst", "2001:4860:4860::8844", [("IPv6 Address", "2001:4860:4860::8844")]),
        ("ip-dst", "8.8.0.0/16", [("CIDR Block", "8.8.0.0/16")]),
        ("ip-src|port", "8.8.4.4|443", [("IP Address", "8.8.4.4")]),
        ("ip-dst|port", "2001:4860:4860::8844|443", [("IPv6 Address", "2001:4860:4860::8844")]),
        ("ip-dst|port", "8.8.4.4", [("IP Address", "8.8.4.4")]),
        ("domain", "Bad.example.com.", [("FQDN", "bad.example.com")]),
        ("hostname", "www.bad.example.com", [("FQDN", "www.bad.example.com")]),
        ("hostname|port", "www.bad.example.com|8080", [("FQDN", "www.bad.example.com")]),
        ("domain|ip", "bad.example.com|8.8.4.4", [("FQDN", "bad.example.com"), ("IP Address", "8.8.4.4")]),
        ("domain|ip", "bad.example.com", [("FQDN", "bad.example.com")]),
        ("url", "hxxp://bad.example.com/a|b", [("URL", "http://bad.example.com/a|b")]),
        ("md5", HASH[:32].upper(), [("MD5", HASH[:32])]),
        ("sha1", HASH[:40], [("SHA-1", HASH[:40])]),
        ("sha256", HASH, [("SHA-256", HASH)]),
        ("filename|md5", f"a.exe|{HASH[:32]}", [("MD5", HASH[:32])]),
        ("filename|sha1", f"a|b.exe|{HASH[:40]}", [("SHA-1", HASH[:40])]),
        ("filename|sha256", f"|{HASH}", [("SHA-256", HASH)]),
        ("malware-sample", f"a.exe|{HASH[:32]}", [("MD5", HASH[:32])]),
    ],
)
def test_types(kind: str, value: str, expected: list[tuple[str, str]]) -> None:
    indicators = [
        validate(entry) for entry in entries({"type": kind, "value": value, "to_ids": True, "uuid": "u"})
    ]
    assert [(found.type, found.value) for found in indicators] == expected  # type: ignore[union-attr]
    assert {found.source_id for found in indicators} == {"u"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "kind",
    [
        "uri",
        "link",
        "text",
        "ja3-fingerprint-md5",
        "x509-fingerprint-sha256",
        "filename",
        "email-src",
        "IP-DST",
        "",
    ],
)
def test_other_types_are_no_records(kind: str) -> None:
    assert entries({"type": kind, "value": "8.8.4.4", "to_ids": True}) == []
    assert entries({"type": kind, "value": "8.8.4.4"}, wanted=MispFilter(all_attributes=True)) == []


@pytest.mark.parametrize("flag", [True, "1", 1, "true", "True"])
def test_a_flag_in_any_form(flag: object) -> None:
    assert one(to_ids=flag)
    assert entries({"type": "domain", "value": "a.example", "to_ids": True, "deleted": flag}) == []


@pytest.mark.parametrize("flag", [False, "0", 0, "false", None, "", []])
def test_without_the_flag(flag: object) -> None:
    attribute = {"type": "domain", "value": "a.example", "to_ids": flag, "deleted": flag}
    assert entries(attribute) == []
    assert len(entries(attribute, wanted=MispFilter(all_attributes=True))) == 1


def test_a_flag_that_is_not_there_is_the_types_default() -> None:
    assert len(entries({"type": "domain", "value": "a.example"})) == 1


def test_context() -> None:
    event = {
        "info": "A campaign",
        "Orgc": {"name": "An organisation"},
        "Tag": [
            {"name": "tlp:amber"},
            {"name": 'misp-galaxy:threat-actor="Sofacy"'},
            {"name": 'misp-galaxy:mitre-intrusion-set="APT28 - G0007"'},
            {"name": 'misp-galaxy:mitre-attack-pattern="Phishing - T1566"'},
            {"name": None},
            "plain",
        ],
        "Galaxy": [
            {"type": "malpedia", "GalaxyCluster": [{"value": "X-Agent"}, {"value": None}, 1]},
            {
                "type": "threat-actor",
                "GalaxyCluster": [{"value": "Sofacy", "tag_name": 'misp-galaxy:threat-actor="Sofacy"'}],
            },
            None,
        ],
    }
    tags = [{"name": 'misp-galaxy:mitre-malware="X-Agent - S0023"'}, {"name": "TLP:RED"}, {"name": "plain"}]
    record = one(
        event_context(event),
        uuid="u-1",
        Tag=tags,
        comment="Seen at night",
        timestamp="1700000000",
        first_seen=None,
    )
    assert record.fields == {
        "id": "u-1",
        "type": "FQDN",
        "value": "a.example",
        "title": "A campaign",
        "description": "Seen at night",
        "created_at": "1700000000",
        "malware": ("X-Agent",),
        "adversaries": ("Sofacy", "APT28"),
        "tags": ("plain", 'misp-galaxy:mitre-attack-pattern="Phishing - T1566"'),
        "tlp": "red",
        "source": "An organisation",
    }
    indicator = validate(record)
    assert (indicator.tlp, indicator.created_at) == ("red", 1_700_000_000)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["malpedia", "mitre-malware", "ransomware", "tool"])
def test_galaxies_of_malware(kind: str) -> None:
    assert one(Tag=[{"name": f'misp-galaxy:{kind}="Emotet"'}]).fields["malware"] == ("Emotet",)


@pytest.mark.parametrize("kind", ["threat-actor", "mitre-intrusion-set", "microsoft-activity-group"])
def test_galaxies_of_adversaries(kind: str) -> None:
    assert one(Tag=[{"name": f'misp-galaxy:{kind}="A "B""'}]).fields["adversaries"] == ('A "B"',)


def test_first_seen_goes_before_the_last_change() -> None:
    indicator = validate(one(first_seen="2023-05-01T10:00:00.000000+00:00", timestamp="1700000000"))
    assert indicator.created_at == 1_682_935_200  # type: ignore[union-attr]


def test_the_event_of_an_attribute_goes_before_that_of_its_file() -> None:
    event = {"info": "own", "Tag": [{"name": "tlp:green"}]}
    fields = one(EventContext(info="other", org="x", tags=("tlp:red",)), Event=event).fields
    assert (fields["title"], fields["tlp"]) == ("own", "green")
    assert "source" not in fields


def test_the_marking_of_an_event_that_broke_off_is_not_known() -> None:
    record = one(EventContext(info="secret", tags=("tlp:white",), whole=False))
    assert validate(record).tlp == "unknown"  # type: ignore[union-attr]


@pytest.mark.parametrize("holder", [{}, {"Event": None, "Tag": None}, {"Event": [], "Tag": {}, "Galaxy": "x"}])
def test_without_context(holder: dict[str, Any]) -> None:
    record = one(**holder, uuid=None, comment=None)
    assert record.fields == {"type": "FQDN", "value": "a.example"}
    assert validate(record).source == "in"  # type: ignore[union-attr]


@pytest.mark.parametrize("attribute", [None, 5, "domain", [], {}, {"type": 5, "value": "a.example"}])
def test_what_is_no_attribute(attribute: Any) -> None:
    (entry,) = entries(attribute)
    assert isinstance(entry, Unreadable)
    assert (entry.reason, entry.raw) == ("malformed_record", orjson.dumps(attribute))


@pytest.mark.parametrize(
    ("value", "reason"),
    [(None, "missing_value"), ("", "missing_value"), ({}, "missing_value"), (5, "malformed_domain")],
)
def test_values_of_no_use_are_for_validate_to_say(value: object, reason: str) -> None:
    assert validate(one(value=value)).reason == reason  # type: ignore[union-attr]


def test_the_bytes_of_a_record_give_it_again() -> None:
    for record in entries(
        {"type": "domain|ip", "value": "bäd.example\ud800|8.8.4.4", "uuid": "u", "comment": "\udfff", "Tag": ["a"]}
    ):
        again = parse_record(record.raw, record.format, record.mapping, record.location, record.source)
        assert isinstance(again, Record)
        assert orjson.dumps(again.fields) == orjson.dumps(record.fields)
        assert validate(again) == validate(record)


def test_an_attribute_of_more_than_a_mebibyte() -> None:
    (entry,) = entries({"type": "domain", "value": "a.example", "comment": "x" * (1 << 20)})
    assert (entry.reason, entry.truncated, len(entry.raw)) == ("too_long", True, 64 << 10)
    (entry,) = entries(["x" * (1 << 20)])
    assert entry.reason == "too_long"


def test_windows_and_tags() -> None:
    wanted = MispFilter(False, 1_700_000_000, 1_600_000_000, ("APT28", "!old"))
    good = {"type": "domain", "value": "a.example", "timestamp": "1700000000", "Tag": ["apt28"]}
    context = EventContext(published="1600000000")
    assert entries(good, context, wanted)
    assert entries({**good, "timestamp": "1699999999"}, context, wanted) == []
    assert entries({**good, "timestamp": "no time"}, context, wanted)
    assert entries(good, context._replace(published=1_599_999_999), wanted) == []
    assert entries(good, context._replace(published=None), wanted)
    assert entries({**good, "Tag": []}, context, wanted) == []
    assert entries({**good, "Tag": []}, context._replace(tags=("APT28",)), wanted)
    assert entries(good, context._replace(tags=("Old",)), wanted) == []


def test_a_window_begins_where_the_run_was_started() -> None:
    now = 1_780_000_000
    assert since("", now, "--x") is None
    assert [since(text, now, "--x") for text in ("7d", "2H", "30m", " 90s ")] == [
        now - 604_800,
        now - 7_200,
        now - 1_800,
        now - 90,
    ]
    assert since("1770000000", now, "--x") == 1_770_000_000
    assert since("2026-01-31", now, "--x") == 1_769_817_600
    assert since("999999999d", now, "--x") == 0
    for text in ("7", "7w", "d", "-7d", "soon"):
        with pytest.raises(UsageError, match="--x"):
            since(text, now, "--x")
    settings = MispSettings("feed", changed_within="1d", published_within="2d", tags=("a",), all_attributes=True)
    assert MispFilter.of(settings, now) == MispFilter(True, now - 86_400, now - 172_800, ("a",))
