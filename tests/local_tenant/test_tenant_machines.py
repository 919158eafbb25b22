"""The calls that read machines."""

from __future__ import annotations

import pytest

from iocbeam.local_tenant import ReadProfile

NOW = 1_800_000_000.0  # 2027-01-15T08:00:00Z
LAST_SEEN = "2027-01-15T07:00:00.1234567Z"


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [int(machine["id"], 16) for machine in answer.json()["value"]]


@pytest.fixture
def three(start_read, machine):
    """A tenant with the machines 0 to 2."""

    def run(**switches):
        client = start_read(clock=lambda: NOW, **switches)
        client.tenant.seed_machines(map(machine, range(3)))
        return client

    return run


def test_machines_are_listed_as_given(three, machine):
    answer = three().read("machines").json()
    assert answer["value"] == [machine(0), machine(1), machine(2)]
    assert answer["@odata.context"].endswith("/api/$metadata#Machines")


def test_no_machines_are_404(start_read):
    client = start_read()
    assert error(client.read("machines")) == (404, "ResourceNotFound")
    assert error(client.read("machines", top=5)) == (404, "ResourceNotFound")


@pytest.mark.parametrize("query", [{"filter": "riskScore eq 'High'"}, {"skip": 3}], ids=["filter", "past-the-end"])
def test_page_without_machines_is_404(three, query):
    assert error(three().read("machines", **query)) == (404, "ResourceNotFound")


def test_no_machines_may_be_an_empty_list(start_read):
    assert ids(start_read(empty_machines="empty_list").read("machines")) == []


@pytest.mark.parametrize(
    ("clause", "found"),
    [
        ("computerDnsName eq 'host-1.example.com'", [1]),
        ("computerDnsName ne 'host-1.example.com'", [0, 2]),
        (f"id eq '{2:040x}'", [2]),
        ("lastIpAddress eq '10.0.0.1'", [1]),
        (f"lastSeen ge {LAST_SEEN}", [0, 1, 2]),
        ("lastSeen le 2027-01-15T07:00:01Z and lastSeen gt 2027-01-15T08:00:00+01:00", [0, 1, 2]),
        ("rbacGroupId eq 1", [1]),
        ("rbacGroupId eq '1'", [1]),
        ("rbacGroupId lt 1", [0, 2]),
        ("RiskScore eq 'None' and computerDnsName eq 'host-2.example.com'", [2]),
        ("osPlatform eq 'Windows11' and healthStatus eq 'Active' and lastIpAddress eq '10.0.0.0'", [0]),
        ("startswith(computerDnsName,'host-2')", [2]),
        ("startswith(computerDnsName, 'host') and rbacGroupId eq 0", [0, 2]),
        ("aadDeviceId eq null", [0, 1, 2]),
    ],
)
def test_filters_on_documented_properties(three, clause, found):
    assert ids(three().read("machines", filter=clause)) == found


@pytest.mark.parametrize(
    "clause",
    [
        "lastExternalIpAddress eq '203.0.113.1'",
        "machineTags eq 'x'",
        "agentVersion eq '1'",
        "computerDnsName eq 'a' or computerDnsName eq 'b'",
        "not (computerDnsName eq 'a')",
        "(computerDnsName eq 'a')",
        "contains(computerDnsName,'a')",
        "endswith(computerDnsName,'a')",
        "startswith(lastIpAddress,'10.')",
        "computerDnsName in ('a','b')",
        "computerDnsName eq a",
        "computerDnsName eq 5",
        "lastSeen ge '2027-01-15T07:00:00Z'",
        "lastSeen ge 2027-01-15T07:00:00",
        "lastSeen ge 2027-02-31T07:00:00Z",
        "lastSeen gt null",
        "rbacGroupId eq 'one'",
        "computerDnsName EQ 'a'",
        "computerDnsName eq 'a' and",
        "computerDnsName eq 'a''",
        "",
    ],
)
def test_other_filters_are_refused(three, clause):
    assert error(three().read("machines", filter=clause)) == (400, "ODataError")


def test_startswith_may_be_refused(three):
    answer = three(starts_with="reject").read("machines", filter="startswith(computerDnsName,'host')")
    assert error(answer) == (400, "ODataError")


@pytest.mark.parametrize("option", ["select", "orderby", "count", "expand"])
def test_options_that_are_not_documented_are_refused(three, option):
    assert error(three().read("machines", **{option: "id"})) == (400, "ODataError")


def test_null_and_odd_values_are_neither_more_nor_less(start_read, machine):
    client = start_read()
    client.tenant.seed_machines([machine(0, lastSeen=None), machine(1, lastSeen="yesterday"), machine(2)])
    assert ids(client.read("machines", filter="lastSeen ge 2000-01-01T00:00:00Z")) == [2]
    assert ids(client.read("machines", filter="lastSeen ne 2000-01-01T00:00:00Z")) == [0, 1, 2]


