"""The hunting queries of a search: which machines show a value.

Each gives one row for a machine, the newest, with `DeviceId`, `DeviceName` and `Timestamp`. Tables and columns are
documented.
"""

from __future__ import annotations

from typing import Final

from .hunting import MOST_DAYS, HuntingAnswer, HuntingClient
from .kql import kql_text

MOST_MACHINES: Final = 1_000
"""Machines that one query gives; our choice."""


def machines_with_public_ip(hunting: HuntingClient, ip: str, days: int) -> HuntingAnswer:
    """Machines that reached Defender from a public address: `lastExternalIpAddress`, and earlier ones."""
    return _ask(hunting, "DeviceInfo", f"PublicIP == {kql_text(ip)}", "PublicIP, OSPlatform", days)


def machines_that_spoke_to(hunting: HuntingClient, ip: str, days: int) -> HuntingAnswer:
    """Machines with a connection from or to an address."""
    return _ask(hunting, "DeviceNetworkEvents", f"RemoteIP == {kql_text(ip)}", "RemoteIP", days)


def machines_with_file(hunting: HuntingClient, column: str, value: str, days: int) -> HuntingAnswer:
    """Machines on which a file was made, changed or renamed.

    Args:
        column: `FileName`, `SHA1`, `SHA256` or `MD5`; case does not count.
    """
    return _ask(hunting, "DeviceFileEvents", f"{column} =~ {kql_text(value)}", "FileName, SHA1, SHA256, MD5", days)


def _ask(hunting: HuntingClient, table: str, condition: str, columns: str, days: int) -> HuntingAnswer:
    days = min(days, MOST_DAYS)
    answer = hunting.ask(
        f"{table} | where Timestamp >= ago({days}d) | where {condition}"
        f" | summarize arg_max(Timestamp, *) by DeviceId"
        f" | project Timestamp, DeviceId, DeviceName, {columns} | take {MOST_MACHINES}",
        days,
    )
    return HuntingAnswer(answer.rows, answer.cut_off or len(answer.rows) >= MOST_MACHINES)
