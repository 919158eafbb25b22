"""Scripted faults: what each kind does, and which calls it strikes."""

from __future__ import annotations

import time

import pytest
import requests

from iocbeam.local_tenant import (
    Answer,
    Delay,
    DropAfter,
    DropBefore,
    FailItems,
    Fault,
    OmitResults,
    Poison,
    TenantProfile,
)

IMPORT = "/api/indicators/import"
LIST = "/api/indicators"
TOKEN = "/*/oauth2/v2.0/token"


def is_number(number):
    """Holds for the item that the fixture `item` makes of this number."""
    return lambda item: item["indicatorValue"] == f"{number:064x}"


def statuses(client, calls):
    return [client.list().status_code for _ in range(calls)]


def test_answer_with_a_status_gives_the_services_error(client, item):
    client.tenant.faults.add(Fault(IMPORT, Answer(429, retry_after=3), times=1))
    answer = client.post_import(item())
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3")
    assert answer.json()["error"]["code"] == "TooManyRequests"
    assert client.tenant.rows() == []
    assert client.post_import(item()).status_code == 200


@pytest.mark.parametrize(
    ("status", "code"), [(500, "InternalServerError"), (403, "Forbidden"), (400, "BadRequest")]
)
def test_answer_with_a_status_has_its_code(client, status, code):
    client.tenant.faults.add(Fault(LIST, Answer(status)))
    answer = client.list()
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_answer_with_a_web_page(client, item):
    page = Answer(200, "<html>maintenance</html>", headers={"Content-Type": "text/html"})
    client.tenant.faults.add(Fault(IMPORT, page))
    answer = client.post_import(item())
    assert (answer.status_code, answer.text) == (200, "<html>maintenance</html>")
    assert answer.headers["Content-Type"] == "text/html"


def test_answer_with_garbage(client):
    client.tenant.faults.add(Fault(LIST, Answer(200, b"\x00\xff\x1f")))
    assert client.list().content == b"\x00\xff\x1f"


def test_answer_with_other_json(client):
    client.tenant.faults.add(Fault(LIST, Answer(200, {"value": None})))
    assert client.list().json() == {"value": None}


def test_answer_after_commit_has_stored_the_rows(client, item):
    client.tenant.faults.add(Fault(IMPORT, Answer(503, after_commit=True)))
    assert client.post_import(item()).status_code == 503
    assert len(client.tenant.rows()) == 1


def test_drop_before_stores_nothing(client, item):
    client.tenant.faults.add(Fault(IMPORT, DropBefore(), times=1))
    with pytest.raises(requests.ConnectionError):
        client.post_import(item())
    assert client.tenant.rows() == []
    assert client.post_import(item()).status_code == 200


def test_drop_after_stores_the_rows_and_loses_the_answer(client, item):
    client.tenant.faults.add(Fault(IMPORT, DropAfter(), times=1))
    with pytest.raises(requests.ConnectionError):
        client.post_import(item())
    assert len(client.tenant.rows()) == 1
    assert client.results(item())[0]["id"] == "1"


def test_delay_waits(client):
    client.tenant.faults.add(Fault(LIST, Delay(0.15), times=1))
    assert client.list().elapsed.total_seconds() >= 0.15
    assert client.list().elapsed.total_seconds() < 0.15


def test_delay_and_another_fault_strike_together(client):
    client.tenant.faults.add(Fault(LIST, Delay(0.1)), Fault(LIST, Answer(500)))
    answer = client.list()
    assert answer.elapsed.total_seconds() >= 0.1
    assert answer.status_code == 500


def test_delay_ends_when_the_tenant_stops(start):
    client = start()
    client.tenant.faults.add(Fault(LIST, Delay(60)))
    with pytest.raises(requests.ReadTimeout):
        client.session.get(f"{client.tenant.url}{LIST}", timeout=0.05)
    began = time.monotonic()
    client.tenant.stop()
    assert time.monotonic() - began < 2


def test_poison_refuses_the_whole_request(client, item):
    client.tenant.faults.add(Fault(IMPORT, Poison(is_number(2))))
    answer = client.post_import(item(1), item(2), item(3))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "InvalidRequestBody")
    assert client.tenant.rows() == []
    assert client.post_import(item(1), item(3)).status_code == 200


