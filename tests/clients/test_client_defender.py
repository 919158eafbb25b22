"""The indicator API, against the local tenant over real TLS."""

from __future__ import annotations

import threading
import time as real_time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from fake_time import FakeTime
from odd_server import OddServer, Reply

import iocbeam.clients
from iocbeam.clients import Budget, DefenderBudgets, DefenderClient, Edge, Rate, connect_defender, match_results
from iocbeam.clients.defender.indicators import indicator_page
from iocbeam.local_tenant import (
    Answer,
    CutOff,
    DropAfter,
    DropBefore,
    EditAnswer,
    Fault,
    LocalTenant,
    Meanwhile,
    Poison,
    RateLimit,
)
from iocbeam.model.errors import ConfigurationError, Gone, PermissionDenied, Refused, RetryLater, Stop
from iocbeam.model.settings import ConnectionSettings

Start = Callable[..., LocalTenant]
Connect = Callable[..., DefenderClient]
Item = Callable[..., dict[str, Any]]
IMPORT, LIST = "/api/indicators/import", "/api/indicators"


def seed(tenant: LocalTenant, number: int) -> list[str]:
    return tenant.seed(
        {"indicatorType": "FileSha256", "indicatorValue": f"{n:064x}", "title": "t", "description": "d"}
        for n in range(number)
    )


def answers(client: DefenderClient, operation: str) -> dict[str, int]:
    return client.requests[operation]


def test_items_are_imported_and_each_has_its_result(start: Start, connect: Connect, item: Item) -> None:
    tenant = start(shuffle_results=True)
    items = [item(1), item(2, indicatorType="IpAddress", indicatorValue="10.0.0.1"), item(3)]
    results = match_results(items, connect(tenant).import_indicators(items))
    assert [result is not None and result.failed for result in results] == [False, True, False]
    ids = {row["indicatorValue"]: row["id"] for row in tenant.rows()}
    assert [result and result.id for result in results] == [
        ids[items[0]["indicatorValue"]],
        "",
        ids[items[2]["indicatorValue"]],
    ]
    assert results[1] is not None
    assert results[1].reason


def test_a_batch_beyond_500_is_refused_before_it_is_sent(
    tenant: LocalTenant, connect: Connect, item: Item
) -> None:
    client = connect(tenant)
    with pytest.raises(ValueError, match="500"):
        client.import_indicators([item(n) for n in range(501)])
    with pytest.raises(ValueError, match="500"):
        client.batch_delete([str(n) for n in range(501)])
    assert client.import_indicators([]) == []
    client.batch_delete([])
    assert tenant.requests == []
    assert len(client.import_indicators([item(n) for n in range(500)])) == 500


@pytest.mark.parametrize(
    "body", [b"<html>", b"", {"value": None}, {"value": [{"id": "1"}]}, {"error": None}, {"value": [{}]}]
)
def test_an_import_answer_of_another_form_is_tried_again(
    tenant: LocalTenant, connect: Connect, item: Item, body: object
) -> None:
    tenant.faults.add(Fault(IMPORT, Answer(200, body, after_commit=True), nth=1, times=2))
    client = connect(tenant)
    assert len(client.import_indicators([item(1)])) == 1
    assert answers(client, f"POST {IMPORT}") == {"200": 3}


def test_a_lost_answer_to_an_import_is_tried_again_without_harm(
    tenant: LocalTenant, connect: Connect, item: Item
) -> None:
    tenant.faults.add(Fault(IMPORT, DropAfter(), nth=1), Fault(IMPORT, DropBefore(), nth=2))
    client = connect(tenant)
    assert [result.failed for result in client.import_indicators([item(1)])] == [False]
    assert len(tenant.rows()) == 1
    assert answers(client, f"POST {IMPORT}") == {"0": 2, "200": 1}


def test_a_request_that_the_service_refuses_has_its_words(
    tenant: LocalTenant, connect: Connect, item: Item
) -> None:
    tenant.faults.add(Fault(IMPORT, Poison(lambda item: True, "InvalidRequestBody", "It is bad.")))
    with pytest.raises(Refused, match="It is bad") as caught:
        connect(tenant).import_indicators([item(1)])
    assert (caught.value.code, caught.value.status) == ("InvalidRequestBody", 400)


@pytest.mark.parametrize("paging", ["next_link", "skip_only"])
@pytest.mark.parametrize("number", [0, 1, 99, 100, 200, 250])
def test_the_list_is_read_to_its_end(start: Start, connect: Connect, paging: str, number: int) -> None:
    tenant = start(paging=paging, page_size=100)
    ids = seed(tenant, number)
    rows = connect(tenant).list_indicators()
    assert sorted(row["id"] for row in rows) == sorted(ids)


