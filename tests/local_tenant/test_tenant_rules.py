"""The rules for one indicator. Each holds for an import (the item fails) and for a single submission (400)."""

from __future__ import annotations

import pytest

PUBLIC_V4 = "8.8.8.8"
FULL_V6 = "2001:4860:4860:0:0:0:0:8888"


@pytest.fixture
def verdict(client):
    """How an item fares both ways: `None` when taken, else the error code."""

    def judge(item, by=client):
        [result] = by.results(item)
        answer = by.submit(item)
        assert (answer.status_code == 400) is result["isFailed"]
        if not result["isFailed"]:
            assert result["failureReason"] is None
            return None
        assert result["id"] is None
        error = answer.json()["error"]
        assert result["failureReason"] == error["message"]
        return error["code"]

    return judge


@pytest.mark.parametrize("name", ["indicatorValue", "indicatorType", "action", "title", "description"])
def test_required_field_missing_or_empty(verdict, item, name):
    assert verdict(item(**{name: None})) == "MissingRequiredParameter"
    assert verdict(item(**{name: ""})) == "MissingRequiredParameter"


@pytest.mark.parametrize("name", ["indicatorvalue", "Severity", "externalID", "generatealert", "foo"])
def test_property_names_are_case_sensitive_and_known(verdict, item, name):
    assert verdict({**item(), name: "x"}) == "InvalidInput"


@pytest.mark.parametrize("name", ["id", "createdBy", "creationTimeDateTimeUtc", "source"])
def test_server_set_property_is_refused(verdict, item, name):
    assert verdict({**item(), name: "1"}) == "InvalidInput"


def test_last_update_time_is_tolerated_and_ignored(client, verdict, item):
    assert verdict(item(lastUpdateTime="2001-01-01T00:00:00Z")) is None
    assert not client.tenant.rows()[0]["lastUpdateTime"].startswith("2001")


@pytest.mark.parametrize(
    "changes",
    [
        {"bypassDurationHours": 4},
        {"additionalInfo": "x"},
        {"category": 1},
        {"category": "Malware"},
        {"mitreTechniques": ["T1059"]},
        {"rbacGroupIds": ["12"]},
        {"recommendedActions": "look"},
        {"application": "x"},
        {"severity": "High"},
    ],
)
def test_optional_property_is_taken(verdict, item, changes):
    assert verdict(item(**changes)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"rbacGroupNames": "one,two"},
        {"rbacGroupNames": [1]},
        {"rbacGroupIds": "1"},
        {"mitreTechniques": "T1059"},
        {"generateAlert": "True"},
        {"generateAlert": 1},
        {"title": 5},
        {"externalId": 5},
        {"expirationTime": 1_900_000_000},
        {"category": True},
    ],
)
def test_value_of_the_wrong_type(verdict, item, changes):
    assert verdict(item(**changes)) == "InvalidInput"


@pytest.mark.parametrize(
    "changes",
    [
        {"indicatorType": "fileSha256"},
        {"indicatorType": "FileSHA256"},
        {"action": "block"},
        {"action": "Delete"},
        {"severity": "high"},
        {"severity": "Critical"},
    ],
)
def test_enum_in_the_wrong_case_or_unknown(verdict, item, changes):
    assert verdict(item(**changes)) == "InvalidInput"


VALUES = {
    "FileMd5": "0" * 32,
    "FileSha1": "0" * 40,
    "FileSha256": "0" * 64,
    "CertificateThumbprint": "0" * 40,
    "IpAddress": PUBLIC_V4,
    "DomainName": "bad.example",
    "Url": "https://bad.example/path",
}
NETWORK = {"Allowed", "Audit", "Warn", "Block"}
MATRIX = {
    **dict.fromkeys(("FileMd5", "FileSha1", "FileSha256"), NETWORK | {"BlockAndRemediate"}),
    **dict.fromkeys(("IpAddress", "DomainName", "Url"), NETWORK),
    "CertificateThumbprint": {"Allowed", "BlockAndRemediate"},
}


