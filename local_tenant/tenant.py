"""The local tenant: login and APIs of one or more tenants behind one local address."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from threading import Event
from types import TracebackType
from typing import Any

import orjson

from .defender.call import DefenderTenant
from .defender.indicator_calls import shown
from .defender.indicator_table import IndicatorTable, Owner
from .defender.service import DefenderService
from .estates.readable import Readable
from .estates.security_data import SecurityData
from .graph.conditional_access import ConditionalAccess, Kind
from .graph.service import GraphService, GraphTenant
from .login.service import LoginService
from .login.tokens import TokenSigner
from .profile import TenantProfile
from .sentinel.arm import ArmService
from .sentinel.service import SentinelService, SentinelTenant
from .sentinel.store import SentinelStore
from .server.certificates import Certificates
from .server.faults import Faults
from .server.front import Front
from .server.journal import Journal, NoJournal, SqliteJournal
from .server.rate_limits import SlidingWindows
from .server.request_log import LoggedRequest, RequestLog
from .server.transport import TlsServer

_LOOPBACK = "127.0.0.1"
_ADMINISTRATOR = "admin@contoso.example"


class LocalTenant(Readable):
    """A strict local stand-in for Microsoft's services. Use it as a context manager, or `start` and `stop`.

    Without a profile it is one tenant with the defaults. `port` 0 takes a free one, which a later `start`
    keeps. `state` is a file in which rows, named locations and policies outlive the process. `ca_dir` is
    where the certificate to trust is written. `keep_bodies` keeps the bodies of API requests in the log.

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
                profile,
                IndicatorTable(profile, self._journal),
                SlidingWindows(profile.rate_limits),
                SecurityData(profile.clock, profile.read.alert_order),
            )
            for profile in self.profiles
        }
        if len(self._tenants) < len(self.profiles):
            raise ValueError("every profile needs a tenant_id of its own")
        self._graph = {
            profile.tenant_id: GraphTenant(
                profile, ConditionalAccess(profile, self._journal), self._tenants[profile.tenant_id].data
            )
            for profile in self.profiles
        }
        self._sentinel = {profile.tenant_id: SentinelTenant(profile, self._journal) for profile in self.profiles}
        self._certificates = Certificates(ca_dir)
        self._log = RequestLog()
        self._stopping = Event()
        self._server: TlsServer | None = None
        signer = TokenSigner()
        graph = GraphService(self._graph, signer)
        self._front = Front(
            LoginService({profile.tenant_id.lower(): profile for profile in self.profiles}, signer),
            {
                "api": DefenderService(self._tenants, signer, self._stopping),
                "v1.0": graph,
                "beta": graph,
                "workspaces": SentinelService(self._sentinel, signer),
                "subscriptions": ArmService(self._sentinel, signer),
            },
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
    def graph_url(self) -> str:
        """To this a client appends `/v1.0`."""
        return self.url

    @property
    def sentinel_url(self) -> str:
        """To this a client appends `/workspaces/{workspace_id}`."""
        return self.url

    @property
    def arm_url(self) -> str:
        """To this a client appends `/subscriptions/{subscription}`."""
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
        """Forget what was asked so far."""
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

    def locations(self, tenant_id: str | None = None) -> list[dict[str, Any]]:
        """Named locations of all types as the last write left them, by creation, in Graph's form: copies."""
        return self._objects("namedLocations", tenant_id)

    def policies(self, tenant_id: str | None = None) -> list[dict[str, Any]]:
        """Conditional access policies in the same way: copies, without the annotations of answers."""
        return self._objects("policies", tenant_id)

    def seed_locations(self, locations: Iterable[Mapping[str, Any]], tenant_id: str | None = None) -> list[str]:
        """Put named locations into a tenant, unchecked and beyond any limit; returns their ids.

        A location needs a `displayName`. It is an IP location unless `@odata.type` says otherwise; any other
        property may be given, also `id`, and every value is kept as it is. Every read sees it at once, and
        policies can name it at once. Raises `ValueError` for a property that no location has.
        """
        return self._access(tenant_id).seed("namedLocations", locations)

    def seed_policies(self, policies: Iterable[Mapping[str, Any]], tenant_id: str | None = None) -> list[str]:
        """Put conditional access policies into a tenant in the same way; returns their ids.

        A policy needs a `displayName`. Parts that are not given, also inside `conditions`, are those of a
        disabled one that blocks no one from nothing. Raises `ValueError` for a property that no policy has.
        """
        return self._access(tenant_id).seed("policies", policies)

    def edit_location(self, location_id: str, tenant_id: str | None = None, **fields: object) -> None:
        """Change properties of a named location as an administrator does in the portal, unchecked.

        `modifiedDateTime` changes with them. Our choice: every read sees it at once. Raises `KeyError` when
        the location is not there, `ValueError` for a property that cannot be given.
        """
        self._access(tenant_id).edit("namedLocations", location_id, fields)

    def edit_policy(self, policy_id: str, tenant_id: str | None = None, **fields: object) -> None:
        """The same for a policy. A property such as `conditions` is replaced as a whole."""
        self._access(tenant_id).edit("policies", policy_id, fields)

    def remove_location(self, location_id: str, tenant_id: str | None = None) -> None:
        """Delete a named location whether or not it is trusted or in use. Our choice: every read sees it at
        once. Raises `KeyError` when it is not there."""
        self._access(tenant_id).remove("namedLocations", location_id)

    def remove_policy(self, policy_id: str, tenant_id: str | None = None) -> None:
        """The same for a policy."""
        self._access(tenant_id).remove("policies", policy_id)

    def sentinel_objects(self, tenant_id: str | None = None) -> list[dict[str, Any]]:
        """The STIX objects of the workspace as they were uploaded, each with its source as `x_source`: copies."""
        return self._store(tenant_id).objects()

    def seed_sentinel(
        self, objects: Iterable[Mapping[str, Any]], source: str, tenant_id: str | None = None
    ) -> None:
        """Put STIX objects of a source into the workspace, unchecked."""
        self._store(tenant_id).put(source, [dict(one) for one in objects])

    def remove_sentinel(self, stix_ids: Iterable[str], tenant_id: str | None = None) -> None:
        """Take STIX objects out of the workspace, whoever put them there."""
        self._store(tenant_id).remove(stix_ids)

    def _store(self, tenant_id: str | None) -> SentinelStore:
        return self._sentinel[self._tenant(tenant_id).profile.tenant_id].store

    def _tenant(self, tenant_id: str | None) -> DefenderTenant:
        return self._tenants[self.profiles[0].tenant_id if tenant_id is None else tenant_id]

    def _data(self, tenant_id: str | None) -> SecurityData:
        return self._tenant(tenant_id).data

    def _access(self, tenant_id: str | None) -> ConditionalAccess:
        return self._graph[self._tenant(tenant_id).profile.tenant_id].access

    def _objects(self, kind: Kind, tenant_id: str | None) -> list[dict[str, Any]]:
        # Many times faster than copy.deepcopy, which counts with thousands of ranges.
        copies: list[dict[str, Any]] = orjson.loads(orjson.dumps(self._access(tenant_id).newest(kind)))
        return copies
