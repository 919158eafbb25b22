"""Login: discovery, client credentials by secret and by certificate, and the refusals."""

from __future__ import annotations

import base64
import time
from datetime import datetime, timezone

import jwt
import msal
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from iocbeam.local_tenant import App, Fault, TenantProfile, TokenLifetime

SCOPE = "https://api.securitycenter.microsoft.com/.default"
BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class KeyPair:
    """A private key and a certificate for it, self-signed, as an app would register."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an app")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(datetime(2020, 1, 1, tzinfo=timezone.utc))
            .not_valid_after(datetime(2040, 1, 1, tzinfo=timezone.utc))
            .sign(self.key, hashes.SHA256())
        )
        self.certificate_pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.key_pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.sha256 = self._thumbprint(certificate.fingerprint(hashes.SHA256()))
        self.sha1 = self._thumbprint(certificate.fingerprint(hashes.SHA1()))  # noqa: S303

    @staticmethod
    def _thumbprint(digest: bytes) -> str:
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def pair():
    return KeyPair()


@pytest.fixture(scope="module")
def stranger():
    return KeyPair()


@pytest.fixture
def by_certificate(start, pair):
    """A client of an app with a secret and a certificate."""
    return start(certificate=pair.certificate_pem)


@pytest.fixture
def assertion_answer(by_certificate, pair):
    """The answer to an assertion, changed in its claims, header, key or algorithm."""

    def ask(*, key=None, algorithm="PS256", header=None, **claims):
        profile = by_certificate.profile
        endpoint = f"{by_certificate.tenant.login_url}/{profile.tenant_id}/oauth2/v2.0/token"
        now = time.time()
        payload = {
            "aud": endpoint,
            "iss": profile.client_id,
            "sub": profile.client_id,
            "iat": now,
            "exp": now + 600.5,
            **claims,
        }
        token = jwt.encode(
            payload, key or pair.key, algorithm=algorithm, headers=header or {"x5t#S256": pair.sha256}
        )
        return by_certificate.token_request(
            client_secret=None, client_assertion=token, client_assertion_type=BEARER
        )

    return ask


def msal_app(client, credential):
    return msal.ConfidentialClientApplication(
        client.profile.client_id,
        client_credential=credential,
        authority=f"{client.tenant.login_url}/{client.profile.tenant_id}",
        instance_discovery=False,
        http_client=client.session,
    )


def error_numbers(answer):
    body = answer.json()
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: ")
    return answer.status_code, body["error"], body["error_codes"]


def claims_of(answer):
    return jwt.decode(answer.json()["access_token"], options={"verify_signature": False})


def test_msal_signs_in_by_secret(client):
    result = msal_app(client, client.profile.client_secret).acquire_token_for_client([SCOPE])
    assert result["token_type"] == "Bearer"
    assert result["expires_in"] == 3599


def test_msal_signs_in_by_certificate(by_certificate, pair):
    credential = {"private_key": pair.key_pem, "public_certificate": pair.certificate_pem}
    result = msal_app(by_certificate, credential).acquire_token_for_client([SCOPE])
    assert "access_token" in result, result


def test_msal_token_opens_the_api(client):
    token = msal_app(client, client.profile.client_secret).acquire_token_for_client([SCOPE])["access_token"]
    client.session.headers["Authorization"] = f"Bearer {token}"
    assert client.list().status_code == 200


def test_discovery_gives_https_endpoints_of_the_tenant(client):
    base = f"{client.tenant.login_url}/{client.profile.tenant_id}"
    document = client.session.get(f"{base}/v2.0/.well-known/openid-configuration", timeout=10).json()
    assert document["token_endpoint"] == f"{base}/oauth2/v2.0/token"
    assert document["issuer"] == f"{base}/v2.0"
    assert document["authorization_endpoint"].startswith("https://")


def test_published_key_verifies_the_token(client):
    base = f"{client.tenant.login_url}/{client.profile.tenant_id}"
    keys = client.session.get(f"{base}/discovery/v2.0/keys", timeout=10).json()
    key = jwt.PyJWKSet.from_dict(keys).keys[0]
    token = client.token_request().json()["access_token"]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience=SCOPE.removesuffix("/.default"))
    assert claims["tid"] == client.profile.tenant_id


def test_token_answer_has_the_documented_fields(client):
    answer = client.token_request()
    assert answer.status_code == 200
    assert set(answer.json()) == {"token_type", "expires_in", "ext_expires_in", "access_token"}


def test_token_names_audience_tenant_app_and_roles(client):
    claims = claims_of(client.token_request(scope="https://api-gov.securitycenter.microsoft.us/.default"))
    assert claims["aud"] == "https://api-gov.securitycenter.microsoft.us"
    assert claims["tid"] == client.profile.tenant_id
    assert claims["appid"] == claims["azp"] == client.profile.client_id
    assert set(claims["roles"]) == {
        "Ti.ReadWrite.All",
        "Machine.Read.All",
        "Alert.Read.All",
        "File.Read.All",
        "Ip.Read.All",
        "Url.Read.All",
        "User.Read.All",
        "Score.Read.All",
        "AdvancedQuery.Read.All",
    }
    assert claims["exp"] - claims["iat"] == 3599


def test_token_of_an_app_without_roles_has_no_roles_claim(start):
    assert "roles" not in claims_of(start(roles=()).token_request())


def test_wrong_secret_is_401_7000215(client):
    answer = client.token_request(client_secret="guess")
    assert error_numbers(answer) == (401, "invalid_client", [7000215])


def test_refusal_does_not_repeat_the_secret(client):
    assert "guess-me" not in client.token_request(client_secret="guess-me").text


def test_secret_of_another_app_is_refused(start):
    other = App("33333333-3333-4333-8333-333333333333", client_secret="other-secret")
    client = start(more_apps=(other,))
    assert client.token_request(client_id=other.client_id).status_code == 401
    assert client.token_request(client_id=other.client_id, client_secret="other-secret").status_code == 200


def test_missing_secret_is_401_7000218(client):
    answer = client.token_request(client_secret=None)
    assert error_numbers(answer) == (401, "invalid_client", [7000218])


def test_unknown_app_is_400_700016(client):
    answer = client.token_request(client_id="99999999-9999-4999-8999-999999999999")
    assert error_numbers(answer) == (400, "unauthorized_client", [700016])


def test_unknown_tenant_is_400_90002(client):
    answer = client.token_request("99999999-9999-4999-8999-999999999999")
    assert error_numbers(answer) == (400, "invalid_request", [90002])


def test_discovery_of_an_unknown_tenant_is_400_90002(client):
    url = f"{client.tenant.login_url}/nobody/v2.0/.well-known/openid-configuration"
    assert error_numbers(client.session.get(url, timeout=10)) == (400, "invalid_tenant", [90002])


@pytest.mark.parametrize(
    "scope",
    [
        "https://api.securitycenter.microsoft.com",
        "https://api.securitycenter.microsoft.com/Ti.ReadWrite",
        "/.default",
        f"{SCOPE} https://graph.microsoft.com/.default",
    ],
)
def test_scope_that_is_not_one_resource_default_is_1002012(client, scope):
    assert error_numbers(client.token_request(scope=scope)) == (400, "invalid_scope", [1002012])


def test_another_grant_type_is_70003(client):
    answer = client.token_request(grant_type="password")
    assert error_numbers(answer) == (400, "unsupported_grant_type", [70003])


@pytest.mark.parametrize("name", ["client_id", "grant_type", "scope"])
def test_missing_form_field_is_900144(client, name):
    answer = client.token_request(**{name: None})
    assert error_numbers(answer) == (400, "invalid_request", [900144])
    assert f"'{name}'" in answer.json()["error_description"]


def test_token_endpoint_takes_post_only(client):
    url = f"{client.tenant.login_url}/{client.profile.tenant_id}/oauth2/v2.0/token"
    assert error_numbers(client.session.get(url, timeout=10)) == (400, "invalid_request", [900561])


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
def test_assertion_signed_by_the_registered_key_is_taken(assertion_answer, algorithm):
    assert assertion_answer(algorithm=algorithm).status_code == 200


def test_assertion_may_name_the_certificate_by_sha1(assertion_answer, pair):
    assert assertion_answer(header={"x5t": pair.sha1}).status_code == 200


def test_assertion_of_another_key_is_700027(assertion_answer, stranger):
    assert error_numbers(assertion_answer(key=stranger.key)) == (401, "invalid_client", [700027])


def test_assertion_naming_another_certificate_is_700027(assertion_answer, stranger):
    assert error_numbers(assertion_answer(header={"x5t#S256": stranger.sha256}))[2] == [700027]


def test_assertion_naming_no_certificate_is_700027(assertion_answer):
    assert error_numbers(assertion_answer(header={"kid": "1"}))[2] == [700027]


def test_assertion_that_is_no_jwt_is_700027(by_certificate):
    answer = by_certificate.token_request(
        client_secret=None, client_assertion="rubbish", client_assertion_type=BEARER
    )
    assert error_numbers(answer)[2] == [700027]


def test_assertion_to_an_app_without_certificate_is_700027(client, pair):
    token = jwt.encode({"iss": client.profile.client_id}, pair.key, algorithm="PS256")
    answer = client.token_request(client_assertion=token, client_assertion_type=BEARER)
    assert error_numbers(answer)[2] == [700027]


def test_assertion_for_another_endpoint_is_refused(assertion_answer):
    assert error_numbers(assertion_answer(aud="https://login.example/t"))[2] == [700023]


@pytest.mark.parametrize("claim", ["iss", "sub"])
def test_assertion_of_another_app_is_refused(assertion_answer, claim):
    assert error_numbers(assertion_answer(**{claim: "another"}))[2] == [700021]


def test_expired_assertion_is_refused(assertion_answer):
    assert error_numbers(assertion_answer(exp=time.time() - 1))[2] == [700024]


def test_assertion_needs_its_type(by_certificate):
    answer = by_certificate.token_request(client_secret=None, client_assertion="x")
    assert answer.status_code == 400


def test_token_lifetime_is_the_profiles(start):
    assert start(token_lifetime=120).token_request().json()["expires_in"] == 120


def test_scripted_token_lifetime_gives_an_expired_token(client):
    client.tenant.faults.add(Fault("/*/oauth2/v2.0/token", TokenLifetime(-1), times=1))
    client.sign_in()
    assert client.list().status_code == 401
    client.sign_in()
    assert client.list().status_code == 200


def test_app_of_one_tenant_is_unknown_in_the_other(start):
    ours = TenantProfile()
    theirs = TenantProfile(
        tenant_id="44444444-4444-4444-8444-444444444444", client_id="55555555-5555-4555-8555-555555555555"
    )
    client = start(ours, theirs)
    assert error_numbers(client.token_request(theirs.tenant_id))[2] == [700016]
