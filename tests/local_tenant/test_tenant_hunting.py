"""Advanced hunting: the queries that are understood, those that are refused, and the limits."""

from __future__ import annotations

import pytest

SHA1, SHA256, MD5 = "a" * 40, "b" * 64, "c" * 32


def names(rows, column="DeviceName"):
    return [row[column] for row in rows]


@pytest.fixture
def hunter(start_read, machine, alert):
    """A tenant with three machines, and alerts that show an address, a URL and a file with its MD5."""

    def run(**switches):
        client = start_read(clock=lambda: 1_800_000_000.0, **switches)
        client.tenant.seed_machines(
            [
                machine(1),
                machine(2, osPlatform="Linux"),
                machine(3, computerDnsName=None, lastSeen="2026-12-01T00:00:00Z"),
            ]
        )
        evidence = [
            {"entityType": "Ip", "ipAddress": "203.0.113.9"},
            {
                "entityType": "Url",
                "url": "http://bad.example/some/path",
                "evidenceCreationTime": "2027-01-12T00:00:00Z",
            },
            {"entityType": "File", "sha1": SHA1, "fileName": "Invoice (1).exe"},
            {"entityType": "User", "accountName": "user"},
        ]
        client.tenant.seed_alerts([alert(1, *evidence)], files={"da1_-1": [{"sha1": SHA1, "md5": MD5}]})
        return client

    return run


@pytest.fixture
def hunt(hunter):
    def run(query, **switches):
        answer = hunter(**switches).call("POST", "/api/advancedqueries/run", json={"Query": query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return run


def test_answer_has_schema_and_results(hunt):
    answer = hunt(
        "DeviceNetworkEvents | where RemoteIP == '203.0.113.9' | project Timestamp, DeviceName, RemoteIP"
    )
    assert answer == {
        "Schema": [
            {"Name": "Timestamp", "Type": "DateTime"},
            {"Name": "DeviceName", "Type": "String"},
            {"Name": "RemoteIP", "Type": "String"},
        ],
        "Results": [
            {
                "Timestamp": "2027-01-10T07:30:00Z",
                "DeviceName": "host-1.example.com",
                "RemoteIP": "203.0.113.9",
            }
        ],
    }


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("DeviceInfo", ["Timestamp", "DeviceId", "DeviceName", "PublicIP", "OSPlatform"]),
        ("DeviceNetworkEvents", ["Timestamp", "DeviceId", "DeviceName", "RemoteIP", "RemoteUrl"]),
        (
            "DeviceFileEvents",
            ["Timestamp", "DeviceId", "DeviceName", "FileName", "SHA1", "SHA256", "MD5"],
        ),
    ],
)
def test_tables_have_their_columns(hunt, table, columns):
    answer = hunt(table)
    assert names(answer["Schema"], "Name") == columns
    assert answer["Results"]
    assert all(list(row) == columns for row in answer["Results"])


@pytest.mark.parametrize(
    ("test", "found"),
    [
        ("PublicIP == '203.0.113.1'", [1]),
        ('PublicIP == "203.0.113.1"', [1]),
        ("OSPlatform == 'linux'", []),
        ("OSPlatform =~ 'linux'", [2]),
        ("PublicIP in ('203.0.113.1', '203.0.113.2', '192.0.2.1')", [1, 2]),
        ("OSPlatform in ('LINUX')", []),
        ("OSPlatform in~ ('LINUX', 'x')", [2]),
        ("DeviceName has 'HOST'", [1, 2]),
        ("DeviceName has 'host-2'", [2]),
        ("DeviceName has 'hos'", []),
        ("DeviceName has 'example.com'", [1, 2]),
        ("Timestamp >= ago(30d) and OSPlatform == 'Linux'", [2]),
        ("Timestamp >= ago(30m)", []),
        ("PublicIP == '203.0.113.1' or PublicIP == '203.0.113.2' and OSPlatform == 'Windows11'", [1]),
        ("(PublicIP == '203.0.113.1' or PublicIP == '203.0.113.2') and OSPlatform == 'Linux'", [2]),
        ("DeviceName == 'a\\'b\\\\'", []),
    ],
)
def test_where(hunt, test, found):
    answer = hunt(f"DeviceInfo | where {test} | summarize arg_max(Timestamp, *) by DeviceId")
    assert [int(row["DeviceId"], 16) for row in answer["Results"]] == found


