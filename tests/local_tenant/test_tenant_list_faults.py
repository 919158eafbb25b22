"""What can go wrong with a list that takes several pages, and the other faults on a good answer."""

from __future__ import annotations

import threading

import pytest
import requests

from iocbeam.local_tenant import (
    Answer,
    CutOff,
    Delay,
    DropBefore,
    EditAnswer,
    FailItems,
    Fault,
    Meanwhile,
    TenantProfile,
)

IMPORT = "/api/indicators/import"
LIST = "/api/indicators"
NEXT = "@odata.nextLink"


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["value"]]


@pytest.fixture
def six(start, item):
    """A tenant with the rows 1 to 6, and pages of two."""
    client = start(page_size=2)
    client.tenant.seed(map(item, range(6)))
    return client


def follow(client, most=10):
    """The ids of each page, by the links, `most` pages at most."""
    answer = client.list()
    pages = [ids(answer)]
    while (link := answer.json().get(NEXT)) and len(pages) < most:
        answer = client.session.get(link, timeout=10)
        pages.append(ids(answer))
    return pages


def row_changed(index, **fields):
    def change(page):
        page["value"][index].update(fields)
        return page

    return change


def test_rows_deleted_between_two_pages_shift_the_list(six):
    six.tenant.faults.add(Fault(LIST, Meanwhile(lambda: six.tenant.remove(["1"])), nth=2))
    assert follow(six) == [["1", "2"], ["4", "5"], ["6"]], "3 slid over the seam"


def test_rows_added_between_two_pages_are_listed(six, item):
    six.tenant.faults.add(Fault(LIST, Meanwhile(lambda: six.tenant.seed([item(9)])), nth=3))
    assert follow(six) == [["1", "2"], ["3", "4"], ["5", "6"], ["7"]]


def test_meanwhile_is_over_before_the_request_is_handled_and_counts_as_other_faults_do(six):
    fault = Fault(LIST, Meanwhile(lambda: six.tenant.remove([six.tenant.rows()[0]["id"]])), every=2)
    six.tenant.faults.add(fault)
    assert [ids(six.list()) for _ in range(4)] == [["1", "2"], ["2", "3"], ["2", "3"], ["3", "4"]]
    assert six.tenant.faults.struck(fault) == 2


def test_meanwhile_may_call_the_tenant_itself(six, item):
    """No lock is held while it runs, neither the faults' nor the rows'."""
    seen = []

    def do():
        six.tenant.faults.clear()
        seen.extend(ids(six.list(top=1)))
        seen.append(six.results(item(8))[0]["id"])

    six.tenant.faults.add(Fault(LIST, Meanwhile(do)))
    link = f"{six.tenant.url}{LIST}?$skip=4"
    with requests.Session() as session:
        session.verify, session.trust_env = six.tenant.ca_bundle, False
        session.headers["Authorization"] = six.session.headers["Authorization"]
        assert ids(session.get(link, timeout=10)) == ["5", "6"]
    assert seen == ["1", "7"]


def test_meanwhile_holds_up_no_other_tenant(start, item):
    other = "44444444-4444-4444-8444-444444444444"
    client = start(TenantProfile(), TenantProfile(tenant_id=other))
    arrived, go_on = threading.Event(), threading.Event()
    client.tenant.faults.add(
        Fault(LIST, Meanwhile(arrived.set), tenant_id=other),
        Fault(LIST, Meanwhile(lambda: go_on.wait(10)), tenant_id=other),
    )
    held = threading.Thread(target=_list_of, args=(client, other))
    held.start()
    try:
        assert arrived.wait(10)
        assert client.list().status_code == 200
        assert client.results(item(1))[0]["isFailed"] is False
        assert held.is_alive()
    finally:
        go_on.set()
        held.join()


def _list_of(client, tenant_id):
    token = client.token_request(tenant_id).json()["access_token"]
    with requests.Session() as session:
        session.verify, session.trust_env = client.tenant.ca_bundle, False
        session.headers["Authorization"] = f"Bearer {token}"
        session.get(f"{client.tenant.url}{LIST}", timeout=20)


def test_meanwhile_strikes_together_with_other_faults(six):
    six.tenant.faults.add(
        Fault(LIST, Delay(0.05)), Fault(LIST, Meanwhile(lambda: six.tenant.remove("1"))), Fault(LIST, Answer(503))
    )
    assert six.list().status_code == 503
    assert len(six.tenant.rows()) == 5
    six.tenant.faults.clear()
    six.tenant.faults.add(Fault(LIST, DropBefore()), Fault(LIST, Meanwhile(lambda: six.tenant.remove("2"))))
    with pytest.raises(requests.ConnectionError):
        six.list()
    assert len(six.tenant.rows()) == 4


