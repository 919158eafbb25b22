"""Tokens from the login service."""

from __future__ import annotations

import datetime
import json
import logging
import pickle
import threading
import time as real_time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from fake_time import FakeTime
from odd_server import OddServer, Reply

from iocbeam.clients import DefenderClient, RetryPolicy, TokenProvider, connect_defender, roles
from iocbeam.local_tenant import Answer, DropBefore, Fault, LocalTenant, TokenLifetime
from iocbeam.model.errors import AuthenticationError, ConfigurationError, RetryLater, UsageError
from iocbeam.model.settings import ConnectionSettings

SCOPE = "https://api.securitycenter.microsoft.com/.default"
TOKEN_PATH = "*/oauth2/v2.0/token"
Start = Callable[..., LocalTenant]
Settings = Callable[..., ConnectionSettings]


def make_certificate() -> tuple[str, str]:
    """PEMs of a private key and of its certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "app")])
    day = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(day)
        .not_valid_after(day + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private = key.private_bytes(pem, form, serialization.NoEncryption()).decode()
    return private, certificate.public_bytes(pem).decode()


@pytest.fixture(scope="module")
def key_and_certificate() -> tuple[str, str]:
    return make_certificate()


@pytest.fixture
def provider(settings: Settings, time: FakeTime) -> Callable[..., TokenProvider]:
    def make(tenant: LocalTenant, **changes: Any) -> TokenProvider:
        return TokenProvider(settings(tenant, **changes), clock=time.clock, sleep=time.sleep)

    return make


def logins(tenant: LocalTenant) -> list[int]:
    """Statuses of the token requests."""
    return [asked.status for asked in tenant.requests if asked.path.endswith("/token")]


def test_a_secret_gives_a_token_with_the_apps_roles(start: Start, provider: Callable[..., TokenProvider]) -> None:
    tenant = start(roles=("Ti.ReadWrite.All", "Alert.Read.All", "Policy.Read.All"))
    assert roles(provider(tenant).token(SCOPE)) == {"Ti.ReadWrite.All", "Alert.Read.All"}


def test_a_certificate_gives_a_token(
    start: Start, settings: Settings, time: FakeTime, tmp_path: Path, key_and_certificate: tuple[str, str]
) -> None:
    key, certificate = key_and_certificate
    _, other = make_certificate()
    path = tmp_path / "app.pem"
    # In the order in which openssl writes a chain: not always the key's own certificate first.
    path.write_text(key + other + certificate)
    tenant = start(certificate=certificate, client_secret=None)
    connection = settings(tenant, client_secret="", client_certificate=f"file:{path}")
    client = connect_defender(connection, dry_run=True, clock=time.clock, sleep=time.sleep)
    assert client.list_indicators() == []
    client.close()


def test_a_certificate_without_its_key_is_refused_before_anything_is_sent(
    tenant: LocalTenant,
    provider: Callable[..., TokenProvider],
    tmp_path: Path,
    key_and_certificate: tuple[str, str],
) -> None:
    key, certificate = key_and_certificate
    stranger, _ = make_certificate()
    encrypted = (
        serialization.load_pem_private_key(key.encode(), None)
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"pw"),
        )
        .decode()
    )
    broken = key.replace("MII", "!!!", 1)
    for pem in ("", certificate, key, stranger + certificate, encrypted + certificate, broken + certificate):
        path = tmp_path / "app.pem"
        path.write_text(pem)
        with pytest.raises(ConfigurationError, match="--client_certificate") as caught:
            provider(tenant, client_secret="", client_certificate=f"file:{path}")
        assert "PRIVATE KEY" not in str(caught.value)
    assert tenant.requests == []


@pytest.mark.parametrize(
    ("number", "option", "words"),
    [
        (7000215, "--client_secret", "secret is wrong"),
        (7000222, "--client_secret", "expired"),
        (700016, "--client_id", "not in this tenant"),
        (90002, "--tenant_id", "not found"),
        (7000218, "--client_secret", "credential"),
        (700027, "--client_secret", "certificate"),
        (1234567, "--client_secret", "Something else"),
    ],
)
def test_an_error_of_login_is_told_in_words_with_what_to_do(
    tenant: LocalTenant, provider: Callable[..., TokenProvider], number: int, option: str, words: str
) -> None:
    body = {
        "error": "invalid_client",
        "error_description": f"AADSTS{number}: Something else with local-secret. Trace ID: t-1\r\nTimestamp: x",
        "error_codes": [number],
    }
    tenant.faults.add(Fault(TOKEN_PATH, Answer(401, body)))
    with pytest.raises(AuthenticationError) as caught:
        provider(tenant).token(SCOPE)
    assert caught.value.option == option
    assert words in caught.value.message
    assert f"AADSTS{number}" in caught.value.message
    assert caught.value.advice
    assert "local-secret" not in str(caught.value)
    assert "Trace ID" not in str(caught.value)
    assert len(logins(tenant)) == 1


@pytest.mark.parametrize(
    ("changes", "number"),
    [
        ({"client_secret": "env:WRONG_SECRET"}, 7000215),
        ({"client_id": "99999999-9999-4999-8999-999999999999"}, 700016),
        ({"tenant_id": "99999999-9999-4999-8999-999999999999"}, 90002),
        ({"defender_scope": "https://x"}, 1002012),
    ],
)
def test_wrong_settings_are_refused_by_the_login_service(
    tenant: LocalTenant,
    settings: Settings,
    time: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, str],
    number: int,
) -> None:
    monkeypatch.setenv("WRONG_SECRET", "hunter2")
    client = connect_defender(settings(tenant, **changes), dry_run=True, clock=time.clock, sleep=time.sleep)
    with pytest.raises(AuthenticationError, match=f"AADSTS{number}") as caught:
        client.list_indicators()
    assert "hunter2" not in str(caught.value)
    assert time.slept == []


def test_another_certificate_is_refused(
    start: Start,
    provider: Callable[..., TokenProvider],
    tmp_path: Path,
    key_and_certificate: tuple[str, str],
) -> None:
    tenant = start(certificate=key_and_certificate[1])
    path = tmp_path / "app.pem"
    path.write_text("".join(make_certificate()))
    with pytest.raises(AuthenticationError, match="AADSTS700027") as caught:
        provider(tenant, client_secret="", client_certificate=f"file:{path}").token(SCOPE)
    assert caught.value.option == "--client_certificate"


def test_errors_of_login_are_not_cached(tenant: LocalTenant, provider: Callable[..., TokenProvider]) -> None:
    refusal = {"error": "unauthorized_client", "error_description": "AADSTS700016: no", "error_codes": [700016]}
    tenant.faults.add(Fault(TOKEN_PATH, Answer(400, refusal), nth=1))
    provider_ = provider(tenant)
    with pytest.raises(AuthenticationError):
        provider_.token(SCOPE)
    assert provider_.token(SCOPE)
    assert logins(tenant) == [400, 200]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_login_is_tried_again_while_it_does_not_answer(
    tenant: LocalTenant, provider: Callable[..., TokenProvider], time: FakeTime, status: int
) -> None:
    tenant.faults.add(Fault(TOKEN_PATH, Answer(status, retry_after=9), nth=1))
    tenant.faults.add(Fault(TOKEN_PATH, DropBefore(), nth=2))
    tenant.faults.add(Fault(TOKEN_PATH, Answer(200, "<html>"), nth=3))
    tenant.faults.add(Fault("*/openid-configuration", Answer(503), nth=1))
    assert provider(tenant).token(SCOPE)
    assert logins(tenant) == [status, 0, 200, 200]
    assert time.slept[1] == 9.0
    assert len(time.slept) == 4


def test_a_temporary_error_is_tried_again(
    tenant: LocalTenant, provider: Callable[..., TokenProvider], time: FakeTime
) -> None:
    body = {"error": "invalid_request", "error_description": "AADSTS90033: Try again.", "error_codes": [90033]}
    tenant.faults.add(Fault(TOKEN_PATH, Answer(400, body), nth=1))
    assert provider(tenant).token(SCOPE)
    assert len(time.slept) == 1


def test_a_login_that_never_answers_is_given_up(
    tenant: LocalTenant, provider: Callable[..., TokenProvider], time: FakeTime
) -> None:
    tenant.faults.add(Fault(TOKEN_PATH, Answer(503)))
    with pytest.raises(RetryLater, match="503") as caught:
        provider(tenant).token(SCOPE)
    assert type(caught.value) is RetryLater
    assert 200 < sum(time.slept) <= RetryPolicy().deadline


def test_a_token_is_kept_until_a_new_one_is_forced(
    tenant: LocalTenant, provider: Callable[..., TokenProvider]
) -> None:
    provider_ = provider(tenant)
    for _ in range(3):
        provider_.token(SCOPE)
    assert len(logins(tenant)) == 1
    provider_.token(SCOPE, force=True)
    provider_.token(SCOPE)
    assert len(logins(tenant)) == 2


def test_threads_log_in_once(tenant: LocalTenant, provider: Callable[..., TokenProvider]) -> None:
    provider_ = provider(tenant)
    pool = [threading.Thread(target=provider_.token, args=(SCOPE,)) for _ in range(8)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join(20)
    assert len(logins(tenant)) == 1


def test_a_token_that_is_about_to_expire_is_renewed(
    tenant: LocalTenant, provider: Callable[..., TokenProvider]
) -> None:
    tenant.faults.add(Fault(TOKEN_PATH, TokenLifetime(299), nth=1))
    provider_ = provider(tenant)
    for _ in range(3):
        provider_.token(SCOPE)
    assert len(logins(tenant)) == 2


def test_the_token_is_renewed_when_it_expires_in_mid_run(
    start: Start, connect: Callable[..., DefenderClient], item: Callable[..., dict[str, Any]]
) -> None:
    """By the service's clock only: ours still takes the token for a good one."""
    later = [0.0]
    tenant = start(clock=lambda: real_time.time() + later[0])
    client = connect(tenant)
    client.import_indicators([item(1)])
    later[0] = 7_200.0
    client.import_indicators([item(2)])
    assert client.requests == {"POST /api/indicators/import": {"200": 2, "401": 1}}
    assert len(logins(tenant)) == 2
    assert len(tenant.rows()) == 2


