"""Identity tokens by which somebody else vouches for the app: what a federated credential is compared with.

A further kind is a name in `iocbeam.model.settings.FEDERATED_IDENTITIES` and an entry in `_SOURCES` here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NoReturn, Protocol

import requests

from iocbeam.model.errors import ConfigurationError

from ..http.session import HttpSettings, open_session
from ..http.user_agent import USER_AGENT
from .http_client import LoginUnavailable
from .token_claims import IdentityClaims, read_identity

OPTION: Final = "--federated_identity"

_HOST_VARIABLE: Final = "GCE_METADATA_HOST"
"""Google's own libraries go by it too (google-auth 2.62, `compute_engine/_metadata.py`)."""
_DEFAULT_HOST: Final = "metadata.google.internal"
_PATH: Final = "/computeMetadata/v1/instance/service-accounts/default/identity"
_is_host = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?").fullmatch

_CONNECT_TIMEOUT: Final = 3.0
_READ_TIMEOUT: Final = 10.0
_TRIES_WITHOUT_ANSWER: Final = 3
"""On GKE the metadata server takes no calls in the first seconds of a pod (documented)."""

_ELSEWHERE: Final = (
    "It answers on Google Cloud only (Compute Engine, Dataflow, GKE, Cloud Run). Elsewhere use --client_secret or "
    "--client_certificate: acting as a service account from another machine is not supported."
)


class IdentitySource(Protocol):
    """Who gives identity tokens."""

    @property
    def claims(self) -> IdentityClaims | None:
        """What the last token said; None before the first."""
        ...

    def token(self) -> str:
        """A token, asked for now. Nothing is kept: login asks for one only when it needs one, about once an hour.

        Raises:
            ConfigurationError: there can be none here.
            LoginUnavailable: not this time.
        """
        ...

    def close(self) -> None:
        """Give up the connections."""
        ...


class GoogleIdentity:
    """Identity tokens of the service account that this runs as, from Google Cloud's metadata server.

    Path, header and parameters: "Verify VM identity"
    (docs.cloud.google.com/compute/docs/instances/verifying-instance-identity). Google's own library sends the
    same, also on GKE and Cloud Run (google-auth 2.62, `compute_engine.IDTokenCredentials`).

    Args:
        audience: who the tokens are for.

    Raises:
        ConfigurationError: the environment names what is no host.
    """

    def __init__(self, audience: str) -> None:
        host = os.environ.get(_HOST_VARIABLE) or _DEFAULT_HOST
        if not _is_host(host):
            raise ConfigurationError(
                f"the environment variable {_HOST_VARIABLE} holds no host.",
                option=OPTION,
                advice=f"Give HOST or HOST:PORT, or unset it for {_DEFAULT_HOST}.",
            )
        self._where = f"Google Cloud's metadata server at {host}"
        self._url = f"http://{host}{_PATH}"
        self._audience = audience
        self._claims: IdentityClaims | None = None
        self._unanswered = 0
        # A proxy is another machine, with another identity or none.
        settings = HttpSettings(ignore_proxies=True, connect_timeout=_CONNECT_TIMEOUT, read_timeout=_READ_TIMEOUT)
        self._timeout = settings.timeout
        self._session = open_session(settings, self._url)
        self._session.headers.update({"User-Agent": USER_AGENT, "Metadata-Flavor": "Google"})

    @property
    def claims(self) -> IdentityClaims | None:
        """What the last token said; None before the first."""
        return self._claims

    def token(self) -> str:
        """A token, asked for now; see `IdentitySource`."""
        try:
            answer = self._session.get(
                self._url,
                params={"audience": self._audience, "format": "full"},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException:
            # Its text is left out: it says no more, at length.
            self._no_answer()
        self._unanswered = 0
        status = answer.status_code
        if status in (408, 429) or status >= 500:
            raise LoginUnavailable(f"{self._where} answered {status}.", status)
        if status != 200:
            raise self._refused(status)
        token = answer.text.strip()
        claims = read_identity(token)
        if claims is None:
            raise ConfigurationError(
                f"{self._where} answered with something that is no identity token.",
                option=OPTION,
                advice=_ELSEWHERE,
            )
        self._claims = claims
        return token

    def close(self) -> None:
        """Give up the connections."""
        self._session.close()

    def _no_answer(self) -> NoReturn:
        message = f"{self._where} does not answer."
        self._unanswered += 1
        if self._unanswered < _TRIES_WITHOUT_ANSWER:
            raise LoginUnavailable(message, advice=_ELSEWHERE) from None
        raise ConfigurationError(message, option=OPTION, advice=_ELSEWHERE) from None

    def _refused(self, status: int) -> ConfigurationError:
        if status == 404:
            # Seen on machines without a service account.
            return ConfigurationError(
                f"{self._where} knows of no service account here (404).",
                option=OPTION,
                advice="Let the machine, worker or pod run as a service account.",
            )
        if status in (401, 403):
            return ConfigurationError(
                f"{self._where} may give no identity token for this service account ({status}).",
                option=OPTION,
                advice="On GKE grant the Kubernetes service account roles/iam.workloadIdentityUser on the Google "
                "one.",
            )
        return ConfigurationError(
            f"{self._where} answered {status} and gave no identity token.",
            option=OPTION,
            advice=f"Check that {_HOST_VARIABLE}, if it is set, names the metadata server.",
        )


_SOURCES: Final[Mapping[str, Callable[[str], IdentitySource]]] = MappingProxyType({"google": GoogleIdentity})


def identity_source(kind: str, audience: str) -> IdentitySource:
    """Who vouches for the app. Nothing is asked before the first `token`.

    Args:
        kind: one of `iocbeam.model.settings.FEDERATED_IDENTITIES`.
        audience: who the tokens are for.

    Raises:
        ConfigurationError: the environment is not as that kind needs it.
    """
    return _SOURCES[kind](audience)