def test_meanwhile_that_raises_is_a_500(six):
    six.tenant.faults.add(Fault(LIST, Meanwhile(lambda: six.tenant.remove("99"))))
    assert six.list().status_code == 500


def test_edited_answer_has_what_was_made_of_it(six):
    six.tenant.faults.add(Fault(LIST, EditAnswer(lambda page: {**page, "value": page["value"][:1]}), nth=1))
    answer = six.list()
    assert ids(answer) == ["1"]
    assert NEXT in answer.json()
    assert answer.headers["OData-Version"] == "4.0"
    assert ids(six.list()) == ["1", "2"]


@pytest.mark.parametrize(
    ("change", "row"),
    [
        (row_changed(0, id=1), 1),
        (row_changed(0, id=None), None),
        (row_changed(0, id="2"), "2"),
    ],
)
def test_edited_answer_may_have_odd_ids(six, change, row):
    six.tenant.faults.add(Fault(LIST, EditAnswer(change)))
    assert ids(six.list()) == [row, "2"]


def test_edited_answer_may_lack_fields_and_repeat_ids_with_other_contents(six):
    def change(page):
        first = page["value"][0]
        return {"value": [{"id": first["id"]}, {**first, "action": "Allowed"}, first]}

    six.tenant.faults.add(Fault(LIST, EditAnswer(change)))
    bare, other, whole = six.list().json()["value"]
    assert bare == {"id": "1"}
    assert (other["id"], other["action"], whole["action"]) == ("1", "Allowed", "Block")


@pytest.mark.parametrize("skip", ["0", "2"])
def test_edited_link_makes_the_pages_go_in_circles(six, skip):
    link = f"{six.tenant.url}{LIST}?$skip={skip}"
    six.tenant.faults.add(Fault(LIST, EditAnswer(lambda page: {**page, NEXT: link}), nth=2, times=10))
    assert follow(six, most=4)[2:] == [follow(six, most=1)[0] if skip == "0" else ["3", "4"]] * 2


def test_edits_follow_one_another(six):
    for name in ("a", "b"):
        six.tenant.faults.add(Fault(LIST, EditAnswer(lambda page, name=name: {**page, name: len(page)})))
    body = six.list().json()
    assert (body["a"], body["b"]) == (3, 4)


def test_edit_of_an_import_has_stored_the_rows(client, item):
    client.tenant.faults.add(Fault(IMPORT, EditAnswer(lambda body: {"value": body["value"][::-1]})))
    assert [result["id"] for result in client.results(item(1), item(2))] == ["2", "1"]
    assert len(client.tenant.rows()) == 2


def test_error_and_empty_answer_are_not_edited(client, item):
    client.tenant.faults.add(Fault("/api/*", EditAnswer(lambda body: 1 / 0)))
    client.tenant.faults.add(Fault(IMPORT, FailItems(lambda item: True)))
    assert client.call("POST", IMPORT, json={}).json()["error"]["code"] == "MissingRequiredParameter"
    assert client.tenant.seed([item(1)]) == ["1"]
    assert client.delete("9").status_code == 404
    assert client.delete("1").status_code == 204


def test_edit_that_raises_is_a_500(six):
    six.tenant.faults.add(Fault(LIST, EditAnswer(lambda page: page["no such field"])))
    assert six.list().status_code == 500


@pytest.mark.parametrize("sent", [0, 1, 100])
def test_answer_cut_off_in_the_middle_breaks_the_connection(client, item, sent):
    client.tenant.faults.add(Fault(IMPORT, CutOff(sent), times=1))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.post_import(item(1), item(2))
    assert [call.status for call in client.tenant.requests][-1] == 0
    assert len(client.tenant.rows()) == 2, "it was cut off after it had taken effect"
    assert client.results(item(1))[0]["id"] == "1"


def test_cut_off_beyond_the_end_sends_all_of_the_body(client):
    client.tenant.faults.add(Fault(LIST, CutOff(10**6)))
    assert client.list().json()["value"] == []


def test_body_cut_short_with_headers_to_match_is_a_good_answer_of_bad_json(client):
    client.tenant.faults.add(Fault(LIST, Answer(200, b'{"value": [{"id": "1"}, {"i')))
    answer = client.list()
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()