@pytest.mark.parametrize("name", [f"{1:040x}", f"{0xAB:040X}", "host-1.example.com", "HOST-1.example.com"])
def test_machine_by_id_and_by_name(three, machine, name):
    client = three()
    client.tenant.seed_machines([machine(0xAB)])
    expected = machine(0xAB if name.endswith("AB") else 1)
    answer = client.read(f"machines/{name}").json()
    assert answer.pop("@odata.context").endswith("#Machines/$entity")
    assert answer == expected


def test_of_two_machines_of_one_name_the_newest_is_given(start_read, machine):
    client = start_read()
    newer = machine(1, computerDnsName="twin.example.com", lastSeen="2027-01-15T07:30:00Z")
    client.tenant.seed_machines([newer, machine(0, computerDnsName="twin.example.com")])
    assert client.read("machines/twin.example.com").json()["id"] == newer["id"]


def test_unknown_machine_is_404(three):
    client = three()
    for path in ("machines/nobody", "machines/nobody/alerts"):
        assert error(client.read(path)) == (404, "ResourceNotFound")


def test_alerts_of_a_machine_come_without_evidence(three, alert):
    client = three()
    client.tenant.seed_alerts([alert(1, {"entityType": "Ip", "ipAddress": "203.0.113.9"}), alert(2)])
    [found] = client.read(f"machines/{1:040x}/alerts").json()["value"]
    assert (found["id"], found["evidence"]) == ("da1_-1", [])
    assert client.read(f"machines/{0:040x}/alerts").json()["value"] == []


@pytest.mark.parametrize(
    ("ip", "moment", "found"),
    [
        ("10.0.0.1", "2027-01-15T07:15:00Z", [1]),
        ("10.0.0.1", "2027-01-15T06:45:30Z", [1]),
        ("10.0.0.1", "2027-01-15T07:16:00Z", []),
        ("203.0.113.1", "2027-01-15T07:00:00Z", []),
        ("10.9.9.9", "2027-01-15T07:00:00Z", []),
    ],
    ids=["after", "before", "too-late", "public-address", "unknown"],
)
def test_find_by_internal_address_and_time(three, ip, moment, found):
    assert ids(three().read(f"machines/findbyip(ip='{ip}',timestamp={moment})")) == found


def test_find_by_an_address_that_is_not_the_last_one(start_read, machine):
    client = start_read(clock=lambda: NOW)
    client.tenant.seed_machines([machine(1, ipAddresses=[{"ipAddress": "FE80::1"}, {"ipAddress": None}])])
    assert ids(client.read("machines/findbyip(ip='fe80::1',timestamp=2027-01-15T07:00:00Z)")) == [1]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("ip='10.0.0.1',timestamp=2026-12-16T07:59:59Z", "BadRequest"),
        ("ip='10.0.0.1',timestamp=yesterday", "ODataError"),
        ("ip='10.0.0.1'", "ODataError"),
        ("ip='10.0.0.256',timestamp=2027-01-15T07:00:00Z", "InvalidIpAddress"),
    ],
    ids=["older-than-30-days", "no-time", "time-missing", "no-address"],
)
def test_find_by_ip_refuses(three, query, code):
    assert error(three().read(f"machines/findbyip({query})")) == (400, code)


def test_exposure_score_names_the_device_groups(three):
    [group] = three().read("exposureScore/ByMachineGroups").json()["value"]
    assert (group["rbacGroupName"], group["rbacGroupId"]) == ("Servers", 1)


def test_odd_values_are_kept(start_read):
    odd = {"id": None, "computerDnsName": 5, "lastSeen": {"a": [1]}, "unknown": "é"}
    client = start_read()
    client.tenant.seed_machines([odd, {"computerDnsName": None}])
    first, second = client.read("machines").json()["value"]
    assert first == odd
    assert (second["computerDnsName"], len(second["id"])) == (None, 40)


def test_id_that_is_there_already_is_refused(three, machine):
    tenant = three().tenant
    with pytest.raises(ValueError, match="there already"):
        tenant.seed_machines([machine(7), machine(1)])
    assert len(tenant.machines()) == 3


def test_edited_machine_is_read_as_edited(three):
    client = three()
    before = client.tenant.machines()
    client.tenant.edit_machine(f"{1:040x}", computerDnsName="renamed.example.com")
    assert client.read("machines/renamed.example.com").json()["id"] == f"{1:040x}"
    assert client.read("machines/host-1.example.com").status_code == 404
    assert before[1]["computerDnsName"] == "host-1.example.com"
    with pytest.raises(KeyError):
        client.tenant.edit_machine("nobody", riskScore="High")


@pytest.mark.parametrize(
    "switch",
    [
        {"paging": "both"},
        {"md5_lookup": "maybe"},
        {"advanced_hunting": "off"},
        {"page_size": 0},
        {"page_size": 10_001},
        {"hunting_rows": 0},
    ],
)
def test_switch_that_does_not_exist_is_refused(switch):
    [name] = switch
    with pytest.raises(ValueError, match=name):
        ReadProfile(**switch)
