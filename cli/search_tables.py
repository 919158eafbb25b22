"""The tables of a search: machines and alerts, and how each shows the value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.ocsf.times import milliseconds
from iocbeam.model.sighting import Match
from iocbeam.planning import search_questions as ask

from .console import cut, safe
from .printer import LISTED, Printer
from .search_answer import Answer, Finding, State

if TYPE_CHECKING:
    from rich.table import Table

_STYLES: Final = {"High": "bold red", "Medium": "yellow"}
_WHOLE_IDS_FROM: Final = 150
"""Columns of a terminal in which ids of 40 characters find room."""
_SHORT_ID: Final = 9
_ROOM: Final = 100
"""Columns of a terminal in which the tables find room; on a narrower one machines are told by name alone."""
_TITLE: Final = 60
_MANY: Final = 3
_NAME: Final = 18
"""Columns that the name of a machine has at least."""

_HOW: Final = {
    "lastIpAddress": "last address",
    "lastExternalIpAddress": "public address",
    "computerDnsName": "name",
    ask.BY_PUBLIC_IP.by: "public address",
    ask.BY_REMOTE_IP.by: "spoke to it",
    ask.DOMAIN_MACHINES.call: "spoke to it",
    ask.FILE_MACHINES.call: "has or had it",
    ask.FILE_HUNTED.by: "has or had it",
    ask.BY_FILE_NAME.by: "has or had it",
    ask.BY_IP_NOW.call: "has it now",
    ask.BY_LAST_IP.call: "last address",
    ask.IP_ALERTS.call: "names it",
    ask.DOMAIN_ALERTS.call: "names it",
    ask.FILE_ALERTS.call: "names it",
    ask.MACHINE_ALERTS.call: "its machine",
}
"""How a machine or an alert shows the value, by place; other places are told as they are."""


def _why_none(answers: Sequence[Answer], finds: str) -> str:
    states = {state for answer in answers for question, state, *_ in answer.asked if question.finds == finds}
    if State.ANSWERED in states:
        return "none found"
    failed = any(answer.ended(State.FAILED) for answer in answers)
    return "could not be asked" if failed else "not asked"


def _table(printer: Printer, titles: Sequence[str], rows: Iterable[tuple[Answer, Finding]]) -> Table:
    """An empty table for these rows. Where there is room, names and places stay in one piece."""
    words = [word for _, finding in rows for word in _places(printer, finding.matches).split()]
    widths = {"Name": _NAME, "Device": _NAME, "How": max(map(len, words), default=0)}
    if printer.width < _ROOM:
        widths = {}
    table = printer.table(gap=1)
    for title in titles:
        table.add_column(
            title,
            overflow="fold",
            no_wrap=title in ("Id", "Severity", "Risk"),
            min_width=widths.get(title),
        )
    return table


def show_machines(printer: Printer, answers: Sequence[Answer], several: bool) -> None:
    """The machines that the tenants have of one value.

    Args:
        several: whether there are several tenants, which are then told.
    """
    rows = [(answer, finding) for answer in answers for finding in answer.machines]
    printer.blank()
    if not rows:
        printer.line(f"Devices: {_why_none(answers, ask.MACHINES)}.")
        return
    printer.line(f"Devices: {len(rows):,}", "bold")
    tenant_title = ["Tenant"] if several else []
    id_title = ["Id"] if printer.width >= _ROOM else []
    titles = (*tenant_title, "Name", *id_title, "Last seen", "IPs", "OS", "Risk", "How")
    table = _table(printer, titles, rows[:LISTED])
    for answer, finding in rows[:LISTED]:
        data = finding.data
        tenant = [safe(answer.tenant.alias)] if several else []
        table.add_row(
            *tenant,
            _device(printer, data.get("computerDnsName") or (None if id_title else data.get("id"))),
            *([_id(printer, data.get("id"))] if id_title else []),
            time_of(data.get("lastSeen")) or "-",
            _addresses(data),
            _or_dash(data.get("osPlatform")),
            _coloured(data.get("riskScore")),
            _places(printer, finding.matches),
        )
    printer.console.print(table)
    _and_more(printer, rows)


def show_alerts(printer: Printer, answers: Sequence[Answer], several: bool) -> None:
    """The same of the alerts."""
    rows = [(answer, finding) for answer in answers for finding in answer.alerts]
    printer.blank()
    if not rows:
        printer.line(f"Alerts: {_why_none(answers, ask.ALERTS)}.")
        return
    printer.line(f"Alerts: {len(rows):,}", "bold")
    tenant_title = ["Tenant"] if several else []
    titles = (*tenant_title, "Time", "Severity", "Status", "Title", "Device", "How")
    table = _table(printer, titles, rows[:LISTED])
    for answer, finding in rows[:LISTED]:
        data = finding.data
        tenant = [safe(answer.tenant.alias)] if several else []
        table.add_row(
            *tenant,
            time_of(data.get("alertCreationTime")) or "-",
            _coloured(data.get("severity")),
            _or_dash(data.get("status")),
            cut(_or_dash(data.get("title")), _TITLE),
            _device(printer, data.get("computerDnsName")),
            _places(printer, finding.matches),
        )
    printer.console.print(table)
    _and_more(printer, rows)


def _and_more(printer: Printer, rows: Sequence[tuple[Answer, Finding]]) -> None:
    if len(rows) > LISTED:
        printer.line(f"and {len(rows) - LISTED:,} more: --json has all of them")


def _coloured(value: Any) -> Any:
    from rich.text import Text

    return Text(_or_dash(value), _STYLES.get(str(value), ""))


def _or_dash(value: Any) -> str:
    return "-" if value is None or value == "" else safe(value)


def _device(printer: Printer, name: Any) -> str:
    """A machine's name; on a narrow terminal its first label."""
    text = _or_dash(name)
    return text if printer.width >= _ROOM else text.partition(".")[0]


def _id(printer: Printer, value: Any) -> str:
    text = _or_dash(value)
    return text if printer.width >= _WHOLE_IDS_FROM else cut(text, _SHORT_ID)


def _addresses(data: Mapping[str, Any]) -> str:
    found = (data.get("lastIpAddress"), data.get("lastExternalIpAddress"))
    return "\n".join(dict.fromkeys(safe(one) for one in found if one)) or "-"


def _places(printer: Printer, matches: Sequence[Match]) -> str:
    places = list(dict.fromkeys(_how(printer, match.place) for match in matches))
    more = len(places) - _MANY
    return "\n".join((*places[:_MANY], f"and {more} more") if more > 0 else places)


def _how(printer: Printer, place: str) -> str:
    if place.startswith("ipAddresses["):
        return "interface"
    # Whose evidence it is shows in the events; a narrow terminal has room for what it is.
    shown = place if printer.width >= _ROOM or "[" not in place else place.rpartition(".")[2]
    return _HOW.get(place) or safe(shown)


def time_of(value: Any) -> str:
    """A service's time to the minute, in UTC; as it is where it is none."""
    known = milliseconds(value)
    if known is None:
        return safe(value) if value else ""
    return f"{datetime.fromtimestamp(known // 1000, timezone.utc):%Y-%m-%d %H:%M}"