def test_the_list_may_be_filtered_and_cut_into_pages(tenant: LocalTenant, connect: Connect) -> None:
    seed(tenant, 20)
    rows = connect(tenant).list_indicators(f"indicatorValue eq '{5:064x}'", top=3)
    assert [row["indicatorValue"] for row in rows] == [f"{5:064x}"]
    assert len(connect(tenant).list_indicators(top=3)) == 20
    for top in (0, 10_001):
        with pytest.raises(ValueError, match="top"):
            connect(tenant).list_indicators(top=top)


def test_a_page_that_fails_in_passing_does_not_shorten_the_list(start: Start, connect: Connect) -> None:
    tenant = start(page_size=10)
    seed(tenant, 35)
    tenant.faults.add(Fault(LIST, Answer(503), nth=2), Fault(LIST, Answer(200, {"value": "x"}), nth=3))
    tenant.faults.add(Fault(LIST, Answer(200, {"value": [{"id": None}]}), nth=4))
    assert len(connect(tenant).list_indicators()) == 35


def test_part_of_a_list_is_an_error_and_never_the_list(start: Start, connect: Connect) -> None:
    tenant = start(page_size=10)
    seed(tenant, 35)
    tenant.faults.add(Fault(LIST, Answer(500), nth=3, times=1_000))
    with pytest.raises(RetryLater):
        connect(tenant).list_indicators()


def test_rows_deleted_while_the_list_is_read_do_not_hide_others(start: Start, connect: Connect) -> None:
    tenant = start(paging="skip_only", page_size=10)
    ids = seed(tenant, 35)
    tenant.faults.add(Fault(LIST, Meanwhile(lambda: tenant.remove(ids[:3])), nth=2))
    client = connect(tenant)
    assert [row["id"] for row in client.list_indicators()] == ids[3:]
    assert answers(client, f"GET {LIST}") == {"200": 2 + 4}


def test_rows_added_while_the_list_is_read_do_no_harm(start: Start, connect: Connect) -> None:
    tenant = start(paging="skip_only", page_size=10)
    ids = seed(tenant, 35)
    tenant.faults.add(Fault(LIST, Meanwhile(lambda: seed(tenant, 1)), nth=2))
    client = connect(tenant)
    assert {row["id"] for row in client.list_indicators()} >= set(ids)
    assert answers(client, f"GET {LIST}") == {"200": 4}


def test_a_list_that_never_stands_still_is_no_list(start: Start, connect: Connect) -> None:
    tenant = start(paging="skip_only", page_size=10)
    seed(tenant, 35)
    tenant.faults.add(Fault(LIST, Meanwhile(lambda: tenant.remove(tenant.rows()[0]["id"])), every=2))
    client = connect(tenant)
    with pytest.raises(RetryLater, match="keeps changing"):
        client.list_indicators()
    assert answers(client, f"GET {LIST}") == {"200": 8}


@pytest.mark.parametrize("paging", ["next_link", "skip_only"])
def test_a_full_tenant_takes_two_calls(start: Start, connect: Connect, paging: str) -> None:
    tenant = start(paging=paging)
    seed(tenant, 15_000)
    client = connect(tenant)
    assert len(client.list_indicators()) == 15_000
    assert answers(client, f"GET {LIST}") == {"200": 2}


def test_a_page_that_breaks_off_is_read_again(start: Start, connect: Connect) -> None:
    tenant = start(page_size=10)
    seed(tenant, 25)
    tenant.faults.add(Fault(LIST, CutOff(500), nth=2), Fault(LIST, Answer(200, b'{"value": [{"id"'), nth=3))
    client = connect(tenant)
    assert len(client.list_indicators()) == 25
    assert answers(client, f"GET {LIST}") == {"0": 1, "200": 4}


@pytest.mark.parametrize("target", ["", "?$skip=0"])
def test_links_that_lead_back_are_an_error(start: Start, connect: Connect, target: str) -> None:
    tenant = start(page_size=10)
    seed(tenant, 25)
    link = f"{tenant.url}{LIST}{target}"
    tenant.faults.add(Fault(LIST, EditAnswer(lambda page: {**page, "@odata.nextLink": link}), nth=2, times=100))
    with pytest.raises(RetryLater, match="circles"):
        connect(tenant).list_indicators()


def test_odd_rows_come_as_they_are(tenant: LocalTenant, connect: Connect, item: Item) -> None:
    odd = {"indicatorType": None, "action": "Unheard", "severity": None, "title": None, "description": None}
    tenant.seed([item(1, **odd), item(2)])
    bare = EditAnswer(lambda page: {"value": [*page["value"][:-1], {"id": int(page["value"][-1]["id"])}]})
    tenant.faults.add(Fault(LIST, bare))
    first, second = connect(tenant).list_indicators()
    assert {name: first[name] for name in odd} == odd
    assert second == {"id": "2"}


