"""Login by an identity token of Google Cloud's metadata server, over real TLS to a tenant that checks it."""

from __future__ import annotations

import base64
import logging
import pickle
import socket
import time as real_time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fake_time import FakeTime
from odd_server import RecordingProxy
from probe_help import TOKEN_PATH, failed, one, runner

from iocbeam.clients import CLOUD_ENDPOINTS, DefenderClient, RetryPolicy, TokenProvider
from iocbeam.clients.login.federated import _SOURCES, GoogleIdentity
from iocbeam.clients.login.federated_errors import _MISMATCHES
from iocbeam.clients.login.token_claims import read_identity
from iocbeam.local_tenant import (
    Answer,
    Delay,
    DropBefore,
    Fault,
    FederatedCredential,
    LocalMetadata,
    LocalTenant,
    TokenLifetime,
)
from iocbeam.model.errors import AuthenticationError, ConfigurationError, RetryLater, UsageError
from iocbeam.model.settings import FEDERATED_IDENTITIES, ConnectionSettings

SCOPE = "https://api.securitycenter.microsoft.com/.default"
GRAPH = "https://graph.microsoft.com/.default"
IDENTITY = "*/identity"
GOOGLE: dict[str, Any] = {"client_secret": "", "federated_identity": "google"}
Start = Callable[..., LocalTenant]
Settings = Callable[..., ConnectionSettings]


@pytest.fixture(scope="module")
def metadata_once() -> Iterator[LocalMetadata]:
    """One server for all: making its key takes longer than most tests."""
    with LocalMetadata() as running:
        yield running


@pytest.fixture
def metadata(metadata_once: LocalMetadata, monkeypatch: pytest.MonkeyPatch) -> LocalMetadata:
    """The metadata server of this machine, as it was before the first call."""
    metadata_once.claims.clear()
    metadata_once.issued.clear()
    metadata_once.lifetime = 3600
    metadata_once.faults.clear()
    metadata_once.clear_requests()
    monkeypatch.setenv("GCE_METADATA_HOST", metadata_once.host)
    return metadata_once


@pytest.fixture
def trusting(start: Start, metadata: LocalMetadata) -> LocalTenant:
    """A tenant whose app has no credential but the federated one."""
    return start(client_secret=None, federated_credentials=(metadata.credential(),))


@pytest.fixture
def provider(settings: Settings, time: FakeTime) -> Iterator[Callable[..., TokenProvider]]:
    with ExitStack() as stack:

        def make(tenant: LocalTenant, retry: RetryPolicy | None = None, **changes: Any) -> TokenProvider:
            connection = settings(tenant, **GOOGLE, **changes)
            made = TokenProvider(connection, clock=time.clock, sleep=time.sleep, retry=retry or RetryPolicy())
            stack.callback(made.close)
            return made

        yield make


def logins(tenant: LocalTenant) -> list[int]:
    return [asked.status for asked in tenant.requests if asked.path.endswith("/token")]


def asked(metadata: LocalMetadata) -> list[int]:
    return [request.status for request in metadata.requests]


