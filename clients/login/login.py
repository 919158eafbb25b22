"""Access tokens by client credentials, through MSAL."""

from __future__ import annotations

import logging
import re
import threading
import time
from typing import Any, Final, NoReturn

import msal
import requests

from iocbeam.model.errors import ConfigurationError, RetryLater, UsageError
from iocbeam.model.settings import ConnectionSettings

from ..http.errors import no_answer
from ..http.retry import NOTICEABLE, Fault, RetryPolicy, keep_trying
from ..http.session import HttpSettings
from ..http.user_agent import USER_AGENT
from ..http.waiting import Clock, Sleep, Waiting
from .certificate import certificate_credential
from .clouds import endpoints
from .errors import login_error
from .federated import OPTION as FEDERATED
from .federated import IdentitySource, identity_source
from .http_client import DiscoveryRefused, LoginHttp, LoginUnavailable
from .secrets import resolve_secret
from .token_claims import IdentityClaims, read_claims

_logger = logging.getLogger(__name__)

_TENANT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def _tell(fault: Fault, seconds: float) -> None:
    level = logging.WARNING if seconds >= NOTICEABLE else logging.INFO
    _logger.log(level, "%s Trying again in %.0f s.", fault.message, seconds)


class TokenProvider:
    """Gets and keeps tokens for one app in one tenant. Thread-safe.

    It holds the secret, so it does not pickle: build it where it is used. Nothing is sent before the
    first `token`.

    Args:
        connection: the tenant, the app and where the credential is.
        clock: seconds from any beginning.
        sleep: waits so many seconds.
        wall_clock: epoch seconds.
        retry: waits and deadline while the login service does not answer.
        cancel: once set, waiting ends with `RetryLater`.

    Raises:
        UsageError: tenant, app or credential is missing or malformed.
        ConfigurationError: the credential or the CA bundle cannot be used.
    """

    def __init__(
        self,
        connection: ConnectionSettings,
        *,
        clock: Clock = time.monotonic,
        sleep: Sleep = time.sleep,
        wall_clock: Clock = time.time,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        cancel: threading.Event | None = None,
    ) -> None:
        connection.require_login()
        if not _TENANT.fullmatch(connection.tenant_id):
            raise UsageError(
                "is not a tenant id.", option="--tenant_id", advice="It is the directory (tenant) id in Entra."
            )
        points = endpoints(connection)
        login_url = points.login_url
        self._authority = f"{login_url}/{connection.tenant_id}"
        self._client_id = connection.client_id
        self._credential: str | dict[str, Any]
        self._identity: IdentitySource | None = None
        self._secret = ""
        if connection.client_secret:
            self._option = "--client_secret"
            self._secret = resolve_secret(connection.client_secret, self._option)
            self._credential = self._secret
        elif connection.federated_identity:
            self._option = FEDERATED
            self._identity = identity_source(connection.federated_identity, points.exchange_audience)
            # Called by MSAL for every request that it sends, and for no token that it still has.
            self._credential = {"client_assertion": self._identity.token}
        else:
            self._option = "--client_certificate"
            self._credential = certificate_credential(resolve_secret(connection.client_certificate, self._option))
        self._http = LoginHttp(HttpSettings.of(connection), login_url, USER_AGENT, wall_clock)
        self._clock = clock
        self._wait = Waiting(sleep, cancel)
        self._retry = retry
        self._lock = threading.Lock()
        self._failed: tuple[float, RetryLater] | None = None
        self._app: Any = None
        self._http_cache: dict[str, object] = {}

    @property
    def identity(self) -> IdentityClaims | None:
        """Who vouched for the app at the last login; None before it, or where the app proved itself."""
        return self._identity.claims if self._identity is not None else None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a TokenProvider holds a secret and does not pickle; build it where it is used")

    def token(self, scope: str, force: bool = False) -> str:
        """An access token that is valid for at least five more minutes, as far as the login service allows.

        Args:
            scope: one, ending in `/.default`.
            force: not from the cache.

        Raises:
            AuthenticationError: the credentials were refused; says why and what to do.
            ConfigurationError: what answers is not a login service, or its certificate is not trusted.
            RetryLater: no answer before the deadline, or the run was cancelled.
        """
        asked = self._clock()
        with self._lock:
            if self._failed is not None and self._failed[0] > asked:
                # Whoever was before us in the queue has just spent the whole deadline on it.
                raise self._failed[1]
            try:
                return self._get(scope, force)
            except RetryLater as error:
                self._failed = (self._clock(), error)
                raise

    def _get(self, scope: str, force: bool) -> str:
        self._wait.check()
        return keep_trying(
            lambda: self._try(scope, force),
            self._retry,
            clock=self._clock,
            wait=self._wait,
            on_wait=_tell,
        )

    def close(self) -> None:
        """Give up the connections."""
        self._http.close()
        if self._identity is not None:
            self._identity.close()

    def _try(self, scope: str, force: bool) -> str:
        # MSAL keeps errors for a minute or more and gives them again without asking; every try asks.
        self._http_cache.clear()
        try:
            if self._app is None:
                self._app = self._build()
            if force:
                self._app.remove_tokens_for_client()
            answer = self._app.acquire_token_for_client([scope])
        except LoginUnavailable as error:
            raise Fault(
                error.message, retry_after=error.retry_after, status=error.status, advice=error.advice
            ) from None
        except DiscoveryRefused as error:
            raise self._refusal(error.answer, error.status) from None
        except requests.RequestException as error:
            raise no_answer(error, f"Login at {self._authority}") from None
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if isinstance(token, str) and token:
            return token
        raise self._refusal(answer if isinstance(answer, dict) else {}, None)

    def _refusal(self, answer: dict[str, Any], status: int | None) -> Exception:
        return login_error(
            answer,
            status=status,
            credential_option=self._option,
            secret=self._secret,
            identity=self.identity,
        )

    def _build(self) -> Any:
        try:
            return msal.ConfidentialClientApplication(
                self._client_id,
                client_credential=self._credential,
                authority=self._authority,
                http_client=self._http,
                http_cache=self._http_cache,
                # Would ask login.microsoftonline.com about hosts that it does not know.
                instance_discovery=False,
                # None would let MSAL_FORCE_REGION send the credentials to another host.
                azure_region=False,
            )
        except (ValueError, KeyError) as error:
            raise ConfigurationError(
                f"the login configuration of {self._authority} cannot be used ({type(error).__name__}).",
                option="--login_url",
                advice="Check that this is a login service.",
            ) from None


def roles(token: str) -> frozenset[str]:
    """The application roles that a token names, unverified: for messages and plans, not for security.

    Empty when it names none or cannot be read.
    """
    claims = read_claims(token)
    return frozenset(claims.roles or ()) if claims is not None else frozenset()
