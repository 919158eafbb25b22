"""The second half of an Entra plan in one tenant: the policy, then the locations that nothing is left for.

No Beam: the transform around it only hands in what the first half did and results out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from iocbeam.clients import rule_number
from iocbeam.clients.http.waiting import Waiting
from iocbeam.model.entra_plan import CREATE, FINISH, RECREATE, UPDATE, PolicyChange, Surplus
from iocbeam.model.errors import Gone, IocbeamError, Refused, RetryLater, Unanswered
from iocbeam.model.plan import WriteReport, added_requests
from iocbeam.planning.entra.graph_bodies import untrusted_body, with_ids
from iocbeam.planning.entra.policy_body import INCLUDE_LOCATIONS

from .client import AccessClient
from .create_once import create_once, there_already
from .location_writer import LocationsWritten
from .policy_state import changed_since, shows
from .report import differs, note
from .settled import settled

UNKNOWN_LOCATION: Final = 1040
"""Number of the refusal of a policy that names a location which does not exist, or not yet (observed)."""

KNOWN_WITHIN: Final = 60.0
"""Seconds in which a new location becomes known to policies, and in which a change stops to be in the way of a
deletion."""

_PAUSE: Final = 4.0

_DONE: Final = {CREATE: "made", UPDATE: "changed", FINISH: "changed", RECREATE: "made anew"}

T = TypeVar("T")


class _Meddled(IocbeamError):
    """Somebody has changed the policy since the plan was made."""


class PolicyWriter:
    """Applies the policy change of plans to one tenant, and deletes what is surplus then.

    Args:
        client: the tenant's; its pacing and retries are its own.
        clock: seconds from any beginning, for what waits until a change shows.
        sleep: waits so many seconds.
        cancel: once set, nothing more is sent.
    """

    def __init__(
        self,
        client: AccessClient,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        cancel: threading.Event | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._wait = Waiting(sleep, cancel)
        self._wrote = False

    def write(self, written: LocationsWritten) -> WriteReport:
        """Makes or changes the policy, and deletes surplus locations once it no longer names them.

        After locations that could not be read back nothing is done here. After one that could not be written the
        policy keeps naming what it names, and nothing is deleted.

        Raises:
            Stop, RetryLater, Refused: the first request was not allowed or got no answer, and no location was
                written before.
        """
        report, plan = written.report, written.plan
        if not (plan.policy or plan.surplus):
            return report
        report.withdrawn = written.withdrawn()
        if report.stopped or written.unseen:
            note(report, "The policy was not touched, since the locations are not as they should be.")
            return report
        self._wrote = bool(plan.locations)
        try:
            if plan.policy is None or self._write_policy(plan.policy, written):
                self._remove_surplus(written)
        except IocbeamError as error:
            if not self._wrote and not isinstance(error, Unanswered):
                raise
            report.stopped = str(error)
            report.unreachable = isinstance(error, RetryLater)
        report.requests = added_requests(report.requests, self._client.requests)
        report.throttled_seconds += self._client.throttled_seconds
        return report

    def _write_policy(self, change: PolicyChange, written: LocationsWritten) -> bool:
        """Whether the policy is as it should be, or as it may be for now."""
        report = written.report
        body, missing = with_ids(change.body, written.ids)
        locations = (body.get("conditions") or {}).get("locations") or {}
        why = ""
        if change.excludes and written.failed:
            why = "it would block what the locations do not hold yet"
        elif missing and not locations.get("includeLocations"):
            why = "it has no location to name yet"
        if why:
            report.stopped = f"the policy {change.name!r} was not written: {why}."
            return False
        if written.failed:
            _keep(locations, change, written)
        try:
            policy_id = self._send(change, body)
        except Refused as refusal:
            words = f"{refusal.code}: {refusal.message}" if refusal.code else refusal.message
            involved = f" Options that have a part in it: {', '.join(change.options)}." if change.options else ""
            report.stopped = f"the policy {change.name!r} was not written: {words}{involved}"
            return False
        except _Meddled as meddled:
            report.stopped = f"the policy {change.name!r} was not written: {meddled}"
            return False
        except Gone:
            report.stopped = f"the policy {change.name!r} was deleted meanwhile. Run again."
            return False
        self._wrote = report.policy_written = change.kind != FINISH or bool(body)
        if report.policy_written:
            paths = ", ".join(dict.fromkeys(one.path for one in change.fields))
            note(report, f"The policy {change.name!r} ({policy_id}) was {_DONE[change.kind]}: {paths}.")
        if not self._shows_policy(policy_id, body):
            differs(report, f"the policy {change.name!r}")
            return False
        return not change.old or self._delete_old(change, policy_id, body, report)

    def _send(self, change: PolicyChange, body: Mapping[str, Any]) -> str:
        """Makes or changes the policy; gives its id."""
        client = self._client
        if change.kind not in (CREATE, RECREATE):
            if body:
                if not self._is_as_planned(change, body):
                    raise Gone(change.id)
                self._patiently(lambda: client.update_policy(change.id, body), _is_unknown_location)
            return change.id
        known = frozenset((change.old,))
        made = there_already(client.policies(), change.name, lambda row: shows(row, body), known)
        if made:
            return made
        if change.old and not self._is_as_planned(change, body):
            raise Gone(change.old)

        def create() -> str:
            return create_once(client.create_policy, client.policies, body, self._clock, self._wait, known)

        return self._patiently(create, _is_unknown_location)

    def _is_as_planned(self, change: PolicyChange, body: Mapping[str, Any]) -> bool:
        """Whether the policy is there.

        Raises:
            _Meddled: somebody has changed it since the plan was made, which must not be turned back.
        """
        found = self._client.policy(change.id)
        paths = [] if found is None else changed_since(change, found, body)
        if paths:
            raise _Meddled(f"somebody has changed it since it was read ({', '.join(paths)}). Run again.")
        return found is not None

    def _patiently(self, send: Callable[[], T], may_pass: Callable[[Refused], bool]) -> T:
        """Sends again what is refused for a reason that passes, for up to a minute."""
        deadline = self._clock() + KNOWN_WITHIN
        while True:
            self._wait.check()
            try:
                return send()
            except Refused as refusal:
                if not may_pass(refusal) or self._clock() + _PAUSE > deadline:
                    raise
            self._wait(_PAUSE)

    def _shows_policy(self, policy_id: str, body: Mapping[str, Any]) -> bool:
        """Whether the tenant shows what was sent; the rest of the policy may be as it likes."""

        def is_shown() -> bool:
            found = self._client.policy(policy_id)
            return found is not None and shows(found, body)

        return settled(is_shown, self._clock, self._wait)

    def _delete_old(
        self, change: PolicyChange, policy_id: str, body: Mapping[str, Any], report: WriteReport
    ) -> bool:
        """Whether the policy whose place another one has taken is gone."""
        client = self._client
        try:
            if change.kind == RECREATE:
                self._is_as_planned(change, body)
            client.delete_policy(change.old)
            self._wrote = True
        except _Meddled as meddled:
            client.delete_policy(policy_id)
            report.policy_written = False
            report.stopped = f"the policy {change.name!r} was not made anew, and its copy was deleted: {meddled}"
            return False
        except Refused as refusal:
            note(report, f"The former policy {change.name!r} could not be deleted: {refusal.message}")
        else:
            if settled(lambda: client.policy(change.old) is None, self._clock, self._wait):
                return True
        differs(report, f"the former policy {change.name!r} ({change.old}, still there)")
        return False

    def _remove_surplus(self, written: LocationsWritten) -> None:
        report, plan = written.report, written.plan
        if written.failed:
            return
        gone: list[str] = []
        for one in plan.surplus:
            if self._remove(one, report):
                gone.append(one.id)
                report.withdrawn = written.withdrawn(gone)
            else:
                differs(report, f"the location {one.name!r} (still there)")

    def _remove(self, surplus: Surplus, report: WriteReport) -> bool:
        """Deletes a location; a trusted one cannot be deleted (documented) and loses that first."""
        client = self._client

        def untrusted() -> bool:
            row = client.location(surplus.id)
            return row is None or not row.get("isTrusted")

        try:
            if surplus.trusted:
                client.update_location(surplus.id, untrusted_body())
                self._wrote = True
                settled(untrusted, self._clock, self._wait)
            # Replicas that do not know yet that it is not trusted or not named any more refuse for a while.
            self._patiently(lambda: client.delete_location(surplus.id), lambda refusal: True)
        except Gone:
            return True
        except Refused as refusal:
            note(report, f"The location {surplus.name!r} could not be deleted: {refusal.message}")
            return False
        self._wrote = True
        return settled(lambda: client.location(surplus.id) is None, self._clock, self._wait)


def _is_unknown_location(refusal: Refused) -> bool:
    return rule_number(refusal) == UNKNOWN_LOCATION


def _keep(locations: dict[str, Any], change: PolicyChange, written: LocationsWritten) -> None:
    """Goes on naming surplus locations that the policy names: what they hold could not be moved elsewhere."""
    surplus = {one.id.lower() for one in written.plan.surplus}
    named = next((one.before for one in change.fields if one.path == INCLUDE_LOCATIONS.path), None)
    entries = locations.get(INCLUDE_LOCATIONS.name)
    if entries is not None:
        entries += [one for one in named or () if one.lower() in surplus and one not in entries]
