"""A service that keeps a field in another form than it was sent."""

from __future__ import annotations

import pytest

from iocbeam.local_tenant import TenantProfile

CAP = "2027-02-14T08:00:00Z"


def earlier(text):
    """Times of one form compare as text."""
    return CAP if text is None else min(text, CAP)


CASES = {
    "description cut": ("description", lambda text: text[:99], "x" * 100, "x" * 99),
    "title trimmed": ("title", str.strip, " a title ", "a title"),
    "title as sent": ("title", str.strip, "a title", "a title"),
    "one severity": ("severity", lambda text: "Informational", "High", "Informational"),
    "one severity for none": ("severity", lambda text: "Informational", None, "Informational"),
    "expiry capped": ("expirationTime", earlier, "2027-12-01T00:00:00+01:00", CAP),
    "early expiry": ("expirationTime", earlier, "2027-02-01T01:00:00+01:00", "2027-02-01T00:00:00Z"),
    "no expiry capped": ("expirationTime", earlier, None, CAP),
    "expiry spelt otherwise": (
        "expirationTime",
        lambda text: text.replace("Z", "+00:00"),
        CAP,
        f"{CAP[:-1]}+00:00",
    ),
    "expiry dropped": ("expirationTime", lambda text: None, CAP, None),
    "alert always": ("generateAlert", lambda alert: True, None, True),
    "groups sorted": ("rbacGroupNames", sorted, ["b", "a"], ["a", "b"]),
    "mark cut": ("externalId", lambda text: text and text[:4], "iocbeam:x:1", "iocb"),
}


@pytest.mark.parametrize(("name", "change", "sent", "kept"), CASES.values(), ids=CASES)
def test_field_is_kept_in_another_form_on_create_and_on_update(start, item, clock, name, change, sent, kept):
    client = start(clock=clock, stored_as={name: change})
    fields = {name: sent}
    assert client.submit(item(1, **fields)).json()[name] == kept
    [result] = client.results(item(1, recommendedActions="changed", **fields))
    assert (result["id"], result["isFailed"]) == ("1", False)
    [row] = client.list().json()["value"]
    assert (row[name], row["recommendedActions"]) == (kept, "changed")


def test_seeded_and_edited_rows_are_kept_as_given(start, item):
    client = start(stored_as={"title": str.upper})
    client.tenant.seed([item(1)])
    client.tenant.edit("1", description="changed")
    assert client.tenant.rows()[0]["title"] == "a title"
    client.tenant.edit("1", title="edited")
    assert client.tenant.rows()[0]["title"] == "edited"
    client.results(item(1))
    assert client.tenant.rows()[0]["title"] == "A TITLE"


def test_value_kept_in_another_form_is_still_the_same_row(start, item):
    client = start(stored_as={"indicatorValue": lambda value: value.rstrip("/")})
    url = {"indicatorType": "Url", "indicatorValue": "https://bad.example/"}
    first, second = client.results(item(**url), item(**url))
    assert (first["id"], second["id"]) == ("1", "1")
    assert first["indicator"] == "https://bad.example/"
    assert [row["indicatorValue"] for row in client.tenant.rows()] == ["https://bad.example"]


def test_capped_expiry_counts(start, item, clock):
    client = start(clock=clock, stored_as={"expirationTime": earlier})
    client.results(item(1, expirationTime="2099-01-01T00:00:00Z"))
    clock.now += 30 * 86_400 - 1
    assert len(client.tenant.rows()) == 1
    clock.now += 1
    assert client.tenant.rows() == []


@pytest.mark.parametrize("name", ["id", "createdBy", "lastUpdateTime", "Severity", "foo"])
def test_name_that_no_submission_has_is_refused(name):
    with pytest.raises(ValueError, match=f"stored_as.*{name}"):
        TenantProfile(stored_as={name: str})
