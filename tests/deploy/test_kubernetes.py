"""The CronJob: valid to Kubernetes, closed to what it does not need, and of one piece with the image."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from schedule_help import KUBERNETES, container_command, cron_job, pod

from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.config import read_config
from iocbeam.cli.values.template import TEMPLATE_JOBS

DOCUMENTS = list(yaml.safe_load_all(KUBERNETES.read_text(encoding="utf-8")))


@pytest.mark.parametrize("version", ["1.29", kubernetes_validate.latest_version()], ids=["oldest", "latest"])
def test_every_object_is_one_that_kubernetes_takes(version: str) -> None:
    for document in DOCUMENTS:
        kubernetes_validate.validate(document, version, strict=True)


def test_a_field_that_cannot_be_would_be_found() -> None:
    broken = yaml.safe_load(yaml.safe_dump(cron_job()))
    broken["spec"]["jobTemplate"]["spec"]["backofLimit"] = 0
    with pytest.raises(kubernetes_validate.ValidationError, match="backofLimit"):
        kubernetes_validate.validate(broken, "1.29", strict=True)


def test_no_value_of_a_secret_is_in_it() -> None:
    assert "Secret" not in {document["kind"] for document in DOCUMENTS}
    container = pod()["containers"][0]
    assert "env" not in container
    assert "envFrom" not in container


def test_a_run_is_not_repeated_and_does_not_go_on_for_ever() -> None:
    spec = cron_job()["spec"]
    job = spec["jobTemplate"]["spec"]
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] > 0
    assert job["backoffLimit"] == 0
    assert job["activeDeadlineSeconds"] > 0
    assert pod()["restartPolicy"] == "Never"


def test_the_pod_may_do_nothing_that_a_run_does_not_need() -> None:
    found = pod()
    (container,) = found["containers"]
    assert found["automountServiceAccountToken"] is False
    assert found["securityContext"]["runAsNonRoot"] is True
    assert found["securityContext"]["runAsUser"] > 0
    assert found["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC", "serviceAccountName"} & found.keys()
    assert {"requests", "limits"} == container["resources"].keys()
    assert "memory" in container["resources"]["limits"]
    writable = {one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")}
    assert writable == {"/var/lib/iocbeam", "/tmp"}  # noqa: S108 - where the container's is


def test_volumes_and_claims_are_there() -> None:
    found = pod()
    names = {(document["kind"], document["metadata"]["name"]) for document in DOCUMENTS}
    volumes = {volume["name"]: volume for volume in found["volumes"]}
    assert {one["name"] for one in found["containers"][0]["volumeMounts"]} == volumes.keys()
    assert ("ConfigMap", volumes["config"]["configMap"]["name"]) in names
    assert ("PersistentVolumeClaim", volumes["state"]["persistentVolumeClaim"]["claimName"]) in names
    # The group of the pod reads the secret, and nobody else.
    assert volumes["secret"]["secret"]["defaultMode"] == 0o440
    assert found["securityContext"]["fsGroup"] == found["securityContext"]["runAsGroup"]


def test_command_and_configuration_are_what_the_job_takes(tmp_path: Path) -> None:
    _, lock, _, job, *options = container_command()
    table = TEMPLATE_JOBS[job].all
    values = parse(options, table, beam=True).values
    assert values.keys() == {"config", "client_secret", "output"}
    mounts = {one["name"]: one["mountPath"] for one in pod()["containers"][0]["volumeMounts"]}
    assert lock.startswith(mounts["state"] + "/")
    assert values["output"].startswith(mounts["state"] + "/")
    assert values["client_secret"].startswith(f"file:{mounts['secret']}/")
    data = next(document["data"] for document in DOCUMENTS if document["kind"] == "ConfigMap")
    name = Path(values["config"]).name
    assert str(Path(values["config"]).parent) == mounts["config"]
    (tmp_path / name).write_text(data[name], encoding="utf-8")
    assert read_config(str(tmp_path / name), table)["collection"] == "my-feed"