@pytest.mark.parametrize("row_id", [None, "", True, 1.0, ["1"], {}])
def test_a_row_without_an_id_is_not_documented(row_id: object) -> None:
    for row in ({"id": row_id, "title": "x"}, {"title": "x"}, row_id):
        with pytest.raises(iocbeam.clients.NotDocumented, match="no id"):
            indicator_page({"value": [{"id": "1"}, row]})


def test_a_number_as_id_is_taken_as_its_text() -> None:
    page = indicator_page({"value": [{"id": 0, "title": "x"}, {"id": "1"}]})
    assert page.rows == [{"id": "0", "title": "x"}, {"id": "1"}]


def test_a_next_link_to_another_host_is_refused(
    tenant: LocalTenant, connect: Connect, odd: Callable[..., OddServer]
) -> None:
    other = odd(Reply(200, b'{"value": []}'))
    body = {"value": [{"id": "1"}], "@odata.nextLink": f"{other.url}/api/indicators?$skip=1"}
    tenant.faults.add(Fault(LIST, Answer(200, body)))
    with pytest.raises(ConfigurationError, match="another host"):
        connect(tenant).list_indicators()
    assert other.asked == []


def test_a_row_that_is_gone_already_counts_as_deleted(tenant: LocalTenant, connect: Connect) -> None:
    [row_id] = seed(tenant, 1)
    client = connect(tenant)
    assert client.delete(row_id) is True
    assert client.delete(row_id) is False
    assert tenant.rows() == []
    assert client.requests == {"DELETE /api/indicators/{id}": {"204": 1, "404": 1}}


def test_an_id_cannot_name_another_path(tenant: LocalTenant, connect: Connect) -> None:
    for wrong in ("", "..", "1/../2", "1?x", "1 "):
        with pytest.raises(ValueError, match="id"):
            connect(tenant).delete(wrong)
        with pytest.raises(ValueError, match="id"):
            connect(tenant).batch_delete(["1", wrong])
    assert tenant.requests == []


def test_rows_are_deleted_in_a_batch(tenant: LocalTenant, connect: Connect) -> None:
    connect(tenant).batch_delete(seed(tenant, 500))
    assert tenant.rows() == []


def test_a_batch_with_a_row_that_is_gone_is_for_the_caller_to_sort_out(
    tenant: LocalTenant, connect: Connect
) -> None:
    ids = seed(tenant, 2)
    with pytest.raises(Gone):
        connect(tenant).batch_delete([*ids, "999999"])


def test_a_dry_run_reads_and_cannot_write(tenant: LocalTenant, connect: Connect, item: Item) -> None:
    ids = seed(tenant, 1)
    client = connect(tenant, dry_run=True)
    assert len(client.list_indicators()) == 1
    for write in (
        lambda: client.import_indicators([item(9)]),
        lambda: client.delete(ids[0]),
        lambda: client.batch_delete(ids),
    ):
        with pytest.raises(Stop, match="dry run"):
            write()
    assert {asked.method for asked in tenant.requests if asked.path.startswith("/api")} == {"GET"}
    assert len(tenant.rows()) == 1


def test_an_app_without_a_role_is_told_which_one(start: Start, connect: Connect) -> None:
    client = connect(start(roles=()))
    assert client.roles() == frozenset()
    with pytest.raises(PermissionDenied, match=r"403 Forbidden.*Needed: .*Ti\.ReadWrite\.All"):
        client.list_indicators()


def test_the_roles_of_the_token_are_told(start: Start, connect: Connect) -> None:
    assert connect(start(roles=("Ti.ReadWrite",))).roles() == {"Ti.ReadWrite"}


def test_a_token_for_another_cloud_is_an_authentication_error(tenant: LocalTenant, connect: Connect) -> None:
    with pytest.raises(Stop, match=r"401 Unauthorized.*--cloud"):
        connect(tenant, defender_scope="https://graph.microsoft.com/.default").list_indicators()


@pytest.mark.parametrize("form", ["seconds", "http_date"])
def test_what_the_service_says_about_waiting_is_kept_to(
    start: Start, connect: Connect, item: Item, time: FakeTime, form: str
) -> None:
    """The tenant's clock follows ours, so a wait that is too short would be refused again."""
    began, fake = real_time.time(), time.now
    tenant = start(
        rate_limits={"import": [RateLimit(2, 60.0)]},
        retry_after=form,
        clock=lambda: began + time.now - fake,
    )
    client = connect(tenant)
    for number in range(2):
        client.import_indicators([item(number)])
    client.import_indicators([item(3)])
    # The date of an answer is in whole seconds by the machine's clock, so one more round may be needed.
    assert 1 <= answers(client, f"POST {IMPORT}")["429"] <= 2
    assert 58 <= client.throttled_seconds <= 65


