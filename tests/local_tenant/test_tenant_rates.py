"""Sliding-window rate limits, per operation."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import pytest

from iocbeam.local_tenant import DOCUMENTED_RATE_LIMITS, App, RateLimit

OTHER = "33333333-3333-4333-8333-333333333333"


def one_call(client, operation):
    return {
        "list": lambda: client.list(top=1),
        "submit": lambda: client.submit({}),
        "import": lambda: client.post_import({}),
        "delete": lambda: client.delete("1"),
        "batch_delete": lambda: client.batch_delete("1"),
    }[operation]()


@pytest.mark.parametrize(
    ("operation", "a_minute", "an_hour"),
    [
        ("list", 100, 1500),
        ("submit", 100, 1500),
        ("import", 30, None),
        ("delete", 100, 1500),
        ("batch_delete", 30, 1500),
    ],
)
def test_documented_rates_are_the_default(start, clock, operation, a_minute, an_hour):
    limits = {limit.seconds: limit.calls for limit in DOCUMENTED_RATE_LIMITS[operation]}
    assert limits == {60.0: a_minute, **({3600.0: an_hour} if an_hour else {})}
    client = start(clock=clock, rate_limits=DOCUMENTED_RATE_LIMITS)
    assert client.profile.rate_limits == type(client.profile)().rate_limits
    statuses = [one_call(client, operation).status_code for _ in range(a_minute + 1)]
    assert 429 not in statuses[:-1]
    assert statuses[-1] == 429


def test_429_has_its_code_and_the_seconds_to_wait(start, clock):
    client = start(clock=clock, rate_limits={"list": (RateLimit(2, 60),)})
    client.list()
    clock.now += 20.5
    client.list()
    answer = client.list()
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "TooManyRequests")
    assert answer.headers["Retry-After"] == "40"


def test_window_slides(start, clock):
    client = start(clock=clock, rate_limits={"list": (RateLimit(2, 60),)})
    statuses = []
    for step in (0, 30, 29, 1, 1, 29):
        clock.now += step
        statuses.append(client.list().status_code)
    assert statuses == [200, 200, 429, 200, 429, 200]


def test_refused_call_does_not_count(start, clock):
    client = start(clock=clock, rate_limits={"list": (RateLimit(1, 60),)})
    assert [client.list().status_code for _ in range(3)] == [200, 429, 429]
    clock.now += 60
    assert client.list().status_code == 200


def test_longer_window_counts_too(start, clock):
    client = start(clock=clock, rate_limits={"list": (RateLimit(1, 60), RateLimit(2, 3600))})
    assert client.list().status_code == 200
    clock.now += 60
    assert client.list().status_code == 200
    clock.now += 60
    answer = client.list()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, str(3600 - 120))


def test_each_operation_has_its_own_budget(start, clock):
    limit = (RateLimit(1, 60),)
    client = start(clock=clock, rate_limits={"list": limit, "import": limit})
    assert client.list().status_code == 200
    assert client.post_import({}).status_code == 200
    assert client.list().status_code == 429


def test_each_app_has_its_own_budget(start, clock):
    other = App(OTHER, client_secret="other-secret")
    client = start(clock=clock, rate_limits={"list": (RateLimit(1, 60),)}, more_apps=(other,))
    assert [client.list().status_code for _ in range(2)] == [200, 429]
    client.sign_in(client_id=OTHER, client_secret="other-secret")
    assert client.list().status_code == 200


def test_retry_after_as_a_date(start, clock):
    client = start(clock=clock, rate_limits={"list": (RateLimit(1, 60),)}, retry_after="http_date")
    client.list()
    moment = parsedate_to_datetime(client.list().headers["Retry-After"])
    assert moment.timestamp() == clock.now + 60


def test_retry_after_left_out(start, clock):
    client = start(clock=clock, rate_limits={"list": (RateLimit(1, 60),)}, retry_after="none")
    client.list()
    answer = client.list()
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("off", [None, {}])
def test_rates_can_be_switched_off(start, clock, off):
    client = start(clock=clock, rate_limits=off)
    assert {client.list().status_code for _ in range(150)} == {200}
