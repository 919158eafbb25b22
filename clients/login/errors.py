"""What the login service's error numbers mean and what to do about them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import AuthenticationError

from ..http.retry import Fault
from .federated import OPTION as FEDERATED
from .federated_errors import federated_error
from .token_claims import IdentityClaims


class _Explanation(NamedTuple):
    option: str | None
    """Empty: the credential's own option; None: no option has to do with it."""
    message: str
    advice: str


_EXPLAINED: Final[Mapping[int, _Explanation]] = {
    7000215: _Explanation(
        "", "the client secret is wrong.", "Use the secret's value, not its id, and check that it is this app's."
    ),
    7000222: _Explanation("", "the client secret has expired.", "Create a new one in the app registration."),
    7000216: _Explanation(
        "", "a credential is missing.", "Give --client_secret, --client_certificate or --federated_identity."
    ),
    7000218: _Explanation(
        "",
        "the login service asks for a credential that this app does not send.",
        "Check that the app registration is a confidential client with a secret or certificate.",
    ),
    7000212: _Explanation(
        "", "no federated credential of the app matches.", "Compare issuer, subject and audience."
    ),
    7000214: _Explanation("", "the certificate has been revoked.", "Upload another one to the app registration."),
    1000502: _Explanation(
        "", "the certificate is not within its valid time.", "Upload one that is, and check this machine's clock."
    ),
    700025: _Explanation(
        "",
        "the app is registered as a public client, which has no credential.",
        "Turn off 'Allow public client flows' in the app registration, or register another app.",
    ),
    7000229: _Explanation(
        "--client_id",
        "the application has no service principal in this tenant.",
        "Have an administrator of the tenant consent to the app.",
    ),
    700016: _Explanation(
        "--client_id",
        "the application is not in this tenant.",
        "Check --client_id and --tenant_id, and that the app was consented to in this tenant and cloud.",
    ),
    700027: _Explanation(
        "",
        "the certificate does not prove who the app is.",
        "Upload this certificate to the app registration, check its expiry and this machine's clock.",
    ),
    700024: _Explanation("", "the proof of identity is outside of its valid time.", "Check this machine's clock."),
    7000112: _Explanation("--client_id", "the application is disabled.", "Enable it in Enterprise applications."),
    90002: _Explanation(
        "--tenant_id",
        "the tenant was not found.",
        "Check the directory id, and that --cloud is the cloud that it is in.",
    ),
    90038: _Explanation(
        "--cloud", "the tenant is in another national cloud.", "Give the cloud in which it was created."
    ),
    900382: _Explanation(
        "--cloud", "the app is registered in another national cloud.", "Give the cloud in which the tenant is."
    ),
    900023: _Explanation("--tenant_id", "is not a tenant id.", "It is the directory (tenant) id in Entra."),
    500011: _Explanation(
        "--defender_scope",
        "the service that the token is for is not in this tenant.",
        "Check --cloud, and that the tenant has Defender for Endpoint.",
    ),
    70011: _Explanation("--defender_scope", "is not a scope of one service.", "It ends in /.default."),
    1002012: _Explanation("--defender_scope", "is not a scope of one service.", "It ends in /.default."),
    53003: _Explanation(
        None, "a conditional access policy blocks this login.", "Ask for an exception for this app's location."
    ),
    53000: _Explanation(
        None, "a conditional access policy blocks this login.", "Ask for an exception for this app."
    ),
}
"""Documented (learn.microsoft.com, "Microsoft Entra authentication and authorization error codes"), but for
7000214, 7000229, 900382 and 1000502, which were observed."""

_PASSING: Final = frozenset({90006, 90024, 90033})
"""Documented as temporary."""

_NUMBER: Final = re.compile(r"AADSTS(\d+)")
_TOKEN: Final = re.compile(r"\beyJ[\w-]*\.[\w-]+\.[\w-]*")
"""How every signed token looks."""
_TAIL: Final = re.compile(r"\s*(?:Trace ID|Correlation ID|\r|\n).*", re.DOTALL)


def login_error(
    answer: Mapping[str, Any],
    *,
    status: int | None,
    credential_option: str,
    secret: str,
    identity: IdentityClaims | None = None,
) -> AuthenticationError | Fault:
    """The consequence of an OAuth error answer.

    Args:
        answer: `error`, `error_description`, `error_codes` as the login service gave them.
        status: HTTP status when it is known.
        credential_option: `--client_secret`, `--client_certificate` or `--federated_identity`.
        secret: cut out, should the service repeat it. Tokens are cut out in any case.
        identity: what the identity token said of itself, where one stood for the credential.
    """
    number = _number(answer)
    name = f"AADSTS{number}" if number else str(answer.get("error", "no error code"))[:100]
    if number in _PASSING or answer.get("error") in ("temporarily_unavailable", "server_error"):
        return Fault(f"The login service is not available ({name}).", status=status)
    if credential_option == FEDERATED:
        mismatch = federated_error(number, identity, credential_option)
        if mismatch is not None:
            return mismatch
    known = _EXPLAINED.get(number)
    if known is not None:
        return AuthenticationError(
            f"{known.message} ({name})",
            option=credential_option if known.option == "" else known.option,
            advice=known.advice,
        )
    words = _TAIL.sub("", str(answer.get("error_description", ""))) or "no explanation"
    if secret:
        words = words.replace(secret, "[secret]")
    words = _TOKEN.sub("[token]", words)
    if identity is not None:
        name = f"{name}; {identity}"
    return AuthenticationError(
        f"the login service refused the credentials: {words[:300]} ({name})",
        option=credential_option,
        advice="The number is explained at https://login.microsoftonline.com/error.",
    )


def _number(answer: Mapping[str, Any]) -> int:
    """The first AADSTS number; 0 if there is none."""
    codes = answer.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    found = _NUMBER.search(str(answer.get("error_description", "")))
    return int(found.group(1)) if found else 0