def test_ca_bundle_is_not_overridden_by_the_environment(
    tenant: LocalTenant,
    connect: Callable[..., DefenderClient],
    odd: Callable[..., OddServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = odd(Reply()).ca_bundle
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", other)
    monkeypatch.setenv("CURL_CA_BUNDLE", other)
    assert connect(tenant).list_indicators() == []


def test_a_login_host_that_is_not_trusted_stops_at_once(
    tenant: LocalTenant, provider: Callable[..., TokenProvider], time: FakeTime
) -> None:
    with pytest.raises(ConfigurationError, match="--ca_bundle"):
        provider(tenant, ca_bundle="").token(SCOPE)
    assert time.slept == []


def test_a_forced_region_in_the_environment_is_ignored(
    tenant: LocalTenant, provider: Callable[..., TokenProvider], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSAL_FORCE_REGION", "westeurope")
    assert provider(tenant).token(SCOPE)


def discovery(token_endpoint: str) -> Reply:
    document = {
        "issuer": "https://x/t/v2.0",
        "authorization_endpoint": "https://x/t/authorize",
        "token_endpoint": token_endpoint,
    }
    return Reply(200, json.dumps(document).encode(), {"Content-Type": "application/json"})


def test_credentials_do_not_go_to_a_host_that_discovery_names(
    tenant: LocalTenant,
    provider: Callable[..., TokenProvider],
    odd: Callable[..., OddServer],
) -> None:
    other = odd(Reply(200, b"{}"))
    server = odd(discovery(f"{other.url}/t/oauth2/v2.0/token"))
    with pytest.raises(ConfigurationError, match="another host"):
        provider(tenant, login_url=server.url, ca_bundle=server.ca_bundle).token(SCOPE)
    assert other.asked == []


def test_a_redirect_of_the_login_service_is_refused(
    tenant: LocalTenant, provider: Callable[..., TokenProvider], odd: Callable[..., OddServer]
) -> None:
    other = odd(Reply(200, b"{}"))
    server = odd(Reply(307, headers={"Location": other.url}))
    with pytest.raises(ConfigurationError, match="redirect"):
        provider(tenant, login_url=server.url, ca_bundle=server.ca_bundle).token(SCOPE)
    assert other.asked == []


@pytest.mark.parametrize("document", [discovery("http://127.0.0.1/t/token"), Reply(200, b"{}"), Reply(404, b"{}")])
def test_what_is_no_login_service_is_named(
    tenant: LocalTenant,
    provider: Callable[..., TokenProvider],
    odd: Callable[..., OddServer],
    document: Reply,
) -> None:
    server = odd(document)
    with pytest.raises((ConfigurationError, AuthenticationError), match="login"):
        provider(tenant, login_url=server.url, ca_bundle=server.ca_bundle).token(SCOPE)


def test_the_given_proxy_is_used_for_login_too(
    tenant: LocalTenant, settings: Settings, time: FakeTime, proxy: Any
) -> None:
    connection = settings(tenant, proxy=proxy.url)
    impatient = TokenProvider(connection, clock=time.clock, sleep=time.sleep, retry=RetryPolicy(deadline=0.5))
    with pytest.raises(RetryLater, match="proxy"):
        impatient.token(SCOPE)
    assert tenant.requests == []
    assert proxy.asked[0].startswith("CONNECT ")


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"tenant_id": ""}, "--tenant_id"),
        ({"tenant_id": "../other"}, "--tenant_id"),
        ({"client_id": ""}, "--client_id"),
        ({"client_secret": ""}, "--client_secret"),
        ({"client_secret": "hunter2"}, "--client_secret"),
    ],
)
def test_what_is_missing_to_log_in_is_named(
    tenant: LocalTenant, settings: Settings, changes: dict[str, str], option: str
) -> None:
    with pytest.raises(UsageError) as caught:
        connect_defender(settings(tenant, **changes), dry_run=True)
    assert caught.value.option == option
    assert "hunter2" not in str(caught.value)