def test_poison_refuses_a_single_submission(client, item):
    client.tenant.faults.add(Fault(LIST, Poison(is_number(2), code="InvalidInput", message="no"), method="POST"))
    assert client.submit(item(2)).json()["error"]["message"] == "no"
    assert client.submit(item(1)).status_code == 200


def test_failed_item_has_the_given_reason(client, item):
    client.tenant.faults.add(Fault(IMPORT, FailItems(is_number(2), reason="because")))
    first, second = client.results(item(1), item(2))
    assert (first["isFailed"], second["isFailed"]) == (False, True)
    assert (second["id"], second["failureReason"]) == (None, "because")
    assert len(client.tenant.rows()) == 1


def test_omitted_result_is_stored_all_the_same(client, item):
    client.tenant.faults.add(Fault(IMPORT, OmitResults(is_number(2))))
    results = client.results(item(1), item(2), item(3))
    assert [result["indicator"] for result in results] == [item(n)["indicatorValue"] for n in (1, 3)]
    assert len(client.tenant.rows()) == 3


@pytest.mark.parametrize("status", [429, 500])
def test_token_endpoint_can_fail(client, status):
    client.tenant.faults.add(Fault(TOKEN, Answer(status, retry_after=1), times=1))
    answer = client.token_request()
    assert (answer.status_code, answer.json()["error"]) == (status, "temporarily_unavailable")
    assert client.token_request().status_code == 200


def test_without_a_count_every_call_is_struck(client):
    client.tenant.faults.add(Fault(LIST, Answer(500)))
    assert statuses(client, 3) == [500, 500, 500]


def test_nth_strikes_one_call(client):
    client.tenant.faults.add(Fault(LIST, Answer(500), nth=2))
    assert statuses(client, 4) == [200, 500, 200, 200]


def test_times_strikes_the_first_calls(client):
    client.tenant.faults.add(Fault(LIST, Answer(500), times=2))
    assert statuses(client, 4) == [500, 500, 200, 200]


def test_nth_and_times_strike_from_there_on(client):
    client.tenant.faults.add(Fault(LIST, Answer(500), nth=2, times=2))
    assert statuses(client, 5) == [200, 500, 500, 200, 200]


def test_every_strikes_each_that_many(client):
    client.tenant.faults.add(Fault(LIST, Answer(500), every=2))
    assert statuses(client, 5) == [200, 500, 200, 500, 200]


def test_every_and_times_stop_after_so_many(client):
    client.tenant.faults.add(Fault(LIST, Answer(500), every=2, times=1))
    assert statuses(client, 5) == [200, 500, 200, 200, 200]


def test_chance_strikes_a_share_repeatably(start):
    runs = []
    for client in (start(), start()):
        client.tenant.faults.add(Fault(LIST, Answer(500), chance=0.5))
        runs.append(statuses(client, 40))
    assert runs[0] == runs[1]
    assert 8 < runs[0].count(500) < 32


def test_method_narrows(client, item):
    client.tenant.faults.add(Fault(LIST, Answer(500), method="POST"))
    assert client.list().status_code == 200
    assert client.submit(item()).status_code == 500


def test_path_is_exact_or_a_pattern(client, item):
    client.tenant.faults.add(Fault("/api/indicators/*", Answer(500)))
    assert client.list().status_code == 200
    assert client.post_import(item()).status_code == 500
    assert client.delete("1").status_code == 500


def test_tenant_narrows(start):
    other = "44444444-4444-4444-8444-444444444444"
    client = start(TenantProfile(), TenantProfile(tenant_id=other))
    client.tenant.faults.add(Fault(LIST, Answer(500), tenant_id=other))
    assert client.list().status_code == 200
    client.sign_in(other)
    assert client.list().status_code == 500


def test_struck_counts_and_clear_ends(client):
    fault = Fault(LIST, Answer(500))
    client.tenant.faults.add(fault)
    statuses(client, 2)
    assert client.tenant.faults.struck(fault) == 2
    client.tenant.faults.clear()
    assert statuses(client, 1) == [200]


def test_predicate_that_raises_is_a_500_and_stores_nothing(client, item):
    client.tenant.faults.add(Fault(IMPORT, FailItems(lambda item: item["no such field"])))
    assert client.post_import(item()).status_code == 500
    assert client.tenant.rows() == []
