"""Which role each call that reads needs."""

from __future__ import annotations

import pytest

SHA1, SHA256 = "a" * 40, "b" * 64
QUERY = {"Query": "DeviceInfo | take 1"}

DEFENDER = {
    "machines": ("GET", "machines", "Machine.Read.All"),
    "machine": ("GET", f"machines/{0:040x}", "Machine.Read.All"),
    "machine-by-name": ("GET", "machines/host-0.example.com", "Machine.Read.All"),
    "machines-by-ip": (
        "GET",
        "machines/findbyip(ip='10.0.0.0',timestamp=2027-01-15T07:00:00Z)",
        "Machine.Read.All",
    ),
    "machine-alerts": ("GET", f"machines/{0:040x}/alerts", "Alert.Read.All"),
    "alerts": ("GET", "alerts", "Alert.Read.All"),
    "alert": ("GET", "alerts/da0_-1", "Alert.Read.All"),
    "alert-files": ("GET", "alerts/da0_-1/files", "File.Read.All"),
    "alert-ips": ("GET", "alerts/da0_-1/ips", "Ip.Read.All"),
    "alert-domains": ("GET", "alerts/da0_-1/domains", "URL.Read.All"),
    "alert-machine": ("GET", "alerts/da0_-1/machine", "Machine.Read.All"),
    "alert-user": ("GET", "alerts/da0_-1/user", "User.Read.All"),
    "domain-alerts": ("GET", "domains/bad.example/alerts", "Alert.Read.All"),
    "domain-machines": ("GET", "domains/bad.example/machines", "Machine.Read.All"),
    "domain-stats": ("GET", "domains/bad.example/stats", "URL.Read.All"),
    "ip-alerts": ("GET", "ips/203.0.113.9/alerts", "Alert.Read.All"),
    "ip-stats": ("GET", "ips/203.0.113.9/stats", "Ip.Read.All"),
    "file-alerts": ("GET", f"files/{SHA1}/alerts", "Alert.Read.All"),
    "file-machines": ("GET", f"files/{SHA1}/machines", "Machine.Read.All"),
    "file": ("GET", f"files/{SHA256}", "File.Read.All"),
    "file-stats": ("GET", f"files/{SHA1}/stats", "File.Read.All"),
    "exposure-score": ("GET", "exposureScore/ByMachineGroups", "Score.Read.All"),
    "hunting": ("POST", "advancedqueries/run", "AdvancedQuery.Read.All"),
    "indicators": ("GET", "indicators", "Ti.Read.All"),
}
GRAPH = {
    "alerts": ("GET", "alerts_v2", "SecurityAlert.Read.All"),
    "alert": ("GET", "alerts_v2/da0_-1", "SecurityAlert.Read.All"),
    "hunting": ("POST", "runHuntingQuery", "ThreatHunting.Read.All"),
    "retired-alerts": ("GET", "alerts", "SecurityEvents.Read.All"),
}
ROLES = sorted({role for _, _, role in (*DEFENDER.values(), *GRAPH.values())})


@pytest.fixture
def tenant_with(start_read, machine, alert):
    """A tenant with something behind every path, and an app with `roles`, or with the default ones."""

    def run(*roles, **switches):
        if roles:
            switches["roles"] = roles
        client = start_read(clock=lambda: 1_800_000_000.0, **switches)
        evidence = {"entityType": "File", "sha1": SHA1, "sha256": SHA256}
        client.tenant.seed_machines([machine()])
        client.tenant.seed_alerts([alert(0, evidence)])
        return client

    return run


def ask_defender(client, name):
    method, path, _ = DEFENDER[name]
    body = {"json": QUERY} if method == "POST" else {}
    return client.call(method, f"/api/{path}", **body)


def ask_graph(client, name):
    method, path, _ = GRAPH[name]
    body = {"json": QUERY} if method == "POST" else {}
    return client.call(method, f"/v1.0/security/{path}", **body)


@pytest.mark.parametrize("name", DEFENDER)
def test_call_to_defender_needs_its_role_and_no_other(tenant_with, name):
    role = DEFENDER[name][2]
    assert ask_defender(tenant_with(role), name).status_code == 200
    others = [other for other in ROLES if other != role]
    refused = ask_defender(tenant_with(*others), name)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "Forbidden")
    assert role.lower() in refused.json()["error"]["message"].lower()


