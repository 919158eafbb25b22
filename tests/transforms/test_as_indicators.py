"""Rows that a user's own transform has made: what becomes an indicator again, and what does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import apache_beam as beam
import orjson
import pytest
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.error_handling import CollectingErrorHandler

from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import Indicator
from iocbeam.model.indicator_row import indicator_row
from iocbeam.model.outcome import Ended
from iocbeam.model.settings import RunInfo
from iocbeam.transforms import AsIndicators, as_indicator
from iocbeam.transforms.as_indicators import check_fields
from iocbeam.transforms.sources import AsRecords

NOW = 1_790_000_000
RUN = RunInfo("r", NOW, "yaml", "drill")


def test_an_indicator_is_given_back_as_it_is() -> None:
    given = Indicator("FQDN", "bad.example.com")
    assert as_indicator(given, NOW) is given


def test_a_row_of_all_fields_becomes_the_same_indicator() -> None:
    given = Indicator(
        "FQDN",
        "bad.example.com",
        "High",
        3.0,
        "t",
        "d",
        "Active",
        5,
        NOW * 2,
        ("m",),
        ("a",),
        ("g",),
        (("n", "v"),),
    )
    assert as_indicator(indicator_row(given), NOW) == given


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"value": "BAD.Example.com."}, ("FQDN", "bad.example.com")),
        ({"type": "URL", "value": "bad.example.com/x"}, ("URL", "bad.example.com/x")),
        ({"type": "SHA-256", "value": "AB" * 32}, ("SHA-256", "ab" * 32)),
    ],
    ids=["case", "no_scheme", "digest"],
)
def test_a_value_is_made_canonical(fields: dict[str, str], expected: tuple[str, str]) -> None:
    made = as_indicator(SimpleNamespace(**{"type": "FQDN", **fields}), NOW)
    assert isinstance(made, Indicator)
    assert made.key == expected


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"value": "com"}, "too_broad"),
        ({"value": 7}, "transform_failed"),
        ({"type": "Mutex"}, "unknown_type"),
        ({"severity": "Hihg"}, "transform_failed"),
        ({"malware": "one, two"}, "transform_failed"),
        ({"expires_at": NOW - 1}, "expired"),
        ({"type": "IP Address", "value": "10.0.0.1"}, "not_public"),
    ],
    ids=["suffix", "number", "type", "severity", "no_list", "expired", "private"],
)
def test_what_cannot_be_an_indicator_ends(fields: dict[str, Any], reason: str) -> None:
    end = as_indicator(SimpleNamespace(**{"type": "FQDN", "value": "bad.example.com", **fields}), NOW)
    assert isinstance(end, Ended)
    assert end.reason == reason


def test_the_fields_of_rows_are_looked_at_before_anything_runs() -> None:
    check_fields(["type", "value", "tags"])
    with pytest.raises(UsageError, match="no field 'value'"):
        check_fields(["type"])
    with pytest.raises(UsageError, match="no field 'weight': it would be lost"):
        check_fields(["type", "value", "weight"])


def test_a_rejected_row_is_a_dead_letter_that_can_be_run_again(test_pipeline: Any) -> None:
    rows = [beam.Row(type="FQDN", value="bad.example.com"), beam.Row(type="FQDN", value="not a name")]
    with test_pipeline() as pipeline:
        handler = CollectingErrorHandler()
        passed = pipeline | beam.Create(rows) | AsIndicators(RUN).with_error_handler(handler)
        assert_that(passed | beam.Map(lambda one: one.key), equal_to([("FQDN", "bad.example.com")]), "passed")
        handler.close()
        found = handler.output() | beam.Map(
            lambda one: (one.reason, one.format, orjson.loads(one.record)["value"])
        )
        assert_that(found, equal_to([("malformed_domain", "jsonl", "not a name")]), "rejected")


def test_rows_of_any_kind_are_records_and_all_of_them_are_counted(test_pipeline: Any) -> None:
    rows = [beam.Row(ioc="a.example.com", kind="FQDN"), beam.Row(ioc="b.example.com", kind="FQDN")]
    with test_pipeline() as pipeline:
        read = pipeline | beam.Create(rows) | AsRecords(RUN, "table", {"value": "ioc", "type": "kind"})
        values = read.records | beam.Map(lambda record: (record.fields["value"], record.source))
        assert_that(values, equal_to([("a.example.com", "table"), ("b.example.com", "table")]), "records")
        counts = read.reports | "Counts" >> beam.Map(
            lambda report: (report.location, report.records, report.complete)
        )
        assert_that(counts, equal_to([("table", 2, True)]), "reports")


def test_no_rows_are_a_report_of_none(test_pipeline: Any) -> None:
    with test_pipeline() as pipeline:
        read = pipeline | beam.Create([]) | AsRecords(RUN)
        assert_that(read.reports | beam.Map(lambda report: report.records), equal_to([0]))
