"""Steps of the user's own as functions, and in a pipeline of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.internal import cloudpickle_pickler
from apache_beam.pvalue import AsDict
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.error_handling import CollectingErrorHandler
from made_records import NOW, RUN, indicator

from iocbeam.model import Ended, Indicator, ended, filtered
from iocbeam.model.errors import ConfigurationError, UsageError
from iocbeam.model.indicator import CIDR, FILE_NAME, URL
from iocbeam.transforms import Change, Dropped, Keep, OutcomeCollector, RejectedRecord, Through, recheck
from iocbeam.transforms.own_step import judged

Pipeline = Callable[..., Any]
GIVEN = indicator()


def judge(function: Callable[[Indicator], Any], given: Indicator = GIVEN) -> Indicator | Ended:
    return judged(function, NOW, False, given)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"severity": "High", "score": 7}, {"severity": "High", "score": 7.0}),
        ({"tags": ["a", "b"]}, {"tags": ("a", "b")}),
        ({"tags": tuple(map(str, range(70)))}, {"tags": tuple(map(str, range(64)))}),
        ({"attributes": [["Owner", "soc"]]}, {"attributes": (("Owner", "soc"),)}),
        ({"description": "x" * 5_000}, {"description": "x" * 4_000}),
        ({"value": "EVIL.Example."}, {"value": "evil.example"}),
        ({"type": "IP Address", "value": "45.9.1.2"}, {"type": "IP Address", "value": "45.9.1.2"}),
        ({"type": CIDR, "value": "45.9.1.7/24"}, {"type": CIDR, "value": "45.9.1.0/24"}),
        ({"tlp": "RED"}, {"tlp": "red"}),
        ({"title": None, "score": None}, {"title": None, "score": None}),
        ({"expires_at": NOW + 7_200}, {"expires_at": NOW + 7_200}),
        ({"title": "half \ud83d of it"}, {"title": "half \ufffd of it"}),
    ],
    ids=lambda one: ",".join(one) if isinstance(one, dict) else None,
)
def test_what_may_be_changed_comes_out_as_an_indicator_has_it(
    changes: dict[str, Any], expected: dict[str, Any]
) -> None:
    found = judge(lambda one: replace(one, **changes))
    assert found == replace(GIVEN, **expected)
    assert isinstance(found, Indicator)
    assert recheck(None, found, NOW) == found


@pytest.mark.parametrize(
    ("changes", "outcome", "reason", "words"),
    [
        ({"value": "no such name"}, "rejected", "malformed_domain", "a transform gave 'no such name'"),
        ({"value": "co.uk"}, "rejected", "too_broad", ""),
        ({"value": "45.9.1.2"}, "rejected", "type_mismatch", "looks like IP Address"),
        ({"type": URL, "value": "evil.example/x"}, "rejected", "scheme_missing", ""),
        ({"type": FILE_NAME, "value": "a.exe"}, "rejected", "unknown_type", "File Name"),
        ({"type": "Domain"}, "rejected", "unknown_type", "'Domain'"),
        ({"expires_at": NOW - 60}, "expired", "expired", ""),
        ({"expires_at": NOW + 60}, "expired", "expires_soon", ""),
        ({"severity": "high"}, "rejected", "transform_failed", "the severity 'high': it must be one of"),
        ({"score": float("nan")}, "rejected", "transform_failed", "the score nan"),
        ({"score": True}, "rejected", "transform_failed", "the score True"),
        ({"score": "90"}, "rejected", "transform_failed", "the score '90'"),
        ({"created_at": 1.5}, "rejected", "transform_failed", "epoch seconds"),
        ({"tags": "one"}, "rejected", "transform_failed", "a tuple of texts"),
        ({"tags": (1,)}, "rejected", "transform_failed", "a text"),
        ({"attributes": ("Owner", "soc")}, "rejected", "transform_failed", "pairs"),
        ({"source_id": 7}, "rejected", "transform_failed", "the source_id 7: it must be a text"),
        ({"value": None}, "rejected", "transform_failed", "the value None"),
    ],
)
def test_what_cannot_be_ends_the_record_in_words(
    changes: dict[str, Any], outcome: str, reason: str, words: str
) -> None:
    found = judge(lambda one: replace(one, **changes))
    assert isinstance(found, Ended)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert words in found.message


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda _: None, "gave None, which is no Indicator"),
        (lambda one: [one], "which is no Indicator"),
        (lambda one: one.value, "which is no Indicator"),
        (lambda one: one.owner, "raised AttributeError"),
        (lambda _: Ended("created", ""), "ended the record as 'created'"),
        (lambda _: Ended("expired", "revoked"), "ended the record as 'expired'"),
        (lambda _: ended("whitelisted"), "ended the record as 'inactive', 'whitelisted'"),
        (lambda _: Ended("filtered", None), "as 'filtered', None, where both must be texts"),  # type: ignore[arg-type]
        (lambda _: Ended([], "revoked"), "as [], 'revoked', where both must be texts"),  # type: ignore[arg-type]
    ],
    ids=["none", "list", "value", "raises", "created", "mixed", "whitelisted", "no-reason", "no-outcome"],
)
def test_a_function_that_is_wrong_costs_only_that_record(function: Callable[[Any], Any], words: str) -> None:
    found = judge(function)
    assert isinstance(found, Ended)
    assert found.reason == "transform_failed"
    assert words in found.message


@pytest.mark.parametrize("end", [filtered("mine", "why"), ended("revoked", "why"), ended("malformed_url", "why")])
def test_an_end_is_taken_as_it_is(end: Ended) -> None:
    assert judge(lambda _: end) == end


def test_an_error_of_ours_that_a_person_must_see_to_ends_the_run() -> None:
    def stop(_: Indicator) -> Indicator:
        raise ConfigurationError("the list is not there")

    with pytest.raises(ConfigurationError):
        judge(stop)
    with pytest.raises(UsageError, match="'Two Words' is no name"):
        judge(lambda _: filtered("Two Words"))


def test_where_indicators_are_only_looked_for_names_of_files_and_bare_urls_may_come_out() -> None:
    for kind, value in ((FILE_NAME, "sample.bin"), (URL, "evil.example/x")):
        given = indicator(value, kind)
        assert recheck(None, given, NOW, schemeless=True) == given
        assert isinstance(recheck(None, given, NOW), Ended)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Change("Two words", lambda one: one), "'Two words' is no name"),
        (lambda: Change("", lambda one: one), "'' is no name"),
        (lambda: Change("n", 7), "which is no function"),  # type: ignore[arg-type]
        (lambda: Change("n", lambda: None), "must take the indicator"),  # type: ignore[arg-type, return-value]
        (
            lambda: Keep("n", lambda one: True, side=lambda p: AsDict(p)),
            "the indicator and the side input's value",
        ),
        (lambda: Through("n", lambda one: one), "which is no PTransform"),  # type: ignore[arg-type]
    ],
    ids=["name", "empty", "number", "takes_nothing", "side", "function"],
)
def test_a_step_that_cannot_be_is_refused_when_it_is_made(make: Callable[[], Any], words: str) -> None:
    with pytest.raises(UsageError) as told:
        make()
    assert words in str(told.value)


def test_steps_in_a_pipeline_of_ones_own(test_pipeline: Pipeline) -> None:
    given = [indicator(value=f"n{number}.evil.example", source="s") for number in range(4)]
    steps = [
        Keep("no_zero", lambda one: not one.value.startswith("n0.")),
        Change("known", _score, side=lambda pipeline: AsDict(pipeline | beam.Create([("n1.evil.example", 5.0)]))),
        Through("grouped", _Grouped()),
    ]
    collectors = [OutcomeCollector() for _ in steps]
    with test_pipeline() as pipeline:
        found = pipeline | beam.Create(given)
        for step, collector in zip(steps, collectors, strict=True):
            found = found | step.name >> step.stage(RUN).with_outcomes(collector)
        assert_that(found | beam.Map(lambda one: (one.value, one.score)), equal_to([("n1.evil.example", 5.0)]))
        ends = [rows for collector in collectors for rows in collector.rows] | beam.Flatten()
        told = ends | "Told" >> beam.Map(lambda row: (row.stage, row.outcome, row.reason, row.value))
        expected = [
            ("no_zero", "filtered", "custom:no_zero", "n0.evil.example"),
            ("grouped", "filtered", "custom:rest", "n2.evil.example"),
            ("grouped", "filtered", "custom:rest", "n3.evil.example"),
        ]
        assert_that(told, equal_to(expected), label="ends")


def _score(one: Indicator, scores: dict[str, float]) -> Indicator:
    return replace(one, score=scores.get(one.value))


class _Grouped(beam.PTransform[Any, Any]):
    def expand(self, pcoll: Any) -> Any:
        grouped = pcoll | beam.WindowInto(beam.window.FixedWindows(60)) | beam.GroupBy(lambda one: one.source)
        return grouped | beam.FlatMap(_first)


def _first(group: Any) -> Any:
    best, *rest = sorted(group[1], key=lambda one: one.value)
    yield best
    for one in rest:
        yield Dropped(one, filtered("rest"))


@pytest.mark.parametrize(
    "step",
    [Change("none", lambda _: None), Through("bad", beam.Map(lambda one: replace(one, score="x")))],  # type: ignore[arg-type, return-value]
)
def test_without_an_error_handler_a_failure_raises(test_pipeline: Pipeline, step: Any) -> None:
    with pytest.raises(RejectedRecord, match="transform_failed"), test_pipeline() as pipeline:
        _ = pipeline | beam.Create([GIVEN]) | step.stage(RUN)


@pytest.mark.parametrize(
    "end",
    [Ended("filtered", None, ""), Ended("inactive", []), Ended(None, "revoked")],  # type: ignore[arg-type]
    ids=["none", "list", "outcome"],
)
def test_an_end_that_is_none_costs_only_the_dropped_record(test_pipeline: Pipeline, end: Ended) -> None:
    given = [indicator(value="n1.evil.example"), indicator(value="n2.evil.example")]
    step = Through("odd", beam.Map(lambda one: Dropped(one, end) if one.value.startswith("n1.") else one))
    with test_pipeline() as pipeline:
        handler = CollectingErrorHandler()
        passed = pipeline | beam.Create(given) | step.stage(RUN).with_error_handler(handler)
        assert_that(passed | beam.Map(lambda one: one.value), equal_to(["n2.evil.example"]))
        handler.close()
        told = handler.output() | "Told" >> beam.Map(
            lambda one: (one.stage, one.reason, "must be texts" in one.message)
        )
        assert_that(told, equal_to([("odd", "transform_failed", True)]), label="ends")


def test_a_transform_that_gives_several_collections_is_refused(test_pipeline: Pipeline) -> None:
    parts = Through("parts", beam.Partition(lambda one, _: 0, 2))
    with pytest.raises(UsageError, match="not one PCollection"):
        _ = test_pipeline() | beam.Create([GIVEN]) | parts.stage(RUN)


def test_steps_pickle() -> None:
    steps = [
        Change("a", _score, side=lambda pipeline: AsDict(pipeline)),
        Keep("b", bool),
        Through("c", _Grouped()),
    ]
    for step in steps:
        again = cloudpickle_pickler.loads(cloudpickle_pickler.dumps(step))
        assert (type(again), again.name) == (type(step), step.name)
