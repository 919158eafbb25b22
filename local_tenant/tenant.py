"""The local tenant: login and APIs of one or more tenants behind one local address."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from threading import Event
from types import TracebackType
from typing import Any

from .certificates import Certificates
from .defender import DefenderService, DefenderTenant, shown
from .faults import Faults
from .front import Front
from .indicator_table import IndicatorTable, Owner
from .journal import Journal, NoJournal, SqliteJournal
from .login import LoginService
from .profile import TenantProfile
from .rate_limits import SlidingWindows
from .request_log import LoggedRequest, RequestLog
from .tokens import TokenSigner
from .transport import TlsServer

_LOOPBACK = "127.0.0.1"
_ADMINISTRATOR = "admin@contoso.example"


class LocalTenant:
    """A strict local stand-in for Microsoft's services. Use it as a context manager, or `start` and `stop`.

    Without a profile it is one tenant with the defaults. `port` 0 takes a free one, which a later `start`
    keeps. `state` is a file in which the rows outlive the process. `ca_dir` is where the certificate to
    trust is written. `keep_bodies` keeps the bodies of API requests in the log.

    Raises `ValueError` when two profiles are of one tenant, `RuntimeError` when the state file is in use.
    """

    def __init__(
        self,
        *profiles: TenantProfile,
        port: int = 0,
        state: str | os.PathLike[str] | None = None,
        ca_dir: str | os.PathLike[str] | None = None,
        keep_bodies: bool = False,
    ) -> None:
        self.profiles = profiles or (TenantProfile(),)
        self.faults = Faults()
        self._port = port
        self._journal: Journal = NoJournal() if state is None else SqliteJournal(state)
        self._tenants = {
            profile.tenant_id: DefenderTenant(
                profile, IndicatorTable(profile, self._journal), SlidingWindows(profile.rate_limits)
            )
            for profile in self.profiles
        }
        if len(self._tenants) < len(self.profiles):
            raise ValueError("every profile needs a tenant_id of its own")
        self._certificates = Certificates(ca_dir)
        self._log = RequestLog()
        self._stopping = Event()
        self._server: TlsServer | None = None
        signer = TokenSigner()
        self._front = Front(
            LoginService({profile.tenant_id.lower(): profile for profile in self.profiles}, signer),
            {"api": DefenderService(self._tenants, signer, self._stopping)},
            self.faults,
            self._log,
            self._stopping,
            keep_bodies=keep_bodies,
        )

    def start(self) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        if self._server is not None:
            raise RuntimeError("the local tenant is running")
        self._stopping.clear()
        self._server = TlsServer(_LOOPBACK, self._port, self._front, self._certificates.server_context())
        self._port = self._server.port
        self._server.start()

    def stop(self) -> None:
        """End all connections and release the state file. Stopping twice is nothing."""
        self._stopping.set()
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._journal.close()

    def __enter__(self) -> LocalTenant:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Address of all services, known from the first `start` on (or when a port was given)."""
        if self._port == 0:
            raise RuntimeError("the local tenant has no address before its first start")
        return f"https://{_LOOPBACK}:{self._port}"

    @property
    def login_url(self) -> str:
        """To this a client appends `/{tenant_id}`."""
        return self.url

    @property
    def defender_url(self) -> str:
        """To this a client appends `/api`."""
        return self.url

    @property
    def ca_bundle(self) -> str:
        """Path of the PEM file with the certificate authority to trust."""
        return str(self._certificates.bundle)

    @property
    def requests(self) -> list[LoggedRequest]:
        """What was asked so far, in order of arrival: a copy."""
        return self._log.in_order_of_arrival()

    def clear_requests(self) -> None:
        self._log.clear()

    def rows(self, tenant_id: str | None = None) -> list[dict[str, Any]]:
        """Active rows of all owners, by id, in the API's form: copies. Default: the first tenant."""
        tenant = self._tenant(tenant_id)
        return [dict(shown(row, tenant.profile)) for row in tenant.table.visible()]

    def seed(
        self,
        rows: Iterable[Mapping[str, Any]],
        tenant_id: str | None = None,
        created_by: str = "portal.user@contoso.example",
    ) -> list[str]:
        """Put rows of an owner into a tenant, unchecked and beyond any capacity; returns their ids.

        `created_by` is a sign-in name (a portal user) or the client id of an app. A row needs
        `indicatorType` and `indicatorValue`; every other field of the API's form but `id` may be given,
        also a `createdBy` of its own, and every value is kept as it is: null, an unknown action, text
        that is no time. Raises `ValueError` for another field.
        """
        return self._tenant(tenant_id).table.seed(rows, created_by)

    def edit(
        self, row_id: str, tenant_id: str | None = None, edited_by: str = _ADMINISTRATOR, **fields: object
    ) -> None:
        """Change `fields` of a row as an administrator does in the portal, unchecked like `seed`.

        `lastUpdateTime` and `lastUpdatedBy` change with them. Our choice: all other fields stay, with them
        `createdBy` and `externalId`; and the row keeps its id, also when it now has the key of another.
        Raises `KeyError` when the row is not there, `ValueError` for a field that cannot be given.
        """
        self._tenant(tenant_id).table.edit(row_id, fields, edited_by)

    def remove(self, ids: str | Iterable[str], tenant_id: str | None = None) -> None:
        """Delete rows as an administrator does in the portal, whoever made them.

        Raises `KeyError`, and removes none, when one is not there.
        """
        wanted = [ids] if isinstance(ids, str) else list(ids)
        everyone = Owner(_ADMINISTRATOR, _ADMINISTRATOR)
        missing = self._tenant(tenant_id).table.delete(wanted, everyone, all_or_none=True)
        if missing:
            raise KeyError(", ".join(missing))

    def warnings(self, tenant_id: str | None = None) -> list[str]:
        """What a tenant tolerated though it is against the documentation; the newest 1,000."""
        return list(self._tenant(tenant_id).table.warnings)

    def _tenant(self, tenant_id: str | None) -> DefenderTenant:
        return self._tenants[self.profiles[0].tenant_id if tenant_id is None else tenant_id]
