"""HTTP sessions: what to trust, which proxy, how long to wait. The same for login and for the services."""

from __future__ import annotations

import logging
import os
import ssl
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.files import local_file
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.source import NetworkSettings

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """How to reach a host.

    Attributes:
        ca_bundle: PEM file of the authorities to trust instead of the public ones, local or on another
            filesystem (`model.files`), or a local directory of them.
        verify_tls: False accepts any certificate.
        proxy: URL for every call; empty takes the environment's.
        ignore_proxies: call directly whatever the environment says.
        connect_timeout, read_timeout: seconds. Imports are slow at times: a connector that runs in
            production waits 180 seconds for an answer.
        pool_size: connections kept open.
    """

    ca_bundle: str = ""
    verify_tls: bool = True
    proxy: str = ""
    ignore_proxies: bool = False
    connect_timeout: float = 10.0
    read_timeout: float = 180.0
    pool_size: int = 16

    @classmethod
    def of(cls, connection: ConnectionSettings | NetworkSettings) -> HttpSettings:
        """The part of a connection that is about HTTP."""
        return cls(
            ca_bundle=connection.ca_bundle,
            verify_tls=connection.verify_tls,
            proxy=connection.proxy,
            ignore_proxies=connection.ignore_proxies,
        )

    @property
    def timeout(self) -> tuple[float, float]:
        """As requests takes it."""
        return (self.connect_timeout, self.read_timeout)


def open_session(settings: HttpSettings, url: str) -> requests.Session:
    """A session for `url` that nothing but `settings` configures.

    Raises:
        ConfigurationError: the CA bundle is missing or holds no certificates.
    """
    session = requests.Session()
    # The environment would replace our CA bundle (REQUESTS_CA_BUNDLE) and our token (.netrc) without a word.
    session.trust_env = False
    session.verify = _verification(settings)
    session.proxies.update(_proxies(settings, url))
    # No cookies: the services need none, and a shared jar is the one part of a session that threads contend for.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_maxsize=settings.pool_size, max_retries=0, pool_block=False)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _verification(settings: HttpSettings) -> bool | str:
    if not settings.verify_tls:
        _logger.warning("TLS certificates are not verified: anyone on the network path can read and change calls.")
        return False
    return trusted(settings.ca_bundle) if settings.ca_bundle else True


def trusted(bundle: str) -> str:
    """The path on this machine of a bundle of authorities, which is fetched if it is elsewhere.

    Raises:
        ConfigurationError: it is missing or holds no certificates.
    """
    named, bundle = bundle, local_file(bundle, "--ca_bundle")
    try:
        if os.path.isdir(bundle):
            ssl.create_default_context(capath=bundle)
        else:
            ssl.create_default_context(cafile=bundle)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{named} cannot be used ({error.strerror or type(error).__name__}).",
            option="--ca_bundle",
            advice="Give a PEM file of certificate authorities.",
        ) from None
    return bundle


def _proxies(settings: HttpSettings, url: str) -> dict[str, str]:
    if settings.ignore_proxies:
        return {}
    if settings.proxy:
        return {"http": settings.proxy, "https": settings.proxy}
    return dict(get_environ_proxies(url))
