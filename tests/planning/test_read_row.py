"""Reading a row of the tenant's list, whatever is in it, and the owner mark."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plan_help import NOW, RUN, row, tenant

from iocbeam.model.plan import Change
from iocbeam.model.settings import PlanPolicy
from iocbeam.planning import Desired, Mark, as_item, plan, read_mark, read_row

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.text(max_size=5), max_size=3),
)
FIELDS = (
    "indicatorValue", "indicatorType", "action", "severity", "title", "description", "expirationTime",
    "generateAlert", "recommendedActions", "rbacGroupNames", "externalId", "externalID", "createdBy",
    "createdByDisplayName", "lastUpdateTime",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), ODD))
def test_no_row_breaks_the_plan(fields: dict[str, Any]) -> None:
    actual = read_row({"id": "1", **fields})
    made = plan(Desired([row(0)]), tenant(actual), RUN)
    assert len(made.changes) + len(made.ends) == 1
    assert made.withdraw == ()


def test_enums_that_nobody_knows_and_nulls_are_taken_as_they_are() -> None:
    read = read_row(
        {"id": "5", "indicatorType": "Mailbox", "indicatorValue": None, "action": "Quarantine", "severity": None}
    )
    assert (read.key, read.action, read.severity) == (("Mailbox", ""), "Quarantine", "")


@pytest.mark.parametrize(
    ("kind", "value", "key"),
    [
        ("DomainName", "Evil.Example.", ("FQDN", "evil.example")),
        ("IpAddress", "45.9.1.2", ("IP Address", "45.9.1.2")),
        ("IpAddress", "2606:4700:0:0:0:0:0:1111", ("IPv6 Address", "2606:4700::1111")),
        ("IpAddress", "2606:4700:0000::1111", ("IPv6 Address", "2606:4700::1111")),
        ("FileSha1", "A" * 40, ("SHA-1", "a" * 40)),
        ("Url", "HTTP://Evil.Example:80/A?b", ("URL", "http://evil.example/A?b")),
        ("Url", "http://evil.example/", ("URL", "http://evil.example")),
        # None of our indicators has these keys.
        ("IpAddress", "10.0.0.1", ("IpAddress", "10.0.0.1")),
        ("CertificateThumbprint", "AB", ("CertificateThumbprint", "ab")),
        ("DomainName", "com", ("DomainName", "com")),
    ],
)
def test_the_key_is_canonical_whatever_the_spelling(kind: str, value: str, key: tuple[str, str]) -> None:
    assert read_row({"id": "1", "indicatorType": kind, "indicatorValue": value}).key == key


@pytest.mark.parametrize("name", ["externalId", "externalID"])
def test_both_spellings_of_the_mark_are_read(name: str) -> None:
    read = read_row({"id": "1", name: "iocbeam:drill:0011223344556677.8899aabb"})
    assert (read.collection, read.sent, read.seen) == ("drill", "0011223344556677", "8899aabb")


def test_times_with_seven_digits_and_alerts_as_text_are_read() -> None:
    read = read_row(
        {
            "id": "1",
            "expirationTime": "2026-09-21T13:46:40.1234567Z",
            "generateAlert": "True",
            "rbacGroupNames": "b, a",
        }
    )
    assert (read.expires_at, read.generate_alert, read.device_groups) == (NOW - 1_600, True, ("a", "b"))


def test_the_mark_is_parsed_as_fields() -> None:
    own = str(Mark("drill", "0011223344556677"))
    assert read_mark(own) == Mark("drill", "0011223344556677")
    assert read_mark(f"{own}:more") is None
    assert read_mark("iocbeam:drill") is None
    assert read_mark("iocbeamer:drill:00") is None
    assert read_mark("iocbeam::00") is None
    assert read_mark(None) is None
    assert read_mark(7) is None
    # A collection whose name begins like another's is another collection.
    assert read_mark("iocbeam:drill-2:00") == Mark("drill-2")


@given(st.from_regex(r"[a-z0-9][a-z0-9._-]{0,39}", fullmatch=True), st.booleans())
def test_a_mark_is_read_as_it_was_written(collection: str, twice: bool) -> None:
    mark = Mark(collection, "0123456789abcdef", "89abcdef" if twice else "")
    assert read_mark(str(mark)) == mark
    assert len(str(mark)) <= 74


def test_the_mark_says_what_was_sent_and_not_when() -> None:
    later = row(0, expires_at=NOW + 1)
    marks = [plan(Desired([one]), tenant(), RUN).changes[0].mark for one in (row(0), later, row(0, title="other"))]
    assert marks[0] == marks[1] != marks[2]


def test_an_item_holds_what_the_service_takes() -> None:
    change = Change("created", row(0, expires_at=1_800_000_000), "iocbeam:drill:00")
    policy = PlanPolicy("drill", recommended_actions="Call us.", device_groups=("Servers",))
    assert as_item(change, policy) == {
        "indicatorValue": "n0.example",
        "indicatorType": "DomainName",
        "action": "Block",
        "severity": "High",
        "title": "n0.example",
        "description": "about",
        "generateAlert": False,
        "expirationTime": "2027-01-15T08:00:00Z",
        "externalId": "iocbeam:drill:00",
        "rbacGroupNames": ["Servers"],
        "recommendedActions": "Call us.",
    }


def test_a_row_that_never_expires_says_so() -> None:
    assert (
        as_item(Change("created", row("a.example", expires_at=None), "m"), PlanPolicy("d"))["expirationTime"]
        is None
    )


def test_an_expiry_beyond_all_calendars_is_the_last_day() -> None:
    late = as_item(Change("created", row("a.example", expires_at=10**15), "m"), PlanPolicy("d"))
    assert late["expirationTime"] == "9999-12-31T23:59:59Z"
