"""Graph's alerts: as given, and as they are made of Defender's."""

from __future__ import annotations

import pytest

LINK = "@odata.nextLink"
PREFER = {"Prefer": "include-unknown-enum-members"}


def get(client, path="alerts_v2", headers=None, **query):
    params = {f"${name}": value for name, value in query.items()}
    return client.call("GET", f"/v1.0/security/{path}", params=params, headers=headers)


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [alert["id"] for alert in answer.json()["value"]]


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def three(start_read):
    """A tenant with three alerts of Graph, and pages of two."""

    def run(**switches):
        client = start_read(graph=True, graph_page_size=2, **switches)
        client.tenant.seed_graph_alerts(
            {
                "id": f"ga{number}",
                "severity": ("low", "high", "veryHigh")[number],
                "status": "new",
                "serviceSource": "microsoftDefenderForEndpoint",
                "createdDateTime": f"2027-01-1{number}T08:00:00.1234567Z",
                "lastUpdateDateTime": f"2027-01-1{number}T09:00:00Z",
                "evidence": [{"@odata.type": "#microsoft.graph.security.ipEvidence", "ipAddress": "203.0.113.9"}],
            }
            for number in range(3)
        )
        return client

    return run


def test_given_alerts_are_listed_as_given(three):
    answer = get(three()).json()
    assert answer["@odata.context"].endswith("/v1.0/$metadata#security/alerts_v2")
    assert [alert["evidence"][0]["ipAddress"] for alert in answer["value"]] == ["203.0.113.9"] * 2


@pytest.mark.parametrize("query", [{}, {"top": 2}], ids=["without-top", "with-top"])
def test_links_lead_to_every_alert_once(three, query):
    client = three()
    answer = get(client, **query)
    seen = ids(answer)
    while LINK in answer.json():
        answer = client.session.get(answer.json()[LINK], timeout=10)
        seen += ids(answer)
    assert seen == ["ga0", "ga1", "ga2"]


def test_there_may_be_no_link_with_top(three):
    client = three(graph_links="not_with_top")
    assert LINK not in get(client, top=1).json()
    assert LINK in get(client).json()
    assert ids(get(client, top=1, skip=2)) == ["ga2"]


def test_count(three):
    answer = get(three(), count="true", filter="severity ne 'low'").json()
    assert (answer["@odata.count"], len(answer["value"])) == (2, 2)
    assert "@odata.count" not in get(three(), count="false").json()


@pytest.mark.parametrize(
    ("clause", "found"),
    [
        ("createdDateTime ge 2027-01-11T00:00:00Z", ["ga1", "ga2"]),
        ("lastUpdateDateTime gt 2027-01-10T09:00:00Z and lastUpdateDateTime le 2027-01-11T09:00:00Z", ["ga1"]),
        ("severity eq 'high' and status eq 'new'", ["ga1"]),
        ("serviceSource eq 'microsoftDefenderForIdentity'", []),
        ("classification eq null and assignedTo eq null and determination eq null", ["ga0", "ga1"]),
    ],
)
def test_filters_on_documented_properties(three, clause, found):
    assert ids(get(three(), filter=clause)) == found


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "title eq 'x'"},
        {"filter": "severity eq 'high' or severity eq 'low'"},
        {"filter": "createdDateTime ge '2027-01-11T00:00:00Z'"},
        {"orderby": "createdDateTime"},
        {"select": "id"},
        {"expand": "evidence"},
        {"top": 0},
        {"skip": -1},
        {"count": "yes"},
    ],
    ids=str,
)
def test_other_queries_are_refused(three, query):
    assert error(get(three(), **query)) == (400, "BadRequest")


def test_unknown_members_are_shown_to_those_who_prefer_it(three):
    client = three()
    assert get(client, "alerts_v2/ga2").json()["severity"] == "unknownFutureValue"
    assert get(client, "alerts_v2/ga2", headers=PREFER).json()["severity"] == "veryHigh"
    assert get(client, "alerts_v2/ga1").json()["severity"] == "high"
    assert get(three(unknown_members="always"), "alerts_v2/ga2").json()["severity"] == "veryHigh"


def test_unknown_alert_is_404(three):
    assert error(get(three(), "alerts_v2/ga9")) == (404, "ResourceNotFound")