def test_a_service_account_gets_a_token_without_a_secret(
    trusting: LocalTenant, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    made = provider(trusting)
    assert metadata.requests == [], "nothing is asked before it is needed"
    assert made.token(SCOPE)
    (request,) = metadata.requests
    assert request.path == "/computeMetadata/v1/instance/service-accounts/default/identity"
    assert request.query == "audience=api%3A%2F%2FAzureADTokenExchange&format=full"
    assert made.identity is not None
    assert (made.identity.issuer, made.identity.subject) == ("https://accounts.google.com", metadata.subject)


def test_every_token_is_asked_for_with_an_identity_token_of_its_own_time(
    trusting: LocalTenant, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    made = provider(trusting)
    for _ in range(3):
        made.token(SCOPE)
    assert asked(metadata) == [200], "what is still valid is not asked for"
    made.token(GRAPH)
    made.token(SCOPE, force=True)
    assert asked(metadata) == [200, 200, 200]
    assert logins(trusting) == [200, 200, 200]


def test_a_long_run_logs_in_anew_with_a_new_identity_token(
    start: Start,
    metadata: LocalMetadata,
    connect: Callable[..., DefenderClient],
    item: Callable[..., dict[str, Any]],
) -> None:
    """Two hours later by the service's clock: the first identity token would not be taken any more."""
    later = [0.0]
    tenant = start(
        client_secret=None,
        federated_credentials=(metadata.credential(),),
        clock=lambda: real_time.time() + later[0],
    )
    client = connect(tenant, **GOOGLE)
    client.import_indicators([item(1)])
    later[0] = 7_200.0
    metadata.lifetime += 7_200
    client.import_indicators([item(2)])
    assert client.requests == {"POST /api/indicators/import": {"200": 2, "401": 1}}
    assert asked(metadata) == [200, 200]
    assert len(tenant.rows()) == 2


def test_a_token_that_is_about_to_expire_is_renewed(
    trusting: LocalTenant, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    trusting.faults.add(Fault(TOKEN_PATH, TokenLifetime(299), nth=1))
    made = provider(trusting)
    for _ in range(3):
        made.token(SCOPE)
    assert asked(metadata) == [200, 200]


@pytest.mark.parametrize("cloud", CLOUD_ENDPOINTS)
def test_the_identity_token_is_for_the_exchange_of_the_cloud(
    start: Start, metadata: LocalMetadata, provider: Callable[..., TokenProvider], cloud: str
) -> None:
    audience = {"global": "", "gcc": "", "gcc_high": "USGov", "dod": "USGov", "china": "China"}[cloud]
    trusted = metadata.credential(f"api://AzureADTokenExchange{audience}")
    tenant = start(client_secret=None, federated_credentials=(trusted,))
    assert provider(tenant, cloud=cloud).token(SCOPE)


@pytest.mark.parametrize(
    ("claims", "number", "words"),
    [
        ({"iss": "https://issuer.example.com"}, 700211, ["issuer of the identity token", "issuer.example.com"]),
        ({"sub": "200000000000000000002"}, 700213, ["subject of the", "subject 200000000000000000002"]),
        ({"aud": "api://other"}, 700212, ["audience of the", "audience api://other"]),
    ],
    ids=["issuer", "subject", "audience"],
)
def test_a_token_that_no_credential_matches_is_told_with_its_claims(
    trusting: LocalTenant,
    metadata: LocalMetadata,
    provider: Callable[..., TokenProvider],
    time: FakeTime,
    claims: dict[str, object],
    number: int,
    words: list[str],
) -> None:
    metadata.claims.update(claims)
    with pytest.raises(AuthenticationError) as caught:
        provider(trusting).token(SCOPE)
    assert caught.value.option == "--federated_identity"
    assert f"AADSTS{number}" in caught.value.message
    expected = {"iss": metadata.issuer, "sub": metadata.subject, "aud": "api://AzureADTokenExchange", **claims}
    for word in (*words, *map(str, expected.values())):
        assert word in caught.value.message
    assert caught.value.advice
    assert "eyJ" not in str(caught.value)
    assert time.slept == []


def test_an_expired_identity_token_is_told_with_its_time(
    trusting: LocalTenant, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    metadata.lifetime = -600
    with pytest.raises(AuthenticationError, match=r"outside of its valid time, from .* until .*Z\.") as caught:
        provider(trusting).token(SCOPE)
    assert "AADSTS700024" in caught.value.message
    assert "clock" in str(caught.value.advice)


def test_a_token_of_another_key_is_refused(
    start: Start, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    tenant = start(client_secret=None, federated_credentials=(LocalMetadata().credential(),))
    with pytest.raises(AuthenticationError, match=r"signature of the identity token .*AADSTS700027"):
        provider(tenant).token(SCOPE)


def test_an_app_without_a_federated_credential_is_told_so(
    start: Start, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    with pytest.raises(AuthenticationError, match="no federated credential of the app") as caught:
        provider(start()).token(SCOPE)
    assert metadata.subject in caught.value.message


def test_an_issuer_whose_keys_cannot_be_had_is_told(
    start: Start, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    unreachable = FederatedCredential(metadata.issuer, metadata.subject)
    with pytest.raises(AuthenticationError, match=r"could not get the keys .*AADSTS501661"):
        provider(start(client_secret=None, federated_credentials=(unreachable,))).token(SCOPE)


@pytest.mark.parametrize("number", _MISMATCHES)
def test_every_number_has_words_of_our_own(
    trusting: LocalTenant, metadata: LocalMetadata, provider: Callable[..., TokenProvider], number: int
) -> None:
    body = {
        "error": "invalid_client",
        "error_description": f"AADSTS{number}: Something else.",
        "error_codes": [number],
    }
    trusting.faults.add(Fault(TOKEN_PATH, Answer(401, body)))
    with pytest.raises(AuthenticationError, match=f"AADSTS{number}") as caught:
        provider(trusting).token(SCOPE)
    assert "Something" not in caught.value.message
    assert caught.value.advice


def test_an_unknown_number_is_told_in_the_services_words_without_the_token_that_they_repeat(
    trusting: LocalTenant, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    stolen = metadata.token("x")
    body = {"error": "x", "error_description": f"AADSTS1234567: Not {stolen} today.", "error_codes": [1234567]}
    trusting.faults.add(Fault(TOKEN_PATH, Answer(400, body)))
    with pytest.raises(AuthenticationError, match=r"Not \[token\] today.*AADSTS1234567; issuer https") as caught:
        provider(trusting).token(SCOPE)
    assert stolen[:40] not in str(caught.value)


def test_a_number_that_is_about_something_else_keeps_its_words(
    trusting: LocalTenant, provider: Callable[..., TokenProvider]
) -> None:
    with pytest.raises(AuthenticationError, match="AADSTS700016") as caught:
        provider(trusting, client_id="99999999-9999-4999-8999-999999999999").token(SCOPE)
    assert caught.value.option == "--client_id"


def test_elsewhere_than_on_google_cloud_there_is_no_metadata_server(
    trusting: LocalTenant,
    provider: Callable[..., TokenProvider],
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("GCE_METADATA_HOST", f"127.0.0.1:{port}")
    with pytest.raises(ConfigurationError, match="does not answer") as caught:
        provider(trusting).token(SCOPE)
    assert caught.value.option == "--federated_identity"
    for word in (f"127.0.0.1:{port}", "Google Cloud only", "--client_secret", "not supported"):
        assert word in str(caught.value)
    assert len(time.slept) == 2, "a new pod's server may take a moment, a laptop's never comes"
    assert sum(time.slept) < 10
    assert logins(trusting) == []


def test_a_name_that_nobody_knows_is_no_metadata_server(
    trusting: LocalTenant, provider: Callable[..., TokenProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", "metadata.invalid")
    with pytest.raises(ConfigurationError, match=r"metadata\.invalid does not answer"):
        provider(trusting).token(SCOPE)


def test_a_server_that_takes_no_calls_at_first_is_asked_again(
    trusting: LocalTenant, metadata: LocalMetadata, provider: Callable[..., TokenProvider], time: FakeTime
) -> None:
    metadata.faults.add(Fault(IDENTITY, DropBefore(), times=2))
    assert provider(trusting).token(SCOPE)
    assert asked(metadata) == [0, 0, 200]
    assert len(time.slept) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(
    trusting: LocalTenant,
    metadata: LocalMetadata,
    provider: Callable[..., TokenProvider],
    time: FakeTime,
    status: int,
) -> None:
    metadata.faults.add(Fault(IDENTITY, Answer(status), nth=1))
    assert provider(trusting).token(SCOPE)
    assert asked(metadata) == [status, 200]
    assert len(time.slept) == 1


def test_a_server_that_only_fails_is_given_up_as_the_login_service_is(
    trusting: LocalTenant, metadata: LocalMetadata, provider: Callable[..., TokenProvider]
) -> None:
    metadata.faults.add(Fault(IDENTITY, Answer(500)))
    with pytest.raises(RetryLater, match=r"metadata server at .* answered 500"):
        provider(trusting, retry=RetryPolicy(deadline=20.0)).token(SCOPE)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(404, "Not Found"), ["no service account", "run as a service account"]),
        (Answer(403, "denied"), ["may give no identity token", "workloadIdentityUser"]),
        (Answer(400, "no"), ["answered 400", "GCE_METADATA_HOST"]),
        (Answer(302, "", {"Location": "http://127.0.0.1:1/"}), ["answered 302"]),
        (Answer(200, "<html>Log in to the hotel's network</html>"), ["no identity token", "Google Cloud only"]),
    ],
    ids=["404", "403", "400", "redirect", "portal"],
)
def test_what_does_not_pass_is_told_at_once(
    trusting: LocalTenant,
    metadata: LocalMetadata,
    provider: Callable[..., TokenProvider],
    time: FakeTime,
    answer: Answer,
    words: list[str],
) -> None:
    metadata.faults.add(Fault(IDENTITY, answer))
    with pytest.raises(ConfigurationError, match="--federated_identity") as caught:
        provider(trusting).token(SCOPE)
    assert [word for word in words if word not in str(caught.value)] == []
    assert len(asked(metadata)) == 1
    assert time.slept == []
    assert logins(trusting) == []


def test_a_slow_server_is_not_waited_for_long(
    trusting: LocalTenant,
    metadata: LocalMetadata,
    provider: Callable[..., TokenProvider],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("iocbeam.clients.login.federated._READ_TIMEOUT", 0.2)
    metadata.faults.add(Fault(IDENTITY, Delay(2.0), nth=1))
    started = real_time.monotonic()
    assert provider(trusting).token(SCOPE)
    assert real_time.monotonic() - started < 1.9


def test_the_metadata_server_is_never_asked_through_a_proxy(
    trusting: LocalTenant,
    metadata: LocalMetadata,
    provider: Callable[..., TokenProvider],
    proxy: RecordingProxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    with pytest.raises(RetryLater, match="proxy"):
        provider(trusting, retry=RetryPolicy(deadline=0.5)).token(SCOPE)
    assert proxy.asked, "login goes through it"
    proxy.asked.clear()
    assert GoogleIdentity("x").token() in metadata.issued
    assert proxy.asked == []


@pytest.mark.parametrize("host", ["http://x", "user@host", "host/path", "a b", "host:port"])
def test_the_environment_names_a_host_and_no_more(
    trusting: LocalTenant, provider: Callable[..., TokenProvider], monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("GCE_METADATA_HOST", host)
    with pytest.raises(ConfigurationError, match="GCE_METADATA_HOST holds no host"):
        provider(trusting)


def test_neither_token_reaches_a_log_or_what_is_pickled(
    trusting: LocalTenant,
    metadata: LocalMetadata,
    settings: Settings,
    connect: Callable[..., DefenderClient],
    item: Callable[..., dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = connect(trusting, **GOOGLE)
    client.import_indicators([item(1)])
    assert "POST /api/indicators/import: 200" in caplog.text
    assert "event=" in caplog.text, "the library's own log was looked at"
    assert "computeMetadata" in caplog.text, "and that of the calls to the metadata server"
    assert "eyJ" not in caplog.text, "how every signed token begins"
    assert metadata.issued[0].split(".")[2] not in caplog.text
    pickled = pickle.dumps(settings(trusting, **GOOGLE))
    assert b"google" in pickled
    assert b"eyJ" not in pickled


def test_a_provider_does_not_pickle(trusting: LocalTenant, provider: Callable[..., TokenProvider]) -> None:
    made = provider(trusting)
    made.token(SCOPE)
    with pytest.raises(TypeError, match="does not pickle"):
        pickle.dumps(made)


def test_a_check_says_who_vouched(
    trusting: LocalTenant, metadata: LocalMetadata, settings: Settings, time: FakeTime
) -> None:
    checks = runner(settings, time)(trusting, **GOOGLE)
    assert failed(checks) == []
    message = one(checks, "login").message
    assert metadata.subject in message
    assert "https://accounts.google.com" in message


def test_a_check_says_what_does_not_match(
    trusting: LocalTenant, metadata: LocalMetadata, settings: Settings, time: FakeTime
) -> None:
    metadata.claims["sub"] = "200000000000000000002"
    checks = runner(settings, time)(trusting, {"sync": ()}, **GOOGLE)
    assert failed(checks) == [("login", "AADSTS700213"), ("login", "not_tried")]
    login, _ = checks
    assert "subject 200000000000000000002" in login.message
    assert login.advice.startswith("--federated_identity: ")


def test_every_kind_of_identity_has_its_source() -> None:
    assert set(_SOURCES) == set(FEDERATED_IDENTITIES)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"client_secret": "env:S"}, "give --client_secret or --federated_identity, not both"),
        ({"client_certificate": "file:p"}, "give --client_certificate or --federated_identity, not both"),
        ({"federated_identity": "aws"}, "'aws' is not one of google"),
    ],
    ids=["secret", "certificate", "kind"],
)
def test_a_connection_has_one_credential(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ConnectionSettings("t", "c", **{"federated_identity": "google", **fields})


def test_an_identity_is_a_login() -> None:
    made = ConnectionSettings("t", "c", federated_identity="google")
    made.require_login()
    assert made.has_login
    with pytest.raises(UsageError, match="--federated_identity"):
        ConnectionSettings("t", "c").require_login()


def made_of(payload: bytes) -> str:
    return f"x.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.x"


def test_claims_of_any_shape_are_told_and_do_no_harm() -> None:
    odd = read_identity(
        made_of(b'{"iss":7,"sub":"a\\u001b[31m\\nb","aud":["one",2,"two"],"exp":1e300,"iat":true,"nbf":"x"}')
    )
    assert odd is not None
    assert str(odd) == "issuer (none), subject a[31mb, audience one two"
    assert odd.valid == "from (no time) until (no time)"
    long = read_identity(made_of(b'{"sub":"' + b"x" * 5_000 + b'"}'))
    assert long is not None
    assert len(str(long)) < 300


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "a.W10.c", "<html>a.b</html>"])
def test_what_is_no_token_has_no_claims(text: str) -> None:
    assert read_identity(text) is None
