"""The summary as flat rows, one for each tenant and target, which any transform and any format can take."""

# Without `from __future__ import annotations`: Beam reads the types of the fields, and a text is none.

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class SummaryRow(NamedTuple):
    """What a run did in one tenant; `summary.json` says more.

    Attributes:
        target: such as `defender`.
        status: in words, of the whole run; `exit_code` likewise.
        outcomes: how many records ended which way, as JSON text.
        balanced: whether every record that was read is among them.
        intake_problem: why what was read cannot be taken for the whole collection, or empty.
        refusals: what guards held back, one a line.
    """

    run_id: str
    collection: str
    tenant_id: str
    alias: str
    target: str
    status: str
    exit_code: int
    dry_run: bool
    records_read: int
    balanced: bool
    outcomes: str
    withdrawn: int
    intake_problem: str
    refusals: str


def summary_rows(summary: Mapping[str, Any]) -> Iterator[SummaryRow]:
    """The rows of the content of a `summary.json`."""
    for tenant in summary["tenants"]:
        yield SummaryRow(
            summary["run_id"],
            summary["collection"],
            tenant["tenant_id"],
            tenant["alias"],
            tenant["target"],
            summary["status"],
            summary["exit_code"],
            summary["dry_run"],
            summary["records_read"],
            summary["balanced"],
            json.dumps(tenant["outcomes"]),
            tenant["withdrawn"],
            summary["intake_problem"],
            "\n".join(map(str, tenant["refusals"])),
        )
