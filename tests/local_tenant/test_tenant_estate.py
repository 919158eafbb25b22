"""The made-up estate: the oddities of real answers, and the values to be sighted on it."""

from __future__ import annotations

import importlib
import io
import ipaddress
import re

import pytest

from iocbeam.local_tenant import LocalTenant, estate, serve

NOW = 1_800_000_000.0
SIGHTED = (
    ("ip", "192.0.2.77"),
    ("ip", "2001:db8:77::1"),
    ("domain", "bad.example"),
    ("url", "http://evil.example/a?b=1"),
    ("md5", "c" * 32),
    ("sha1", "a" * 40),
    ("sha256", "b" * 64),
    ("file_name", "dropper.exe"),
    ("product", "Shady Tool"),
)


@pytest.fixture(scope="module")
def small():
    return estate(machines=60, alerts=200, now=NOW)


@pytest.fixture(scope="module")
def sighted():
    return estate(machines=60, alerts=200, now=NOW, sighted=SIGHTED)


def values(rows, name):
    return {row[name] for row in rows}


def evidence(made, name):
    return [item[name] for alert in made.alerts for item in alert["evidence"] if item[name] is not None]


def test_equal_arguments_give_equal_estates(sighted):
    assert estate(machines=60, alerts=200, now=NOW, sighted=SIGHTED) == sighted
    assert estate(machines=60, alerts=200, seed=1, now=NOW, sighted=SIGHTED) != sighted


def test_ids_are_unique_and_alerts_are_of_its_machines(small):
    assert len(values(small.machines, "id")) == 60
    assert len(values(small.alerts, "id")) == 200
    assert values(small.alerts, "machineId") <= values(small.machines, "id")
    assert values(small.alerts, "aadTenantId") == {"11111111-1111-4111-8111-111111111111"}


@pytest.mark.parametrize("digits", [7, 6, 2, 0])
@pytest.mark.parametrize("name", ["firstSeen", "lastSeen"])
def test_seconds_of_machines_have_fractions_of_every_length(small, name, digits):
    fraction = rf"\.\d{{{digits}}}" if digits else ""
    assert any(re.fullmatch(rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{fraction}Z", row[name]) for row in small.machines)


@pytest.mark.parametrize("digits", [7, 6, 2, 0])
def test_seconds_of_alerts_have_fractions_of_every_length(small, digits):
    fraction = rf"\.\d{{{digits}}}" if digits else ""
    for name in ("alertCreationTime", "firstEventTime", "lastEventTime", "lastUpdateTime"):
        assert any(re.fullmatch(rf"[^.Z]+{fraction}Z", row[name]) for row in small.alerts), name


@pytest.mark.parametrize("mac", [None, "000000000000", "00005E005301"])
def test_macs_are_null_or_zeros_or_without_separators(small, mac):
    assert mac in {entry["macAddress"] for row in small.machines for entry in row["ipAddresses"]}


@pytest.mark.parametrize("address", ["", "127.0.0.1", "::1"])
def test_addresses_are_empty_or_loopbacks(small, address):
    assert address in {entry["ipAddress"] for row in small.machines for entry in row["ipAddresses"]}


@pytest.mark.parametrize(
    "name", ["computerDnsName", "osBuild", "riskScore", "aadDeviceId", "lastIpAddress", "lastExternalIpAddress"]
)
def test_field_of_a_machine_may_be_null(small, name):
    assert None in values(small.machines, name)
    assert values(small.machines, name) != {None}


def test_several_machines_have_one_name(small):
    names = [row["computerDnsName"] for row in small.machines if row["computerDnsName"]]
    assert len(names) > len(set(names))


def test_names_are_hosts_with_and_without_a_domain(small):
    names = values(small.machines, "computerDnsName") - {None}
    assert {"." in name for name in names} == {True, False}


@pytest.mark.parametrize(("name", "odd"), [("healthStatus", "Quarantined"), ("onboardingStatus", "onboarded")])
def test_machines_have_odd_members_of_enumerations(small, name, odd):
    assert odd in values(small.machines, name)


@pytest.mark.parametrize(
    ("name", "odd"), [("severity", "UnSpecified"), ("severity", "Critical"), ("status", "Paused")]
)
def test_alerts_have_odd_members_of_enumerations(small, name, odd):
    assert odd in values(small.alerts, name)


@pytest.mark.parametrize(
    "name", ["computerDnsName", "classification", "threatName", "investigationId", "resolvedTime", "assignedTo"]
)
def test_field_of_an_alert_may_be_null(small, name):
    assert None in values(small.alerts, name)
    assert values(small.alerts, name) != {None}


def test_evidence_has_every_type_and_one_that_no_one_knows(small):
    assert set(evidence(small, "entityType")) == {
        "File",
        "Process",
        "Ip",
        "Url",
        "User",
        "Registry",
        "CloudResource",
    }


def test_evidence_has_files_without_a_name_and_without_any_hash(small):
    files = [item for alert in small.alerts for item in alert["evidence"] if item["entityType"] == "File"]
    assert {(item["fileName"] is None, item["sha1"] is None, item["sha256"] is None) for item in files} >= {
        (False, False, False),
        (False, False, True),
        (True, True, True),
    }


@pytest.mark.parametrize("pattern", ["http://", "hxxp://", r"\[\.\]", r"site\d+\.example\.net/path$"])
def test_urls_are_plain_or_defanged_or_without_a_scheme(small, pattern):
    assert any(re.match(pattern, url) or re.search(pattern, url) for url in evidence(small, "url"))


def test_public_addresses_are_from_the_ranges_for_documentation(small):
    ranges = [ipaddress.ip_network(text) for text in ("203.0.113.0/24", "198.51.100.0/24", "2001:db8::/32")]
    found = {*values(small.machines, "lastExternalIpAddress"), *evidence(small, "ipAddress")} - {None}
    assert found
    assert all(any(ipaddress.ip_address(text) in one for one in ranges) for text in found)


def test_alerts_are_of_the_last_days(small):
    assert min(values(small.alerts, "alertCreationTime")) >= "2026-12-17"
    assert max(values(small.alerts, "lastUpdateTime")) <= "2027-01-15T08:00"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ipAddress", "192.0.2.77"),
        ("ipAddress", "2001:db8:77::1"),
        ("url", "https://bad.example/index"),
        ("url", "https://www.bad.example/index"),
        ("url", "http://evil.example/a?b=1"),
        ("sha1", "a" * 40),
        ("sha256", "b" * 64),
        ("fileName", "dropper.exe"),
    ],
)
def test_value_to_be_sighted_is_in_evidence(sighted, name, value):
    assert value in evidence(sighted, name)


