"""Each stage alone in a user's own pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.internal import cloudpickle_pickler
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.error_handling import ErrorHandler
from made_records import NOW, RUN, indicator, ranked, record, row

from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.indicator import CIDR, URL, Indicator, key_digest
from iocbeam.model.outcome import Ended, Tally
from iocbeam.model.settings import ClassifySettings
from iocbeam.transforms import (
    Classify,
    Expire,
    FixUrlScheme,
    OutcomeCollector,
    Protect,
    Rank,
    Select,
    Selection,
    Stage,
    Validate,
    classify,
    expire,
    fix_url_scheme,
    load_never_block,
    protect,
    validate,
)

Pipeline = Callable[..., Any]
SETTINGS = ClassifySettings(collection="ours")

RECORDS = [
    record(),
    record(value="45.9.1.2"),
    record(value=""),
    record(status="Review"),
    record(type="URL", value="evil.example/x"),
    record(type="CIDR Block", value="45.9.1.0/24"),
    record(value="login.microsoftonline.com"),
    record(value="old.example", expires_at="2020-01-01"),
]
INDICATORS = [one for one in map(validate, RECORDS) if isinstance(one, Indicator)]
ROWS = [row(), row("login.microsoftonline.com"), row("http://evil.example/x", URL)]
NEVER_BLOCK, _ = load_never_block([])

STAGES: dict[str, tuple[Callable[[], Stage[Any, Any]], Iterable[Any], Callable[[Any], Any]]] = {
    "Validate": (lambda: Validate(RUN), RECORDS, validate),
    "FixUrlScheme": (lambda: FixUrlScheme(RUN), INDICATORS, fix_url_scheme),
    "Expire": (lambda: Expire(RUN), INDICATORS, lambda one: expire(one, NOW)),
    "Classify": (lambda: Classify(RUN, SETTINGS), INDICATORS, lambda one: classify(one, SETTINGS, NOW)),
    "Protect": (lambda: Protect(RUN), ROWS, lambda one: protect(one, NEVER_BLOCK)),
}


class Letters(ErrorHandler):
    """An error handler whose dead letters a test can look at."""

    def __init__(self, check: Callable[[list[DeadLetter]], None]) -> None:
        super().__init__(beam.Map(lambda letter: letter))
        self._check = check

    def close(self) -> None:
        super().close()
        assert_that(self.output(), self._check, label="letters")


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_alone_gives_what_its_function_gives(name: str, test_pipeline: Pipeline) -> None:
    make, elements, function = STAGES[name]
    judged = [(one, function(one)) for one in elements]
    passed = [found for _, found in judged if not isinstance(found, Ended)]
    rejected = [found.reason for _, found in judged if isinstance(found, Ended) and found.outcome == "rejected"]
    ends = Counter((found.outcome, found.reason) for _, found in judged if isinstance(found, Ended))
    assert ends, "the elements should show the stage at work"

    def check_letters(found: list[DeadLetter]) -> None:
        assert sorted(letter.reason for letter in found) == sorted(rejected)
        for letter in found:
            assert (letter.run_id, letter.stage, letter.occurred_at) == (RUN.run_id, name, NOW)

    def check_tallies(found: list[Tally]) -> None:
        counted: Counter[tuple[str, str]] = Counter()
        for tally in found:
            assert tally.stage == name
            counted[tally.outcome, tally.reason] += tally.records
        assert counted == ends

    collector = OutcomeCollector()
    with test_pipeline() as pipeline, Letters(check_letters) as handler:
        stage = make().with_error_handler(handler).with_outcomes(collector)
        found = pipeline | beam.Create(elements) | stage
        assert_that(found, equal_to(passed))
        assert_that(collector.parts[0], check_tallies, label="tallies")


def test_outcome_rows_go_to_the_sink_that_the_collector_makes(test_pipeline: Pipeline) -> None:
    rows: list[Any] = []

    def check(found: list[Any]) -> None:
        rows.extend(found)
        assert [(one.value, one.outcome, one.reason, one.location) for one in found] == [
            ("old.example", "expired", "expired", "ours.jsonl:7")
        ]

    class Look(beam.PTransform[Any, Any]):
        def expand(self, pcoll: Any) -> Any:
            assert_that(pcoll, check, label="rows")
            return pcoll

    with test_pipeline() as pipeline:
        _ = pipeline | beam.Create(INDICATORS) | Expire(RUN).with_outcomes(OutcomeCollector(Look))


def test_without_an_error_handler_a_rejected_record_raises(test_pipeline: Pipeline) -> None:
    pipeline = test_pipeline()
    _ = pipeline | beam.Create([record(value="")]) | Validate(RUN)
    with pytest.raises(Exception, match=r"Validate rejected the record at ours.jsonl:7: missing_value"):
        pipeline.run().wait_until_finish()


def test_without_a_collector_ends_are_counted_as_metrics_and_never_raise(test_pipeline: Pipeline) -> None:
    pipeline = test_pipeline()
    _ = pipeline | beam.Create([record(), record(status="Review"), record(status="Gone")]) | Validate(RUN)
    result = pipeline.run()
    result.wait_until_finish()
    counters = result.metrics().query()["counters"]
    assert {counter.key.metric.name: counter.committed for counter in counters} == {"inactive.status_excluded": 2}


def test_a_dead_letter_of_validate_holds_the_record_as_it_was_read() -> None:
    stage = Validate(RUN).dofn(raise_errors=False)
    stage.start_bundle()
    items = list(stage.process(record(value="nonsense")))
    letter = next(item.value for item in items if isinstance(item.value, DeadLetter))
    assert (letter.record, letter.format, letter.location, letter.indicator) == (
        b"raw",
        "jsonl",
        "ours.jsonl:7",
        None,
    )
    assert (letter.reason, letter.retriable, letter.attempts, letter.http_status) == (
        "malformed_domain",
        False,
        0,
        None,
    )


def test_a_dead_letter_of_a_later_stage_holds_the_indicator() -> None:
    stage = FixUrlScheme(RUN).dofn(raise_errors=False)
    stage.start_bundle()
    items = list(stage.process(indicator("evil.example/x", URL, location="ours.jsonl:7")))
    letter = next(item.value for item in items if isinstance(item.value, DeadLetter))
    assert (letter.record, letter.format, letter.location) == (b"", "indicator", "ours.jsonl:7")
    assert '"value":"evil.example/x"' in (letter.indicator or "")


def test_whitelisted_keys_leave_on_a_branch_of_their_own(test_pipeline: Pipeline) -> None:
    def check(found: list[bytes]) -> None:
        packed = b"".join(found)
        assert {packed[at : at + 8] for at in range(0, len(packed), 8)} == {
            key_digest("FQDN", "good.example"),
            key_digest("URL", "http://good.example/x"),
            key_digest("URL", "https://good.example:80/x"),
            key_digest("URL", "http://good.example:443/y"),
            key_digest("URL", "https://good.example/y"),
        }

    with test_pipeline() as pipeline:
        stage = Validate(RUN)
        passed = (
            pipeline
            | beam.Create(
                [
                    record(value="GOOD[.]example", status="Whitelisted"),
                    record(type="URL", value="good.example:80/x", status="whitelisted"),
                    record(type="URL", value="good.example:443/y", status="WHITELISTED"),
                    record(value="other.example", status="Review"),
                    record(),
                ]
            )
            | stage
        )
        assert_that(passed, equal_to([validate(record())]))
        assert_that(stage.protected_keys, check, label="protected")


def test_rank_knows_what_the_tenant_already_has(test_pipeline: Pipeline) -> None:
    there, new = row("there.example"), row("new.example")

    def check(found: list[Any]) -> None:
        assert {one.row.value: one.rank[3] for one in found} == {"there.example": True, "new.example": False}

    with test_pipeline() as pipeline:
        present = pipeline | "Present" >> beam.Create([frozenset((there.key,))])
        found = pipeline | beam.Create([there, new]) | Rank(beam.pvalue.AsSingleton(present))
        assert_that(found, check)


def test_select_gives_one_selection_and_tells_what_became_of_the_rest(test_pipeline: Pipeline) -> None:
    rows = [ranked(f"a{number}.example", score=float(number)) for number in range(5)]
    rows.append(ranked("a4.example", score=0.5))

    def check(found: list[Selection]) -> None:
        assert [[one.value for one in selection.rows] for selection in found] == [["a4.example", "a3.example"]]

    def check_tallies(found: list[Tally]) -> None:
        counted = {(tally.outcome, tally.reason, tally.type, tally.tenant_id): tally.records for tally in found}
        assert counted == {
            ("duplicate", "outranked", "FQDN", "t1"): 1,
            ("left_out", "over_capacity", "FQDN", "t1"): 3,
        }

    collector = OutcomeCollector()
    with test_pipeline() as pipeline:
        found = (
            pipeline
            | beam.Create([one.row for one in rows], reshuffle=False)
            | Select(2, "t1").with_outcomes(collector)
        )
        assert_that(found, check)
        assert_that(collector.parts[0], check_tallies, label="tallies")


def test_an_empty_collection_gives_an_empty_selection(test_pipeline: Pipeline) -> None:
    with test_pipeline() as pipeline:
        found = pipeline | beam.Create([]) | Select(2)
        assert_that(found, equal_to([Selection()]))


@pytest.mark.parametrize("name", STAGES)
def test_a_stages_function_survives_the_way_to_a_worker(name: str) -> None:
    make, elements, function = STAGES[name]
    stage = cloudpickle_pickler.loads(cloudpickle_pickler.dumps(make().dofn(raise_errors=False)))
    stage.setup()
    stage.start_bundle()
    for one in elements:
        expected = function(one)
        if not isinstance(expected, Ended):
            assert list(stage.process(one)) == [expected]
    list(stage.finish_bundle())


def test_an_indicator_survives_the_way_to_a_worker() -> None:
    one = replace(indicator("45.9.1.0/24", CIDR), tags=("a", "b"), attributes=(("n", "v"),))
    built = validate(record(type="CIDR", value="45.9.1.0/24", tags="a;b", attributes={"n": "v"}))
    for each in (one, built):
        assert cloudpickle_pickler.loads(cloudpickle_pickler.dumps(each)) == each
