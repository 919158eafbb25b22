"""The Terraform of Dataflow: what it makes, who may do what, and that nothing in it is a secret."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from deploy_help import DATAFLOW
from terraform_help import PROVIDER, TERRAFORM, faults, named, parsed, references, resources, texts

MODULES = (TERRAFORM, TERRAFORM / "launch")
IDS = [folder.name for folder in MODULES]


def terraform() -> str:
    found = shutil.which("terraform")
    if found is None:
        pytest.skip("no terraform on the path")
    return found


def test_every_argument_is_one_that_the_provider_knows_and_none_is_missing() -> None:
    found = [
        fault
        for (kind, name), body in resources().items()
        for fault in faults(body, PROVIDER[kind], f"{kind}.{name}")
    ]
    assert found == []


def test_a_wrong_argument_would_be_found() -> None:
    body = {"nam": "x", "retry_config": [{"retry_cout": 0}]}
    assert list(faults(body, PROVIDER["google_cloud_scheduler_job"], "job")) == [
        "job: nam is no argument",
        "job: name is missing",
        "job.retry_config: retry_cout is no argument",
    ]


@pytest.mark.parametrize("folder", MODULES, ids=IDS)
def test_every_reference_leads_somewhere_and_nothing_is_left_over(folder: Path) -> None:
    blocks = parsed(folder)
    variables = named(blocks["variable"])
    local_values = {name for block in blocks["locals"] for name in block if not name.startswith("__")}
    rest = {kind: found for kind, found in blocks.items() if kind != "variable"}
    assert {re.split(r"[.\[]", name)[0] for name in references(rest, "var")} == variables.keys()
    assert {re.split(r"[.\[]", name)[0] for name in references(blocks, "local")} == local_values


def test_references_between_resources_name_an_attribute_that_there_is() -> None:
    blocks = parsed(TERRAFORM)
    made = resources()
    for kind in {kind for kind, _ in made}:
        for reference in references(blocks, kind):
            name, *rest = re.sub(r"\[[^\]]*\]", "", reference).split(".")
            assert (kind, name) in made, reference
            known = PROVIDER[kind]
            attributes = {*known["required"], *known["optional"], *known["computed"]}
            assert not rest or rest[0] in attributes, f"{kind}.{reference}"
    outputs = named(parsed(TERRAFORM / "launch")["output"])
    used = set(re.findall(r"module\.launch\[each\.key\]\.(\w+)", " ".join(texts(blocks["resource"]))))
    assert {*used, "job_name"} == outputs.keys()
    assert (
        named(blocks["module"])["launch"].keys() - {"source", "for_each", "__is_block__", "__comments__"}
        == named(parsed(TERRAFORM / "launch")["variable"]).keys()
    )


@pytest.mark.parametrize("folder", MODULES, ids=IDS)
def test_every_variable_and_output_says_what_it_is(folder: Path) -> None:
    blocks = parsed(folder)
    for kind in ("variable", "output"):
        for name, body in named(blocks[kind]).items():
            assert len(body.get("description", "")) > 10, f"{kind} {name}"
    assert all("type" in body for body in named(blocks["variable"]).values())


def test_no_value_of_a_secret_is_in_the_state() -> None:
    made = resources()
    assert not {kind for kind, _ in made if "secret_version" in kind or kind == "google_service_account_key"}
    assert not re.search(r"secret_data|private_key|password\s*=", " ".join(texts(parsed(TERRAFORM))))
    for path in (*TERRAFORM.rglob("*.tf"), *TERRAFORM.rglob("*.tfvars")):
        # What an Entra client secret looks like: some letters, a tilde, and the rest of forty.
        assert not re.search(r"\b[\w.]{3,5}8?Q?~[\w.~-]{20,}", path.read_text(encoding="utf-8")), path.name


def test_nobody_may_do_more_than_is_needed() -> None:
    grants = {
        (name, kind.removeprefix("google_").removesuffix("_iam_member"), body["role"].strip('"'))
        for (kind, name), body in resources().items()
        if kind.endswith("_iam_member")
    }
    assert grants == {
        ("worker_runs", "project", "roles/dataflow.worker"),
        ("worker_files", "storage_bucket", "roles/storage.objectAdmin"),
        ("worker_image", "artifact_registry_repository", "roles/artifactregistry.reader"),
        ("worker_client_secret", "secret_manager_secret", "roles/secretmanager.secretAccessor"),
        ("worker_other_secrets", "secret_manager_secret", "roles/secretmanager.secretAccessor"),
        ("scheduler_launches", "project", "roles/dataflow.developer"),
        ("scheduler_as_worker", "service_account", "roles/iam.serviceAccountUser"),
        ("scheduler_templates", "storage_bucket", "roles/storage.objectViewer"),
    }
    for (kind, name), body in resources().items():
        if kind.endswith("_iam_member"):
            account = name.partition("_")[0]
            assert body["member"] == f"${{google_service_account.{account}.member}}"
    # Of the whole bucket the scheduler sees the templates alone.
    assert "/objects/templates/" in str(resources()["google_storage_bucket_iam_member", "scheduler_templates"])


def test_the_bucket_is_kept_private_and_cleaned() -> None:
    bucket = resources()["google_storage_bucket", "runs"]
    assert bucket["uniform_bucket_level_access"] is True
    assert bucket["public_access_prevention"].strip('"') == "enforced"
    assert bucket["force_destroy"] is False
    assert bucket["versioning"][0]["enabled"] is True
    assert bucket["lifecycle"][0]["prevent_destroy"] is True
    older, runs, temporary = [rule["condition"][0] for rule in bucket["lifecycle_rule"]]
    assert older["days_since_noncurrent_time"] == runs["age"] == "${var.keep_days}"
    assert (runs["matches_prefix"], temporary["matches_prefix"]) == (['"runs/"'], ['"temp/"', '"staging/"'])


def test_a_launch_is_tried_once() -> None:
    assert resources()["google_cloud_scheduler_job", "run"]["retry_config"][0]["retry_count"] == 0


def test_the_templates_are_those_that_are_checked_in() -> None:
    content = resources()["google_storage_bucket_object", "template"]["content"]
    (path,) = re.findall(r"\$\{path\.module\}/(\S+)/\$\{each\.key\}\.json", content)
    assert (TERRAFORM / path).resolve() == DATAFLOW / "templates"


def test_terraform_finds_every_file_well_formed() -> None:
    done = subprocess.run(
        [terraform(), "fmt", "-check", "-recursive", "-diff", str(TERRAFORM)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(
    not os.environ.get("IOCBEAM_TERRAFORM_VALIDATE"),
    reason="needs the google provider; IOCBEAM_TERRAFORM_VALIDATE=1 lets terraform fetch it",
)
def test_terraform_finds_the_configuration_valid(tmp_path: Path) -> None:
    shutil.copytree(TERRAFORM, tmp_path / "dataflow" / "terraform", ignore=shutil.ignore_patterns(".terraform*"))
    shutil.copytree(DATAFLOW / "templates", tmp_path / "dataflow" / "templates")
    for command in (["init", "-backend=false", "-input=false"], ["validate"]):
        done = subprocess.run(
            [terraform(), *command, "-no-color"],
            capture_output=True, text=True, timeout=600, check=False, cwd=tmp_path / "dataflow" / "terraform",
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
