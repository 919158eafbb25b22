"""Documents as runs write them, made by the product from small plans and reports; the paths of their fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iocbeam.model import (
    Change,
    DefenderPlan,
    DefenderRow,
    Indicator,
    PlannedEnd,
    PlanPolicy,
    ReadReport,
    RunInfo,
    Tally,
    Withdrawal,
    WriteReport,
)
from iocbeam.model.alert_files import AlertFiles
from iocbeam.model.entra_plan import EntraPlan, FieldChange, LocationChange, PolicyChange, RangeEnd, RangeRow
from iocbeam.model.sentinel_plan import (
    SentinelActual,
    SentinelChange,
    SentinelEnd,
    SentinelPlan,
    SentinelRow,
    SentinelWithdrawal,
)
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sightings import ReadTenant
from iocbeam.model.sighting_report import FetchReport, Sighted, sighting_report
from iocbeam.model.summary import TargetEnds, summarise
from iocbeam.sinks.files.plan_documents import defender_document, entra_document, sentinel_document

_TENANT = "11111111-1111-4111-8111-111111111111"
_NOW = 1_790_000_000
_NAME = Indicator("FQDN", "bad.example")
_ADDRESS = Indicator("IP Address", "203.0.113.9")

_AS_A_WHOLE = frozenset(
    (
        "notices",
        "outcomes",
        "reasons",
        "by_type",
        "requests",
        "objects",
        "changes[].stix",
        "policy.body",
        "policy.fields[].before",
        "policy.fields[].after",
    )
)
"""Fields whose keys are data, or that are in the form of a service."""


def paths_of(document: Any, before: str = "") -> Iterator[str]:
    """The path of each field, as `inputs[].location`, in the document's order."""
    for name, value in document.items():
        path = f"{before}{name}"
        if path in _AS_A_WHOLE:
            yield path
        elif isinstance(value, dict):
            yield from paths_of(value, f"{path}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            yield from paths_of(value[0], f"{path}[].")
        else:
            yield path


def summary_of_a_run() -> dict[str, Any]:
    """Of a run that wrote to two targets, so that their entries stand apart from the run's own fields."""
    run = RunInfo("20261122T060000Z-000000", _NOW, "sync", "example")
    tallies = [
        Tally("", "Validate", "rejected", "not_public", "IP Address", 1),
        Tally("", "", "notice", "refanged", "", 1),
    ]
    writes = [[WriteReport(_TENANT, "main", target=target)] for target in ("defender", "entra")]
    reads = [ReadReport("feed.jsonl", 1, 1, complete=True)]
    return summarise(run, reads, [TargetEnds(tallies, one) for one in writes], _NOW + 9)


def summary_of_sightings() -> dict[str, Any]:
    """Of a run that looked for a collection."""
    run = RunInfo("20261122T060000Z-000000", _NOW, "sightings", "example")
    tenant = ReadTenant("main", ConnectionSettings(tenant_id=_TENANT, client_id=_TENANT))
    read = FetchReport(_TENANT, "machine", ReadReport("machines", 1, 1, complete=True), {}, 0.0)
    report = sighting_report(tenant, [read], [], AlertFiles(), [Sighted("FQDN", "bad.example", "High", "", 1, 0)])
    return summarise(run, [], [TargetEnds([], [report])], _NOW + 9)


def plan_paths() -> dict[str, list[str]]:
    """The fields of a tenant's entry in `plan.json`, by target."""
    return {
        "defender": list(
            paths_of(defender_document(_defender_plan(), PlanPolicy("example", recommended_actions="Look")))
        ),
        "entra": list(paths_of(entra_document(_entra_plan()))),
        "sentinel": list(paths_of(sentinel_document(_sentinel_plan(), "example", _NOW))),
    }


def _defender_plan() -> DefenderPlan:
    row = DefenderRow("DomainName", "bad.example", "Audit", "High", "bad.example", "", None, True, _NAME)
    return DefenderPlan(
        _TENANT,
        "main",
        changes=(Change("created", row, "iocbeam:example:0"),),
        ends=(PlannedEnd(row, "unchanged", ""),),
        withdraw=(Withdrawal("17", "DomainName", "old.example", "absent"),),
    )


def _entra_plan() -> EntraPlan:
    cidrs = ("203.0.113.9/32",)
    return EntraPlan(
        _TENANT,
        "main",
        ends=(RangeEnd(RangeRow("IP Address", "203.0.113.9", "High", _ADDRESS), "unchanged", ""),),
        locations=(LocationChange("create", "", "Example", cidrs, False, ("ipRanges",), cidrs, ()),),
        policy=PolicyChange("create", "", "Block", {}, (FieldChange("state", None, "disabled"),)),
        effect="none",
    )


def _sentinel_plan() -> SentinelPlan:
    row = SentinelRow("FQDN", "bad.example", "High", 85, "bad.example", "", (), None, _NAME)
    return SentinelPlan(
        _TENANT,
        "main",
        changes=(SentinelChange("created", row, "0"),),
        ends=(SentinelEnd(row, "unchanged", ""),),
        withdraw=(SentinelWithdrawal(SentinelActual("1", ("FQDN", "old.example"), ""), "absent"),),
    )
