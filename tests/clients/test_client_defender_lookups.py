"""Single questions to Defender for Endpoint, against the local tenant over real TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from fake_time import FakeTime

from iocbeam.clients import DefenderDataClient, connect_defender_data
from iocbeam.local_tenant import Answer, EditAnswer, Fault, LocalTenant, ReadProfile
from iocbeam.model.errors import ConfigurationError, Refused, RetryLater
from iocbeam.model.permissions import CALLS, DEFENDER
from iocbeam.model.settings import ConnectionSettings

NOW = 1_795_161_600
"""2026-11-20T08:00:00Z."""
SHA1, SHA256, MD5 = "ab" * 20, "cd" * 32, "ef" * 16
MACHINE_ID, ALERT_ID = f"{1:040x}", "da63_1"
MACHINE = {
    "id": MACHINE_ID,
    "computerDnsName": "ws-1.contoso.example",
    "lastSeen": "2026-11-20T07:55:00.1234567Z",
    "lastIpAddress": "10.1.2.3",
    "lastExternalIpAddress": "203.0.113.7",
    "rbacGroupId": 5,
    "rbacGroupName": "Offices",
    "riskScore": "High",
    "ipAddresses": [],
}
ALERT = {
    "id": ALERT_ID,
    "machineId": MACHINE_ID,
    "computerDnsName": "ws-1.contoso.example",
    "lastUpdateTime": "2026-11-20T07:00:00Z",
    "firstEventTime": "2026-11-20T06:00:00Z",
    "lastEventTime": "2026-11-20T06:30:00Z",
    "relatedUser": {"userName": "dana", "domainName": "CONTOSO"},
    "evidence": [
        {"entityType": "File", "sha1": SHA1, "sha256": SHA256, "fileName": "evil.exe"},
        {"entityType": "Ip", "ipAddress": "203.0.113.9"},
        {"entityType": "Url", "url": "https://bad.example/x"},
    ],
}
Ask = Callable[[DefenderDataClient], Any]


@pytest.fixture
def data(
    start: Callable[..., LocalTenant], settings: Callable[..., ConnectionSettings], time: FakeTime
) -> Iterator[Callable[..., tuple[LocalTenant, DefenderDataClient]]]:
    """A tenant with a machine and an alert, and a client for it."""
    clients: list[DefenderDataClient] = []

    def make(**read: Any) -> tuple[LocalTenant, DefenderDataClient]:
        tenant = start(read=ReadProfile(**read), clock=lambda: float(NOW))
        tenant.seed_machines([MACHINE])
        tenant.seed_alerts([ALERT], files={ALERT_ID: [{"sha1": SHA1, "md5": MD5, "fileProductName": "Evil Tool"}]})
        clients.append(connect_defender_data(settings(tenant), clock=time.clock, sleep=time.sleep))
        return tenant, clients[-1]

    yield make
    for client in clients:
        client.close()


Data = Callable[..., tuple[LocalTenant, DefenderDataClient]]


def found_ids(answer: Any) -> Any:
    """The ids of what was found, which tells for most answers whether it is the right thing."""
    if isinstance(answer, list):
        return [one["id"] for one in answer]
    return answer and answer["id"]


LISTED = "&$top=10000&$skip="
WELL: list[tuple[str, Ask, str, str, Any, Any]] = [
    # name, question, template, path and query, what of the answer, expected
    ("machine", lambda c: c.machine(MACHINE_ID), "/api/machines/{id}", f"/api/machines/{MACHINE_ID}", found_ids,
     MACHINE_ID),
    ("machine_by_name", lambda c: c.machine("ws-1.contoso.example"), "/api/machines/{id}",
     "/api/machines/ws-1.contoso.example", found_ids, MACHINE_ID),
    ("machines_named", lambda c: c.machines_named("ws-"), "/api/machines",
     f"/api/machines?$filter=startswith(computerDnsName,'ws-'){LISTED}0", found_ids, [MACHINE_ID]),
    ("machines_where", lambda c: c.machines_where("lastIpAddress", "10.1.2.3"), "/api/machines",
     f"/api/machines?$filter=lastIpAddress eq '10.1.2.3'{LISTED}0", found_ids, [MACHINE_ID]),
    ("machines_where_number", lambda c: c.machines_where("rbacGroupId", 5), "/api/machines",
     f"/api/machines?$filter=rbacGroupId eq 5{LISTED}0", found_ids, [MACHINE_ID]),
    ("machine_alerts", lambda c: c.machine_alerts(MACHINE_ID), "/api/machines/{id}/alerts",
     f"/api/machines/{MACHINE_ID}/alerts", found_ids, [ALERT_ID]),
    ("machines_by_ip", lambda c: c.machines_by_ip("10.1.2.3", NOW),
     "/api/machines/findbyip(ip='{ip}',timestamp={time})",
     "/api/machines/findbyip(ip='10.1.2.3',timestamp=2026-11-20T08:00:00Z)", found_ids, [MACHINE_ID]),
    ("alert", lambda c: c.alert(ALERT_ID), "/api/alerts/{id}", f"/api/alerts/{ALERT_ID}",
     lambda answer: len(answer["evidence"]), 3),
    ("alert_files", lambda c: c.alert_files(ALERT_ID), "/api/alerts/{id}/files", f"/api/alerts/{ALERT_ID}/files",
     lambda answer: [(one["md5"], one["fileProductName"]) for one in answer], [(MD5, "Evil Tool")]),
    ("alert_ips", lambda c: c.alert_ips(ALERT_ID), "/api/alerts/{id}/ips", f"/api/alerts/{ALERT_ID}/ips",
     found_ids, ["203.0.113.9"]),
    ("alert_domains", lambda c: c.alert_domains(ALERT_ID), "/api/alerts/{id}/domains",
     f"/api/alerts/{ALERT_ID}/domains", lambda answer: answer, [{"host": "bad.example"}]),
    ("alert_machine", lambda c: c.alert_machine(ALERT_ID), "/api/alerts/{id}/machine",
     f"/api/alerts/{ALERT_ID}/machine", found_ids, MACHINE_ID),
    ("alert_user", lambda c: c.alert_user(ALERT_ID), "/api/alerts/{id}/user", f"/api/alerts/{ALERT_ID}/user",
     lambda answer: answer["accountName"], "dana"),
    ("domain_alerts", lambda c: c.domain_alerts("Bad.Example"), "/api/domains/{domain}/alerts",
     "/api/domains/bad.example/alerts", found_ids, [ALERT_ID]),
    ("domain_machines", lambda c: c.domain_machines("bad.example"), "/api/domains/{domain}/machines",
     "/api/domains/bad.example/machines", found_ids, [MACHINE_ID]),
    ("domain_stats", lambda c: c.domain_stats("bad.example"), "/api/domains/{domain}/stats",
     "/api/domains/bad.example/stats", lambda answer: answer["host"], "bad.example"),
    ("domain_stats_hours", lambda c: c.domain_stats("bad.example", 48), "/api/domains/{domain}/stats",
     "/api/domains/bad.example/stats?lookBackHours=48", lambda answer: answer["host"], "bad.example"),
    ("ip_alerts", lambda c: c.ip_alerts("203.0.113.9"), "/api/ips/{ip}/alerts", "/api/ips/203.0.113.9/alerts",
     found_ids, [ALERT_ID]),
    ("ip_stats", lambda c: c.ip_stats("203.0.113.9"), "/api/ips/{ip}/stats", "/api/ips/203.0.113.9/stats",
     lambda answer: answer["ipAddress"], "203.0.113.9"),
    ("file_by_sha1", lambda c: c.file(SHA1), "/api/files/{hash}", f"/api/files/{SHA1}",
     lambda answer: answer["sha1"], SHA1),
    ("file_alerts", lambda c: c.file_alerts(SHA1.upper()), "/api/files/{sha1}/alerts", f"/api/files/{SHA1}/alerts",
     found_ids, [ALERT_ID]),
    ("file_machines", lambda c: c.file_machines(SHA1), "/api/files/{sha1}/machines",
     f"/api/files/{SHA1}/machines", found_ids, [MACHINE_ID]),
    ("file_stats", lambda c: c.file_stats(SHA1), "/api/files/{hash}/stats", f"/api/files/{SHA1}/stats",
     lambda answer: answer["sha1"], SHA1),
    ("machine_groups", lambda c: c.machine_groups(), "/api/exposureScore/ByMachineGroups",
     "/api/exposureScore/ByMachineGroups", lambda answer: [one["rbacGroupName"] for one in answer], ["Offices"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "template", "call", "of_answer", "expected"),
    [case[1:] for case in WELL],
    ids=[case[0] for case in WELL],
)
def test_a_question_is_its_call_and_its_answer(
    data: Data, ask: Ask, template: str, call: str, of_answer: Callable[[Any], Any], expected: Any
) -> None:
    tenant, client = data()
    assert of_answer(ask(client)) == expected
    asked = next(one for one in tenant.requests if one.path.startswith("/api/"))
    query = f"?{asked.query}" if asked.query else ""
    assert (asked.method, unquote(asked.path + query), asked.status) == ("GET", call, 200)
    assert set(client.requests) == {f"GET {template}"}


def test_every_call_stands_in_the_table_of_permissions() -> None:
    known = {call.path for call in CALLS if call.api == DEFENDER and call.method == "GET"}
    assert {template for _, _, template, *_ in WELL} <= known


NOBODY, UNKNOWN = "00" * 20, "da63_9"
NOT_THERE: dict[str, tuple[Ask, Any]] = {
    "machine": (lambda c: c.machine(NOBODY), None),
    "machines_named": (lambda c: c.machines_named("nobody"), []),
    "machines_where": (lambda c: c.machines_where("lastIpAddress", "10.9.9.9"), []),
    "machine_alerts": (lambda c: c.machine_alerts(NOBODY), []),
    "machines_by_ip": (lambda c: c.machines_by_ip("10.9.9.9", NOW), []),
    "alert": (lambda c: c.alert(UNKNOWN), None),
    "alert_files": (lambda c: c.alert_files(UNKNOWN), None),
    "alert_ips": (lambda c: c.alert_ips(UNKNOWN), []),
    "alert_domains": (lambda c: c.alert_domains(UNKNOWN), []),
    "alert_machine": (lambda c: c.alert_machine(UNKNOWN), None),
    "alert_user": (lambda c: c.alert_user(UNKNOWN), None),
    "domain_alerts": (lambda c: c.domain_alerts("good.example"), []),
    "domain_machines": (lambda c: c.domain_machines("good.example"), []),
    "ip_alerts": (lambda c: c.ip_alerts("198.51.100.1"), []),
    "file": (lambda c: c.file("11" * 32), None),
    "file_alerts": (lambda c: c.file_alerts("11" * 20), []),
    "file_machines": (lambda c: c.file_machines("11" * 20), []),
    "file_stats": (lambda c: c.file_stats("11" * 20), None),
}


@pytest.mark.parametrize("name", NOT_THERE)
def test_what_is_not_there_is_none_or_nothing(data: Data, name: str) -> None:
    ask, nothing = NOT_THERE[name]
    assert ask(data()[1]) == nothing


@pytest.mark.parametrize("name", NOT_THERE)
def test_a_404_of_some_other_server_is_an_error(data: Data, name: str) -> None:
    tenant, client = data()
    tenant.faults.add(Fault("/api/*", Answer(404, b"<html>Not here</html>")))
    with pytest.raises(ConfigurationError, match="The service is not at"):
        NOT_THERE[name][0](client)


@pytest.mark.parametrize("name", NOT_THERE)
def test_an_answer_of_another_form_is_asked_for_again(data: Data, name: str) -> None:
    tenant, client = data()
    tenant.faults.add(Fault("/api/*", Answer(200, ["neither a list nor an object"]), nth=1, times=2))
    assert NOT_THERE[name][0](client) == NOT_THERE[name][1]


def test_statistics_of_what_was_never_seen_are_zero(data: Data) -> None:
    _, client = data()
    for answer in (client.domain_stats("good.example"), client.ip_stats("198.51.100.1")):
        assert answer is not None
        assert int(answer["organizationPrevalence"]) == 0


BAD_VALUES: dict[str, Ask] = {
    "machine": lambda c: c.machine("../indicators"),
    "machine_alerts": lambda c: c.machine_alerts("a/b"),
    "machines_where": lambda c: c.machines_where("lastExternalIpAddress", "203.0.113.7"),
    "machines_named": lambda c: c.machines_named("a\nb"),
    "machines_by_ip": lambda c: c.machines_by_ip("10.1.2.3'),timestamp=x", NOW),
    "alert": lambda c: c.alert(""),
    "alert_files": lambda c: c.alert_files("da63_1/../../machines"),
    "domain_stats": lambda c: c.domain_stats("bad.example?lookBackHours=1"),
    "ip_alerts": lambda c: c.ip_alerts("203.0.113.0/24"),
    "file": lambda c: c.file("ab" * 20 + "/alerts"),
    "file_alerts": lambda c: c.file_alerts(SHA256),
    "hours": lambda c: c.ip_stats("203.0.113.9", 721),
}


@pytest.mark.parametrize("name", BAD_VALUES)
def test_a_value_that_cannot_be_one_is_refused_before_anything_is_sent(data: Data, name: str) -> None:
    tenant, client = data()
    with pytest.raises(ValueError):  # noqa: PT011 - which words is for the values' own tests
        BAD_VALUES[name](client)
    assert tenant.requests == []


@pytest.mark.parametrize("name", ["o'brien-pc", "100% of it", "a&b=c", "büro"])
def test_any_name_can_be_looked_for(data: Data, name: str) -> None:
    tenant, client = data()
    tenant.seed_machines([{**MACHINE, "id": "ff" * 20, "computerDnsName": f"{name}.contoso.example"}])
    assert found_ids(client.machines_named(name)) == ["ff" * 20]
    assert found_ids(client.machines_where("computerDnsName", f"{name}.contoso.example")) == ["ff" * 20]


def test_an_address_of_more_than_30_days_ago_is_refused_in_the_services_words(data: Data) -> None:
    with pytest.raises(Refused, match="30 days"):
        data()[1].machines_by_ip("10.1.2.3", NOW - 31 * 86_400)


@pytest.mark.parametrize(
    ("md5_lookup", "code"), [("invalid", "InvalidHashValue"), ("not_found", ""), ("found", "")]
)
def test_an_md5_is_asked_for_and_may_be_refused(data: Data, md5_lookup: str, code: str) -> None:
    _, client = data(md5_lookup=md5_lookup)
    if code:
        with pytest.raises(Refused) as caught:
            client.file(MD5)
        assert caught.value.code == code
    else:
        found = client.file(MD5)
        assert (found and found["md5"]) == (MD5 if md5_lookup == "found" else None)


def test_a_filter_by_prefix_that_the_service_does_not_take_is_refused(data: Data) -> None:
    with pytest.raises(Refused):
        data(starts_with="reject")[1].machines_named("ws-")


def test_machines_of_more_than_a_page_are_all_found(data: Data) -> None:
    tenant, client = data(page_size=10, paging="none")
    tenant.seed_machines({**MACHINE, "id": f"{n:040x}"} for n in range(2, 36))
    assert len(client.machines_named("ws-1")) == 35


def test_an_answer_with_links_is_followed_to_its_end(data: Data) -> None:
    tenant, client = data(page_size=2)
    tenant.seed_alerts({**ALERT, "id": f"da63_{n}"} for n in range(2, 6))
    assert len(client.machine_alerts(MACHINE_ID)) == 5


def test_links_that_lead_nowhere_end_with_an_error(data: Data) -> None:
    tenant, client = data(page_size=2, paging="endless_link")
    tenant.seed_alerts({**ALERT, "id": f"da63_{n}"} for n in range(2, 6))
    with pytest.raises(RetryLater, match="does not end"):
        client.machine_alerts(MACHINE_ID)
    assert len(tenant.requests) < 10


def test_an_answer_of_which_a_part_is_gone_is_not_given_as_the_whole(data: Data) -> None:
    tenant, client = data(page_size=2)
    tenant.seed_alerts({**ALERT, "id": f"da63_{n}"} for n in range(2, 6))
    tenant.faults.add(Fault("/api/machines/*", Answer(404), nth=2))
    with pytest.raises(RetryLater, match="not all of it"):
        client.machine_alerts(MACHINE_ID)


def test_fields_that_nobody_has_documented_stay(data: Data) -> None:
    tenant, client = data()
    tenant.faults.add(Fault("/api/alerts/*", EditAnswer(lambda body: {**body, "newField": [None, {"a": 1}]})))
    answer = client.alert(ALERT_ID)
    assert answer is not None
    assert answer["newField"] == [None, {"a": 1}]


@pytest.mark.parametrize("name", NOT_THERE)
def test_a_404_without_a_body_is_not_there_either(data: Data, name: str) -> None:
    tenant, client = data()
    tenant.faults.add(Fault("/api/*", Answer(404, b"")))
    ask, nothing = NOT_THERE[name]
    assert ask(client) == nothing
