"""Rows, tenants and plans in few words."""

from __future__ import annotations

from typing import Any

from iocbeam.model.actual import ActualRow, TenantRows
from iocbeam.model.indicator import Indicator, key_digest
from iocbeam.model.plan import Change, DefenderPlan, DefenderRow
from iocbeam.model.settings import (
    DAY,
    ClassifySettings,
    ConnectionSettings,
    PlanPolicy,
    RunInfo,
    TenantSettings,
)
from iocbeam.planning import Desired, as_item, plan, read_row

NOW = 1_790_000_000
RUN = RunInfo("run", NOW, "defender", "drill")
REPLAY = RunInfo("run", NOW, "defender", "drill", replay=True)


def row(number: int | str, **changes: Any) -> DefenderRow:
    """A desired domain with the default expiry of 90 days."""
    name = number if isinstance(number, str) else f"n{number}.example"
    made = DefenderRow(
        "DomainName", name, "Block", "High", name, "about", NOW + 90 * DAY, False, Indicator("FQDN", name)
    )
    return made._replace(**changes)


def digest(number: int) -> bytes:
    """Of the key of `row(number)`."""
    return key_digest("FQDN", f"n{number}.example")


def entity(
    of: DefenderRow, row_id: str = "1", mark: str = "", written_at: int = NOW, **changes: Any
) -> dict[str, Any]:
    """A row as the service shows it: as it was sent at `written_at`, with these changes."""
    item = as_item(Change("created", of, mark), PlanPolicy("drill"))
    if of.expires_at is not None and of.indicator.expires_at is None:
        moment = of._replace(expires_at=of.expires_at - NOW + written_at)
        item["expirationTime"] = as_item(Change("created", moment, mark), PlanPolicy("drill"))["expirationTime"]
    written = as_item(Change("created", of._replace(expires_at=written_at), mark), PlanPolicy("drill"))
    return {
        **item,
        "id": row_id,
        "createdBy": "app-id",
        "createdByDisplayName": "Sync app",
        "lastUpdateTime": written["expirationTime"],
        **changes,
    }


def ours(of: DefenderRow, row_id: str | None = None, written_at: int = NOW, **changes: Any) -> ActualRow:
    """A row of this collection, as its first run left it."""
    made = plan(Desired([of]), tenant(), RUN).changes[0]
    return read_row(entity(of, row_id or of.value, made.mark, written_at, **changes))


def others(of: DefenderRow, row_id: str = "o1", **changes: Any) -> ActualRow:
    """A row of the portal's Ada with the same value."""
    names = {"createdBy": "ada@corp.example", "createdByDisplayName": "Ada"}
    return read_row({**entity(of, row_id), **names, **changes})


def tenant(*rows: ActualRow, days: int | None = 90, sees_all: bool = True, **policy: Any) -> TenantRows:
    """A tenant with these rows, for the collection `drill`."""
    settings = TenantSettings(
        "tenant",
        ConnectionSettings(tenant_id="tenant", client_id="app-id"),
        ClassifySettings(collection="drill", expiration_days=days),
        PlanPolicy("drill", **policy),
    )
    return TenantRows(settings, rows, sees_all)


def told(made: DefenderPlan) -> list[str]:
    """The plan in one line for each thing that it does."""
    lines = []
    for change in made.changes:
        words = [change.kind, change.row.value, *change.fields]
        lines.append(" ".join([*words, f"replacing {change.replaces}"] if change.replaces else words))
    lines += [f"{end.outcome} {end.reason} {end.row.value}".replace("  ", " ") for end in made.ends]
    lines += [f"withdraw {one.id} {one.reason}" for one in made.withdraw]
    return lines
