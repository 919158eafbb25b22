"""What the login service's error numbers mean where an identity token stood for the app's credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from iocbeam.model.errors import AuthenticationError

from .token_claims import IdentityClaims


class _Mismatch(NamedTuple):
    message: str
    advice: str


_PLACE: Final = "App registrations, Certificates & secrets, Federated credentials"
_LATE: Final = "One that was made or changed a moment ago takes some minutes to arrive."
_NO_KEYS: Final = _Mismatch(
    "the login service could not get the keys of the identity token's issuer",
    "If the credential has this issuer to the letter, try again later.",
)
_OWN: Final = "that Google Cloud's own metadata server answers: unset GCE_METADATA_HOST"
_TIME: Final = 700024

_AUDIENCE: Final = _Mismatch(
    "no federated credential of the app has the audience of the identity token",
    f"Give the credential this audience ({_PLACE}), or check --cloud. {_LATE}",
)

_MISMATCHES: Final[Mapping[int, _Mismatch]] = {
    700211: _Mismatch(
        "no federated credential of the app has the issuer of the identity token",
        f"Add one with this issuer ({_PLACE}), or check --client_id. {_LATE}",
    ),
    700212: _AUDIENCE,
    7002121: _AUDIENCE,
    700213: _Mismatch(
        "no federated credential of the app has the subject of the identity token",
        f"Give the credential this subject, the service account's numeric unique id ({_PLACE}), or run as the "
        f"service account that it names. {_LATE}",
    ),
    7002138: _Mismatch(
        "the federated credential has the subject of the identity token in other upper and lower case",
        f"Give the credential this subject to the letter ({_PLACE}).",
    ),
    70021: _Mismatch(
        "no federated credential of the app matches the identity token",
        f"Compare all three with the credential ({_PLACE}). {_LATE}",
    ),
    _TIME: _Mismatch(
        "the identity token is outside of its valid time",
        f"Check this machine's clock, and {_OWN}.",
    ),
    700027: _Mismatch(
        "the signature of the identity token was not accepted",
        f"Check {_OWN}.",
    ),
    501661: _NO_KEYS,
    90061: _NO_KEYS,
}
"""700211, 700212 (7002121), 700213, 7002138, 700024 and 501661 were seen in what others were answered, which names
the value that did not match. 70021 is an older form of the first three and 90061 of the last. Documented
(learn.microsoft.com, "Important considerations and restrictions for federated identity credentials") is 70021, for
the time too that a new credential needs to spread. That 700027 stands for a signature here too is a guess."""


def federated_error(number: int, identity: IdentityClaims | None, option: str) -> AuthenticationError | None:
    """The error, with what the identity token said of itself; None for a number that is about something else.

    Args:
        number: of AADSTS.
        identity: None when there was no token that could be read.
        option: the one that asked for it.
    """
    mismatch = _MISMATCHES.get(number)
    if mismatch is None:
        return None
    told = ""
    if identity is not None:
        told = f", {identity.valid}" if number == _TIME else f": {identity}"
    return AuthenticationError(
        f"{mismatch.message}{told}. (AADSTS{number})", option=option, advice=mismatch.advice
    )
