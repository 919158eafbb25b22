"""The graph that Dataflow would get: its image, its names, where it is cut, and that no secret is in it."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2
from graph_help import IMAGE, JOBS, LOCATION, OURS, WORKSPACE, Graph
from graph_steps import GROUPINGS, READ, STEPS, TO_SELECT

from iocbeam.cli.options.tables import DEFENDER, ENTRA, SIGHTINGS, SYNC
from iocbeam.cli.values.command_line import parse

every_job = pytest.mark.parametrize("job", list(JOBS))


@lru_cache
def graph_of(job: str) -> Graph:
    """Built once: nothing of it is changed."""
    return Graph(job)


@every_job
def test_every_environment_is_our_image_and_nothing_is_uploaded(job: str) -> None:
    environments = graph_of(job).proto.components.environments.values()
    assert [environment.urn for environment in environments] == [common_urns.environments.DOCKER.urn]
    (environment,) = environments
    assert beam_runner_api_pb2.DockerPayload.FromString(environment.payload).container_image == IMAGE
    assert list(environment.dependencies) == []


@every_job
def test_steps_have_the_names_that_they_had(job: str) -> None:
    """A step that is added, dropped or called otherwise is a change that whoever watches jobs should hear of."""
    assert sorted(graph_of(job).top) == sorted(STEPS[job])


@every_job
def test_names_are_unique_and_the_same_for_every_run_of_the_job(job: str) -> None:
    first = graph_of(job)
    assert len(first.transforms) == len(first.proto.components.transforms)
    more = ("mem://feed/b.jsonl", "mem://feed/c*.csv")
    second = Graph(job, "--input", *more, "--collection=other", run_id="run-2", now=1_800_000_000)
    assert second.transforms.keys() == first.transforms.keys()
    # A name that Beam makes up from a line of ours changes with the line.
    ours = [name for name in first.transforms if re.search(r"lambda at (?!core\.py|reshuffle)", name)]
    assert ours == []


@every_job
def test_files_are_spread_over_workers_before_they_are_read(job: str) -> None:
    graph = graph_of(job)
    assert {"Read/Parts", "Read/Spread/AddRandomKeys"} <= graph.before(READ)
    for name in graph.settings.reads if job == "sightings" else ():
        assert f"Fetch {name}/Parts" in graph.before(f"Fetch {name}/Fetch/ParDo(FetchPartFn)")


@every_job
def test_from_the_source_to_the_selection_is_one_stage(job: str) -> None:
    """What stands between them would hold, or shuffle, the whole collection."""
    graph = graph_of(job)
    for target in TO_SELECT[job]:
        assert graph.chain(READ, target[-1]) == [READ, *target]


@every_job
def test_what_is_grouped_is_what_is_known_to_be_small(job: str) -> None:
    graph = graph_of(job)
    shards = re.compile(r"/WriteShards/Shards$")
    assert sorted(name for name in graph.of_kind("group_by_key") if not shards.search(name)) == GROUPINGS[job]


@every_job
def test_no_step_has_state_and_none_is_split_within(job: str) -> None:
    graph = graph_of(job)
    for name in graph.of_kind("pardo"):
        payload = graph.pardo(name)
        assert not payload.state_specs, name
        assert not payload.timer_family_specs, name
        assert not payload.restriction_coder_id, name


class TestSecrets:
    """References are in the graph, for workers need them; what they stand for is not."""

    SERVICES = (
        ("--source=threatq", "--threatq_url=https://tq.example.com", "--threatq_collection=c",
         "--threatq_client_id=i", "--threatq_client_secret"),
        ("--source=threatq", "--threatq_url=https://tq.example.com", "--threatq_collection=c",
         "--threatq_client_id=i", "--threatq_username=u", "--threatq_password"),
        ("--source=taxii", "--taxii_url=https://taxii.example.com/api/", "--taxii_collection=c",
         "--taxii_token"),
        ("--source=taxii", "--taxii_url=https://taxii.example.com/api/", "--taxii_collection=c",
         "--taxii_username=u", "--taxii_password"),
        ("--source=misp", "--misp_url=https://misp.example.com", "--misp_key"),
    )  # fmt: skip
    IDS = ("threatq_client_secret", "threatq_password", "taxii_token", "taxii_password", "misp_key")

    @pytest.mark.parametrize(("option", "form"), [("--client_secret", "env"), ("--client_certificate", "file")])
    @every_job
    def test_of_a_tenant(
        self, job: str, option: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret, reference = self.secret(form, tmp_path, monkeypatch)
        more = {"entra": LOCATION, "sync": (*LOCATION, *WORKSPACE)}.get(job, ())
        self.look(Graph(job, args=(*OURS, *more, f"{option}={reference}")), secret, reference)

    @pytest.mark.parametrize("service", SERVICES, ids=IDS)
    def test_of_a_source_which_all_jobs_read_alike(
        self, service: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret, reference = self.secret("env", tmp_path, monkeypatch)
        *options, carrier = service
        usual = [arg for arg in JOBS["defender"][2] if not arg.startswith("--input")]
        self.look(Graph("defender", args=(*usual, *options, f"{carrier}={reference}")), secret, reference)

    @staticmethod
    def secret(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
        """A secret where a reference finds it, and the reference."""
        secret = "Sentinel8Q~of-this_test.alone"
        monkeypatch.setenv("IOCBEAM_GRAPH_TEST", secret)
        file = tmp_path / "credential"
        file.write_text(secret)
        return secret, "env:IOCBEAM_GRAPH_TEST" if form == "env" else f"file:{file}"

    @staticmethod
    def look(graph: Graph, secret: str, reference: str) -> None:
        assert graph.holds(reference), "the search finds what is there"
        assert not graph.holds(secret)
        assert secret not in str(graph.job.options.get_all_options())


class TestFailOn:
    """`--fail_on` fails the job when everything is written, and whatever writes is not tried again for it."""

    @pytest.mark.parametrize(
        ("job", "more"),
        [*((job, ()) for job in JOBS), *((job, ("--dry_run",)) for job in JOBS if job != "sightings")],
        ids=[*JOBS, *(f"{job}-plan" for job in JOBS if job != "sightings")],
    )
    def test_it_waits_for_every_sink(self, job: str, more: tuple[str, ...]) -> None:
        graph = Graph(job, "--fail_on=any", *more)
        before = graph.before("Fail on/Judge")
        sinks = [name for name in graph.leaves if is_sink(name)]
        assert {"Summary/WriteSummary", *EXAMPLES_OF_SINKS[job]} <= set(sinks)
        assert [name for name in sinks if name not in before] == []

    @every_job
    def test_by_default_there_is_no_such_step(self, job: str) -> None:
        assert not [name for name in graph_of(job).transforms if name.startswith("Fail on")]


EXAMPLES_OF_SINKS = {
    "defender": {"Write/WriteToDefender/ParDo(_WriteFn)"},
    "entra": {"Write locations/WriteToNamedLocations/ParDo(_WriteLocationsFn)"},
    "sync": {"Write policy/WriteConditionalAccessPolicy", "Write Sentinel/WriteToSentinel/ParDo(_WriteFn)"},
    "sightings": {"Write detection-finding/WriteShards/Publish"},
}


def is_sink(name: str) -> bool:
    """Whether a leaf writes to a tenant or a file."""
    writes = r"(/(Publish|WriteShard|WriteSummary|WritePlan)|^Write[^/]*/Write\w+(/ParDo\(.*\))?)$"
    return bool(re.search(writes, name))


class TestBeamsOwnDryRun:
    """It would report success and do nothing."""

    @pytest.mark.parametrize("given", ["--dry_run", "--dry-run", "--dry_run=true", "--dry_run=false"])
    @pytest.mark.parametrize(
        "options", [DEFENDER, ENTRA, SYNC, SIGHTINGS], ids=["defender", "entra", "sync", "sightings"]
    )
    def test_ours_never_gets_there(self, options: Any, given: str) -> None:
        parsed = parse([given, "--project=p"], options.all, beam=True)
        assert parsed.beam_args == ["--project=p"]
        assert parsed.values["dry_run"] is (given != "--dry_run=false")
