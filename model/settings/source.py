"""Settings of the sources that are services: where a collection is, and how to log in there.

Secrets are references (`env:NAME`, `file:PATH` ...); their values never stand here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from ..errors import UsageError
from .checks import at_least

_REFERENCE: Final = "Give a reference such as env:NAME or file:PATH."

_moment = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z", re.ASCII).fullmatch


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How to reach a source.

    Attributes:
        ca_bundle: PEM file of the authorities to trust instead of the public ones.
        verify_tls: False only by `--no_tls_verify`.
        proxy: URL for every call; empty takes the environment's.
        ignore_proxies: call directly whatever the environment says.
    """

    ca_bundle: str = ""
    verify_tls: bool = True
    proxy: str = ""
    ignore_proxies: bool = False


@dataclass(frozen=True, slots=True)
class ThreatQSettings:
    """A data collection in ThreatQ.

    Attributes:
        host: URL of the ThreatQ, without a path.
        collection: the collection's hash, or the name of the saved search.
        client_id: of API credentials, or the public one that goes with a user.
        client_secret: reference; of API credentials.
        username: of a user, in place of a client secret.
        password: reference; the user's.
        page_size: objects in a page.
    """

    host: str
    collection: str
    client_id: str = ""
    client_secret: str = ""
    username: str = ""
    password: str = ""
    page_size: int = 500
    network: NetworkSettings = field(default_factory=NetworkSettings)

    def __post_init__(self) -> None:
        _needed(self.host, "--threatq_url", "Write it as https://threatq.example.com.")
        _https(self.host, "--threatq_url", path=False)
        _needed(self.collection, "--threatq_collection", "Give the collection's hash, or its name.")
        _needed(self.client_id, "--threatq_client_id", "It is the id of the API credentials.")
        if self.client_secret and (self.username or self.password):
            raise UsageError("give --threatq_client_secret, or a user's name and password, not both.")
        if self.username or self.password:
            _needed(self.username, "--threatq_username", "It goes with --threatq_password.")
            _needed(self.password, "--threatq_password", f"It goes with --threatq_username. {_REFERENCE}")
        else:
            user = "or give --threatq_username and --threatq_password."
            _needed(self.client_secret, "--threatq_client_secret", f"{_REFERENCE[:-1]}, {user}")
        at_least(self.page_size, 1, "--threatq_page_size")

    @property
    def is_part(self) -> bool:
        """Whether only a part of the collection is asked for, so that what is absent says nothing."""
        return False


@dataclass(frozen=True, slots=True)
class TaxiiSettings:
    """A collection on a TAXII 2.1 server.

    Attributes:
        api_root: URL.
        collection: id of the collection.
        username, password: for Basic; the password is a reference.
        token: reference; a bearer token in their place.
        added_after: RFC 3339; only objects that were added later. Empty reads all.
        page_size: objects asked for in a page.
    """

    api_root: str
    collection: str
    username: str = ""
    password: str = ""
    token: str = ""
    added_after: str = ""
    page_size: int = 1_000
    network: NetworkSettings = field(default_factory=NetworkSettings)

    def __post_init__(self) -> None:
        _needed(self.api_root, "--taxii_url", "It is the API root, such as https://taxii.example.com/api1/.")
        _https(self.api_root, "--taxii_url", path=True)
        _needed(self.collection, "--taxii_collection", "It is the id that the server lists.")
        if self.token and (self.username or self.password):
            raise UsageError("give --taxii_token, or a user's name and password, not both.")
        if self.username or self.password:
            _needed(self.username, "--taxii_username", "It goes with --taxii_password.")
            _needed(self.password, "--taxii_password", f"It goes with --taxii_username. {_REFERENCE}")
        if self.added_after and not _is_moment(self.added_after):
            raise UsageError(
                f"{self.added_after[:80]!r} is not a time in UTC as RFC 3339 writes it.",
                option="--taxii_added_after",
                advice="Write 2026-10-01T00:00:00Z.",
            )
        at_least(self.page_size, 1, "--taxii_page_size")

    @property
    def is_part(self) -> bool:
        """Whether only a part of the collection is asked for, so that what is absent says nothing."""
        return bool(self.added_after)


@dataclass(frozen=True, slots=True)
class MispSettings:
    """Attributes of a MISP, or a feed directory in MISP's form.

    Attributes:
        url: of the MISP, or of the feed's directory (`https://`, or a path on any filesystem that Beam knows).
        key: reference; the automation key. Empty reads a feed.
        published_within, changed_within: windows as MISP writes them, such as `7d`; empty is no limit.
        tags: that attributes must have; one that begins with `!` must not be there.
        all_attributes: whether those without the IDS flag are taken too.
        page_size: attributes in a page.
    """

    url: str
    key: str = ""
    published_within: str = ""
    changed_within: str = ""
    tags: tuple[str, ...] = ()
    all_attributes: bool = False
    page_size: int = 1_000
    network: NetworkSettings = field(default_factory=NetworkSettings)

    def __post_init__(self) -> None:
        _needed(self.url, "--misp_url", "Name a MISP, or the directory of a feed.")
        if self.key or self.url.lower().startswith(("https:", "http:")):
            _https(self.url, "--misp_url", path=True)
        at_least(self.page_size, 1, "--misp_page_size")

    @property
    def is_part(self) -> bool:
        """Whether only a part of the collection is asked for, so that what is absent says nothing."""
        return bool(self.published_within or self.changed_within)


SourceSettings = ThreatQSettings | TaxiiSettings | MispSettings


def _needed(value: str, option: str, advice: str) -> None:
    if not value.strip():
        raise UsageError("is missing.", option=option, advice=advice)


def _https(url: str, option: str, *, path: bool) -> None:
    """Raise a `UsageError` unless this is an https URL: credentials go along."""
    try:
        parts = urlsplit(url)
        # A port that is none raises.
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
        usable = usable and not ("@" in parts.netloc or parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable or (not path and parts.path not in ("", "/")):
        # A name and a password may stand before the host.
        shown = repr(url[:80]) if "@" not in url else "a URL with an @"
        what = "an https URL" if path else "a scheme and a host only, such as https://threatq.example.com"
        raise UsageError(f"{shown} is not {what}.", option=option)


def _is_moment(text: str) -> bool:
    found = _moment(text)
    try:
        return bool(found and datetime.fromisoformat(found[1]))
    except ValueError:
        return False