@pytest.mark.parametrize("indicator_type", VALUES)
def test_action_must_suit_the_type(client, item, indicator_type):
    for action in ("Allowed", "Audit", "Warn", "Block", "BlockAndRemediate", "Alert", "AlertAndBlock"):
        submission = item(
            indicatorType=indicator_type,
            indicatorValue=VALUES[indicator_type],
            action=action,
            generateAlert=True,
        )
        [result] = client.results(submission)
        assert result["isFailed"] is (action not in MATRIX[indicator_type]), action


def test_legacy_actions_by_switch(start, item):
    client = start(legacy_actions="accept")
    assert client.results(item(action="AlertAndBlock"))[0]["isFailed"] is False


@pytest.mark.parametrize("alert", [None, False])
def test_audit_needs_an_alert(verdict, item, alert):
    assert verdict(item(action="Audit", generateAlert=alert)) == "InvalidInput"
    assert verdict(item(action="Audit", generateAlert=True)) is None


def test_support_url_only_with_block_or_warn_of_a_url(verdict, item):
    url = {"indicatorType": "Url", "indicatorValue": "https://bad.example/", "educateUrl": "https://a.example"}
    assert verdict(item(**url)) is None
    assert verdict(item(**{**url, "action": "Allowed"})) == "InvalidInput"
    assert verdict(item(educateUrl="https://a.example")) == "InvalidInput"


@pytest.mark.parametrize("value", [PUBLIC_V4, FULL_V6])
def test_public_address_is_taken(verdict, item, value):
    assert verdict(item(indicatorType="IpAddress", indicatorValue=value)) is None


@pytest.mark.parametrize(
    "value",
    [
        "8.8.8.0/24",
        "8.8.8.1-8.8.8.9",
        "8.8.8.*",
        "8.8.8",
        "08.8.8.8",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "224.0.0.1",
        "fe80:0:0:0:0:0:0:1",
        "fd00:0:0:0:0:0:0:1",
        "2001:4860:4860:0:0:0:0:8888%eth0",
        "bad.example",
        " 8.8.8.8",
    ],
)
def test_address_that_is_no_single_public_one(verdict, item, value):
    assert verdict(item(indicatorType="IpAddress", indicatorValue=value)) == "InvalidIpAddress"


@pytest.mark.parametrize("value", ["2001:4860:4860::8888", "64:ff9b::8.8.8.8", "64:ff9b:0:0:0:0:8.8.8.8"])
def test_compressed_ipv6_by_switch(start, item, value):
    submission = item(indicatorType="IpAddress", indicatorValue=value)
    assert start(compressed_ipv6="reject").results(submission)[0]["isFailed"] is True
    tolerant = start(compressed_ipv6="warn")
    assert tolerant.results(submission)[0]["isFailed"] is False
    assert value in tolerant.tenant.warnings()[0]


def test_full_ipv6_gives_no_warning(start, item):
    client = start(compressed_ipv6="reject")
    assert client.results(item(indicatorType="IpAddress", indicatorValue=FULL_V6))[0]["isFailed"] is False
    assert client.tenant.warnings() == []


