"""How an app proves itself at the token endpoint: by secret, by certificate, or by who vouches for it.

A further kind of proof is a further entry in `prove`: a function that raises `LoginError`.
"""

from __future__ import annotations

import base64
import hmac
from typing import Any, TypeGuard

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.datastructures import MultiDict

from ..profile import App
from .errors import LoginError, assertion_error
from .federated_proof import check_identity, unverified_claims
from .tokens import InvalidToken, signed_claims

_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def prove(app: App, form: MultiDict[str, str], token_endpoint: str, now: float) -> str:
    """Raise `LoginError` unless the form proves that it comes from `app`.

    Returns the kind of proof as tokens name it: "1" a secret, "2" an assertion.
    """
    if "client_assertion" in form:
        _check_assertion(app, form, token_endpoint, now)
        return "2"
    if "client_secret" in form:
        _check_secret(app, form["client_secret"])
        return "1"
    # Observed text and number.
    text = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
    raise LoginError(401, "invalid_client", 7000218, text)


def _check_secret(app: App, secret: str) -> None:
    if app.client_secret is None or not hmac.compare_digest(app.client_secret.encode(), secret.encode()):
        text = f"Invalid client secret provided for app '{app.client_id}'."
        raise LoginError(401, "invalid_client", 7000215, text)


def _check_assertion(app: App, form: MultiDict[str, str], token_endpoint: str, now: float) -> None:
    """A JWT signed by the registered certificate's key, made for this endpoint and still valid; or one of another
    issuer that a federated credential of the app names.

    Numbers 700027 (signature) and 700024 (time) are observed; 700023 (audience) and 700021 (another
    app) are our choice.
    """
    if form.get("client_assertion_type") != _JWT_BEARER:
        raise LoginError(400, "invalid_request", 900144, f"client_assertion_type must be '{_JWT_BEARER}'.")
    assertion = form["client_assertion"]
    issuer = unverified_claims(assertion).get("iss")
    if issuer != app.client_id and (app.federated_credentials or (issuer and app.certificate is None)):
        check_identity(app.federated_credentials, assertion, now)
        return
    claims = _signed_claims(app, assertion)
    if not claims.get("iss") == claims.get("sub") == app.client_id:
        raise assertion_error(700021, "Client assertion does not name the app in 'client_id'.")
    if claims.get("aud") != token_endpoint:
        raise assertion_error(700023, "Client assertion audience is not this token endpoint.")
    # Observed: both may have a fraction.
    expires, not_before = claims.get("exp"), claims.get("nbf", now)
    if not (_is_number(expires) and _is_number(not_before) and not_before <= now < expires):
        raise assertion_error(700024, "Client assertion is not within its valid time range.")


def _signed_claims(app: App, assertion: str) -> dict[str, Any]:
    """The claims, when the header names the registered certificate and its key signed them."""
    if app.certificate is None:
        raise assertion_error(700027, "The certificate used to sign is not registered on the app.")
    certificate = x509.load_pem_x509_certificate(app.certificate.encode())
    public_key = certificate.public_key()
    if not isinstance(public_key, rsa.RSAPublicKey):
        raise assertion_error(700027, "The registered certificate has no RSA key.")
    try:
        header = jwt.get_unverified_header(assertion)
        claims = signed_claims(assertion, public_key, ["PS256", "RS256"])
    except (InvalidToken, jwt.InvalidTokenError) as error:
        raise assertion_error(700027, "Client assertion failed signature validation.") from error
    thumbprints = {
        "x5t#S256": _thumbprint(certificate, hashes.SHA256()),
        "x5t": _thumbprint(certificate, hashes.SHA1()),  # noqa: S303 - names a certificate, protects nothing
    }
    named = {name: header[name] for name in thumbprints if name in header}
    if not named or any(thumbprints[name] != value.rstrip("=") for name, value in named.items()):
        raise assertion_error(700027, "The key named by the client assertion was not found.")
    return claims


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float))


def _thumbprint(certificate: x509.Certificate, algorithm: hashes.HashAlgorithm) -> str:
    return base64.urlsafe_b64encode(certificate.fingerprint(algorithm)).rstrip(b"=").decode()
