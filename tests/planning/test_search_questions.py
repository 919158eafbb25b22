"""The table of what a search asks."""

from __future__ import annotations

import pytest

from iocbeam.model.permissions import CALLS, calls_of
from iocbeam.model.search_kind import Sought, detect
from iocbeam.model.search_words import KIND_WORDS
from iocbeam.planning.search.questions import (
    EVIDENCE,
    HUNTING,
    INSTEAD,
    MACHINE,
    PLACES,
    QUESTIONS,
    URL_OF_ADDRESS,
    host_of,
    questions_of,
)

_ALL = {
    *URL_OF_ADDRESS,
    *INSTEAD.values(),
    EVIDENCE,
    MACHINE,
    *(one for kind in QUESTIONS.values() for one in kind),
}


def test_every_kind_has_questions() -> None:
    assert set(QUESTIONS) == set(KIND_WORDS)
    assert all(QUESTIONS.values())


def test_questions_and_the_permissions_of_search_are_the_same_calls() -> None:
    asked = {question.call for question in _ALL} - {HUNTING}
    assert asked == {call.path for call in calls_of("search") if call.method == "GET"}


def test_what_only_an_answer_tells_is_called_by_what_was_asked() -> None:
    assert "api: /api/domains/{domain}/machines" in PLACES
    assert "hunting: DeviceNetworkEvents.RemoteIP" in PLACES
    assert not any("stats" in place for place in PLACES)


def test_every_call_reads() -> None:
    methods = {call.path: call.method for call in CALLS}
    assert {methods[question.call] for question in _ALL if question.call != HUNTING} == {"GET"}


@pytest.mark.parametrize(
    ("text", "host", "first"),
    [
        ("http://bad.example/a", "bad.example", "/api/domains/{domain}/stats"),
        ("http://203.0.113.9:8080/a", "203.0.113.9", "/api/ips/{ip}/stats"),
        ("http://[2001:db8::0:9]/a", "2001:db8::9", "/api/ips/{ip}/stats"),
        ("bad.example", "bad.example", "/api/domains/{domain}/stats"),
        ("203.0.113.9", "203.0.113.9", "/api/ips/{ip}/stats"),
    ],
    ids=["domain-url", "ipv4-url", "ipv6-url", "domain", "address"],
)
def test_a_url_is_asked_for_by_its_host(text: str, host: str, first: str) -> None:
    sought = detect(text)
    assert isinstance(sought, Sought), sought
    assert host_of(sought) == host
    assert questions_of(sought)[0].call == first
