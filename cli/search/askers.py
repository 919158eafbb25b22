"""How each question of a search is asked, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from iocbeam.model.search_forms import canonical_ip
from iocbeam.model.search_kind import Sought
from iocbeam.model.search_words import (
    FILE_NAME,
    FQDN,
    MD5,
    SHA1,
    SHA256,
    URL,
)
from iocbeam.model.sighting import ALERT
from iocbeam.planning.search import questions as ask
from iocbeam.planning.search.places import is_called, matches_in
from iocbeam.planning.search.questions import Question

from .answer import MOST_FILES, Answer
from .reads import ListedMachines
from .session import NothingToAsk, TenantSession
from .value import ValueSearch

_MOST_DOMAIN_MACHINES: Final = 500
_MOST_HUNTING_DAYS: Final = 30
_COLUMNS: Final = {FILE_NAME: "FileName", MD5: "MD5", SHA256: "SHA256", SHA1: "SHA1"}


def _by_ip_now(search: ValueSearch) -> None:
    now = search.settings.now
    found = search.session.defender(lambda client: client.machines_by_ip(search.host, now))
    search.add_machines(found, ask.BY_IP_NOW)
    search.note(
        "Which machine had the address is told for now, give or take a quarter of an hour; else a machine counts "
        "by the last address that it had."
    )


def _by_last_ip(search: ValueSearch) -> None:
    found = search.session.defender(lambda client: client.machines_where("lastIpAddress", search.host))
    search.add_machines(found, ask.BY_LAST_IP)


def _by_public_ip(search: ValueSearch) -> None:
    from iocbeam.clients.hunting.search_queries import machines_with_public_ip

    answer = search.session.hunt(lambda client: machines_with_public_ip(client, search.host, search.settings.days))
    search.add_hunted(answer.rows, answer.cut_off, ask.BY_PUBLIC_IP)
    _say_days(search)


def _by_external_ip(search: ValueSearch) -> None:
    listed = search.session.listed_machines()
    found = [one for one in listed.shown if canonical_ip(str(one.get("lastExternalIpAddress"))) == search.host]
    search.add_machines(found, ask.BY_EXTERNAL_IP)
    search.note(
        f"Without hunting, {_counted(search, listed)} were compared by the last public address: one that had "
        "the address earlier is not seen, nor which machines spoke to it."
    )


def _by_remote_ip(search: ValueSearch) -> None:
    from iocbeam.clients.hunting.search_queries import machines_that_spoke_to

    answer = search.session.hunt(lambda client: machines_that_spoke_to(client, search.host, search.settings.days))
    search.add_hunted(answer.rows, answer.cut_off, ask.BY_REMOTE_IP)


def _ip_alerts(search: ValueSearch) -> None:
    search.add_alerts(search.session.defender(lambda client: client.ip_alerts(search.host)), ask.IP_ALERTS)


def _ip_stats(search: ValueSearch) -> None:
    search.answer.statistics = search.session.defender(lambda client: client.ip_stats(search.host, search.hours))


def _by_listed_name(search: ValueSearch) -> None:
    listed = search.session.listed_machines()
    found = [one for one in listed.shown if is_called(search.sought, one.get("computerDnsName"))]
    search.add_machines(found, ask.BY_LISTED_NAME)
    search.note(f"The name was compared with those of {_counted(search, listed)}.")


def _machine_alerts(search: ValueSearch) -> None:
    ids = [
        key
        for key, finding in search.machines.items()
        if finding.data.get("id") and any(match.place == "computerDnsName" for match in finding.matches)
    ]
    if not ids:
        raise NothingToAsk
    for machine_id in ids[: search.settings.lookups]:
        search.add_alerts(search.session.machine_alerts(machine_id), ask.MACHINE_ALERTS)
    if len(ids) > search.settings.lookups:
        left = len(ids) - search.settings.lookups
        search.note(f"Alerts of {left:,} of these machines were not asked for: see --lookups.")


def _domain_alerts(search: ValueSearch) -> None:
    search.add_alerts(search.session.defender(lambda client: client.domain_alerts(search.host)), ask.DOMAIN_ALERTS)


def _domain_machines(search: ValueSearch) -> None:
    found = search.session.defender(lambda client: client.domain_machines(search.host))
    search.add_machines(found, ask.DOMAIN_MACHINES)
    if search.sought.kind == FQDN:
        search.note(
            f"Names under {search.host} are not asked for, as the service is asked about this very name: iocbeam "
            "sightings finds them."
        )
    if search.sought.kind == URL and found:
        search.note(f"The devices are those that spoke to the host {search.host}, whatever the URL.")
    if len(found) >= _MOST_DOMAIN_MACHINES:
        search.note(f"There may be more machines: the service names no more than {_MOST_DOMAIN_MACHINES}.")


def _domain_stats(search: ValueSearch) -> None:
    search.answer.statistics = search.session.defender(
        lambda client: client.domain_stats(search.host, search.hours)
    )


def _file_by_hash(search: ValueSearch) -> None:
    file = search.session.defender(lambda client: client.file(search.sought.value))
    if file is None:
        search.note("Defender knows no file of this hash.")
        return
    search.answer.file = file
    _know_hashes(search, file, ("sha1", "sha256", "md5"))


def _file_hunted(search: ValueSearch) -> None:
    from iocbeam.clients.hunting.search_queries import machines_with_file

    column, value, days = _COLUMNS[search.sought.kind], search.sought.value, search.settings.days
    answer = search.session.hunt(lambda client: machines_with_file(client, column, value, days))
    for row in answer.rows:
        _know_hashes(search, row, ("SHA1", "SHA256", "MD5"))
    if answer.rows and search.answer.file is None:
        # The one that statistics are asked for.
        row = next((row for row in answer.rows if row.get("SHA1")), answer.rows[0])
        search.answer.file = {"sha1": row.get("SHA1"), "sha256": row.get("SHA256"), "md5": row.get("MD5")}
    search.add_hunted(answer.rows, answer.cut_off, ask.FILE_HUNTED)
    _say_days(search)


def _know_hashes(search: ValueSearch, told: Mapping[str, Any], names: tuple[str, str, str]) -> None:
    hashes = [str(told.get(name) or "").lower() for name in names]
    if hashes[0] and hashes[0] not in search.sha1s:
        search.sha1s.append(hashes[0])
    search.hashes.update(filter(None, hashes))


def _file_alerts(search: ValueSearch) -> None:
    for sha1 in search.sha1s[:MOST_FILES]:
        search.add_alerts(search.session.file_alerts(sha1), ask.FILE_ALERTS)


def _file_machines(search: ValueSearch) -> None:
    for sha1 in search.sha1s[:MOST_FILES]:
        search.add_machines(search.session.file_machines(sha1), ask.FILE_MACHINES)


def _file_stats(search: ValueSearch) -> None:
    sha1 = search.sha1s[0]
    search.answer.statistics = search.session.defender(lambda client: client.file_stats(sha1, search.hours))


def _named_in_alerts(search: ValueSearch) -> None:
    named = search.session.named_files()
    search.add_alerts(named.shown.get(search.sought.value, ()), ask.NAMED_IN_ALERTS)
    if named.problem is not None:
        raise named.problem
    search.note(f"Looked through {named.read:,} alerts of {search.settings.span}.")


def _product_in_alerts(search: ValueSearch) -> None:
    if not search.session.named_files().with_files:
        raise NothingToAsk
    products = search.session.products()
    shown = products.shown.get(search.sought.value, {})
    for alert_id, files in list(shown.items())[: search.settings.lookups]:
        alert = search.session.alert(alert_id) or {"id": alert_id}
        matches = matches_in(search.sought, ALERT, alert, files=files)
        search.found_alert(alert_id, alert, matches, files)
    if len(shown) > search.settings.lookups:
        left = len(shown) - search.settings.lookups
        search.note(f"{left:,} more alerts show the name as that of a product: see --lookups.")
    if products.problem is not None:
        raise products.problem
    if products.left_out:
        search.note(
            f"Names of products: {products.asked:,} alerts were asked for their files, {products.left_out:,} with "
            "other files were not: see --file_lookups."
        )


def _by_file_name(search: ValueSearch) -> None:
    from iocbeam.clients.hunting.search_queries import machines_with_file

    name, days = search.sought.value, search.settings.days
    answer = search.session.hunt(lambda client: machines_with_file(client, "FileName", name, days))
    search.add_hunted(answer.rows, answer.cut_off, ask.BY_FILE_NAME)
    _say_days(search)


def _counted(search: ValueSearch, listed: ListedMachines) -> str:
    machines = "1 machine" if listed.read == 1 else f"{listed.read:,} machines"
    return f"the {machines} that reported in {search.settings.span}"


def _say_days(search: ValueSearch) -> None:
    if search.settings.days > _MOST_HUNTING_DAYS:
        search.note(f"Hunting sees {_MOST_HUNTING_DAYS} days and no more.")


ASKERS: Final[Mapping[Question, Callable[[ValueSearch], None]]] = {
    ask.BY_IP_NOW: _by_ip_now,
    ask.BY_LAST_IP: _by_last_ip,
    ask.BY_PUBLIC_IP: _by_public_ip,
    ask.BY_EXTERNAL_IP: _by_external_ip,
    ask.BY_REMOTE_IP: _by_remote_ip,
    ask.IP_ALERTS: _ip_alerts,
    ask.IP_STATS: _ip_stats,
    ask.BY_LISTED_NAME: _by_listed_name,
    ask.MACHINE_ALERTS: _machine_alerts,
    ask.DOMAIN_ALERTS: _domain_alerts,
    ask.DOMAIN_MACHINES: _domain_machines,
    ask.DOMAIN_STATS: _domain_stats,
    ask.FILE_BY_SHA1: _file_by_hash,
    ask.FILE_BY_HASH: _file_by_hash,
    ask.FILE_HUNTED: _file_hunted,
    ask.FILE_ALERTS: _file_alerts,
    ask.FILE_MACHINES: _file_machines,
    ask.FILE_STATS: _file_stats,
    ask.NAMED_IN_ALERTS: _named_in_alerts,
    ask.PRODUCT_IN_ALERTS: _product_in_alerts,
    ask.BY_FILE_NAME: _by_file_name,
}
"""Every question of `QUESTIONS` and of those that stand for one."""


def look_for(sought: Sought, session: TenantSession) -> Answer:
    """Ask a tenant everything that can be asked about a value. Services that fail are told of in the answer."""
    return ValueSearch(sought, session, ASKERS).run()
