"""The metadata of the flex templates says what the option tables say, in the service's own form."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy_help import DATAFLOW, IMAGE, metadata_module, template

from iocbeam.cli.options.beam_options import beam_arity
from iocbeam.cli.options.option import Kind
from iocbeam.cli.values.template import TEMPLATE_JOBS

JOBS = tuple(TEMPLATE_JOBS)
MADE = metadata_module()


def parameters(job: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in template(job)["parameters"]}


def matches(parameter: dict[str, Any], text: str) -> bool:
    return all(re.search(regex, text) for regex in parameter["regexes"])


@pytest.mark.parametrize("job", JOBS)
def test_the_files_are_those_of_the_option_tables(job: str) -> None:
    written = (DATAFLOW / "templates" / f"{job}.json").read_text(encoding="utf-8")
    assert written == MADE.written(job), "write them again: .venv/bin/python deploy/dataflow/metadata.py"


def test_there_is_a_template_for_each_job_and_no_other() -> None:
    assert {path.stem for path in (DATAFLOW / "templates").iterdir()} == set(JOBS)


@pytest.mark.parametrize("job", JOBS)
def test_names_are_those_of_the_command_without_what_the_launcher_gives(job: str) -> None:
    names = [one["name"] for one in template(job)["parameters"]]
    shown = [option.name for option in TEMPLATE_JOBS[job].all if not option.hidden]
    assert names == ["job", *(name for name in shown if name not in ("runner", "help"))]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("job", JOBS)
def test_what_is_required_is_what_the_command_requires_and_an_output(job: str) -> None:
    required = {name for name, one in parameters(job).items() if not one["isOptional"]}
    assert required == {"job", "output"} | {option.name for option in TEMPLATE_JOBS[job].all if option.required}


@pytest.mark.parametrize("job", JOBS)
def test_the_help_says_what_the_command_says_and_each_default(job: str) -> None:
    found = parameters(job)
    for option in MADE.options(job):
        text = found[option.name]["helpText"]
        assert text.startswith(option.help)
        default = ",".join(option.default) if isinstance(option.default, tuple) else option.default
        if (
            option.name != "output"
            and not option.default_text
            and default not in (None, "")
            and option.kind is not Kind.FLAG
        ):
            assert f"Default: {default}." in text


@pytest.mark.parametrize("job", JOBS)
def test_nothing_is_filled_in_that_nobody_chose(job: str) -> None:
    # A default of the template, or of a parameter type other than text, would count as given.
    for one in template(job)["parameters"]:
        assert not {"defaultValue", "paramType", "enumOptions"} & one.keys(), one["name"]


@pytest.mark.parametrize("job", JOBS)
def test_a_value_must_be_one_of_the_choices(job: str) -> None:
    found = parameters(job)
    for option in MADE.options(job):
        one = found[option.name]
        assert not matches(one, ""), option.name
        for choice in option.choices:
            text = f"{choice}=name" if option.kind is Kind.PAIRS else choice
            assert matches(one, text), (option.name, choice)
        if option.choices:
            assert not matches(one, "something else")
        if option.kind in (Kind.WORDS, Kind.IDS) and option.choices:
            assert matches(one, ",".join(option.choices))
        if option.none_word:
            assert matches(one, option.none_word)
        if option.kind is Kind.FLAG:
            assert matches(one, "true")
            assert matches(one, "false")
            assert not matches(one, "1")


@pytest.mark.parametrize("job", JOBS)
def test_a_secret_cannot_be_a_parameter_and_a_reference_can(job: str) -> None:
    found = parameters(job)
    secrets = [option.name for option in MADE.options(job) if option.kind is Kind.SECRET]
    assert "client_secret" in secrets
    for name in secrets:
        assert matches(found[name], "gcp-secret:projects/example-project/secrets/iocbeam/versions/latest")
        assert matches(found[name], "file:gs://example-bucket/secret")
        for wrong in ("Xq8~vJ2.example-made-up", "env:SECRET", "file:/etc/secret", "gcp-secret:iocbeam"):
            assert not matches(found[name], wrong), (name, wrong)


@pytest.mark.parametrize("job", JOBS)
def test_no_parameter_has_the_name_of_an_option_that_the_launcher_gives(job: str) -> None:
    of_the_launcher = {
        "project", "region", "job_name", "temp_location", "staging_location", "template_location", "labels",
        "service_account_email", "sdk_container_image", "num_workers", "max_num_workers", "machine_type",
        "network", "subnetwork", "worker_region", "worker_zone", "experiments", "runner",
    }  # fmt: skip
    assert of_the_launcher <= beam_arity().keys()
    assert not of_the_launcher & parameters(job).keys()


@pytest.mark.parametrize("job", JOBS)
def test_conditional_parameters_hang_on_a_parameter_that_can_have_the_value(job: str) -> None:
    found = parameters(job)
    conditional = [one for one in found.values() if "parentName" in one]
    assert {one["name"].partition("_")[0] for one in conditional} == {"threatq", "taxii", "misp"}
    for one in conditional:
        assert all(matches(found[one["parentName"]], value) for value in one["parentTriggerValues"])


@pytest.mark.parametrize("job", JOBS)
def test_the_specification_is_the_message_that_the_service_defines(job: str) -> None:
    types = pytest.importorskip("google.cloud.dataflow_v1beta3.types.templates")
    from google.protobuf import json_format

    given = {"image": IMAGE, "sdkInfo": {"language": "PYTHON"}, "metadata": template(job)}
    spec = json_format.ParseDict(given, types.ContainerSpec.pb(types.ContainerSpec()))
    assert [one.name for one in spec.metadata.parameters] == list(parameters(job))
    assert spec.sdk_info.language == types.SDKInfo.Language.PYTHON


@pytest.mark.parametrize("job", JOBS)
def test_gcloud_builds_the_same_specification(job: str, tmp_path: Path) -> None:
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        pytest.skip("no gcloud on the path")
    command = [
        gcloud, "dataflow", "flex-template", "build", f"gs://example-bucket/templates/{job}.json", "--print-only",
        f"--image={IMAGE}", "--sdk-language=PYTHON", "--project=example-project",
        f"--metadata-file={DATAFLOW / 'templates' / f'{job}.json'}",
    ]  # fmt: skip
    settings = {**os.environ, "CLOUDSDK_CONFIG": str(tmp_path), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=settings, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    printed = yaml.safe_load(done.stdout)
    spec = json.loads(printed) if isinstance(printed, str) else printed
    assert spec["image"] == IMAGE
    assert spec["metadata"] == template(job)
