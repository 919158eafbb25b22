"""Transforms of the user's own in the jobs: what they end, what they break, and what they lose."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import orjson
import own_step_help as own
import pytest
from entra_job_help import EntraSite, addresses, ip_set
from job_help import STARTED, JobSite, domains, quick_read, quick_write
from sentinel_job_help import SyncSite
from sighting_help import SightingSite, quick_connect, quick_fetch
from sighting_help import record as sought

from iocbeam.cli import main
from iocbeam.model import Indicator, IntakeSettings, RunInfo, ended
from iocbeam.model.errors import ConfigurationError, Stop, UsageError
from iocbeam.model.settings.sightings import SightingsJob
from iocbeam.pipelines import defender, sightings
from iocbeam.pipelines.own_steps import own_steps
from iocbeam.transforms import Change, Keep, Step, Through

Start = Callable[..., JobSite]
EntraStart = Callable[..., EntraSite]
RUN = RunInfo("run-1", STARTED, "defender", "drill")


def run(here: JobSite, records: list[dict[str, Any]], *steps: Step, **changes: Any) -> dict[str, Any]:
    """A job over these records with these steps."""
    job = here.job(here.collection(records), **changes)
    return defender.run(job, read=quick_read, write=quick_write, steps=steps)


def test_steps_change_and_drop_and_the_sums_balance(site: Start) -> None:
    here = site()
    records = domains(6)
    records[0]["score"] = 90
    records[4]["tags"] = ["drill"]
    summary = run(here, records, *own.SEVERAL, own.OWNERS)
    assert summary["outcomes"] == {"created": 4, "filtered": 2}
    assert summary["reasons"] == {"filtered": {"custom:no_drills": 1, "custom:of_the_lab": 1}}
    assert (summary["balanced"], summary["exit_code"]) == (True, 0)
    assert {row["indicatorValue"]: row["severity"] for row in here.tenant.rows()} == {
        "n0.malware-test.example": "High",
        "n2.malware-test.example": "Medium",
        "n3.malware-test.example": "Medium",
        "n5.malware-test.example": "Medium",
    }
    dropped = [row for row in here.rows_of("outcomes") if row["outcome"] == "filtered"]
    assert sorted((row["stage"], row["value"], row["source_id"]) for row in dropped) == [
        ("no_drills", "n4.malware-test.example", "4"),
        ("owners", "n1.malware-test.example", "1"),
    ]


def test_steps_of_the_settings_go_before_those_that_are_handed_over(site: Start) -> None:
    here = site()
    records = domains(3)
    for record in records:
        record["tags"] = ["drill"]
    summary = run(here, records, Keep("never", lambda _: False), transforms=("own_step_help:made",))
    assert summary["reasons"] == {"filtered": {"custom:only_drill": 3}}


def test_a_filtered_row_of_ours_goes_like_an_absent_one(site: Start) -> None:
    here = site()
    run(here, domains(5), *own.SEVERAL)
    records = domains(5)
    records[2]["tags"] = ["drill"]
    summary = run(here, records, *own.SEVERAL, output=here.directory / "second")
    assert summary["outcomes"] == {"unchanged": 4, "filtered": 1}
    assert (summary["withdrawn"], summary["exit_code"]) == (1, 0)
    assert len(here.tenant.rows()) == 4


def test_the_guard_holds_filtered_rows_that_are_too_many(site: Start) -> None:
    here = site()
    run(here, domains(80), *own.SEVERAL)
    records = domains(80)
    for record in records[:60]:
        record["tags"] = ["drill"]
    summary = run(here, records, *own.SEVERAL, output=here.directory / "second")
    assert summary["outcomes"] == {"unchanged": 20, "filtered": 60}
    assert (summary["withdrawn"], summary["exit_code"], len(here.tenant.rows())) == (0, 4, 80)
    assert "60 of 80 rows" in summary["refusals"][0]


def test_a_function_that_raises_rejects_that_record_alone_and_nothing_is_withdrawn(site: Start) -> None:
    here = site()
    run(here, domains(7))
    summary = run(here, domains(6), own.EXPLODES, output=here.directory / "second")
    assert summary["outcomes"] == {"unchanged": 5, "rejected": 1}
    assert summary["reasons"] == {"rejected": {"transform_failed": 1}}
    assert (summary["balanced"], summary["withdrawn"], summary["exit_code"]) == (True, 0, 3)
    assert "a transform of your own failed on 1 of 6 records" in summary["intake_problem"]
    assert len(here.tenant.rows()) == 7
    (letter,) = here.rows_of("deadletters", here.directory / "second")
    assert (letter["stage"], letter["reason"], letter["retriable"]) == ("explodes", "transform_failed", True)
    assert letter["message"] == "raised KeyError: 'owner'"
    assert '"n3.malware-test.example"' in letter["indicator"]


def test_what_a_transform_could_not_take_is_replayed_when_it_is_put_right(site: Start) -> None:
    here = site()
    run(here, domains(5), own.EXPLODES)
    job = here.job(here.output, replay=True, output=here.directory / "replay", run_id="run-2")
    again = defender.run(job, read=quick_read, write=quick_write, steps=own.SEVERAL)
    assert (again["records_read"], again["outcomes"], again["exit_code"]) == (1, {"created": 1}, 0)
    assert len(here.tenant.rows()) == 5


def test_a_function_that_raises_for_everything_rejects_everything_and_changes_nothing(site: Start) -> None:
    here = site()
    run(here, domains(4))
    bad = Change("bad", lambda one: replace(one, score=one.title + 1))
    summary = run(here, domains(4), bad, output=here.directory / "second")
    assert summary["outcomes"] == {"rejected": 4}
    assert (summary["withdrawn"], summary["exit_code"], len(here.tenant.rows())) == (0, 3, 4)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        pytest.param(own.LOSES, "into the transform loses went 6, out of it came 5", id="loses"),
        pytest.param(own.DOUBLES, "into the transform doubles went 6, out of it came 7", id="doubles"),
        pytest.param(own.SWAPS, "out of the transform swaps came as many as went in", id="swaps"),
    ],
)
def test_a_transform_that_loses_or_doubles_records_is_named_and_nothing_is_withdrawn(
    site: Start, step: Step, words: str
) -> None:
    here = site()
    run(here, domains(7))
    summary = run(here, domains(6), own.RESCORE, step, output=here.directory / "second")
    assert (summary["balanced"], summary["exit_code"], summary["withdrawn"]) == (False, 3, 0)
    assert words in summary["intake_problem"]
    assert words in summary["refusals"][0]
    assert len(here.tenant.rows()) == 7


def test_one_that_loses_what_another_doubles_is_noticed(site: Start) -> None:
    here = site()
    run(here, domains(7))
    twice = Through("twice", beam.FlatMap(lambda one: [one] * (1 + one.value.startswith("n1."))))
    summary = run(here, domains(6), own.LOSES, twice, output=here.directory / "second")
    assert (summary["balanced"], summary["exit_code"], summary["withdrawn"]) == (False, 3, 0)
    assert "loses" in summary["intake_problem"]
    assert "twice" in summary["intake_problem"]


def test_one_that_loses_everything_is_noticed(site: Start) -> None:
    here = site()
    run(here, domains(7))
    none = Through("none", beam.Filter(lambda _: False))
    summary = run(here, domains(7), none, output=here.directory / "second")
    assert (summary["balanced"], summary["exit_code"], summary["withdrawn"]) == (False, 3, 0)
    assert "into the transform none went 7, out of it came 0" in summary["intake_problem"]


def test_a_whole_transform_may_group_and_say_what_it_drops(site: Start) -> None:
    here = site()
    records = domains(6)
    for record in records[:4]:
        record.update(tags=["campaign"], attributes={"Reporter": "one"}, malware=["m"])
    summary = run(here, records, own.ONE_PER_TAG)
    assert summary["outcomes"] == {"created": 3, "filtered": 3}
    assert summary["reasons"] == {"filtered": {"custom:one_per_tag": 3}}
    assert (summary["balanced"], summary["exit_code"]) == (True, 0)


def test_what_is_no_indicator_ends_the_run_before_anything_is_written(site: Start) -> None:
    here = site()
    with pytest.raises(Stop, match="the transform values gave a str, no Indicator"):
        run(here, domains(2), Through("values", beam.Map(lambda one: one.value)))
    assert here.tenant.rows() == []


def test_a_field_that_cannot_be_is_rejected_behind_a_whole_transform(site: Start) -> None:
    here = site()

    def break_some(one: Indicator) -> Indicator:
        return replace(one, severity="Huge", tags=(object(),)) if "n1." in one.value else one  # type: ignore[arg-type]

    summary = run(here, domains(3), Through("breaks", beam.Map(break_some)))
    assert summary["outcomes"] == {"created": 2, "rejected": 1}
    assert summary["balanced"] is True
    (letter,) = here.rows_of("deadletters")
    assert letter["message"].startswith("gave the severity 'Huge': it must be one of Informational")


def test_rows_of_records_that_a_step_ends_count_in_the_guard_whatever_the_end(site: Start) -> None:
    here = site()
    run(here, domains(80))

    def over(one: Indicator) -> Any:
        return ended("expired", "the case is closed") if one.score else one

    records = domains(80)
    for record in records[:60]:
        record["score"] = 1
    summary = run(here, records, Change("closed", over), output=here.directory / "second")
    assert summary["outcomes"] == {"unchanged": 20, "expired": 60}
    # A step's own ends are no word of the source: the guard counts them.
    assert (summary["withdrawn"], summary["exit_code"]) == (0, 4)


def test_entra_withdraws_a_filtered_range(entra_site: EntraStart) -> None:
    here = entra_site()
    records = addresses("45.9.1.1", "45.9.1.2", "45.9.1.3")
    names = ("own_step_help:SEVERAL",)
    here.run_entra(here.entra_job(here.collection(records), transforms=names))
    records[1]["tags"] = ["drill"]
    again = here.entra_job(here.collection(records), transforms=names, output=here.directory / "second")
    summary = here.run_entra(again)
    assert summary["reasons"] == {"filtered": {"custom:no_drills": 1}}
    assert (summary["balanced"], summary["withdrawn"]) == (True, 1)
    assert here.cover() == ip_set(["45.9.1.1", "45.9.1.3"])


def test_a_sync_sends_every_target_what_is_left(entra_site: EntraStart) -> None:
    here = SyncSite(entra_site())
    records = addresses("45.9.1.1", "45.9.1.2")
    records[1]["tags"] = ["drill"]
    collection = here.site.collection(records)
    names = ("own_step_help:SEVERAL",)
    summary = here.run(collection, targets="defender,entra,sentinel", transforms=names)
    assert len(summary["tenants"]) == 3
    for tenant in summary["tenants"]:
        assert tenant["outcomes"] == {"created": 1, "filtered": 1}
    assert summary["balanced"] is True
    assert (len(here.tenant.rows()), here.shown()) == (1, ["45.9.1.1"])


def test_what_is_only_looked_for_goes_through_them_too(site: Start) -> None:
    here = SightingSite((one := site()).tenant, one.directory)
    records = [
        sought("FQDN", "n1.malware-test.example", tags=["drill"]),
        sought("File Name", "sample.bin"),
        sought("URL", "evil.example/x"),
    ]
    (here.directory / "collection.jsonl").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in records))
    job = SightingsJob(
        RunInfo("run-1", STARTED, "sightings", "test"),
        IntakeSettings((str(here.directory / "collection.jsonl"),)),
        (here.reader(here.tenant.profiles[0]),),
        str(here.output),
    )
    # A whole transform, so that every field of everything is looked at: what has no scheme is none the worse here.
    steps = (*own.SEVERAL, Through("same", beam.Map(lambda one: one)))
    summary = sightings.run(job, fetch=quick_fetch, connect=quick_connect, steps=steps)
    assert summary["outcomes"] == {"not_sighted": 2, "filtered": 1}
    assert summary["balanced"] is True


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("steps", UsageError, "--transforms: 'steps' is not MODULE:NAME."),
        (
            "no_such_module_here:steps",
            ConfigurationError,
            "no module no_such_module_here in the Python environment",
        ),
        ("own_step_help:STEPS", UsageError, "own_step_help has no 'STEPS'"),
        ("own_step_help:SEVERALS", UsageError, "Is SEVERAL meant?"),
        ("own_step_help:NO_STEP", UsageError, "gives 7, which is not a step"),
        ("own_step_help:OnePerTag", UsageError, "which is not a step"),
        ("own_step_help:rescore", ConfigurationError, "a function of indicators is none by itself"),
    ],
)
def test_names_that_stand_for_no_steps_are_said_in_words(name: str, kind: type[Stop], words: str) -> None:
    with pytest.raises(kind) as told:
        own_steps([name], RUN)
    assert words in str(told.value)


def test_the_command_says_where_it_looked_for_a_module(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    collection = tmp_path / "collection.jsonl"
    collection.write_bytes(orjson.dumps(domains(1)[0]))
    line = ["defender", "--collection=c", f"--input={collection}", f"--output={tmp_path / 'out'}", "--dry_run"]
    assert main([*line, "--transforms=no_such_module_here:steps"]) == 1
    told = capsys.readouterr().err
    assert f"--transforms: there is no module no_such_module_here in the Python environment {sys.prefix}" in told
    assert "-m pip install" in told


def test_two_steps_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two steps are named alike: rescore and rescore"):
        own_steps(["own_step_help:RESCORE", "own_step_help:SEVERAL"], RUN)
    with pytest.raises(UsageError, match="two steps are named alike: a_b and a__b"):
        own_steps([], RUN, [Keep("a_b", own.untagged), Keep("a__b", own.untagged)])


@pytest.mark.parametrize("wrong", ["own_step_help:NOTHING", "no_such_module:steps"])
def test_a_run_without_its_steps_leaves_the_files_of_the_last_one(site: Start, wrong: str) -> None:
    here = site()
    run(here, domains(3))
    before = sorted(path.name for path in here.output.iterdir())
    assert "summary.json" in before
    job = here.job(here.collection(domains(3)))
    with pytest.raises((ConfigurationError, UsageError)):
        defender.run(replace(job, intake=replace(job.intake, transforms=(wrong,))), read=quick_read)
    assert sorted(path.name for path in here.output.iterdir()) == before


@pytest.mark.parametrize("sign", "*?[")
def test_an_output_that_stands_for_several_directories_is_refused(site: Start, sign: str) -> None:
    here = site()
    other = here.directory / "out1"
    other.mkdir()
    (other / "summary.json").write_text("of another run")
    with pytest.raises(ConfigurationError, match="--output"):
        run(here, domains(1), output=here.directory / f"out{sign}")
    assert (other / "summary.json").read_text() == "of another run"
