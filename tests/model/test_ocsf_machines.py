"""Machines as Device Inventory Info."""

from __future__ import annotations

from typing import Any

import pytest
from ocsf_help import CONTEXT, MACHINE, NOW, QDM, TENANT, Schemas, changed

from iocbeam.model.ocsf import machine_event


def test_a_machine_is_a_device_inventory_info(ocsf_schemas: Schemas) -> None:
    event = machine_event(MACHINE, CONTEXT)
    assert ocsf_schemas.faults(event) == []
    assert (event["class_uid"], event["type_uid"], event["activity_name"]) == (5001, 500102, "Collect")
    assert event["time"] == 1_789_891_262_123
    assert event["metadata"]["version"] == "1.8.0"
    assert event["metadata"]["uid"] == MACHINE["id"]
    assert event["metadata"]["tenant_uid"] == TENANT
    assert event["metadata"]["original_time"] == "2026-09-20T08:01:02.1234567Z"
    assert event["metadata"]["logged_time"] == NOW * 1_000
    assert event["metadata"]["tags"] == [{"name": "tenant_alias", "value": "contoso"}]


def test_the_schemas_are_really_asked(ocsf_schemas: Schemas) -> None:
    event = machine_event(MACHINE, CONTEXT)
    event["device"]["ip"] = "10.1.2"
    event["surprise"] = 1
    assert len(ocsf_schemas.faults(event)) == 2


def test_a_device_says_what_is_known_of_it() -> None:
    device = machine_event(MACHINE, CONTEXT)["device"]
    assert device["uid"] == MACHINE["id"]
    assert device["uid_alt"] == MACHINE["aadDeviceId"]
    assert device["domain"] == "contoso.example"
    assert device["os"] == {
        "name": "Windows10",
        "type_id": 100,
        "type": "Windows",
        "version": "22H2",
        "build": "19045",
        "cpu_bits": 64,
    }
    assert device["groups"] == [{"name": "Berlin", "uid": "12"}]
    assert device["agent_list"][0]["version"] == "10.8790.19045.5608"
    assert device["is_managed"] is True


def test_what_has_no_attribute_is_unmapped_and_null_is_not() -> None:
    unmapped = machine_event(MACHINE, CONTEXT)["unmapped"]
    assert unmapped["healthStatus"] == "Active"
    assert unmapped["isPotentialDuplication"] is False
    assert unmapped["machineTags"] == ["laptop"]
    assert "mergedIntoMachineId" not in unmapped
    assert "computerDnsName" not in unmapped


def test_loopbacks_and_empty_addresses_are_no_interfaces() -> None:
    interfaces = machine_event(MACHINE, CONTEXT)["device"]["network_interfaces"]
    assert interfaces == [{"ip": "10.1.2.3", "mac": "00:00:5E:00:53:FF", "type_id": 1, "type": "Wired"}]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("00005E0053FF", "00:00:5E:00:53:FF", id="no-separators"),
        pytest.param("00005e0053ff", "00:00:5E:00:53:FF", id="lower-case"),
        pytest.param("00-00-5E-00-53-FF", "00:00:5E:00:53:FF", id="hyphens"),
        pytest.param("00:00:5E:00:53:FF", "00:00:5E:00:53:FF", id="colons"),
        pytest.param("000000000000", None, id="zeros"),
        pytest.param(None, None, id="null"),
        pytest.param("", None, id="empty"),
        pytest.param("00005E0053", None, id="short"),
        pytest.param("00005E0053FG", None, id="no-hex"),
        pytest.param(12, None, id="a-number"),
    ],
)
def test_a_hardware_address_is_written_as_ocsf_has_it(written: Any, expected: str | None) -> None:
    event = machine_event(
        changed(MACHINE, ipAddresses=[{"ipAddress": "10.0.0.1", "macAddress": written}]), CONTEXT
    )
    assert event["device"]["network_interfaces"][0].get("mac") == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("10.0.0.1", "10.0.0.1", id="v4"),
        pytest.param("2001:db8::1", "2001:db8::1", id="v6"),
        pytest.param("", "203.0.113.7", id="empty"),
        pytest.param(None, "203.0.113.7", id="null"),
        pytest.param("127.0.0.1", "203.0.113.7", id="loopback"),
        pytest.param("::1", "203.0.113.7", id="loopback-v6"),
        pytest.param("fe80::1%12", "203.0.113.7", id="a-zone"),
        pytest.param("10.0.0.01", "203.0.113.7", id="leading-zero"),
        pytest.param("10.0.0.1:80", "203.0.113.7", id="a-port"),
        pytest.param(167772161, "203.0.113.7", id="a-number"),
    ],
)
def test_the_device_has_a_valid_address(address: Any, expected: str) -> None:
    assert machine_event(changed(MACHINE, lastIpAddress=address), CONTEXT)["device"]["ip"] == expected


