"""`WriteToSentinel` on a collection of its own, and what it does with what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from letters_help import Letters
from sentinel_sink_help import STARTED, UPLOAD, SentinelSite, sentinel_row, sentinel_rows

from iocbeam.local_tenant import FailItems, Fault
from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.errors import AuthenticationError, UsageError
from iocbeam.model.indicator import Indicator
from iocbeam.model.settings import ClassifySettings, RunInfo
from iocbeam.planning.sentinel.objects import stix_id
from iocbeam.sinks import WriteToSentinel
from iocbeam.transforms import ClassifySentinel, OutcomeCollector

Start = Callable[..., SentinelSite]
THREAT = {
    "type": "threat-actor",
    "spec_version": "2.1",
    "id": "threat-actor--00000000-0000-4000-8000-000000000000",
    "created": "2026-01-01T00:00:00Z",
    "modified": "2026-01-01T00:00:00Z",
    "name": "Invented Bear",
}


def sink(here: SentinelSite, run: RunInfo | None = None) -> WriteToSentinel:
    return WriteToSentinel(run or here.run, here.connection, here.workspace.workspace_id)


def test_rows_and_stix_objects_are_uploaded_and_a_second_run_updates(sentinel: Start, test_pipeline: Any) -> None:
    here = sentinel()
    for description in ("first", "second"):
        with test_pipeline() as p:
            rows = [*sentinel_rows(250, description=description), THREAT]
            ids = p | beam.Create(rows, reshuffle=False) | sink(here)
            wanted = [stix_id("drill", *row.key) for row in sentinel_rows(250)]
            assert_that(ids, equal_to([*wanted, THREAT["id"]]))
    objects = here.tenant.sentinel_objects()
    assert len(objects) == 251
    assert {one.get("description") for one in objects if one["type"] == "indicator"} == {"second"}
    assert max(count for _, count in here.uploads()) <= 100


def test_indicators_of_a_users_own_go_there_in_two_steps(sentinel: Start, test_pipeline: Any) -> None:
    here = sentinel()
    indicators = [
        Indicator("FQDN", "bad.malware-test.example", malware=("Invented",)),
        Indicator("IP Address", "8.8.4.4"),
    ]
    with test_pipeline() as p:
        _ = (
            p
            | beam.Create(indicators, reshuffle=False)
            | ClassifySentinel(here.run, ClassifySettings(collection="drill"))
            | sink(here)
        )
    assert [(one["name"], one["labels"][:-1]) for one in here.tenant.sentinel_objects()] == [
        ("bad.malware-test.example", ["malware:Invented"]),
        ("8.8.4.4", []),
    ]


def test_what_is_refused_is_a_dead_letter(sentinel: Start, test_pipeline: Any) -> None:
    here = sentinel()
    here.tenant.faults.add(Fault(UPLOAD, FailItems(lambda item: "n1." in item.get("name", ""), "no thanks")))
    malware = {**THREAT, "type": "malware", "id": THREAT["id"].replace("threat-actor", "malware")}

    def check(letters: list[DeadLetter]) -> None:
        by_format = {letter.format: letter for letter in letters}
        assert set(by_format) == {"indicator", "stix"}
        assert by_format["indicator"].message == "no thanks"
        assert b"Invented Bear" in by_format["stix"].record
        assert "not supported" in by_format["stix"].message

    with test_pipeline() as p:
        letters, collector = Letters(check), OutcomeCollector()
        step = sink(here).with_error_handler(letters).with_outcomes(collector)
        ids = p | beam.Create([*sentinel_rows(3), malware], reshuffle=False) | step
        letters.close()
        assert_that(ids | beam.combiners.Count.Globally(), equal_to([2]))
        ends = collector.rows[0] | beam.Map(lambda row: (row.outcome, row.reason))
        assert_that(
            ends,
            equal_to([("created", ""), ("created", ""), ("failed", "refused"), ("failed", "refused")]),
            label="ends",
        )


@pytest.mark.parametrize(
    "bad",
    [{"x_score": Decimal("1.5")}, {"x_set": {1}}, {("a",): 1}],
    ids=["decimal", "set", "key"],
)
@pytest.mark.parametrize("place", [0, 120])
def test_an_object_that_is_no_json_ends_alone(
    sentinel: Start, test_pipeline: Any, bad: dict[Any, Any], place: int
) -> None:
    here = sentinel()
    objects: list[Any] = [{**THREAT, "id": f"{THREAT['id'][:-3]}{number:03}"} for number in range(150)]
    objects[place] = {**objects[place], **bad}

    def check(letters: list[DeadLetter]) -> None:
        (letter,) = letters
        assert (letter.reason, letter.retriable, letter.attempts) == ("refused", False, 0)
        assert "cannot be written as JSON" in letter.message
        assert objects[place]["id"].encode() in letter.record

    with test_pipeline() as p:
        letters = Letters(check)
        ids = p | beam.Create(objects, reshuffle=False) | sink(here).with_error_handler(letters)
        letters.close()
        assert_that(ids | beam.combiners.Count.Globally(), equal_to([149]))
    assert len(here.tenant.sentinel_objects()) == 149


def test_a_row_that_is_no_json_is_a_dead_letter(sentinel: Start, test_pipeline: Any) -> None:
    here = sentinel()
    row = sentinel_row(1)
    half = row._replace(title="\ud800", indicator=replace(row.indicator, title="\ud800"))

    def check(letters: list[DeadLetter]) -> None:
        (letter,) = letters
        assert '"title": "?"' in str(letter.indicator)

    with test_pipeline() as p:
        letters = Letters(check)
        _ = (
            p
            | beam.Create([*sentinel_rows([2, 3]), half], reshuffle=False)
            | sink(here).with_error_handler(letters)
        )
        letters.close()
    assert len(here.tenant.sentinel_objects()) == 2


def test_without_a_handler_it_raises_after_its_last_upload(sentinel: Start, test_pipeline: Any) -> None:
    here = sentinel()
    here.tenant.faults.add(Fault(UPLOAD, FailItems(lambda item: "n1." in item.get("name", ""))))
    with pytest.raises(Exception, match="1 records could not be delivered"), test_pipeline() as p:
        _ = p | beam.Create(sentinel_rows(3), reshuffle=False) | sink(here)
    assert len(here.tenant.sentinel_objects()) == 2


def test_without_the_role_the_pipeline_ends(sentinel: Start, test_pipeline: Any) -> None:
    here = sentinel(role="none")
    with pytest.raises(Exception, match="Contributor") as caught, test_pipeline() as p:
        _ = p | beam.Create([sentinel_row(1)], reshuffle=False) | sink(here)
    causes, error = [], caught.value
    while error is not None:
        causes.append(type(error))
        error = error.__cause__ or error.__context__
    assert AuthenticationError in causes


def test_a_dry_run_sends_nothing(sentinel: Start, test_pipeline: Any) -> None:
    here = sentinel()
    with test_pipeline() as p:
        run = RunInfo("run", STARTED, "own", "drill", dry_run=True)
        ids = p | beam.Create(sentinel_rows(2), reshuffle=False) | sink(here, run)
        assert_that(ids | beam.combiners.Count.Globally(), equal_to([2]))
    assert here.tenant.requests == []


def test_the_workspaces_id_is_all_that_is_needed(sentinel: Start) -> None:
    here = sentinel()
    with pytest.raises(UsageError, match="--sentinel_workspace_id"):
        WriteToSentinel(here.run, here.connection, "")
