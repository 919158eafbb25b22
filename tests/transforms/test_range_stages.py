"""What the stages make of indicators for Entra: ranges, and what ends before the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from made_records import RUN, indicator

from iocbeam.model.entra_plan import EndedRanges, RangeRow
from iocbeam.model.indicator import CIDR, FQDN, IP, IPV6, MD5, SHA256, URL
from iocbeam.model.outcome import Ended, OutcomeRow
from iocbeam.model.settings import ConnectionSettings, Limits
from iocbeam.model.settings.entra import EntraTenantSettings, LocationSettings
from iocbeam.planning.entra.access import TenantAccess, read_access
from iocbeam.planning.entra.ranges import RangeSet
from iocbeam.transforms import (
    AllOwnedRanges,
    Best,
    ClassifyRange,
    NeverBlockRanges,
    ProtectRange,
    RangeEnds,
    Selection,
    classify_range,
    load_never_block,
    never_block_ranges,
    protect_range,
    select,
)
from iocbeam.transforms.bulk import BulkCoder
from iocbeam.transforms.plan_entra import touching

Pipeline = Callable[..., Any]


def range_row(value: str = "45.9.1.2", kind: str = IP, **fields: Any) -> RangeRow:
    made = classify_range(indicator(value, kind, **fields))
    assert isinstance(made, RangeRow)
    return made


@pytest.mark.parametrize(
    ("kind", "value"), [(IP, "45.9.1.2"), (IPV6, "2a00::1"), (CIDR, "45.0.0.0/8"), (CIDR, "2a00::/12")]
)
def test_addresses_and_ranges_become_rows(kind: str, value: str) -> None:
    made = range_row(value, kind, severity="High")
    assert (made.key, made.severity) == ((kind, value), "High")
    assert range_row(value, kind).severity == "Medium"


@pytest.mark.parametrize("kind", [FQDN, URL, MD5, SHA256])
def test_a_named_location_takes_nothing_else(kind: str) -> None:
    end = classify_range(indicator("anything", kind))
    assert isinstance(end, Ended)
    assert (end.outcome, end.reason) == ("unsupported", "type_not_taken")


@pytest.mark.parametrize("value", ["44.0.0.0/7", "32.0.0.0/3", "2a00::/7"])
def test_a_range_wider_than_slash_8_is_rejected(value: str) -> None:
    end = classify_range(indicator(value, CIDR))
    assert isinstance(end, Ended)
    assert (end.outcome, end.reason) == ("rejected", "prefix_too_short")


def test_what_is_wholly_on_a_list_is_protected_and_what_is_in_part_goes_on() -> None:
    lists = NeverBlockRanges(RangeSet.of(["8.8.8.8"]), RangeSet.of(["45.9.1.0/25", "2a00::/64"]))
    for value, kind, reason in (
        ("8.8.8.8", IP, "built_in"),
        ("45.9.1.7", IP, "never_block"),
        ("45.9.1.64/26", CIDR, "never_block"),
        ("2a00::5", IPV6, "never_block"),
    ):
        end = protect_range(range_row(value, kind), lists)
        assert isinstance(end, Ended)
        assert (end.outcome, end.reason) == ("protected", reason)
    for value, kind in (("45.9.1.0/24", CIDR), ("45.9.1.200", IP), ("2a00::/32", CIDR)):
        free = range_row(value, kind)
        assert protect_range(free, lists) is free


def test_the_addresses_of_never_block_lists_are_told_apart_by_where_they_are_from(tmp_path: Any) -> None:
    path = tmp_path / "own.txt"
    path.write_text("45.9.1.0/24\nevil.example\nhttp://45.9.2.2/x\n")
    lists = never_block_ranges(load_never_block([str(path)])[0])
    assert lists.built_in.contains("8.8.8.8")
    assert not lists.built_in.contains("45.9.1.1")
    assert lists.listed == RangeSet.of(["45.9.1.0/24", "45.9.2.2"])


def over_the_wire(element: Any) -> Any:
    coder = BulkCoder()
    return coder.decode(coder.encode(element))


def test_a_selection_of_ranges_survives_the_wire() -> None:
    rows = [range_row(f"45.9.1.{number % 50}", source_id=str(number)) for number in range(200)]
    made = select(rows, 20)
    assert len(made.rows) == 20
    again: Selection[RangeRow] = over_the_wire(made)
    assert again == made
    assert isinstance(again.rows[0], RangeRow)
    best: Best[RangeRow] = Best(20)
    for row in rows:
        best.add(row)
    assert over_the_wire(best).selection(20) == made


def outcome(value: str, outcome: str, reason: str, kind: str = IP) -> OutcomeRow:
    return OutcomeRow("", outcome, reason, "Validate", kind, value, "", "", "")


def tenant() -> EntraTenantSettings:
    return EntraTenantSettings("t", ConnectionSettings(), LocationSettings("IOC"), None, Limits("ours"))


def holding(*cidrs: str) -> TenantAccess:
    ranges = [{"cidrAddress": cidr} for cidr in cidrs]
    row = {"@odata.type": "#microsoft.graph.ipNamedLocation", "id": "1", "displayName": "IOC", "ipRanges": ranges}
    return read_access(tenant(), [row, {**row, "id": "2", "displayName": "else's"}], [])


ENDS = [
    outcome("45.9.1.2", "inactive", "status_excluded"),
    outcome("45.9.7.7", "inactive", "status_excluded"),
    outcome("45.9.1.0/30", "expired", "expired", CIDR),
    outcome("45.9.7.0/24", "inactive", "whitelisted", CIDR),
    outcome("evil.example", "inactive", "whitelisted", FQDN),
    outcome("45.9.1.3", "rejected", "not_public"),
]


def test_of_ended_addresses_the_plan_learns_what_is_held_and_what_is_whitelisted(test_pipeline: Pipeline) -> None:
    with test_pipeline() as pipeline:
        held = pipeline | "Held" >> beam.Create([holding("45.9.1.0/24")])
        found = pipeline | beam.Create(ENDS) | RangeEnds(held | AllOwnedRanges())
        told = found | beam.FlatMap(lambda one: [(one.whitelisted, value) for value in one.values])
        assert_that(told, equal_to([(False, "45.9.1.2"), (False, "45.9.1.0/30"), (True, "45.9.7.0/24")]))


def test_what_is_far_from_everything_takes_no_memory() -> None:
    found = [EndedRanges(True, ("45.9.1.2", "45.9.7.0/24")), EndedRanges(False, ("45.9.1.3",))]
    near = RangeSet.of(["45.9.1.0/24"])
    assert touching(found, True, near) == RangeSet.of(["45.9.1.2"])
    assert touching(found, False, near) == RangeSet.of(["45.9.1.3"])


def test_the_stages_work_in_a_users_own_pipeline(test_pipeline: Pipeline) -> None:
    with test_pipeline() as pipeline:
        rows = (
            pipeline
            | beam.Create([indicator("45.9.1.2", IP), indicator("8.8.8.8", IP), indicator("evil.example")])
            | ClassifyRange(RUN)
            | ProtectRange(RUN)
        )
        assert_that(rows | beam.Map(lambda row: row.value), equal_to(["45.9.1.2"]))
