"""The calls that read alerts and what stands around one."""

from __future__ import annotations

import pytest

from iocbeam.local_tenant import Fault, LocalTenant, Meanwhile, TenantProfile

ADDRESS = {"entityType": "Ip", "ipAddress": "203.0.113.9"}


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [alert["incidentId"] for alert in answer.json()["value"]]


@pytest.fixture
def three(start_read, alert):
    """A tenant with the alerts 0 to 2, each of which shows an address."""

    def run(**switches):
        client = start_read(**switches)
        client.tenant.seed_alerts(alert(number, ADDRESS) for number in range(3))
        return client

    return run


def test_evidence_is_empty_unless_expanded(three, alert):
    client = three()
    plain, expanded = client.read("alerts").json(), client.read("alerts", expand="evidence").json()
    assert plain["value"] == [{**alert(number), "evidence": []} for number in range(3)]
    assert expanded["value"] == [alert(number, ADDRESS) for number in range(3)]
    assert plain["@odata.context"].endswith("/api/$metadata#Alerts")


def test_one_alert_has_its_evidence(three, alert):
    answer = three().read("alerts/da1_-1").json()
    assert answer.pop("@odata.context").endswith("#Alerts/$entity")
    assert answer == alert(1, ADDRESS)


def test_no_alerts_are_an_empty_list(start_read):
    assert ids(start_read().read("alerts")) == []


@pytest.mark.parametrize(
    ("clause", "found"),
    [
        ("alertCreationTime ge 2027-01-10T08:00:00Z", [0, 1, 2]),
        ("alertCreationTime lt 2027-01-10T08:00:00.1234567Z", []),
        ("lastUpdateTime gt 2027-01-11T08:00:00.5Z and lastUpdateTime le 2027-01-11T08:00:02Z", [1]),
        ("lastEventTime eq 2027-01-10T07:30:00Z", [0, 1, 2]),
        ("incidentId ne 1", [0, 2]),
        ("InvestigationId eq null", [0, 1, 2]),
        ("id eq 'da2_-1'", [2]),
        ("status eq 'New' and severity eq 'High' and incidentId gt 1", [2]),
        ("assignedTo eq 'someone@contoso.example'", []),
        ("detectionSource eq 'WindowsDefenderAtp'", []),
        ("category eq 'Malware'", []),
    ],
)
def test_filters_on_documented_properties(three, clause, found):
    assert ids(three().read("alerts", filter=clause)) == found


@pytest.mark.parametrize(
    "clause",
    [
        "machineId eq 'x'",
        "computerDnsName eq 'host-1.example.com'",
        "title eq 'a title'",
        "severity eq 'High' or severity eq 'Low'",
        "startswith(category,'M')",
        "incidentId eq '1'",
        "lastUpdateTime ge '2027-01-11T08:00:00Z'",
    ],
)
def test_other_filters_are_refused(three, clause):
    assert error(three().read("alerts", filter=clause)) == (400, "ODataError")


@pytest.mark.parametrize("query", [{"expand": "files"}, {"expand": ""}, {"orderby": "id"}, {"select": "id"}])
def test_options_that_are_not_documented_are_refused(three, query):
    assert error(three().read("alerts", **query)) == (400, "ODataError")


def test_alerts_are_listed_by_their_last_update(start_read, alert):
    client = start_read()
    times = ["2027-01-11T08:00:00.25Z", "2027-01-11T08:00:00.2Z", None, "2027-01-11T08:00:00Z"]
    client.tenant.seed_alerts(alert(number, lastUpdateTime=text) for number, text in enumerate(times))
    assert ids(client.read("alerts")) == [2, 3, 1, 0]


def test_alerts_may_be_listed_as_seeded(start_read, alert):
    client = start_read(alert_order="as_seeded")
    client.tenant.seed_alerts([alert(2), alert(0), alert(1)])
    assert ids(client.read("alerts")) == [2, 0, 1]


def test_alert_that_is_updated_between_two_pages_moves_behind_all_others(three, clock):
    client = three(clock=clock)
    edit = Meanwhile(lambda: client.tenant.edit_alert("da0_-1", status="Resolved"))
    client.tenant.faults.add(Fault("/api/alerts", edit, nth=2))
    assert ids(client.read("alerts", top=2)) == [0, 1]
    assert ids(client.read("alerts", top=2, skip=2)) == [0]
    assert client.read("alerts/da0_-1").json()["lastUpdateTime"] == "2027-01-15T08:00:00.0000000Z"


def test_edit_takes_a_time_of_update_too(three):
    client = three()
    client.tenant.edit_alert("da0_-1", lastUpdateTime="2027-02-01T00:00:00Z", title="new")
    assert [alert["title"] for alert in client.tenant.alerts()] == ["a title", "a title", "new"]
    assert client.tenant.alerts()[2]["lastUpdateTime"] == "2027-02-01T00:00:00Z"


def test_removed_alert_is_gone(three):
    client = three()
    client.tenant.remove_alert("da1_-1")
    assert ids(client.read("alerts")) == [0, 2]
    assert error(client.read("alerts/da1_-1")) == (404, "ResourceNotFound")
    for again in (client.tenant.remove_alert, client.tenant.edit_alert):
        with pytest.raises(KeyError):
            again("da1_-1")


@pytest.mark.parametrize("part", ["", "/files", "/ips", "/domains", "/machine", "/user"])
def test_unknown_alert_is_404(three, part):
    assert error(three().read(f"alerts/da9_-1{part}")) == (404, "ResourceNotFound")


