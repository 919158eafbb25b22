"""Deleting rows, one by one and in batches."""

from __future__ import annotations

import pytest


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def three(start, item):
    """A tenant with the rows 1, 2 and 3."""

    def run(**switches):
        client = start(**switches)
        client.results(*map(item, range(3)))
        return client

    return run


def ids(client):
    return [row["id"] for row in client.tenant.rows()]


def test_delete_is_204_without_a_body(three):
    client = three()
    answer = client.delete("2")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not {"Content-Type", "Content-Length"} & set(answer.headers)
    assert ids(client) == ["1", "3"]


def test_delete_of_an_unknown_id_is_404(three):
    client = three()
    assert error(client.delete("9")) == (404, "ResourceNotFound")
    client.delete("1")
    assert error(client.delete("1")) == (404, "ResourceNotFound")


def test_deleted_value_is_created_anew(three, item):
    client = three()
    client.delete("1")
    assert client.results(item(0))[0]["id"] == "4"


def test_batch_delete_is_204_without_a_body(three):
    client = three()
    answer = client.batch_delete("1", "3")
    assert (answer.status_code, answer.content) == (204, b"")
    assert ids(client) == ["2"]


@pytest.mark.parametrize("switch", ["atomic", "partial"])
def test_batch_delete_takes_an_id_twice(three, switch):
    client = three(batch_delete_missing=switch)
    assert client.batch_delete("1", "3", "1").status_code == 204
    assert ids(client) == ["2"]


def test_batch_delete_names_an_unknown_id_once(three):
    answer = three().batch_delete("9", "1", "9", "8")
    assert answer.json()["error"]["message"] == "Resource 9, 8 was not found."


@pytest.mark.parametrize(("switch", "left"), [("atomic", ["2", "3"]), ("partial", ["3"])])
def test_row_that_expires_between_list_and_delete_is_404(start, item, clock, switch, left):
    client = start(clock=clock, batch_delete_missing=switch)
    client.results(item(1, expirationTime="2027-01-15T08:00:10Z"), item(2), item(3))
    assert [row["id"] for row in client.list().json()["value"]] == ["1", "2", "3"]
    clock.now += 10
    assert error(client.delete("1")) == (404, "ResourceNotFound")
    assert error(client.batch_delete("1", "2")) == (404, "ResourceNotFound")
    assert ids(client) == left


@pytest.mark.parametrize(("switch", "left"), [("atomic", ["1", "2", "3"]), ("partial", ["2"])])
def test_batch_delete_with_an_unknown_id_is_404(three, switch, left):
    client = three(batch_delete_missing=switch)
    assert error(client.batch_delete("1", "9", "3")) == (404, "ResourceNotFound")
    assert ids(client) == left


def test_batch_delete_of_nothing_is_400(three):
    assert error(three().batch_delete()) == (400, "MissingRequiredParameter")


@pytest.mark.parametrize("bad", ["x", "", "1.0", 1, None])
def test_batch_delete_of_an_invalid_id_is_400(three, bad):
    client = three()
    assert error(client.batch_delete("1", bad)) == (400, "InvalidInput")
    assert ids(client) == ["1", "2", "3"]


def test_batch_delete_of_501_is_400(three):
    answer = three().batch_delete(*map(str, range(501)))
    assert error(answer) == (400, "MaximumBatchSizeExceeded")


def test_batch_delete_key_is_case_sensitive(three):
    client = three()
    answer = client.call("POST", "/api/indicators/BatchDelete", json={"indicatorIds": ["1"]})
    assert error(answer) == (400, "MissingRequiredParameter")


def test_batch_delete_path_is_case_sensitive(three):
    client = three()
    answer = client.call("POST", "/api/indicators/batchDelete", json={"IndicatorIds": ["1"]})
    assert answer.status_code == 405
    assert ids(client) == ["1", "2", "3"]
