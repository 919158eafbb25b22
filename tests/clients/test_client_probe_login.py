"""Tests of a connection: logins and services that cannot be had, against a tenant over TLS."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from fake_time import FakeTime
from odd_server import OddServer, Reply
from probe_help import EVERY_JOB, STRANGER, TOKEN_PATH, Run, failed, one, runner, told

from iocbeam.clients.login.errors import _EXPLAINED
from iocbeam.local_tenant import Answer, Fault, LocalTenant
from iocbeam.model.permissions import DEFENDER, GRAPH
from iocbeam.model.settings import ConnectionSettings


@pytest.fixture
def run(settings: Callable[..., ConnectionSettings], time: FakeTime) -> Run:
    return runner(settings, time)


@pytest.mark.parametrize("number", _EXPLAINED)
def test_a_refused_login_is_told_in_words_with_what_to_do(tenant: LocalTenant, run: Run, number: int) -> None:
    body = {
        "error": "invalid_client",
        "error_description": f"AADSTS{number}: Something with local-secret. Trace ID: t-1\r\nTimestamp: x",
        "error_codes": [number],
    }
    tenant.faults.add(Fault(TOKEN_PATH, Answer(401, body)))
    (check,) = run(tenant)
    assert (check.state, check.code) == ("failed", f"AADSTS{number}")
    assert "Something" not in check.message, "the words are ours"
    assert len(check.advice) > len("--client_secret: ")
    assert "--" in check.advice or number in (53000, 53003), "no option has to do with it"


AADSTS = [
    (7000215, "secret is wrong", "--client_secret", "value, not its id"),
    (7000222, "secret has expired", "--client_secret", "Create a new one"),
    (7000216, "credential is missing", "--client_secret", "--client_certificate"),
    (7000218, "does not send", "--client_secret", "confidential client"),
    (700016, "not in this tenant", "--client_id", "consented to in this tenant and cloud"),
    (7000229, "no service principal", "--client_id", "consent"),
    (7000112, "is disabled", "--client_id", "Enterprise applications"),
    (700025, "public client", "--client_secret", "public client flows"),
    (700027, "certificate does not prove", "--client_secret", "Upload"),
    (7000214, "revoked", "--client_secret", "another one"),
    (1000502, "not within its valid time", "--client_secret", "clock"),
    (700024, "outside of its valid time", "--client_secret", "clock"),
    (90002, "tenant was not found", "--tenant_id", "--cloud"),
    (900023, "not a tenant id", "--tenant_id", "directory (tenant) id"),
    (90038, "another national cloud", "--cloud", "in which it was created"),
    (900382, "another national cloud", "--cloud", "in which the tenant is"),
    (500011, "is not in this tenant", "--defender_scope", "Defender for Endpoint"),
    (70011, "not a scope", "--defender_scope", "/.default"),
]


@pytest.mark.parametrize(("number", "words", "option", "advice"), AADSTS, ids=[str(row[0]) for row in AADSTS])
def test_numbers_of_the_login_service_have_their_meaning(
    tenant: LocalTenant, run: Run, number: int, words: str, option: str, advice: str
) -> None:
    body = {"error": "invalid_client", "error_description": f"AADSTS{number}: x", "error_codes": [number]}
    tenant.faults.add(Fault(TOKEN_PATH, Answer(400, body)))
    (check,) = run(tenant)
    assert words in check.message
    assert check.advice.startswith(f"{option}: ")
    assert advice in check.advice


def test_an_unknown_number_is_told_in_the_services_words(tenant: LocalTenant, run: Run) -> None:
    body = {"error": "x", "error_description": "AADSTS1234567: Not today.", "error_codes": [1234567]}
    tenant.faults.add(Fault(TOKEN_PATH, Answer(400, body)))
    state, code, text = told(run(tenant)[0])
    assert (state, code) == ("failed", "AADSTS1234567")
    assert "Not today." in text
    assert "https://login.microsoftonline.com/error" in text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_secret": "env:WRONG_SECRET"}, "AADSTS7000215"),
        ({"client_id": STRANGER}, "AADSTS700016"),
        ({"tenant_id": STRANGER}, "AADSTS90002"),
        ({"client_secret": "env:NOT_SET_AT_ALL"}, "cannot_log_in"),
        ({"client_secret": "file:/no/such/file"}, "cannot_log_in"),
    ],
    ids=["wrong secret", "wrong app", "wrong tenant", "no such variable", "no such file"],
)
def test_a_login_that_fails_ends_the_test_of_every_service(
    tenant: LocalTenant, run: Run, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], code: str
) -> None:
    monkeypatch.setenv("WRONG_SECRET", "hunter2")
    first, second = run(tenant, {"sync": ()}, **changes)
    assert (first.api, first.check, first.state, first.code) == (DEFENDER, "login", "failed", code)
    assert (second.api, second.check, second.state) == (GRAPH, "login", "not tried")
    assert "WindowsDefenderATP" in second.message
    assert first.advice
    assert "hunter2" not in str(first)


def test_a_service_that_the_tenant_does_not_have_is_no_reason_not_to_try_the_next(
    tenant: LocalTenant, run: Run
) -> None:
    body = {"error": "invalid_resource", "error_description": "AADSTS500011: x", "error_codes": [500011]}
    tenant.faults.add(Fault(TOKEN_PATH, Answer(400, body), nth=1))
    checks = run(tenant, {"sync": ()})
    assert failed(checks) == [("login", "AADSTS500011")]
    assert one(checks, "read", "namedLocations").state == "ok"


def test_a_scope_of_graph_is_not_blamed_on_defenders_option(tenant: LocalTenant, run: Run) -> None:
    checks = run(tenant, {"sync": ()}, graph_scope="https://x")
    assert failed(checks) == [("login", "AADSTS1002012")]
    assert one(checks, "login", api=GRAPH).advice.startswith("--graph_scope: ")


def test_login_that_is_down_is_given_up_soon(tenant: LocalTenant, run: Run, time: FakeTime) -> None:
    tenant.faults.add(Fault(TOKEN_PATH, Answer(429, retry_after=60)))
    (check,) = run(tenant)
    assert (check.check, check.state, check.code) == ("login", "failed", "429")
    assert sum(time.slept) <= 10


def test_a_certificate_that_is_not_trusted_names_the_option(tenant: LocalTenant, run: Run) -> None:
    (check,) = run(tenant, ca_bundle="")
    assert (check.check, check.state) == ("login", "failed")
    assert "not trusted" in check.message
    assert check.advice.startswith("--ca_bundle: ")


def test_only_the_service_is_not_trusted(tenant: LocalTenant, run: Run, odd: Callable[..., OddServer]) -> None:
    server = odd(Reply(200, b"{}"))
    check = one(run(tenant, defender_url=server.url), "read")
    assert check.state == "failed"
    assert check.advice.startswith("--ca_bundle: ")
    assert server.asked == []


@pytest.mark.parametrize(
    ("changes", "words", "advice"),
    [
        ({"login_url": "https://127.0.0.1:1"}, "refused, dropped or could not be made", "--proxy"),
        ({"login_url": "https://login.invalid", "ca_bundle": ""}, "name could not be resolved", "DNS"),
        ({"proxy": "http://127.0.0.1:1"}, "the proxy did not connect us", "--ignore_proxies"),
        ({"ca_bundle": "/no/such.pem"}, "cannot be used", "--ca_bundle: "),
    ],
    ids=["nobody listens", "no such name", "no such proxy", "no such bundle"],
)
def test_a_login_that_cannot_be_reached_says_why(
    tenant: LocalTenant, run: Run, changes: dict[str, str], words: str, advice: str
) -> None:
    (check,) = run(tenant, **changes)
    assert (check.check, check.state) == ("login", "failed")
    assert words in check.message
    assert advice in check.advice


def test_a_service_that_cannot_be_reached_says_why(tenant: LocalTenant, run: Run) -> None:
    check = one(run(tenant, defender_url="https://127.0.0.1:1"), "read")
    assert (check.state, check.code) == ("failed", "no_answer")
    assert "--proxy" in check.advice


def test_a_redirect_is_not_followed(tenant: LocalTenant, run: Run) -> None:
    answer = Answer(302, "", headers={"Location": "https://portal.example.com"})
    tenant.faults.add(Fault("/api/indicators", answer))
    state, _, text = told(one(run(tenant), "read"))
    assert state == "failed"
    assert "--defender_url" in text


def test_secret_and_token_reach_no_log_of_a_probe(
    tenant: LocalTenant, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run(tenant, EVERY_JOB)
    assert caplog.text, "something was logged"
    assert "local-secret" not in caplog.text
    assert "eyJ" not in caplog.text