@pytest.mark.parametrize(
    ("indicator_type", "length"),
    [("FileMd5", 32), ("FileSha1", 40), ("FileSha256", 64), ("CertificateThumbprint", 40)],
)
def test_hash_has_its_length_in_hex_digits(verdict, item, indicator_type, length):
    def judge(value):
        return verdict(item(indicatorType=indicator_type, indicatorValue=value, action="Allowed"))

    assert judge("aB" * (length // 2)) is None
    assert judge("a" * (length - 1)) == "InvalidHashValue"
    assert judge("a" * (length + 1)) == "InvalidHashValue"
    assert judge("g" * length) == "InvalidHashValue"
    assert judge("*" * length) == "InvalidHashValue"


@pytest.mark.parametrize("value", ["bad.example", "xn--bcher-kva.example", "_dmarc.bad.example", "A.B.example"])
def test_domain_is_taken(verdict, item, value):
    assert verdict(item(indicatorType="DomainName", indicatorValue=value)) is None


@pytest.mark.parametrize(
    "value",
    [
        "*.bad.example",
        "bad",
        "bad.example.",
        "http://bad.example",
        "bad.example/path",
        "bad.example:80",
        "bad..example",
        "-bad.example",
        "bücher.example",
        "bad example.com",
        "8.8.8.8",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
    ],
)
def test_domain_that_is_none(verdict, item, value):
    assert verdict(item(indicatorType="DomainName", indicatorValue=value)) == "InvalidDomainName"


@pytest.mark.parametrize(
    "value",
    [
        "https://bad.example/path?q=1#f",
        "http://bad.example",
        "https://bad.example:8443/",
        "http://8.8.8.8/x",
        "http://[2001:4860:4860::8888]/x",
        "HTTPS://Bad.Example/P",
    ],
)
def test_url_is_taken(verdict, item, value):
    assert verdict(item(indicatorType="Url", indicatorValue=value)) is None


@pytest.mark.parametrize(
    "value",
    [
        "https://*.bad.example/",
        "https://bad.example/*",
        "https://bad.example\\path",
        "https://bad.example/a\\b",
        "https://bad.example/a b",
        "https://bad.example/ü",
        "https:///path",
        "https://bad/",
        "https://bad.example:99999/",
        "https://[bad]/",
        "ftp://bad.example/",
        "hxxp://bad.example/",
    ],
)
def test_url_that_is_none(verdict, item, value):
    assert verdict(item(indicatorType="Url", indicatorValue=value)) == "InvalidUrl"


@pytest.mark.parametrize(("switch", "failed"), [("accept", False), ("reject", True)])
def test_url_without_scheme_by_switch(start, item, switch, failed):
    client = start(url_without_scheme=switch)
    submission = item(indicatorType="Url", indicatorValue="bad.example/path")
    assert client.results(submission)[0]["isFailed"] is failed


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2099-12-12T00:00:00Z", "2099-12-12T00:00:00Z"),
        ("2099-12-12T02:00:00+02:00", "2099-12-12T00:00:00Z"),
        ("2099-12-12T00:00:00.123456+00:00", "2099-12-12T00:00:00.1234560Z"),
        ("2099-12-12T00:00:00.0Z", "2099-12-12T00:00:00Z"),
        (None, None),
    ],
)
def test_expiration_time_is_taken_and_shown_in_utc(client, item, sent, shown):
    assert client.submit(item(expirationTime=sent)).json()["expirationTime"] == shown


@pytest.mark.parametrize(
    "value", ["2099-12-12", "2099-12-12T00:00:00", "2099-13-12T00:00:00Z", "12/12/2099", "never", ""]
)
def test_expiration_time_without_date_time_or_offset(verdict, item, value):
    assert verdict(item(expirationTime=value)) == "InvalidInput"


def test_past_expiration_by_switch(start, item):
    submission = item(expirationTime="2020-01-01T00:00:00Z")
    assert start(past_expiration="reject").results(submission)[0]["isFailed"] is True
    tolerant = start(past_expiration="accept")
    assert tolerant.results(submission)[0]["isFailed"] is False
    assert tolerant.tenant.rows() == []


def test_length_limit_by_switch(start, item):
    client = start(max_lengths={"description": 10})
    assert client.results(item(description="x" * 10))[0]["isFailed"] is False
    assert client.results(item(description="x" * 11))[0]["isFailed"] is True


def test_unknown_property_by_switch_refuses_the_import(start, item):
    client = start(unknown_property="request")
    answer = client.post_import(item(1), {**item(2), "foo": 1})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidRequestBody")
    assert client.tenant.rows() == []


def test_item_that_is_no_object_fails_alone(client, item):
    first, second = client.results("text", item())
    assert (first["isFailed"], first["indicator"]) == (True, None)
    assert second["isFailed"] is False