def test_a_pool_within_its_budget_is_never_told_to_wait(
    start: Start, settings: Callable[..., ConnectionSettings], item: Item
) -> None:
    """The documented shape, 60 times faster, in real time."""
    tenant = start(rate_limits={"import": [RateLimit(30, 1.0)]})
    slow = connect_defender(settings(tenant), dry_run=False)
    budgets = DefenderBudgets(Budget(Rate(30, 1.2)), Budget(), Budget(), Budget())
    client = DefenderClient(slow._edge, budgets)
    begun = real_time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: client.import_indicators([item(number)]), range(75)))
    client.close()
    assert answers(client, f"POST {IMPORT}") == {"200": 75}
    assert real_time.monotonic() - begun < 5.0
    assert len(tenant.rows()) == 75


@pytest.mark.parametrize(
    ("name", "per_minute", "per_hour"),
    [("imports", 30, None), ("lists", 100, 1500), ("deletes", 100, 1500), ("batch_deletes", 30, 1500)],
)
def test_the_default_budgets_are_the_documented_rates(
    time: FakeTime, name: str, per_minute: int, per_hour: int | None
) -> None:
    budget = getattr(DefenderBudgets.documented(clock=time.clock, sleep=time.sleep), name)
    taken = []
    for _ in range(3_200):
        budget.acquire()
        taken.append(time.now)
    minute, hour = 60.0, 3_600.0
    assert taken[per_minute - 1] == taken[0]
    assert all(b - a >= minute for a, b in zip(taken, taken[per_minute:], strict=False))
    if per_hour is None:
        assert taken[-1] - taken[0] == pytest.approx(3_200 // per_minute * minute, abs=minute)
    else:
        assert all(b - a >= hour for a, b in zip(taken, taken[per_hour:], strict=False))
        assert taken[per_hour - 1] - taken[0] < hour


def test_a_cancelled_run_ends_every_wait(
    tenant: LocalTenant, settings: Callable[..., ConnectionSettings], item: Item
) -> None:
    cancel = threading.Event()
    tenant.faults.add(Fault(IMPORT, Answer(429, retry_after=120)))
    client = connect_defender(settings(tenant), dry_run=False, cancel=cancel)
    threading.Timer(0.3, cancel.set).start()
    begun = real_time.monotonic()
    with pytest.raises(RetryLater, match="cancelled"):
        client.import_indicators([item(1)])
    client.close()
    assert real_time.monotonic() - begun < 10


def test_a_request_body_is_what_is_documented(
    odd: Callable[..., OddServer], edge: Callable[..., Edge], item: Item
) -> None:
    server = odd(Reply(200, b'{"value": []}'))
    client = DefenderClient(edge(server))
    client.import_indicators([item(1)])
    client.batch_delete(["1", "2"])
    assert [(asked.method, asked.target) for asked in server.asked] == [
        ("POST", "/api/indicators/import"),
        ("POST", "/api/indicators/BatchDelete"),
    ]
    assert orjson.loads(server.asked[0].body) == {"Indicators": [item(1)]}
    assert orjson.loads(server.asked[1].body) == {"IndicatorIds": ["1", "2"]}


def test_the_public_names_are_pinned() -> None:
    assert sorted(iocbeam.clients.__all__) == sorted(
        {
            "CLOUD_ENDPOINTS",
            "MAX_BATCH",
            "MAX_UPLOAD",
            "USER_AGENT",
            "Budget",
            "DefenderBudgets",
            "DefenderClient",
            "DefenderDataClient",
            "Edge",
            "Endpoints",
            "GraphClient",
            "GraphSecurityClient",
            "HttpSettings",
            "HttpTransport",
            "HuntingAnswer",
            "HuntingClient",
            "HuntingDialect",
            "ImportResult",
            "MispClient",
            "MispFeedClient",
            "MispQuery",
            "NotDocumented",
            "Rate",
            "ReadBudgets",
            "ReadOnlyTransport",
            "Response",
            "RetryPolicy",
            "SentinelClient",
            "SentinelReader",
            "TaxiiClient",
            "ThreatQClient",
            "TokenProvider",
            "Transport",
            "canonical_value",
            "connect_defender",
            "connect_defender_data",
            "connect_graph",
            "connect_graph_security",
            "connect_hunting",
            "connect_misp",
            "connect_sentinel",
            "connect_sentinel_reader",
            "connect_taxii",
            "connect_threatq",
            "defender_endpoints",
            "endpoints",
            "kql_list",
            "kql_text",
            "match_results",
            "resolve_secret",
            "roles",
            "rule_number",
        }
    )
    assert all(hasattr(iocbeam.clients, name) for name in iocbeam.clients.__all__)
