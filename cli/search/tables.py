"""The tables of a search: machines and alerts, and how each shows the value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

from iocbeam.model.ocsf.times import milliseconds
from iocbeam.model.search_words import HASH_KINDS, HOSTNAME
from iocbeam.model.sighting import Match
from iocbeam.planning.search import questions as ask

from ..views.console import cut, safe
from ..views.printer import LISTED, Printer
from .answer import Answer, Finding, State
from .widths import GAP, Column, fitted

Row = tuple[Answer, Finding]

_STYLES: Final = {"High": "bold red", "Medium": "yellow"}
_COLOURED: Final = ("Severity", "Risk")
_WHOLE_IDS_FROM: Final = 150
"""Columns of a terminal in which ids of 40 characters find room."""
_SHORT_ID: Final = 9
_ROOM: Final = 100
"""Columns of a terminal in which the tables find room; on a narrower one machines are told by name alone."""
_TITLE: Final = 60
_MANY: Final = 3
_NAME, _DATE, _WORD = 32, 10, 9
"""Columns that a machine's name, a time and other words have at least, if they are that long."""

_HOW: Final = {
    "lastIpAddress": "last address",
    "lastExternalIpAddress": "public address",
    "computerDnsName": "name",
    ask.BY_PUBLIC_IP.place: "public address",
    ask.BY_REMOTE_IP.place: "spoke to it",
    ask.DOMAIN_MACHINES.place: "spoke to it",
    ask.FILE_MACHINES.place: "has or had it",
    ask.FILE_HUNTED.place: "has or had it",
    ask.BY_FILE_NAME.place: "has or had it",
    ask.BY_IP_NOW.place: "has it now",
    ask.BY_LAST_IP.place: "last address",
    ask.IP_ALERTS.place: "names it",
    ask.DOMAIN_ALERTS.place: "names it",
    ask.FILE_ALERTS.place: "names it",
    ask.MACHINE_ALERTS.place: "its machine",
}
"""How a machine or an alert shows the value, by place; other places are told as they are."""


def _why_none(answers: Sequence[Answer], finds: str) -> str:
    asked = [one for answer in answers for one in answer.asked]
    if any(one.state is State.ANSWERED for one in asked if one.question.finds == finds):
        return "none found"
    if any(one.state is State.FAILED for one in asked):
        return "could not be asked"
    if any(one.state is State.OFF for one in asked):
        return "not checkable: needs hunting, which is off"
    kind = answers[0].sought.kind
    if kind == HOSTNAME:
        return "not asked, as there is no machine of that name"
    if kind in HASH_KINDS:
        return "not asked, as the SHA-1 of the file is not known"
    return "not asked"


def _show(printer: Printer, columns: Sequence[Column]) -> None:
    """A table of these, as far as there is room."""
    from rich.text import Text

    kept = fitted(columns, printer.width)
    table = printer.table(GAP)
    for column, width in kept:
        table.add_column(column.title, overflow="fold", width=width)
    for cells in zip(*(column.cells for column, _ in kept), strict=True):
        table.add_row(
            *(
                Text(cell, _STYLES.get(cell, "") if column.title in _COLOURED else "")
                for (column, _), cell in zip(kept, cells, strict=True)
            )
        )
    printer.console.print(table)


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
    shown = rows[:LISTED]
    found = [finding.data for _, finding in shown]
    wide = printer.width >= _ROOM
    columns = [
        *_tenants(shown, several),
        Column("Name", _devices(shown, "id", wide), _NAME),
        *([Column("Id", [_id(printer, data.get("id")) for data in found], whole=True)] if wide else ()),
        Column("Last seen", [time_of(data.get("lastSeen")) or "-" for data in found], _DATE, order=3),
        Column("IPs", [_addresses(data) for data in found], whole=True),
        Column("OS", [_or_dash(data.get("osPlatform")) for data in found], _WORD, order=1),
        Column("Risk", [_or_dash(data.get("riskScore")) for data in found], whole=True, order=2),
        _hows(printer, shown),
    ]
    _show(printer, columns)
    _and_more(printer, rows)


def show_alerts(printer: Printer, answers: Sequence[Answer], several: bool) -> None:
    """The same of the alerts."""
    rows = [(answer, finding) for answer in answers for finding in answer.alerts]
    printer.blank()
    if not rows:
        printer.line(f"Alerts: {_why_none(answers, ask.ALERTS)}.")
        return
    printer.line(f"Alerts: {len(rows):,}", "bold")
    shown = rows[:LISTED]
    found = [finding.data for _, finding in shown]
    wide = printer.width >= _ROOM
    columns = [
        *_tenants(shown, several),
        Column("Time", [time_of(data.get("alertCreationTime")) or "-" for data in found], _DATE),
        Column("Severity", [_or_dash(data.get("severity")) for data in found], whole=True, order=2),
        Column("Status", [_or_dash(data.get("status")) for data in found], _WORD + 1, order=1),
        Column("Title", [cut(_or_dash(data.get("title")), _TITLE) for data in found], _DATE),
        Column("Device", _devices(shown, "machineId", wide), _NAME),
        _hows(printer, shown),
    ]
    _show(printer, columns)
    _and_more(printer, rows)


def _tenants(rows: Sequence[Row], several: bool) -> list[Column]:
    return [Column("Tenant", [safe(answer.tenant.alias) for answer, _ in rows], _WORD)] if several else []


def _hows(printer: Printer, rows: Sequence[Row]) -> Column:
    """How each shows the value. Where there is room, places stay in one piece."""
    cells = [_places(printer, finding.matches) for _, finding in rows]
    words = max((len(word) for cell in cells for word in cell.split()), default=0)
    return Column("How", cells, words if printer.width >= _ROOM else min(words, _WORD))


def _devices(rows: Sequence[Row], id_field: str, wide: bool) -> list[str]:
    """The names of the machines; on a narrow terminal their first labels, except where two machines have the same.

    Machines that even share the whole name have their ids beside it.
    """
    machines = {
        (answer.tenant.tenant_id, _name(finding.data), str(finding.data.get(id_field) or ""))
        for answer, finding in rows
    }
    of_name = Counter((tenant, name) for tenant, name, _ in machines)
    of_label = Counter((tenant, _label(name)) for tenant, name in of_name)
    found = []
    for answer, finding in rows:
        tenant, name, own_id = answer.tenant.tenant_id, _name(finding.data), finding.data.get(id_field)
        if not name:
            found.append(_or_dash(None if wide or id_field != "id" else own_id))
            continue
        short = not wide and of_label[tenant, _label(name)] == 1
        shared = of_name[tenant, name] > 1 and own_id and not (wide and id_field == "id")
        shown = safe(name.partition(".")[0] if short else name)
        found.append(f"{shown}\n{cut(safe(own_id), _SHORT_ID)}" if shared else shown)
    return found


def _name(data: Mapping[str, Any]) -> str:
    return str(data.get("computerDnsName") or "")


def _label(name: str) -> str:
    return name.partition(".")[0].lower()


def _and_more(printer: Printer, rows: Sequence[Row]) -> None:
    if len(rows) > LISTED:
        printer.line(f"and {len(rows) - LISTED:,} more: --json has all of them")


def _or_dash(value: Any) -> str:
    return "-" if value is None or value == "" else safe(value)


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
