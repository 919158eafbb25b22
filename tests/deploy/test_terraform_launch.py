"""The call of Cloud Scheduler, made by Terraform itself, through to the command line that the image runs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import hcl2
import pytest
from deploy_help import IMAGE, template
from terraform_help import TERRAFORM, bare

from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.template import TEMPLATE_JOBS, command_line
from iocbeam.model.managed import job_name
from iocbeam.model.settings import RunInfo

GIVEN: dict[str, Any] = {
    "project": "example-project",
    "region": "europe-west1",
    "bucket": "example-bucket",
    "image": IMAGE,
    "service_account": "iocbeam-worker@example-project.iam.gserviceaccount.com",
    "subnetwork": "",
    "private_workers": True,
    "labels": {"app": "iocbeam"},
    "client_secret": "gcp-secret:projects/example-project/secrets/iocbeam/versions/latest",
    "name": "feed",
    "job": "defender",
    "parameters": {"collection": "my-feed", "input": "gs://example-bucket/collections/feed/*.jsonl.gz"},
    "machine_type": "e2-standard-2",
    "max_workers": 2,
}


class Launch:
    """The module `launch`, applied; it has no provider, so that this needs no network."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("terraform")
        if found is None:
            pytest.skip("no terraform on the path")
        self._terraform = found
        self._folder = folder / "launch"
        shutil.copytree(TERRAFORM / "launch", self._folder)
        self._run("init", "-input=false")

    def _run(self, *arguments: str) -> str:
        command = [self._terraform, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self._folder, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def call(self, **given: Any) -> tuple[str, dict[str, Any]]:
        """Address and body of the call."""
        (self._folder / "given.auto.tfvars.json").write_text(json.dumps({**GIVEN, **given}), encoding="utf-8")
        self._run("apply", "-auto-approve", "-input=false")
        outputs = json.loads(self._run("output", "-json"))
        return outputs["uri"]["value"], json.loads(outputs["body"]["value"])["launchParameter"]


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Launch:
    return Launch(tmp_path_factory.mktemp("terraform"))


def arguments(body: dict[str, Any]) -> list[str]:
    """What `main.py` is started with for a call, without the launcher's own."""
    return [f"--{name}={text}" for name, text in body["parameters"].items()]


def test_the_call_is_the_message_that_the_service_defines(launch: Launch) -> None:
    types = pytest.importorskip("google.cloud.dataflow_v1beta3.types")
    from google.protobuf import json_format

    uri, body = launch.call(subnetwork="regions/europe-west1/subnetworks/jobs")
    assert uri == (
        "https://dataflow.googleapis.com/v1b3/projects/example-project/locations/europe-west1/flexTemplates:launch"
    )
    empty = types.LaunchFlexTemplateRequest.pb(types.LaunchFlexTemplateRequest())
    request = json_format.ParseDict({"launchParameter": body}, empty).launch_parameter
    assert request.job_name == "iocbeam-defender-my-feed"
    assert request.container_spec_gcs_path == "gs://example-bucket/templates/defender.json"
    assert request.environment.sdk_container_image == IMAGE
    assert request.environment.service_account_email == GIVEN["service_account"]
    assert request.environment.subnetwork == "regions/europe-west1/subnetworks/jobs"
    assert request.environment.ip_configuration == types.WorkerIPAddressConfiguration.WORKER_IP_PRIVATE


@pytest.mark.parametrize("job", TEMPLATE_JOBS)
def test_what_is_sent_is_what_the_template_takes_and_the_command_reads(launch: Launch, job: str) -> None:
    given = {**GIVEN["parameters"], **({"location_name": "Feed"} if job == "entra" else {})}
    _, body = launch.call(job=job, parameters=given)
    known = {one["name"]: one for one in template(job)["parameters"]}
    assert body["parameters"].keys() <= known.keys()
    assert {name for name, one in known.items() if not one["isOptional"]} <= body["parameters"].keys()
    for name, text in body["parameters"].items():
        assert all(re.search(regex, text) for regex in known[name]["regexes"]), name
    line = command_line(arguments(body))
    assert line[0] == job
    assert parse(line[1:], TEMPLATE_JOBS[job].all, beam=True).values.keys() == body["parameters"].keys() - {"job"}


@pytest.mark.parametrize(
    ("given", "login"),
    [
        ({}, {"client_secret": GIVEN["client_secret"]}),
        ({"client_secret": ""}, {"federated_identity": "google"}),
        ({"parameters": {"collection": "a", "tenants": "gs://example-bucket/tenants.yaml"}}, {}),
        (
            {
                "parameters": {
                    "collection": "a",
                    "client_certificate": "gcp-secret:projects/p/secrets/s/versions/1",
                }
            },
            {"client_certificate": "gcp-secret:projects/p/secrets/s/versions/1"},
        ),
    ],
    ids=["secret", "federated", "tenants", "own"],
)
def test_there_is_one_way_to_log_in(launch: Launch, given: dict[str, Any], login: dict[str, str]) -> None:
    _, body = launch.call(**given)
    names = ("client_secret", "client_certificate", "federated_identity")
    assert {name: text for name, text in body["parameters"].items() if name in names} == login


@pytest.mark.parametrize(
    ("collection", "dry_run"),
    [
        ("my-feed", "false"),
        ("my-feed", "True"),
        ("feed.of_2026", "false"),
        ("feed-", "false"),
        ("0123456789.123456789_123456789-123456789", "true"),
    ],
    ids=["plain", "dry run", "other signs", "dash at the end", "long"],
)
def test_the_job_has_the_name_that_the_command_would_give_it(
    launch: Launch, collection: str, dry_run: str
) -> None:
    # It is what keeps runs from overlapping, also with one that somebody starts by the command.
    for job in ("defender", "sightings"):
        _, body = launch.call(job=job, parameters={"collection": collection, "dry_run": dry_run})
        run = RunInfo("run", 1_790_000_000, job, collection, dry_run.lower() == "true")
        assert body["jobName"] == job_name(run)


def test_the_example_is_a_job_that_its_template_takes() -> None:
    with (TERRAFORM / "example.tfvars").open(encoding="utf-8") as file:
        jobs = hcl2.load(file)["jobs"]
    for job in jobs.values():
        kind = bare(job["job"])
        known = {one["name"]: one for one in template(kind)["parameters"]}
        for name, text in job["parameters"].items():
            assert all(re.search(regex, bare(text)) for regex in known[bare(name)]["regexes"]), name
