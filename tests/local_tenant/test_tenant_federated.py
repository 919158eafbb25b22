"""The token endpoint's check of identity tokens against the federated credentials of an app."""

from __future__ import annotations

import dataclasses

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tenant_client import Clock

from iocbeam.local_tenant import App, LocalMetadata

BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
EXCHANGE = "api://AzureADTokenExchange"
CLOCK = Clock()


@pytest.fixture(scope="module")
def google():
    return LocalMetadata(clock=CLOCK)


@pytest.fixture
def ask(start, google):
    """The answer to an identity token of the service account: `ask(sub=…)` changes its claims, `token=…` sends
    another one, `credential` changes what the app trusts."""
    google.claims.clear()
    google.lifetime = 3600

    def run(*, token=None, credential=None, form=None, profile=None, **claims):
        trusted = dataclasses.replace(google.credential(), **(credential or {}))
        fields = {"federated_credentials": (trusted,), "clock": CLOCK, **(profile or {})}
        client = start(**fields)
        google.claims = claims
        made = token or google.token(EXCHANGE)
        fields = {"client_secret": None, "client_assertion": made, "client_assertion_type": BEARER, **(form or {})}
        return client.token_request(**fields)

    return run


def refused(answer):
    body = answer.json()
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: ")
    return answer.status_code, body["error"], body["error_codes"][0]


def test_a_token_that_matches_gives_an_access_token(ask):
    answer = ask()
    assert answer.status_code == 200
    claims = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})
    assert claims["appidacr"] == "2"
    assert "Ti.ReadWrite.All" in claims["roles"]


def test_the_same_token_is_taken_again(start, google):
    google.claims.clear()
    client = start(federated_credentials=(google.credential(),), clock=CLOCK)
    token = google.token(EXCHANGE)
    for _ in range(2):
        answer = client.token_request(client_secret=None, client_assertion=token, client_assertion_type=BEARER)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("claims", "number", "word"),
    [
        ({"iss": "https://accounts.google.com/"}, 700211, "issuer 'https://accounts.google.com/'"),
        ({"iss": ""}, 700211, "issuer ''"),
        ({"sub": "100000000000000000002"}, 700213, "subject '100000000000000000002'"),
        ({"sub": "iocbeam@example.iam.gserviceaccount.com"}, 700213, "subject 'iocbeam@"),
        ({"aud": "api://azureadtokenexchange"}, 700212, "audience 'api://azureadtokenexchange'"),
        ({"aud": "api://AzureADTokenExchangeUSGov"}, 700212, "audience 'api://AzureADTokenExchangeUSGov'"),
    ],
    ids=["issuer with a slash", "no issuer", "another account", "its address", "audience in lower case", "cloud"],
)
def test_a_claim_that_differs_is_named(ask, claims, number, word):
    answer = ask(**claims)
    assert refused(answer) == (401, "invalid_client", number)
    assert word in answer.json()["error_description"]


def test_a_subject_in_other_case_has_a_number_of_its_own(ask):
    answer = ask(credential={"subject": "Account-A"}, sub="account-a")
    assert refused(answer)[2] == 7002138


@pytest.mark.parametrize(
    ("claims", "at"),
    [
        ({"exp": CLOCK.now}, 0),
        ({}, 3600),
        ({"nbf": CLOCK.now + 1}, 0),
        ({"iat": CLOCK.now + 1}, 0),
        ({"exp": None}, 0),
        ({"exp": "soon"}, 0),
    ],
    ids=["expired", "an hour later", "not yet", "from the future", "no end", "no number"],
)
def test_a_token_outside_of_its_time_is_700024(ask, claims, at):
    google_now = CLOCK.now
    answer = ask(profile={"clock": lambda: google_now + at}, **claims)
    assert refused(answer) == (401, "invalid_client", 700024)
    assert "valid time range" in answer.json()["error_description"]


def test_a_token_in_its_last_second_is_taken(ask):
    assert ask(profile={"clock": lambda: CLOCK.now + 3599.9}).status_code == 200


def test_a_signature_by_another_key_is_refused(ask, google):
    stranger = LocalMetadata(clock=CLOCK)
    assert refused(ask(token=stranger.token(EXCHANGE)))[2] == 700027
    own_key_id = jwt.get_unverified_header(google.token(EXCHANGE))["kid"]
    forged = jwt.encode(
        jwt.decode(google.token(EXCHANGE), options={"verify_signature": False}),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        algorithm="RS256",
        headers={"kid": own_key_id},
    )
    assert refused(ask(token=forged))[2] == 700027


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_a_signature_by_the_key_is_refused(ask, google, algorithm):
    claims = jwt.decode(google.token(EXCHANGE), options={"verify_signature": False})
    header = {"kid": jwt.get_unverified_header(google.token(EXCHANGE))["kid"]}
    key = "x" * 64 if algorithm == "HS256" else None
    token = jwt.encode(claims, key, algorithm=algorithm, headers=header)
    assert refused(ask(token=token))[2] == 700027


def test_what_is_no_token_is_50027(ask):
    assert refused(ask(token="rubbish"))[2] == 50027


def test_an_issuer_that_cannot_be_reached_is_501661(ask):
    assert refused(ask(credential={"keys": None})) == (400, "invalid_request", 501661)


def test_the_type_of_the_assertion_is_needed(ask):
    assert refused(ask(form={"client_assertion_type": "jwt"}))[2] == 900144


def test_an_app_without_federated_credentials_trusts_nobody(ask):
    assert refused(ask(profile={"federated_credentials": ()}))[2] == 700211


def test_the_credential_of_one_app_is_not_that_of_another(ask, google):
    other = App("33333333-3333-4333-8333-333333333333", federated_credentials=(google.credential(),))
    form = {"client_id": other.client_id}
    profile = {"federated_credentials": (), "more_apps": (other,)}
    assert ask(profile=profile, form=form).status_code == 200
    assert refused(ask(profile=profile))[2] == 700211


def test_a_secret_and_a_federated_credential_stand_side_by_side(start, google):
    client = start(federated_credentials=(google.credential(),), clock=CLOCK)
    assert client.token_request().status_code == 200