@pytest.mark.parametrize(("name", "value"), [("md5", "c" * 32), ("fileProductName", "Shady Tool")])
def test_value_to_be_sighted_is_in_the_files_of_an_alert_only(sighted, name, value):
    assert value in {file[name] for files in sighted.files.values() for file in files}
    assert value not in str(sighted.alerts)


@pytest.mark.parametrize("address", ["192.0.2.77", "2001:db8:77::1"])
def test_address_to_be_sighted_is_a_machines_too(sighted, address):
    assert address in values(sighted.machines, "lastExternalIpAddress")


def test_files_of_an_alert_name_the_hashes_of_its_evidence(sighted):
    alerts = {alert["id"]: alert for alert in sighted.alerts}
    assert set(sighted.files) <= set(alerts)
    for alert_id, files in sighted.files.items():
        evidence = [item for item in alerts[alert_id]["evidence"] if item["sha1"] or item["sha256"]]
        for item in evidence:
            assert any(
                (item["sha1"] or file["sha1"], item["sha256"] or file["sha256"]) == (file["sha1"], file["sha256"])
                for file in files
            )
        assert len(files) == len(evidence)
        assert all(file["sha1"] and file["sha256"] and file["md5"] for file in files)


def test_many_values_find_their_place_on_few_alerts():
    many = [("sha256", f"{number:064x}") for number in range(500)]
    made = estate(machines=3, alerts=7, now=NOW, sighted=many)
    assert {value for _, value in many} <= set(evidence(made, "sha256"))


@pytest.mark.parametrize(
    "sizes", [{"machines": 0, "alerts": 1}, {"machines": -1, "alerts": 0}, {"alerts": 0, "sighted": SIGHTED}]
)
def test_estate_without_room_is_refused(sizes):
    with pytest.raises(ValueError, match="need"):
        estate(**sizes)


def test_seeded_estate_can_be_read(start_read, sighted):
    client = start_read(clock=lambda: NOW)
    client.tenant.seed_estate(sighted)
    assert client.read("machines").json()["value"] == sighted.machines
    listed = client.read("alerts", expand="evidence").json()["value"]
    assert sorted(listed, key=lambda alert: alert["id"]) == sorted(sighted.alerts, key=lambda alert: alert["id"])
    [alert, *_] = client.read(f"files/{'a' * 40}/alerts").json()["value"]
    assert "a" * 40 in {
        file["sha1"].lower() for file in client.read(f"alerts/{alert['id']}/files").json()["value"]
    }
    query = {"Query": f"DeviceFileEvents | where MD5 == '{'c' * 32}'"}
    rows = client.call("POST", "/api/advancedqueries/run", json=query).json()["Results"]
    assert rows
    domains = client.read("domains/bad.example/alerts").json()["value"]
    assert domains


def test_estate_can_be_read_in_graphs_form(start_read, sighted):
    client = start_read(graph=True, clock=lambda: NOW)
    client.tenant.seed_estate(sighted)
    shown = client.call("GET", "/v1.0/security/alerts_v2").json()["value"]
    assert len(shown) == 200
    assert {alert["severity"] for alert in shown} == {
        "unknown",
        "informational",
        "low",
        "medium",
        "high",
        "unknownFutureValue",
    }
    assert "192.0.2.77" in {item.get("ipAddress") for alert in shown for item in alert["evidence"]}


class Interrupted:
    """An event that is waited for until Ctrl-C, which comes at once."""

    def wait(self):
        raise KeyboardInterrupt


@pytest.mark.parametrize(("switch", "machines", "alerts"), [({"estate": estate(6, 20)}, 6, 20), ({}, 0, 0)])
def test_served_tenant_has_an_estate_on_request(monkeypatch, switch, machines, alerts):
    served = []
    stop = LocalTenant.stop
    # Not by its dotted name, which is the function's.
    monkeypatch.setattr(importlib.import_module("iocbeam.local_tenant.serve"), "Event", Interrupted)
    monkeypatch.setattr(LocalTenant, "stop", lambda tenant: (served.append(tenant), stop(tenant)))
    serve(out=io.StringIO(), **switch)
    [tenant] = served
    assert (len(tenant.machines()), len(tenant.alerts())) == (machines, alerts)