@pytest.mark.parametrize(
    ("platform", "system", "device"),
    [
        pytest.param("Windows11", 100, 0, id="windows"),
        pytest.param("WindowsServer2022", 100, 1, id="windows-server"),
        pytest.param("Ubuntu", 200, 0, id="ubuntu"),
        pytest.param("macOS", 300, 0, id="macos"),
        pytest.param("iOS", 301, 5, id="ios"),
        pytest.param("iPadOS", 302, 4, id="ipados"),
        pytest.param("Android", 201, 5, id="android"),
        pytest.param("Plan9", 99, 0, id="another"),
    ],
)
def test_a_platform_says_what_system_and_what_device(platform: str, system: int, device: int) -> None:
    made = machine_event(changed(MACHINE, osPlatform=platform), CONTEXT)["device"]
    assert (made["os"]["type_id"], made["type_id"]) == (system, device)
    assert made["os"]["name"] == platform


def test_without_a_platform_there_is_no_system_and_nothing_is_lost() -> None:
    event = machine_event(changed(MACHINE, osPlatform=None), CONTEXT)
    assert "os" not in event["device"]
    assert (event["unmapped"]["version"], event["unmapped"]["osBuild"]) == ("22H2", 19045)


@pytest.mark.parametrize(
    ("risk", "expected"),
    [
        pytest.param("None", (0, "Info"), id="none"),
        pytest.param("Informational", (0, "Info"), id="informational"),
        pytest.param("Low", (1, "Low"), id="low"),
        pytest.param("medium", (2, "Medium"), id="other-case"),
        pytest.param("High", (3, "High"), id="high"),
        pytest.param("Extreme", (99, "Extreme"), id="not-known"),
        pytest.param(None, (None, None), id="null"),
    ],
)
def test_risk_is_a_level_and_an_unknown_one_is_other(risk: Any, expected: tuple[Any, Any]) -> None:
    device = machine_event(changed(MACHINE, riskScore=risk), CONTEXT)["device"]
    assert (device.get("risk_level_id"), device.get("risk_level")) == expected


@pytest.mark.parametrize("name", ["lastSeen", "firstSeen"])
def test_a_time_that_cannot_be_read_is_unmapped(name: str) -> None:
    event = machine_event(changed(MACHINE, **{name: "soon"}), CONTEXT)
    assert event["unmapped"][name] == "soon"
    assert event["time"] == (NOW * 1_000 if name == "lastSeen" else 1_789_891_262_123)


def test_a_machine_without_a_name_or_an_id_is_told_from_others(ocsf_schemas: Schemas) -> None:
    first, second = (machine_event({"healthStatus": text}, CONTEXT) for text in ("Active", "Inactive"))
    assert first["device"]["uid"] != second["device"]["uid"]
    assert first == machine_event({"healthStatus": "Active"}, CONTEXT)
    assert ocsf_schemas.faults(first) == []


def test_values_of_the_wrong_type_are_kept_as_they_are(ocsf_schemas: Schemas) -> None:
    odd = changed(MACHINE, computerDnsName={"a": 1}, agentVersion=["1"], osBuild="19045", rbacGroupId=10**30)
    event = machine_event(odd, CONTEXT)
    assert ocsf_schemas.faults(event) == []
    assert event["unmapped"]["computerDnsName"] == {"a": 1}
    assert event["unmapped"]["agentVersion"] == ["1"]
    assert event["device"]["os"]["build"] == "19045"
    assert event["device"]["groups"][0]["uid"] == str(10**30)


def test_an_event_of_query_says_that_it_is_none_of_ocsf() -> None:
    assert machine_event(MACHINE, QDM)["metadata"]["labels"] == ["qdm"]
    assert "labels" not in machine_event(MACHINE, CONTEXT)["metadata"]
    assert "lastExternalIpAddress" not in machine_event(MACHINE, QDM)["unmapped"]


def test_the_machine_that_is_mapped_stays_as_it_is() -> None:
    machine = changed(MACHINE)
    machine_event(machine, QDM)
    assert machine == MACHINE