@pytest.mark.parametrize("path", ["incidents", "alerts_v2/", "alerts_v2/ga0/comments", "runHuntingQuery/x", ""])
def test_unknown_path_is_400(three, path):
    assert error(get(three(), path)) == (400, "BadRequest")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "alerts_v2"), ("PATCH", "alerts_v2/ga0"), ("GET", "runHuntingQuery")]
)
def test_other_method_is_405(three, method, path):
    assert error(three().call(method, f"/v1.0/security/{path}")) == (405, "MethodNotAllowed")


def test_retired_alerts_are_gone(start_read):
    roles = ("SecurityEvents.Read.All",)
    assert error(get(start_read(graph=True, roles=roles), "alerts")) == (410, "Gone")
    answer = get(start_read(graph=True, roles=roles, legacy_alerts="empty"), "alerts")
    assert (answer.status_code, answer.json()["value"]) == (200, [])


EVIDENCE = {
    "file": (
        {"entityType": "File", "sha1": "a" * 40, "fileName": "a.exe", "detectionStatus": "Detected"},
        {"fileDetails": {"sha1": "a" * 40, "fileName": "a.exe"}, "detectionStatus": "detected"},
    ),
    "process": (
        {"entityType": "Process", "sha256": "b" * 64, "processId": 7, "parentProcessFileName": "b.exe"},
        {"processId": 7, "imageFile": {"sha256": "b" * 64}, "parentProcessImageFile": {"fileName": "b.exe"}},
    ),
    "ip": ({"entityType": "Ip", "ipAddress": "203.0.113.9"}, {"ipAddress": "203.0.113.9"}),
    "url": ({"entityType": "Url", "url": "bad.example/x"}, {"url": "bad.example/x"}),
    "user": ({"entityType": "User", "accountName": "user"}, {"userAccount": {"accountName": "user"}}),
    "registryValue": ({"entityType": "Registry", "registryKey": "SOFTWARE"}, {"registryKey": "SOFTWARE"}),
}


def holds(whole, part):
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], value) for name, value in part.items())
    return whole == part


@pytest.mark.parametrize("kind", EVIDENCE)
def test_evidence_of_defender_takes_graphs_form(start_read, alert, machine, kind):
    given, expected = EVIDENCE[kind]
    client = start_read(graph=True)
    client.tenant.seed_machines([machine(1, osBuild=22631)])
    client.tenant.seed_alerts([alert(1, given)])
    [shown] = get(client).json()["value"]
    device, entity = shown["evidence"]
    assert entity["@odata.type"] == f"#microsoft.graph.security.{kind}Evidence"
    assert holds(entity, expected)
    assert device["@odata.type"] == "#microsoft.graph.security.deviceEvidence"
    expected_device = {"mdeDeviceId": machine(1)["id"], "deviceDnsName": "host-1.example.com", "osBuild": 22631}
    assert holds(device, {**expected_device, "ipInterfaces": ["10.0.0.1"], "healthStatus": "active"})


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"severity": "UnSpecified"}, {"severity": "unknown"}),
        ({"severity": "Informational"}, {"severity": "informational"}),
        ({"status": "InProgress"}, {"status": "inProgress"}),
        ({"severity": None, "status": None}, {"severity": None, "status": None}),
        ({"classification": "TruePositive"}, {"classification": "truePositive"}),
        ({"detectionSource": "WindowsDefenderAtp"}, {"detectionSource": "microsoftDefenderForEndpoint"}),
        ({"incidentId": None}, {"incidentId": None, "incidentWebUrl": None}),
        ({"evidence": None, "machineId": None}, {"evidence": []}),
    ],
    ids=str,
)
def test_alert_of_defender_takes_graphs_words(start_read, alert, given, shown):
    client = start_read(graph=True)
    client.tenant.seed_alerts([alert(1, **given)])
    [found] = get(client).json()["value"]
    assert (found["providerAlertId"], found["serviceSource"]) == ("da1_-1", "microsoftDefenderForEndpoint")
    assert holds(found, {"incidentId": "1", **shown})


def test_alerts_of_graph_follow_those_of_defender_until_some_are_given(start_read, alert):
    client = start_read(graph=True)
    client.tenant.seed_alerts([alert(1), alert(2)])
    assert ids(get(client)) == ["da1_-1", "da2_-1"]
    client.tenant.remove_alert("da1_-1")
    assert ids(get(client)) == ["da2_-1"]
    client.tenant.seed_graph_alerts([{"title": "no id given"}])
    [found] = get(client).json()["value"]
    assert (found["title"], found["id"] != "da2_-1") == ("no id given", True)
