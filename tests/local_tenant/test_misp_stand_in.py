"""The stand-in for MISP keeps to what is documented of MISP, over real TLS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from iocbeam.local_tenant import Answer, CutOff, Fault, LocalMisp, Meanwhile


@pytest.fixture
def misp() -> Iterator[LocalMisp]:
    with LocalMisp() as running:
        yield running


def ask(misp: LocalMisp, body: Any, key: str | None = None, **options: Any) -> requests.Response:
    headers = {"Authorization": misp.key if key is None else key}
    return requests.post(
        f"{misp.url}/attributes/restSearch",
        **{"json": body, **options},
        headers=headers,
        verify=misp.ca_bundle,
        timeout=10,
    )


def values(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["value"] for row in answer.json()["response"]["Attribute"]]


def test_pages_count_from_one_and_beyond_the_end_there_is_nothing(misp: LocalMisp) -> None:
    for number in range(5):
        misp.store.add("domain", f"a{number}.example")
    pages = [values(ask(misp, {"page": page, "limit": 2, "order": "Attribute.id asc"})) for page in (1, 2, 3, 4)]
    assert pages == [["a0.example", "a1.example"], ["a2.example", "a3.example"], ["a4.example"], []]
    assert len(values(ask(misp, {"page": 0, "limit": 2}))) == 5


def test_an_attribute_has_its_event_and_the_tags_of_both(misp: LocalMisp) -> None:
    event = misp.store.add_event(info="a campaign", Tag=["tlp:green"])
    misp.store.add("md5", "0" * 32, event, Tag=["own"])
    (bare,) = ask(misp, {}).json()["response"]["Attribute"]
    assert (set(bare["Event"]), [tag["name"] for tag in bare["Tag"]]) == ({"id", "uuid", "info"}, ["own"])
    (row,) = ask(misp, {"includeContext": 1, "includeEventTags": 1}).json()["response"]["Attribute"]
    assert row["Event"]["Orgc"]["name"] == "An organisation"
    assert [tag["name"] for tag in row["Tag"]] == ["own", "tlp:green"]
    assert isinstance(row["timestamp"], str)


def test_filters(misp: LocalMisp) -> None:
    event = misp.store.add_event(Tag=["campaign"], publish_timestamp="1000")
    misp.store.add("domain", "plain.example", misp.store.add_event(publish_timestamp="2000"), timestamp="500")
    misp.store.add("domain", "flagless.example", event, to_ids=False)
    misp.store.add("domain", "tagged.example", event, Tag=["own"])
    misp.store.add("url", "http://a.example/", event)
    misp.store.delete(misp.store.add("domain", "deleted.example", event))
    order = {"order": "id"}
    assert values(ask(misp, {"type": ["domain"], **order})) == [
        "plain.example",
        "flagless.example",
        "tagged.example",
    ]
    assert values(ask(misp, {"type": ["domain"], "to_ids": 1, **order})) == ["plain.example", "tagged.example"]
    assert values(ask(misp, {"tags": {"AND": ["campaign", "own"]}})) == ["tagged.example"]
    assert values(ask(misp, {"tags": {"NOT": ["campaign"]}})) == ["plain.example"]
    assert len(values(ask(misp, {"tags": {"OR": ["campaign", "nothing"]}}))) == 3
    assert values(ask(misp, {"attribute_timestamp": 501, "type": ["url"]})) == ["http://a.example/"]
    assert values(ask(misp, {"publish_timestamp": 1500})) == ["plain.example"]


@pytest.mark.parametrize("key", ["another", "", "Bearer the-automation-key"])
def test_a_wrong_key(misp: LocalMisp, key: str) -> None:
    answer = ask(misp, {}, key)
    assert answer.status_code == 403
    assert answer.json()["name"].startswith("Authentication failed")


@pytest.mark.parametrize(
    "body",
    [
        {"colour": "red"},
        {"page": "1"},
        {"type": "domain"},
        {"to_ids": 2},
        {"tags": ["a"]},
        {"order": "value"},
        {"returnFormat": "csv"},
        {"attribute_timestamp": "7d"},
        [1],
    ],
)
def test_strict(misp: LocalMisp, body: Any) -> None:
    answer = ask(misp, body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"name", "message", "url"}


def test_without_the_content_type_the_filters_are_not_seen(misp: LocalMisp) -> None:
    for number in range(3):
        misp.store.add("domain", f"a{number}.example")
    assert len(values(ask(misp, None, json=None, data=b'{"limit":1,"page":1}'))) == 3


def test_other_paths_and_methods(misp: LocalMisp) -> None:
    headers = {"Authorization": misp.key}
    for method, path, status in (
        ("GET", "/attributes/restSearch", 405),
        ("POST", "/attributes/add", 404),
        ("GET", "/users/login", 404),
        ("GET", "/feed/manifest.json", 404),
    ):
        answer = requests.request(method, misp.url + path, headers=headers, verify=misp.ca_bundle, timeout=10)
        assert answer.status_code == status, path


def test_what_can_go_wrong() -> None:
    shown = {"to_ids": "1", "timestamp": 5}
    with LocalMisp(allowed=frozenset({"a0.example"}), edit=lambda row: {**row, **shown}) as misp:
        uuids = [misp.store.add("domain", f"a{number}.example") for number in range(4)]
        asked = {"page": 1, "limit": 2, "order": "id"}
        assert values(ask(misp, asked)) == ["a1.example"]
        assert ask(misp, asked).json()["response"]["Attribute"][0]["to_ids"] == "1"
        misp.faults.add(
            Fault("/attributes/*", Meanwhile(lambda: misp.store.remove(uuids[0])), nth=1),
            Fault("/attributes/*", Answer(200, b"<html>", {"Content-Type": "text/html"}), nth=2),
            Fault("/attributes/*", CutOff(10), nth=3),
        )
        assert values(ask(misp, asked)) == ["a1.example", "a2.example"]
        assert ask(misp, asked).headers["Content-Type"] == "text/html"
        with pytest.raises(requests.exceptions.RequestException):
            ask(misp, asked)
    with LocalMisp(ordered=False, paged=False) as old:
        first = old.store.add("domain", "a.example")
        old.store.add("domain", "b.example")
        old.store.clock += 1
        old.store.edit(first, comment="changed")
        assert values(ask(old, {"page": 1, "limit": 1, "order": "id"})) == ["b.example", "a.example"]


def test_a_feed_asks_for_no_key(misp: LocalMisp) -> None:
    misp.feed["manifest.json"] = b"{}"
    answer = requests.get(f"{misp.feed_url}/manifest.json", verify=misp.ca_bundle, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"{}")
    assert [request.path for request in misp.requests] == ["/feed/manifest.json"]
