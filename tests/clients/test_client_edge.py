"""What the edge does with every kind of answer."""

from __future__ import annotations

import logging
import socket
import threading
import time as real_time
from collections.abc import Callable
from email.utils import formatdate

import orjson
import pytest
from fake_time import FakeTime
from odd_server import Asked, OddServer, RecordingProxy, Reply

from iocbeam.clients import (
    USER_AGENT,
    Budget,
    Edge,
    HttpSettings,
    HttpTransport,
    NotDocumented,
    Rate,
    ReadOnlyTransport,
    RetryPolicy,
)
from iocbeam.model.errors import (
    AuthenticationError,
    ConfigurationError,
    Gone,
    PermissionDenied,
    Refused,
    RetryLater,
    Stop,
    Unanswered,
)

JSON = {"Content-Type": "application/json"}
FINE = Reply(200, b'{"value": 1}', JSON)
Start = Callable[..., OddServer]
MakeEdge = Callable[..., Edge]


def error(status: int, code: str, message: str, **headers: str) -> Reply:
    return Reply(status, orjson.dumps({"error": {"code": code, "message": message}}), {**JSON, **headers})


# Where tokens go


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host_is_refused(odd: Start, edge: MakeEdge, status: int) -> None:
    other = odd(FINE)
    server = odd(Reply(status, headers={"Location": f"{other.url}/api/x"}))
    with pytest.raises(ConfigurationError, match="redirect"):
        edge(server).request("GET", "/api/x")
    assert other.asked == []
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:{port}/api/x",
        "https://127.0.0.1:1/api/x",
        "https://127.0.0.1/api/x",
        "https://localhost:{port}/api/x",
        "https://user@127.0.0.1:{port}/api/x",
        "https://127.0.0.1:{port}@example.com/api/x",
        "https://example.com\\@127.0.0.1:{port}/api/x",
        "https://127.0.0.1:bad/api/x",
        "//example.com/api/x",
        "api/x",
        "@example.com/",
    ],
)
def test_a_link_to_another_host_is_refused(odd: Start, edge: MakeEdge, link: str) -> None:
    server = odd(FINE)
    with pytest.raises(ConfigurationError, match="another host"):
        edge(server).request("GET", link.format(port=server.port))
    assert server.asked == []


def test_a_link_to_the_same_host_is_followed_with_its_query(odd: Start, edge: MakeEdge) -> None:
    server = odd(FINE)
    edge(server).request("GET", f"{server.url.replace('https', 'HTTPS')}/api/x?$skip=2&a=%27b%27")
    assert server.asked[0].target == "/api/x?$skip=2&a=%27b%27"


def test_the_usual_port_may_be_left_out_of_a_link() -> None:
    class Here:
        def send(self, method: str, url: str, *rest: object) -> object:
            raise Stop(url)

        def close(self) -> None:
            pass

    edge = Edge("https://api.example", lambda force: "t", transport=Here())  # type: ignore[arg-type]
    with pytest.raises(Stop, match=r"^https://api\.example/x$"):
        edge.request("GET", "https://API.example:443/x")


# What is sent


def test_a_request_carries_token_body_and_user_agent(odd: Start, edge: MakeEdge) -> None:
    server = odd(FINE)
    made = edge(server, user_agent=USER_AGENT)
    assert made.request("POST", "/api/x", params={"$top": "5", "a": "b c"}, json={"k": "é"}) == {"value": 1}
    asked = server.asked[0]
    assert asked.target == "/api/x?$top=5&a=b%20c"
    assert asked.headers["authorization"] == "Bearer the-token"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["user-agent"].startswith("iocbeam/")
    assert asked.headers["user-agent"].endswith(" (+collection sync)")
    assert orjson.loads(asked.body) == {"k": "é"}


def test_connections_are_kept_open(odd: Start, edge: MakeEdge) -> None:
    server = odd(FINE)
    made = edge(server)
    for _ in range(5):
        made.request("GET", "/api/x")
    assert len({asked.connection for asked in server.asked}) == 1