def test_a_provider_does_not_pickle(tenant: LocalTenant, provider: Callable[..., TokenProvider]) -> None:
    with pytest.raises(TypeError, match="does not pickle"):
        pickle.dumps(provider(tenant))


def test_secret_and_token_reach_no_log(
    tenant: LocalTenant,
    connect: Callable[..., DefenderClient],
    item: Callable[..., dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither ours nor those of the libraries, at any level."""
    monkeypatch.setenv("TENANT_SECRET", "local-secret")
    caplog.set_level(logging.DEBUG)
    client = connect(tenant)
    client.import_indicators([item(1)])
    token = client._edge.access_token()
    assert "POST /api/indicators/import: 200" in caplog.text
    assert "local-secret" not in caplog.text
    assert token not in caplog.text
    assert token.split(".")[2] not in caplog.text


def test_a_signed_assertion_reaches_no_log(
    start: Start,
    provider: Callable[..., TokenProvider],
    tmp_path: Path,
    key_and_certificate: tuple[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    tenant = start(certificate=key_and_certificate[1])
    path = tmp_path / "app.pem"
    path.write_text("".join(key_and_certificate))
    caplog.set_level(logging.DEBUG)
    assert provider(tenant, client_secret="", client_certificate=f"file:{path}").token(SCOPE)
    assert "event=" in caplog.text, "the library's own log was looked at"
    assert "eyJ" not in caplog.text, "how every signed token begins"
    assert "PRIVATE KEY" not in caplog.text


def test_the_roles_of_an_opaque_or_broken_token_are_none() -> None:
    for token in ("", "opaque", "a.b.c", "a.e30.c", "a.WzFd.c", "é.é.é", "a.eyJyb2xlcyI6ICJ4In0.c"):
        assert roles(token) == frozenset()