@pytest.mark.parametrize("name", GRAPH)
def test_call_to_graph_needs_its_role_and_no_other(tenant_with, name):
    role = GRAPH[name][2]
    served = ask_graph(tenant_with(role, graph=True, legacy_alerts="empty"), name)
    assert served.status_code == 200
    others = [other for other in ROLES if other != role]
    refused = ask_graph(tenant_with(*others, graph=True), name)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AccessDenied")


@pytest.mark.parametrize("name", DEFENDER)
def test_roles_of_the_default_app_allow_every_call(tenant_with, name):
    assert ask_defender(tenant_with(), name).status_code == 200


@pytest.mark.parametrize("name", [name for name in GRAPH if name != "retired-alerts"])
def test_roles_of_the_default_app_allow_every_call_to_graph(tenant_with, name):
    assert ask_graph(tenant_with(graph=True), name).status_code == 200


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("machines", "Machine.ReadWrite.All"),
        ("alerts", "Alert.ReadWrite.All"),
        ("indicators", "Ti.ReadWrite.All"),
        ("indicators", "Ti.ReadWrite"),
    ],
)
def test_role_to_write_allows_to_read(tenant_with, name, role):
    assert ask_defender(tenant_with(role), name).status_code == 200


@pytest.mark.parametrize("role", ["Url.Read.All", "URL.Read.All", "url.read.all"])
def test_case_of_a_role_does_not_count(tenant_with, role):
    assert ask_defender(tenant_with(role), "domain-stats").status_code == 200


@pytest.mark.parametrize("name", ["machines", "machine", "domain-machines"])
def test_machines_may_need_the_role_to_write(tenant_with, name):
    switch = {"machine_role": "read_write_only"}
    assert ask_defender(tenant_with("Machine.Read.All", **switch), name).status_code == 403
    assert ask_defender(tenant_with("Machine.ReadWrite.All", **switch), name).status_code == 200


def test_reader_of_indicators_sees_all_and_changes_none(start, item):
    client = start(roles=("Ti.Read.All",))
    [row] = client.tenant.seed([item()], created_by="someone@contoso.example")
    assert [shown["id"] for shown in client.list().json()["value"]] == [row]
    for answer in (
        client.submit(item(1)),
        client.post_import(item(1)),
        client.delete(row),
        client.batch_delete(row),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "Forbidden")
    assert [shown["id"] for shown in client.tenant.rows()] == [row]


def test_own_rows_role_beside_the_readers_deletes_own_rows_only(start, item):
    client = start(roles=("Ti.Read.All", "Ti.ReadWrite"))
    [row] = client.tenant.seed([item()], created_by="someone@contoso.example")
    assert len(client.list().json()["value"]) == 1
    assert client.delete(row).status_code == 404


@pytest.mark.parametrize("path", ["machines", "alerts", "advancedqueries/run", "nowhere"])
def test_read_without_a_token_is_401(client, path):
    del client.session.headers["Authorization"]
    assert client.call("GET", f"/api/{path}").status_code == 401


@pytest.mark.parametrize("path", ["alerts_v2", "alerts"])
def test_graph_read_with_a_token_for_defender_is_401(client, path):
    assert client.call("GET", f"/v1.0/security/{path}").status_code == 401


@pytest.mark.parametrize("path", ["machines", "alerts", f"files/{SHA1}"])
def test_versioned_paths_are_the_same(tenant_with, path):
    client = tenant_with("Machine.Read.All", "Alert.Read.All", "File.Read.All")
    plain, versioned = client.read(path).json(), client.call("GET", f"/api/v1.0/{path}").json()
    assert plain == versioned


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "machines", 405),
        ("PATCH", "alerts/da0_-1", 405),
        ("GET", "advancedqueries/run", 405),
        ("GET", "machines/x/logonusers", 404),
        ("GET", "ips/203.0.113.9/machines", 404),
        ("GET", "Machines", 404),
        ("GET", "alerts/", 404),
    ],
)
def test_what_is_no_call_is_refused(client, method, path, status):
    assert client.call(method, f"/api/{path}").status_code == status
