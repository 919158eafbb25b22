"""The local ThreatQ: a strict local stand-in for its REST API, over TLS, with faults on demand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from threading import Event
from types import TracebackType
from typing import Any

from ..server.certificates import Certificates
from ..server.faults import Faults
from ..server.front import Front
from ..server.request_log import LoggedRequest, RequestLog
from ..server.transport import TlsServer
from .library import ThreatQLibrary
from .profile import EXPORT_HASH, EXPORT_NAME, ThreatQProfile
from .service import NothingHere, SavedSearch, ThreatQService
from .tokens import ThreatQTokens

_LOOPBACK = "127.0.0.1"


class LocalThreatQ:
    """A ThreatQ with a threat library and data collections. Use it as a context manager.

    `records` are what the library holds at first, see `add`; the data collection `EXPORT_NAME` with the hash
    `EXPORT_HASH` is all of it. `faults` strike as they do in the local tenant. `ca_dir` is where the certificate
    to trust is written.
    """

    def __init__(
        self,
        records: Iterable[Mapping[str, Any]] = (),
        profile: ThreatQProfile | None = None,
        *,
        port: int = 0,
        ca_dir: str | os.PathLike[str] | None = None,
    ) -> None:
        self.profile = profile or ThreatQProfile()
        self.faults = Faults()
        self._library = ThreatQLibrary(self.profile)
        self._library.add(records)
        self._tokens = ThreatQTokens(self.profile)
        self._searches = [SavedSearch(1, EXPORT_NAME, EXPORT_HASH)]
        self._certificates = Certificates(ca_dir)
        self._log = RequestLog()
        self._stopping = Event()
        service = ThreatQService(self.profile, self._library, self._tokens, self._searches)
        # Bodies are not kept: those of the login hold credentials.
        front = Front(NothingHere(), {"api": service}, self.faults, self._log, self._stopping, keep_bodies=False)
        self._server = TlsServer(_LOOPBACK, port, front, self._certificates.server_context())

    def __enter__(self) -> LocalThreatQ:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._server.stop()

    @property
    def url(self) -> str:
        """To this a client appends `/api`."""
        return f"https://{_LOOPBACK}:{self._server.port}"

    @property
    def ca_bundle(self) -> str:
        """Path of the PEM file with the certificate authority to trust."""
        return str(self._certificates.bundle)

    @property
    def requests(self) -> list[LoggedRequest]:
        """What was asked so far, in order of arrival: a copy."""
        return self._log.in_order_of_arrival()

    def clear_requests(self) -> None:
        """Forget what was asked so far."""
        self._log.clear()

    def add(self, records: Iterable[Mapping[str, Any]]) -> list[int]:
        """Put records into the library, and return their ids.

        A record is a mapping of the canonical fields, of which `type` and `value` have to be there; see
        `threatq_objects.threatq_object` for the others. One value may stand in several records.
        """
        return self._library.add(records)

    def edit(self, number: int, **fields: Any) -> None:
        """Replace fields of an object, in the full form in which it is kept and whatever they hold.

        Raises `KeyError` when it is not there.
        """
        self._library.edit(number, fields)

    def remove(self, *ids: int) -> None:
        """Delete objects. Raises `KeyError` when one is not there."""
        self._library.remove(ids)

    def forget(self, *ids: int) -> None:
        """Delete objects, but leave them counted and listed, as null."""
        self._library.forget(ids)

    def save_search(self, name: str, query: Mapping[str, Any] | None = None) -> str:
        """A further data collection, of the objects that meet `query`; returns its hash. Names need not differ."""
        number = len(self._searches) + 1
        hash_ = hashlib.md5(f"{number}/{name}".encode(), usedforsecurity=False).hexdigest()
        self._searches.append(SavedSearch(number, name, hash_, query or {"criteria": {}, "filters": {}}))
        return hash_

    def revoke_tokens(self) -> None:
        """No token that was issued so far is good any more."""
        self._tokens.revoke_all()
