"""The stand-in of Google Cloud's metadata server demands what the service demands."""

from __future__ import annotations

import jwt
import pytest
import requests

from iocbeam.local_tenant import Answer, Fault, LocalMetadata

PATH = "/computeMetadata/v1/instance/service-accounts/default/identity"
GOOGLE = {"Metadata-Flavor": "Google"}
ASKED = {"audience": "api://x", "format": "full"}


@pytest.fixture(scope="module")
def server():
    with LocalMetadata() as running:
        yield running


@pytest.fixture
def ask(server):
    """`ask(params, headers, path, method)`, a good call unless changed."""
    with requests.Session() as session:
        session.trust_env = False

        def call(params=ASKED, headers=GOOGLE, path=PATH, method="GET"):
            return session.request(
                method, f"http://{server.host}{path}", params=params, headers=headers, timeout=10
            )

        yield call


def test_a_token_is_text_signed_by_the_published_key(server, ask):
    answer = ask()
    assert answer.status_code == 200
    assert answer.headers["Metadata-Flavor"] == "Google"
    key = jwt.PyJWKSet.from_dict(server.key_set()).keys[0]
    claims = jwt.decode(answer.text, key, algorithms=["RS256"], audience="api://x", issuer=server.issuer)
    assert claims["sub"] == server.subject
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["google"]["compute_engine"]["project_id"] == "example"
    assert server.issued[-1] == answer.text


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"headers": {}}, 403, "Metadata-Flavor"),
        ({"headers": {"Metadata-Flavor": "google"}}, 403, "Metadata-Flavor"),
        ({"headers": {**GOOGLE, "X-Forwarded-For": "192.0.2.1"}}, 403, ""),
        ({"params": {"format": "full"}}, 400, "audience"),
        ({"params": {"audience": "", "format": "full"}}, 400, "audience"),
        ({"params": {"audience": "api://x"}}, 400, "full"),
        ({"params": {"audience": "api://x", "format": "standard"}}, 400, "full"),
        ({"path": "/computeMetadata/v1/instance/service-accounts/default/token"}, 404, ""),
        ({"path": "/"}, 404, ""),
        ({"method": "POST"}, 405, ""),
    ],
    ids=[
        "no header",
        "header in other case",
        "through a proxy",
        "no audience",
        "empty audience",
        "no format",
        "short format",
        "access token",
        "root",
        "post",
    ],
)
def test_what_is_not_asked_as_documented_is_refused(server, ask, changes, status, words):
    before = len(server.issued)
    answer = ask(**changes)
    assert answer.status_code == status
    assert words in answer.text
    assert len(server.issued) == before


def test_claims_can_be_changed_and_calls_made_to_fail(server, ask):
    server.claims["sub"] = "2"
    assert jwt.decode(ask().text, options={"verify_signature": False})["sub"] == "2"
    server.claims.clear()
    server.faults.add(Fault(PATH, Answer(500), times=1))
    assert [ask().status_code, ask().status_code] == [500, 200]


def test_stopped_it_is_absent():
    server = LocalMetadata()
    server.start()
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{server.host}{PATH}", params=ASKED, headers=GOOGLE, timeout=2)