def test_query_may_have_lines(hunt):
    query = "DeviceInfo\n| where Timestamp >= ago(30d)\n| where PublicIP == '203.0.113.1'\n| limit 1\n"
    assert names(hunt(query)["Results"]) == ["host-1.example.com"]


def test_machine_is_in_the_table_more_than_once_until_summarized(hunt):
    where = "DeviceInfo | where PublicIP == '203.0.113.1'"
    assert len(hunt(where)["Results"]) == 2
    [row] = hunt(f"{where} | summarize arg_max(Timestamp, *) by DeviceId")["Results"]
    assert row["Timestamp"] == "2027-01-15T07:00:00.1234567Z"


def test_take_and_limit(hunt):
    assert len(hunt("DeviceInfo | take 3")["Results"]) == 3
    assert len(hunt("DeviceInfo | limit 1")["Results"]) == 1
    assert hunt("DeviceInfo | take 0")["Results"] == []


def test_url_and_time_of_its_evidence(hunt):
    [row] = hunt("DeviceNetworkEvents | where RemoteUrl has 'bad.example'")["Results"]
    assert (row["RemoteUrl"], row["RemoteIP"]) == ("http://bad.example/some/path", "")
    assert row["Timestamp"].startswith("2027-01-12")


@pytest.mark.parametrize("test", [f"MD5 == '{MD5}'", f"SHA1 =~ '{SHA1.upper()}'", "FileName =~ 'invoice (1).EXE'"])
def test_file_by_name_and_by_hash(hunt, test):
    [row] = hunt(f"DeviceFileEvents | where {test}")["Results"]
    assert (row["SHA1"], row["SHA256"], row["MD5"]) == (SHA1, "", MD5)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "Nowhere",
        "deviceinfo",
        "DeviceInfo | ",
        "DeviceInfo where PublicIP == 'x'",
        "DeviceInfo | where publicip == 'x'",
        "DeviceInfo | where PublicIP = 'x'",
        "DeviceInfo | where PublicIP != 'x'",
        "DeviceInfo | where PublicIP == x",
        "DeviceInfo | where PublicIP == 'x",
        "DeviceInfo | where PublicIP == 'x\\q'",
        "DeviceInfo | where PublicIP in ()",
        "DeviceInfo | where PublicIP in 'x'",
        "DeviceInfo | where PublicIP contains 'x'",
        "DeviceInfo | where PublicIP >= 'x'",
        "DeviceInfo | where PublicIP >= ago(1d)",
        "DeviceInfo | where Timestamp == 'x'",
        "DeviceInfo | where Timestamp >= ago(30)",
        "DeviceInfo | where Timestamp > ago(30d)",
        "DeviceInfo | where (PublicIP == 'x'",
        "DeviceInfo | where PublicIP == 'x' AND PublicIP == 'y'",
        "DeviceInfo | project Nothing",
        "DeviceInfo | project PublicIP | where DeviceName == 'x'",
        "DeviceInfo | extend a = 1",
        "DeviceInfo | count",
        "DeviceInfo | take ten",
        "DeviceInfo | take 1d",
        "DeviceInfo | summarize count() by DeviceId",
        "DeviceInfo | project DeviceId | summarize arg_max(Timestamp, *) by DeviceId",
        "DeviceInfo | take 1; DeviceInfo",
        "DeviceInfo // all of them",
        "union DeviceInfo, DeviceFileEvents",
    ],
)
def test_what_is_not_understood_is_a_syntax_error(hunter, query):
    answer = hunter().call("POST", "/api/advancedqueries/run", json={"Query": query})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MissingRequiredParameter"),
        ({"query": "DeviceInfo"}, "MissingRequiredParameter"),
        ({"Query": 5}, "InvalidRequestBody"),
        ({"Query": "DeviceInfo", "Timespan": "P1D"}, "InvalidRequestBody"),
        (["DeviceInfo"], "InvalidRequestBody"),
    ],
)
def test_body_is_strict(hunter, body, code):
    answer = hunter().call("POST", "/api/advancedqueries/run", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_other_content_type_is_415(hunter):
    assert hunter().call("POST", "/api/advancedqueries/run", data='{"Query": "DeviceInfo"}').status_code == 415


def test_hunting_sees_thirty_days(hunt):
    assert f"{3:040x}" not in names(hunt("DeviceInfo")["Results"], "DeviceId")
    assert f"{3:040x}" not in names(hunt("DeviceInfo | where Timestamp >= ago(90d)")["Results"], "DeviceId")
    assert f"{3:040x}" in names(hunt("DeviceInfo", hunting_days=60)["Results"], "DeviceId")


def test_rows_are_capped(hunt):
    assert len(hunt("DeviceInfo", hunting_rows=3)["Results"]) == 3


def test_a_text_is_never_null(hunt):
    rows = hunt("DeviceInfo", hunting_days=60)["Results"]
    assert names([row for row in rows if row["DeviceId"] == f"{3:040x}"]) == ["", ""]


@pytest.mark.parametrize(
    ("switch", "status", "code"),
    [("gone", 410, "Gone"), ("not_found", 404, "NotFound"), ("disabled", 403, "DisabledFeature")],
)
def test_hunting_of_defender_may_be_retired_or_not_licensed(hunter, switch, status, code):
    client = hunter(advanced_hunting=switch)
    answer = client.call("POST", "/api/advancedqueries/run", json={"Query": "DeviceInfo"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def graph_hunt(client, **body):
    return client.call("POST", "/v1.0/security/runHuntingQuery", json=body)


def test_graph_answers_in_lower_case(hunter):
    answer = graph_hunt(
        hunter(graph=True), Query="DeviceInfo | project DeviceName | take 1", Timespan="P30D"
    ).json()
    assert answer["schema"] == [{"name": "DeviceName", "type": "String"}]
    assert answer["results"] == [{"DeviceName": "host-1.example.com"}]


def test_graph_may_answer_in_the_older_spelling(hunter):
    client = hunter(graph=True, graph_hunting_casing="mixed")
    answer = graph_hunt(client, Query="DeviceInfo | project DeviceName | take 1").json()
    assert answer["schema"] == [{"Name": "DeviceName", "Type": "String"}]
    assert len(answer["results"]) == 1


@pytest.mark.parametrize(("span", "rows"), [("P30D", 4), ("P1D", 2), ("PT30M", 0), ("P1DT2H", 4), ("P90D", 4)])
def test_timespan_of_graph(hunter, span, rows):
    assert len(graph_hunt(hunter(graph=True), Query="DeviceInfo", Timespan=span).json()["results"]) == rows


@pytest.mark.parametrize(
    "body",
    [
        {"query": "DeviceInfo"},
        {"Query": "Nowhere"},
        {"Query": "DeviceInfo", "Timespan": "30d"},
        {"Query": "DeviceInfo", "Timespan": "P"},
        {"Query": "DeviceInfo", "Timespan": 30},
        {"Query": "DeviceInfo", "Options": {}},
    ],
)
def test_graph_refuses(hunter, body):
    answer = graph_hunt(hunter(graph=True), **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_retirement_of_defenders_call_leaves_that_of_graph(hunter):
    assert graph_hunt(hunter(graph=True, advanced_hunting="gone"), Query="DeviceInfo").status_code == 200


def test_tenant_without_hunting_has_none_in_graph(hunter):
    answer = graph_hunt(hunter(graph=True, advanced_hunting="disabled"), Query="DeviceInfo")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "DisabledFeature")