def test_addresses_of_an_alert(start_read, alert):
    client = start_read()
    client.tenant.seed_alerts([alert(1, ADDRESS, ADDRESS, {"entityType": "Ip", "ipAddress": "2001:DB8::1"})])
    assert client.read("alerts/da1_-1/ips").json()["value"] == [{"id": "203.0.113.9"}, {"id": "2001:DB8::1"}]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Bad.Example/path?q=1", "bad.example"),
        ("https://user:pw@bad.example:8443/", "bad.example"),
        ("bad.example/path", "bad.example"),
        ("bad.example", "bad.example"),
        ("hxxp://bad[.]example/x", "bad[.]example"),
        ("http://[2001:db8::1]:80/x", "[2001:db8::1]"),
    ],
)
def test_domains_of_an_alert(start_read, alert, url, host):
    client = start_read()
    client.tenant.seed_alerts([alert(1, {"entityType": "Url", "url": url}, {"entityType": "Url", "url": None})])
    assert client.read("alerts/da1_-1/domains").json()["value"] == [{"host": host}]


def test_files_of_an_alert_as_given(start_read, alert):
    file = {"sha1": "a" * 40, "md5": "c" * 32, "fileProductName": "Example Suite"}
    client = start_read()
    client.tenant.seed_alerts([alert(1), alert(2)], files={"da1_-1": [file], "da2_-1": []})
    assert client.read("alerts/da1_-1/files").json()["value"] == [file]
    assert client.read("alerts/da2_-1/files").json()["value"] == []


def test_files_of_an_alert_are_else_made_of_its_evidence(start_read, alert):
    seen = {"entityType": "File", "sha1": "a" * 40, "sha256": None, "fileName": "a.exe"}
    client = start_read()
    client.tenant.seed_alerts([alert(1, seen, seen, {**seen, "sha1": None}, ADDRESS)])
    [file] = client.read("alerts/da1_-1/files").json()["value"]
    assert (file["sha1"], file["sha256"], file["md5"]) == ("a" * 40, None, None)
    assert "fileName" not in file


def test_machine_of_an_alert_is_no_list(three, machine):
    client = three()
    client.tenant.seed_machines([machine(1)])
    answer = client.read("alerts/da1_-1/machine").json()
    assert (answer["id"], "value" in answer) == (machine(1)["id"], False)
    assert error(client.read("alerts/da2_-1/machine")) == (404, "ResourceNotFound")


def test_user_of_an_alert(start_read, alert):
    client = start_read()
    user = {"entityType": "User", "accountName": "user", "userSid": "S-1-5-21-1"}
    client.tenant.seed_alerts([alert(1, user), alert(2, relatedUser=None)])
    answer = client.read("alerts/da1_-1/user").json()
    assert (answer["id"], answer["accountSid"]) == ("CONTOSO\\user", "S-1-5-21-1")
    assert error(client.read("alerts/da2_-1/user")) == (404, "ResourceNotFound")


def test_alert_without_evidence_has_no_parts(start_read, alert):
    client = start_read()
    client.tenant.seed_alerts([alert(1, evidence=None), {"id": "bare"}])
    for alert_id in ("da1_-1", "bare"):
        for part in ("files", "ips", "domains"):
            assert client.read(f"alerts/{alert_id}/{part}").json()["value"] == []


def test_tenants_have_their_own_data(alert):
    other = "44444444-4444-4444-8444-444444444444"
    tenant = LocalTenant(TenantProfile(), TenantProfile(tenant_id=other))
    tenant.seed_alerts([alert(1)], other)
    assert (tenant.alerts(), len(tenant.alerts(other))) == ([], 1)


ODD = [
    {"lastUpdateTime": ["x"], "evidence": ["x", None, {"entityType": ["Ip"], "ipAddress": {"a": 1}, "url": 5}]},
    {"machineId": {"a": 1}, "evidence": "none", "comments": ["x"], "mitreTechniques": 5, "relatedUser": "user"},
    {"id": 7, "lastEventTime": 7, "evidence": [{"sha1": 5, "fileName": ["x"], "url": "", "ipAddress": ""}]},
]


@pytest.mark.parametrize("odd", ODD, ids=["evidence", "fields", "hashes"])
def test_odd_values_are_kept_and_harm_no_call(start_read, alert, odd):
    client = start_read()
    client.tenant.seed_alerts([alert(1), {**alert(2), **odd}])
    shown = client.read("alerts", expand="evidence").json()["value"]
    assert {**alert(2), **odd} in shown
    paths = ["alerts/da2_-1/files", "alerts/da2_-1/ips", "alerts/da2_-1/domains", "alerts/da2_-1/user"]
    paths += ["alerts/da2_-1/machine", "domains/bad.example/stats", "ips/203.0.113.9/alerts", f"files/{'a' * 40}"]
    assert {client.read(path).status_code for path in paths} <= {200, 404}
    for table in ("DeviceNetworkEvents", "DeviceFileEvents"):
        assert client.call("POST", "/api/advancedqueries/run", json={"Query": table}).status_code == 200


@pytest.mark.parametrize("odd", ODD, ids=["evidence", "fields", "hashes"])
def test_odd_values_harm_no_call_to_graph(start_read, alert, odd):
    client = start_read(graph=True)
    client.tenant.seed_alerts([alert(1), {**alert(2), **odd}])
    answer = client.call("GET", "/v1.0/security/alerts_v2")
    assert (answer.status_code, len(answer.json()["value"])) == (200, 2)