def test_cookies_are_not_kept(odd: Start, edge: MakeEdge) -> None:
    server = odd(Reply(200, b"{}", {"Set-Cookie": "a=b; Path=/"}))
    made = edge(server)
    made.request("GET", "/api/x")
    made.request("GET", "/api/x")
    assert "cookie" not in server.asked[1].headers


def test_a_netrc_does_not_replace_the_token(
    odd: Start, edge: MakeEdge, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:
        file.write("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", netrc)
    server = odd(FINE)
    edge(server).request("GET", "/api/x")
    assert server.asked[0].headers["authorization"] == "Bearer the-token"


def test_a_dry_run_cannot_write(odd: Start, edge: MakeEdge) -> None:
    server = odd(FINE)
    transport = ReadOnlyTransport(HttpTransport(HttpSettings(ca_bundle=server.ca_bundle), server.url))
    made = edge(server, transport=transport)
    for method in ("POST", "PUT", "PATCH", "DELETE", "get"):
        with pytest.raises(Stop, match="dry run"):
            made.request(method, "/api/x", json={})
    assert server.asked == []
    assert made.requests == {}
    assert made.request("GET", "/api/x") == {"value": 1}


# Trying again


def test_retry_after_in_seconds_is_kept_to(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    server = odd(error(429, "TooManyRequests", "slow", **{"Retry-After": "7"}), FINE)
    made = edge(server)
    made.request("GET", "/api/x")
    assert time.slept == [7.0]
    assert made.throttled_seconds == 7.0
    assert made.requests == {"GET /api/x": {"429": 1, "200": 1}}


def test_retry_after_as_http_date(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    """Counted from the answer's own date: the two machines' clocks may differ."""
    there = 1_800_000_000
    headers = {"Retry-After": formatdate(there + 42, usegmt=True), "Date": formatdate(there, usegmt=True)}
    edge(odd(error(429, "TooManyRequests", "slow", **headers), FINE)).request("GET", "/api/x")
    assert time.slept == [42.0]


def test_retry_after_as_http_date_without_a_date(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    there = 1_800_000_000
    headers = {"Retry-After": formatdate(there + 42, usegmt=True)}
    server = odd(error(503, "", "", **headers), FINE)
    edge(server, wall_clock=lambda: there + 2.0).request("GET", "/api/x")
    assert time.slept == [40.0]


@pytest.mark.parametrize("value", [None, "0", "-5", "soon", "nan", "Sun, 06 Nov 1994 08:49:37 GMT"])
def test_without_a_usable_retry_after_waits_grow(
    odd: Start, edge: MakeEdge, time: FakeTime, value: str | None
) -> None:
    headers = {} if value is None else {"Retry-After": value}
    refusal = error(429, "TooManyRequests", "slow", **headers)
    edge(odd(*[refusal] * 5, FINE)).request("GET", "/api/x")
    assert len(time.slept) == 5
    for least, slept in zip((1, 2, 4, 8, 16), time.slept, strict=True):
        assert least <= slept <= least + 1


def test_a_retry_after_beyond_the_deadline_gives_up_at_once(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    server = odd(error(429, "TooManyRequests", "slow", **{"Retry-After": "3600"}))
    with pytest.raises(RetryLater) as caught:
        edge(server).request("GET", "/api/x")
    assert time.slept == []
    assert (caught.value.status, caught.value.retry_after, caught.value.attempts) == (429, 3600.0, 1)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_status_is_tried_again_until_the_deadline(
    odd: Start, edge: MakeEdge, time: FakeTime, status: int
) -> None:
    begun = time.now
    server = odd(error(status, "Some", "thing"))
    with pytest.raises(RetryLater, match=f"{status} Some: thing") as caught:
        edge(server).request("GET", "/api/x")
    assert type(caught.value) is RetryLater
    assert caught.value.status == status
    assert caught.value.attempts == len(server.asked) > 3
    assert time.now - begun <= 60.0


def test_an_html_page_with_status_200_is_retried_and_then_given_up(odd: Start, edge: MakeEdge) -> None:
    server = odd(Reply(200, b"<html>Please log in</html>", {"Content-Type": "text/html"}))
    made = edge(server)
    with pytest.raises(RetryLater, match=r"no JSON \(text/html, 26 bytes\)") as caught:
        made.request("GET", "/api/x")
    assert len(server.asked) > 3
    assert caught.value.status == 200
    assert "log in" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe"])
def test_a_200_without_json_is_retried(odd: Start, edge: MakeEdge, body: bytes) -> None:
    assert edge(odd(Reply(200, body, JSON), FINE)).request("GET", "/api/x") == {"value": 1}


def test_a_body_of_another_shape_is_retried(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    def shape(body: object) -> str:
        if body != {"value": 1}:
            raise NotDocumented("it has no value")
        return "fine"

    assert edge(odd(Reply(200, b'{"a": 1}', JSON), FINE)).request("GET", "/api/x", shape=shape) == "fine"
    assert len(time.slept) == 1


def test_a_204_is_none(odd: Start, edge: MakeEdge) -> None:
    assert edge(odd(Reply(204))).request("DELETE", "/api/x/1") is None


def test_an_answer_that_breaks_off_is_tried_again(odd: Start, edge: MakeEdge) -> None:
    made = edge(odd(Reply(200, b'{"value": 1}', JSON, cut=True), FINE))
    assert made.request("GET", "/api/x") == {"value": 1}
    assert made.requests == {"GET /api/x": {"0": 1, "200": 1}}


def test_an_answer_that_does_not_come_is_tried_again(odd: Start, edge: MakeEdge) -> None:
    calls = iter(range(10))

    def answer(asked: Asked) -> Reply:
        if next(calls) == 0:
            real_time.sleep(0.5)
        return FINE

    server = odd(answer=answer)
    made = edge(server, http=HttpSettings(ca_bundle=server.ca_bundle, read_timeout=0.15))
    assert made.request("GET", "/api/x") == {"value": 1}
    assert made.requests == {"GET /api/x": {"0": 1, "200": 1}}


def test_a_host_that_does_not_listen_is_given_up_after_the_deadline(time: FakeTime) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"https://127.0.0.1:{port}"
    transport = HttpTransport(HttpSettings(), url)
    edge = Edge(url, lambda force: "t", transport=transport, clock=time.clock, sleep=time.sleep)
    with pytest.raises(RetryLater, match="refused") as caught:
        edge.request("GET", "/api/x", params={"$filter": "hidden"})
    assert caught.value.status is None
    assert 200 < sum(time.slept) <= RetryPolicy().deadline
    assert "hidden" not in str(caught.value)


def test_every_attempt_takes_a_place_in_the_budget(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    budget = Budget(Rate(1, 20.0), clock=time.clock, sleep=time.sleep)
    made = edge(odd(error(503, "", ""), error(401, "", ""), FINE))
    made.request("GET", "/api/x", budget=budget)
    assert time.now == 1_000.0 + 40.0


def test_waiting_for_the_budget_does_not_use_up_the_deadline(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    budget = Budget(Rate(1, 3_600.0), clock=time.clock, sleep=time.sleep)
    made = edge(odd(FINE, error(503, "", ""), error(503, "", ""), FINE))
    made.request("GET", "/api/x", budget=budget)
    assert made.request("GET", "/api/x", budget=budget) == {"value": 1}
    assert made.throttled_seconds == pytest.approx(3 * 3_600, abs=10)


def test_a_cancelled_run_stops_waiting(odd: Start, edge: MakeEdge) -> None:
    cancel = threading.Event()
    server = odd(error(429, "TooManyRequests", "slow", **{"Retry-After": "50"}))
    made = edge(server, clock=real_time.monotonic, sleep=real_time.sleep, cancel=cancel)
    threading.Timer(0.2, cancel.set).start()
    begun = real_time.monotonic()
    with pytest.raises(RetryLater, match="cancelled"):
        made.request("GET", "/api/x")
    assert real_time.monotonic() - begun < 10
    with pytest.raises(RetryLater, match="cancelled"):
        made.request("GET", "/api/x")
    assert len(server.asked) == 1


# Requests that must not be made twice


@pytest.mark.parametrize(
    "reply",
    [
        *[error(status, "Some", "thing") for status in (408, 500, 502, 503, 504)],
        error(503, "Some", "thing", **{"Retry-After": "5"}),
        Reply(200, b'{"value": 1}', JSON, cut=True),
        Reply(200, b"<html>Please log in</html>", {"Content-Type": "text/html"}),
        Reply(201, b"", JSON),
        Reply(201, b'{"value": 2}', JSON),
    ],
)
def test_what_may_have_been_done_is_not_asked_for_again(
    odd: Start, edge: MakeEdge, time: FakeTime, reply: Reply
) -> None:
    def shape(body: object) -> object:
        if body != {"value": 1}:
            raise NotDocumented("it has no value")
        return body

    server = odd(reply, FINE)
    with pytest.raises(Unanswered, match="It may have been done") as caught:
        edge(server).request("POST", "/api/x", json={}, shape=shape, repeat=False)
    assert caught.value.status == (None if reply.cut else reply.status)
    assert caught.value.attempts == len(server.asked) == 1
    assert time.slept == []


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "7"}])
def test_what_was_not_done_is_asked_for_again(
    odd: Start, edge: MakeEdge, time: FakeTime, headers: dict[str, str]
) -> None:
    slow = error(429, "TooManyRequests", "slow", **headers)
    server = odd(slow, error(401, "Unauthorized", "expired"), slow, Reply(503))
    with pytest.raises(Unanswered) as caught:
        edge(server).request("POST", "/api/x", json={}, repeat=False)
    assert (caught.value.status, caught.value.attempts, len(server.asked)) == (503, 3, 4)
    if headers:
        assert time.slept == [7.0, 7.0]
    else:
        assert [int(seconds) for seconds in time.slept] == [1, 2]


def test_a_rate_that_is_never_free_ends_at_the_deadline(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    """It is known that nothing was done."""
    begun = time.now
    with pytest.raises(RetryLater, match="Given up") as caught:
        edge(odd(error(429, "TooManyRequests", "slow"))).request("POST", "/api/x", json={}, repeat=False)
    assert type(caught.value) is RetryLater
    assert 30 < time.now - begun <= 60.0


def test_a_refusal_of_what_must_not_be_made_twice_is_a_refusal(odd: Start, edge: MakeEdge) -> None:
    with pytest.raises(Refused, match="bad"):
        edge(odd(error(400, "BadRequest", "bad"))).request("POST", "/api/x", json={}, repeat=False)


# Refusals


def test_a_401_is_answered_with_a_new_token_once(odd: Start, edge: MakeEdge) -> None:
    forced: list[bool] = []

    def token(force: bool) -> str:
        forced.append(force)
        return "new" if any(forced) else "old"

    def answer(asked: Asked) -> Reply:
        return FINE if asked.headers["authorization"] == "Bearer new" else error(401, "Unauthorized", "expired")

    assert edge(odd(answer=answer), token=token).request("GET", "/api/x") == {"value": 1}
    assert forced.count(True) == 1


def test_a_new_token_that_is_refused_too_is_an_authentication_error(
    odd: Start, edge: MakeEdge, time: FakeTime
) -> None:
    server = odd(error(401, "Unauthorized", "wrong audience"))
    with pytest.raises(AuthenticationError, match="Unauthorized: wrong audience"):
        edge(server).request("GET", "/api/x")
    assert len(server.asked) == 2
    assert time.slept == []


def test_threads_that_are_refused_together_share_one_new_token(odd: Start, edge: MakeEdge) -> None:
    state = {"token": "old", "forced": 0}
    together = threading.Barrier(4)

    def token(force: bool) -> str:
        if force:
            state.update(token="new", forced=int(state["forced"]) + 1)
        return str(state["token"])

    def answer(asked: Asked) -> Reply:
        if asked.headers["authorization"] == "Bearer new":
            return FINE
        together.wait(10)
        return error(401, "Unauthorized", "expired")

    made = edge(odd(answer=answer), token=token)
    pool = [threading.Thread(target=made.request, args=("GET", "/api/x")) for _ in range(4)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join(20)
    assert state["forced"] == 1
    assert made.requests == {"GET /api/x": {"401": 4, "200": 4}}


def test_a_403_names_the_code_and_the_role(odd: Start, edge: MakeEdge) -> None:
    made = edge(odd(error(403, "DisabledFeature", "It is off.")), needs="the role Ti.ReadWrite.All")
    with pytest.raises(
        PermissionDenied, match=r"403 DisabledFeature: It is off\. Needed: the role Ti.ReadWrite.All"
    ):
        made.request("GET", "/api/x")


def test_a_404_is_gone_where_the_caller_says_so(odd: Start, edge: MakeEdge) -> None:
    made = edge(odd(error(404, "ResourceNotFound", "Resource 5 wasn't found")))
    with pytest.raises(Gone):
        made.request("DELETE", "/api/x/5", gone=True)
    with pytest.raises(Refused, match="wasn't found") as caught:
        made.request("DELETE", "/api/x/5")
    assert (caught.value.code, caught.value.status) == ("ResourceNotFound", 404)


def test_a_404_that_is_not_the_services_own_says_that_the_service_is_not_there(odd: Start, edge: MakeEdge) -> None:
    with pytest.raises(ConfigurationError, match="not at https://127"):
        edge(odd(Reply(404, b"<html>nginx</html>", {"Content-Type": "text/html"}))).request("GET", "/api/x")


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (
            b'{"error":{"code":"InvalidInput","message":"It is empty.","target":"t"}}',
            "InvalidInput",
            "It is empty.",
        ),
        (
            b'{"error":{"code":"BadRequest","message":"Generic.","innerError":{"message":"1040: No location."}}}',
            "BadRequest",
            "Generic. 1040: No location.",
        ),
        (b'{"error":{"code":"BadRequest","innererror":{"message":"1007: x"}}}', "BadRequest", "1007: x"),
        (b'{"error":{"code":"InternalServerError"}}', "InternalServerError", "no message"),
        (b'{"error":"text"}', "", "no explanation (application/json, 16 bytes)"),
        (b"<html>hidden</html>", "", "no explanation (application/json, 19 bytes)"),
        (b"", "", "no explanation (application/json, 0 bytes)"),
    ],
)
def test_a_refusal_has_the_services_words(
    odd: Start, edge: MakeEdge, time: FakeTime, body: bytes, code: str, words: str
) -> None:
    with pytest.raises(Refused) as caught:
        edge(odd(Reply(400, body, JSON))).request("POST", "/api/x", json={})
    assert (caught.value.code, caught.value.message, caught.value.status) == (code, words, 400)
    assert time.slept == []


# What is told


def test_requests_are_counted_by_operation_and_status(odd: Start, edge: MakeEdge) -> None:
    made = edge(odd(Reply(204)))
    made.request("DELETE", "/api/indicators/123")
    made.request("DELETE", "/api/indicators/456?x=1")
    made.request("DELETE", "/v1.0/policies/01234567-89ab-cdef-0123-456789abcdef/x")
    assert made.requests == {
        "DELETE /api/indicators/{id}": {"204": 2},
        "DELETE /v1.0/policies/{id}/x": {"204": 1},
    }


def test_tokens_bodies_and_queries_reach_neither_log_nor_error(
    odd: Start, edge: MakeEdge, caplog: pytest.LogCaptureFixture
) -> None:
    echo = error(503, "Odd", "your header was Bearer the-token", **{"request-id": "id-of-the-request"})
    server = odd(echo)
    caplog.set_level(logging.DEBUG, "iocbeam")
    with pytest.raises(RetryLater) as caught:
        edge(server).request("POST", "/api/x", params={"$filter": "value-in-query"}, json={"k": "value-in-body"})
    told = caplog.text + str(caught.value) + repr(caught.value)
    assert "POST /api/x: 503 after" in told
    assert "id-of-the-request" in told
    for secret in ("the-token", "value-in-query", "value-in-body"):
        assert secret not in told


# Certificates and proxies


def test_an_untrusted_certificate_stops_at_once(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    with pytest.raises(ConfigurationError, match="--ca_bundle") as caught:
        edge(odd(FINE), http=HttpSettings()).request("GET", "/api/x")
    assert "certificate" in caught.value.message
    assert time.slept == []


def test_a_ca_bundle_that_cannot_be_used_is_named(tmp_path: object) -> None:
    broken = f"{tmp_path}/broken.pem"
    with open(broken, "w") as file:
        file.write("no certificate")
    for bundle in (broken, f"{tmp_path}/missing.pem"):
        with pytest.raises(ConfigurationError, match="--ca_bundle"):
            HttpTransport(HttpSettings(ca_bundle=bundle), "https://127.0.0.1")


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_not_verifying_is_loud(odd: Start, edge: MakeEdge, caplog: pytest.LogCaptureFixture) -> None:
    made = edge(odd(FINE), http=HttpSettings(verify_tls=False))
    assert made.request("GET", "/api/x") == {"value": 1}
    assert "not verified" in caplog.text


def test_the_given_proxy_is_used(odd: Start, edge: MakeEdge, proxy: RecordingProxy) -> None:
    server = odd(FINE)
    made = edge(server, http=HttpSettings(proxy=proxy.url), retry=RetryPolicy(deadline=0.5))
    with pytest.raises(RetryLater, match="proxy"):
        made.request("GET", "/api/x")
    assert proxy.asked[0].startswith(f"CONNECT 127.0.0.1:{server.port} ")
    assert "the-token" not in proxy.asked[0]
    assert server.asked == []


def test_the_environments_proxy_is_used_unless_it_is_to_be_ignored(
    odd: Start, edge: MakeEdge, proxy: RecordingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = odd(FINE)
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    http = HttpSettings(ca_bundle=server.ca_bundle)
    with pytest.raises(RetryLater, match="proxy"):
        edge(server, http=http, retry=RetryPolicy(deadline=0.5)).request("GET", "/api/x")
    assert len(proxy.asked) == 1
    ignoring = HttpSettings(ca_bundle=server.ca_bundle, ignore_proxies=True)
    assert edge(server, http=ignoring).request("GET", "/api/x") == {"value": 1}
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert edge(server, http=http).request("GET", "/api/x") == {"value": 1}
    assert len(proxy.asked) == 1


def test_the_environments_ca_bundle_is_not_asked(
    odd: Start, edge: MakeEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, other = odd(FINE), odd(FINE)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", other.ca_bundle)
    monkeypatch.setenv("CURL_CA_BUNDLE", other.ca_bundle)
    assert edge(server).request("GET", "/api/x") == {"value": 1}


def test_an_address_that_cannot_be_used_stops_at_once(odd: Start, edge: MakeEdge, time: FakeTime) -> None:
    with pytest.raises(ConfigurationError, match="proxy"):
        edge(odd(FINE), http=HttpSettings(proxy="http://")).request("GET", "/api/x")
    assert time.slept == []
