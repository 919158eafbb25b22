"""A search: several values in several tenants, and the events of what was found."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, cast

from iocbeam.model.errors import UsageError
from iocbeam.model.search_kind import NotSought, Sought, detect
from iocbeam.model.settings import RunInfo, at_least
from iocbeam.model.settings.sightings import MAX_DAYS, ReadTenant
from iocbeam.model.sighting import ALERT, MACHINE, Fetched
from iocbeam.model.summary import EXIT_COULD_NOT_RUN, EXIT_DONE, EXIT_FAILED
from iocbeam.planning.search.questions import PLACES

from ..jobs.connection import connection_notices, connection_of
from ..views.console import cut, safe
from .answer import Answer, State
from .askers import look_for
from .session import SearchSettings, TenantSession

if TYPE_CHECKING:
    from iocbeam.model.ocsf import Dialect, Event

_AT_A_TIME: Final = 8
"""Tenants that are asked at once."""
_RUN: Final = RunInfo("search", 0, "search", "search")
"""A search has no collection and no run; it is no dry run, so that a login is asked for."""
_SHOWN: Final = 80


def values_to_seek(texts: Sequence[str], kind: str) -> list[Sought]:
    """What the texts are, each value once.

    Raises:
        UsageError: there is none, or one of them cannot be looked for.
    """
    if not texts:
        raise UsageError(
            "there is nothing to search for.",
            advice="Give an IP address, hostname, domain, URL, file name or hash.",
        )
    found: dict[tuple[str, str], Sought] = {}
    for text in texts:
        sought = detect(text, kind)
        if isinstance(sought, NotSought):
            raise UsageError(f"{cut(safe(text), _SHOWN)} {sought.reason}.")
        found.setdefault((sought.kind, sought.value), sought)
    return list(found.values())


def search_settings(given: Mapping[str, Any], now: int) -> SearchSettings:
    """What the options say of the search.

    Args:
        given: a value for every option.
        now: epoch seconds, UTC.

    Raises:
        UsageError: a number cannot be.
    """
    at_least(given["days"], 1, "--days")
    if given["days"] > MAX_DAYS:
        raise UsageError(f"must be at most {MAX_DAYS}: Defender keeps no more.", option="--days")
    at_least(given["lookups"], 0, "--lookups")
    at_least(given["file_lookups"], 0, "--file_lookups")
    return SearchSettings(now, given["days"], given["hunting"], given["lookups"], given["file_lookups"])


def tenant_to_search(given: Mapping[str, Any], alias: str) -> ReadTenant:
    """The tenant that these values describe.

    Args:
        given: a value for every option.
        alias: empty where it has none.

    Raises:
        UsageError: an option is missing or cannot be.
    """
    connection = connection_of(given, _RUN, defender=True)
    return ReadTenant(alias or connection.tenant_id, connection, connection_notices(connection))


def search(
    values: Sequence[Sought], tenants: Sequence[ReadTenant], settings: SearchSettings
) -> list[tuple[Sought, list[Answer]]]:
    """Look for every value in every tenant: the answers of the tenants for each value, in the order given.

    A tenant that fails keeps no other from being asked.
    """
    cancel = threading.Event()

    def ask(tenant: ReadTenant) -> list[Answer]:
        session = TenantSession(tenant, settings, values, cancel)
        try:
            return [look_for(sought, session) for sought in values]
        finally:
            session.close()

    with ThreadPoolExecutor(min(_AT_A_TIME, len(tenants)), thread_name_prefix="iocbeam-search") as pool:
        try:
            answers = list(pool.map(ask, tenants))
        except BaseException:
            cancel.set()
            raise
    return [(sought, [of_tenant[at] for of_tenant in answers]) for at, sought in enumerate(values)]


def exit_status(answers: Iterable[Answer]) -> int:
    """Done when all that was to be asked was, whether anything was found or not. What the options leave out is no
    failure."""
    every = list(answers)
    if not any(answer.ended(State.FAILED) for answer in every):
        return EXIT_DONE
    return EXIT_FAILED if any(answer.ended(State.ANSWERED) for answer in every) else EXIT_COULD_NOT_RUN


def events_of(answers: Iterable[Answer], dialect: str, now: int) -> Iterator[Event]:
    """The events of the machines and alerts that were found, each with the value that it shows."""
    from iocbeam.model.ocsf import EventContext, event_of

    for answer in answers:
        tenant_id, alias = answer.tenant.tenant_id, answer.tenant.alias
        context = EventContext(tenant_id, now, cast("Dialect", dialect), alias)
        for kind, findings in ((MACHINE, answer.machines), (ALERT, answer.alerts)):
            for finding in findings:
                fetched = Fetched(kind, tenant_id, alias, finding.data)
                yield _named(event_of(fetched, context, finding.matches, finding.files))


def _named(event: Event) -> Event:
    """The event, with what only an answer tells called by what was asked: it is in no attribute."""
    for one in (*event.get("observables", ()), *event.get("enrichments", ())):
        place = one["name"].removeprefix("unmapped.")
        if place in PLACES:
            one["name"] = place
    return event
