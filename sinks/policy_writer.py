"""The second half of an Entra plan in one tenant: the policy, then the locations that nothing is left for.

No Beam: the transform around it only hands in what the first half did and results out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from iocbeam.clients import rule_number
from iocbeam.clients.waiting import Waiting
from iocbeam.model.entra_plan import CREATE, RECREATE, PolicyChange, Surplus
from iocbeam.model.errors import Gone, IocbeamError, Refused, RetryLater
from iocbeam.model.plan import WriteReport, added_requests
from iocbeam.planning.graph_bodies import untrusted_body, with_ids
from iocbeam.planning.policy_body import copied, differences

from .create_once import create_once
from .entra_client import AccessClient
from .location_writer import LocationsWritten
from .settled import settled

UNKNOWN_LOCATION: Final = 1040
"""Number of the refusal of a policy that names a location which does not exist, or not yet (observed)."""

KNOWN_WITHIN: Final = 60.0
"""Seconds in which a new location becomes known to policies, and in which a change stops to be in the way of a
deletion."""

_PAUSE: Final = 4.0


class PolicyWriter:
    """Applies the policy change of plans to one tenant, and deletes what is surplus then.

    Args:
        client: the tenant's; its pacing and retries are its own.
        clock, sleep: seconds, for what waits until a change shows.
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

    def write(self, written: LocationsWritten) -> WriteReport:
        """Makes or changes the policy, and deletes surplus locations once it no longer names them.

        After locations that could not be read back nothing is done here. After one that could not be written the
        policy keeps naming what it names.

        Raises:
            Stop, RetryLater, Refused: the first request was not allowed or got no answer, and no location was
                written before.
        """
        report, plan = written.report, written.plan
        if not (plan.policy or plan.surplus):
            return report
        if report.stopped or report.difference_count:
            _note(report, "The policy was not touched, since the locations are not as they should be.")
            return report
        try:
            if plan.policy is None or self._write_policy(plan.policy, written):
                for one in plan.surplus if not written.failed else ():
                    self._remove(one, report)
        except IocbeamError as error:
            if not plan.locations and not report.policy_written:
                raise
            report.stopped = str(error)
            report.unreachable = isinstance(error, RetryLater)
        report.requests = added_requests(report.requests, self._client.requests)
        report.throttled_seconds += self._client.throttled_seconds
        return report

    def _write_policy(self, change: PolicyChange, written: LocationsWritten) -> bool:
        """Whether the policy is as it should be, or as it may be for now."""
        report, plan = written.report, written.plan
        body, missing = with_ids(change.body, written.ids)
        locations = (body.get("conditions") or {}).get("locations") or {}
        if missing and (change.excludes or not locations.get("includeLocations")):
            report.stopped = f"the policy {change.name!r} was not written: it has no location to name yet."
            return False
        if written.failed and change.kind != CREATE:
            _keep(locations, [one.id for one in plan.surplus], change.excludes)
        try:
            policy_id = self._patiently(lambda: self._send(change, body), _is_unknown_location)
        except Refused as refusal:
            words = f"{refusal.code}: {refusal.message}" if refusal.code else refusal.message
            involved = f" Options that have a part in it: {', '.join(change.options)}." if change.options else ""
            report.stopped = f"the policy {change.name!r} was refused: {words}{involved}"
            return False
        except Gone:
            report.stopped = f"the policy {change.name!r} was deleted meanwhile; the next run makes it anew."
            return False
        report.policy_written = True
        if not self._shows_policy(policy_id, body):
            report.difference_count += 1
            report.differences = (*report.differences, f"the policy {change.name!r}")
            return False
        if change.old:
            self._delete_old(change, report)
        return True

    def _send(self, change: PolicyChange, body: Mapping[str, Any]) -> str:
        """Makes or changes the policy; gives its id."""
        client = self._client
        if change.kind in (CREATE, RECREATE):
            known = frozenset((change.old,))
            return create_once(client.create_policy, client.policies, body, known, self._clock, self._wait)
        if body:
            client.update_policy(change.id, body)
        return change.id

    def _patiently(self, send: Callable[[], str], may_pass: Callable[[Refused], bool]) -> str:
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

        def shows() -> bool:
            found = self._client.policy(policy_id)
            if found is None:
                return False
            shown = copied(found)
            return not differences(body, {name: shown.get(name) for name in body})

        return settled(shows, self._clock, self._wait)

    def _delete_old(self, change: PolicyChange, report: WriteReport) -> None:
        self._client.delete_policy(change.old)
        if not settled(lambda: self._client.policy(change.old) is None, self._clock, self._wait):
            report.difference_count += 1
            report.differences = (*report.differences, f"the former policy {change.name!r} (still there)")

    def _remove(self, surplus: Surplus, report: WriteReport) -> None:
        """Deletes a location; a trusted one cannot be deleted (documented) and loses that first."""
        client = self._client

        def untrusted() -> bool:
            row = client.location(surplus.id)
            return row is None or not row.get("isTrusted")

        def delete() -> str:
            client.delete_location(surplus.id)
            return surplus.id

        try:
            if surplus.trusted:
                client.update_location(surplus.id, untrusted_body())
                settled(untrusted, self._clock, self._wait)
            # Replicas that do not know yet that it is not trusted or not named any more refuse for a while.
            self._patiently(delete, lambda refusal: True)
        except Gone:
            return
        except Refused as refusal:
            _note(report, f"The location {surplus.name!r} could not be deleted: {refusal.message}")
        if not settled(lambda: client.location(surplus.id) is None, self._clock, self._wait, within=KNOWN_WITHIN):
            report.difference_count += 1
            report.differences = (*report.differences, f"the location {surplus.name!r} (still there)")


def _is_unknown_location(refusal: Refused) -> bool:
    return rule_number(refusal) == UNKNOWN_LOCATION


def _keep(locations: dict[str, Any], ids: list[str], excludes: bool) -> None:
    """Goes on naming these locations: what they hold could not be moved elsewhere."""
    entries = locations.get("excludeLocations" if excludes else "includeLocations")
    if entries is not None:
        entries += [one for one in ids if one not in entries]


def _note(report: WriteReport, text: str) -> None:
    report.notices = (*report.notices, text)
