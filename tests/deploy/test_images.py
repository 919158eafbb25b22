"""The images, as far as that can be told without building them."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from deploy_help import DATAFLOW, DEPLOY, ROOT
from schedule_help import container_command, pod

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

PLAIN = DEPLOY / "container" / "Dockerfile"
TEMPLATE = DATAFLOW / "Dockerfile"
BOTH = (PLAIN, TEMPLATE)
IDS = ["plain", "dataflow"]
KNOWN = frozenset(("FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD", "STOPSIGNAL"))


class Line(NamedTuple):
    """One instruction, with its continuation lines."""

    stage: int
    instruction: str
    rest: str


def lines(path: Path) -> list[Line]:
    """The instructions of a Dockerfile."""
    text = re.sub(r"^\s*#.*\n", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE).replace("\\\n", " ")
    found: list[Line] = []
    stage = -1
    for line in filter(str.strip, text.splitlines()):
        instruction, _, rest = line.strip().partition(" ")
        stage += instruction == "FROM"
        found.append(Line(stage, instruction, " ".join(rest.split())))
    return found


def from_here(path: Path) -> list[str]:
    """What is copied out of the repository."""
    return [
        source
        for line in lines(path)
        if line.instruction == "COPY" and "--from=" not in line.rest
        for source in [part for part in line.rest.split() if not part.startswith("--")][:-1]
    ]


def images(path: Path) -> list[str]:
    """Every image that it is made from."""
    stages = re.findall(r"FROM \S+ AS (\w+)", path.read_text(encoding="utf-8"))
    named = [line.rest.split()[0] for line in lines(path) if line.instruction == "FROM"]
    named += [image for line in lines(path) for image in re.findall(r"--from=(\S+)", line.rest)]
    return [image for image in named if image not in stages]


def pinned(package: str) -> str:
    (version,) = re.findall(rf"^{package}==(\S+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    return str(version)


@pytest.mark.parametrize("path", BOTH, ids=IDS)
def test_every_instruction_is_one_that_there_is(path: Path) -> None:
    found = lines(path)
    assert {line.instruction for line in found} <= KNOWN
    assert found[0].instruction == "FROM"


@pytest.mark.parametrize("path", BOTH, ids=IDS)
def test_every_base_has_a_version(path: Path) -> None:
    assert images(path)
    for image in images(path):
        assert re.search(r":[\w.-]*\d[\w.-]*$", image), f"{image} has no version"
        assert not image.endswith(":latest")


def test_python_and_beam_are_the_same_in_every_part_of_the_template_image() -> None:
    bases = images(TEMPLATE)
    minors = set(re.findall(r"python:?3\.?(\d+)", " ".join(bases)))
    assert len(minors) == 1
    (minor,) = minors
    assert f"Programming Language :: Python :: 3.{minor}" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (beam,) = [image.rpartition(":")[2] for image in bases if "beam_python" in image]
    assert beam == pinned("apache-beam")


@pytest.mark.parametrize("path", BOTH, ids=IDS)
def test_what_is_copied_is_there_and_not_ignored(path: Path) -> None:
    patterns = [
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    for source in from_here(path):
        assert (ROOT / source).exists(), source
        let_in = [one[1:] for one in patterns if one.startswith("!")]
        assert any(source == one or source.startswith(f"{one}/") for one in let_in), f"{source} is ignored"
    assert patterns[0] == "*"
    assert not any(fnmatch.fnmatch("out", one[1:]) for one in patterns if one.startswith("!"))


@pytest.mark.parametrize("path", BOTH, ids=IDS)
def test_every_package_is_in_the_image(path: Path) -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        folders = tomllib.load(file)["tool"]["setuptools"]["package-dir"].values()
    assert {folder.partition("/")[0] for folder in folders} <= set(from_here(path))


@pytest.mark.parametrize("path", BOTH, ids=IDS)
def test_it_is_installed_with_our_versions_from_our_wheel_and_checked(path: Path) -> None:
    installs = " ".join(line.rest for line in lines(path) if line.instruction == "RUN")
    assert re.search(
        r"pip install --no-cache-dir --constraint \S*constraints\.txt \"\$\{wheel\}\[gcp\]\"", installs
    )
    assert "pip check" in installs
    assert "set -e" in installs


def test_the_template_image_has_what_launches_and_what_works() -> None:
    env = dict(
        part.split("=", 1) for line in lines(TEMPLATE) if line.instruction == "ENV" for part in line.rest.split()
    )
    entry = env["FLEX_TEMPLATE_PYTHON_PY_FILE"]
    (workdir,) = [line.rest for line in lines(TEMPLATE) if line.instruction == "WORKDIR" and line.stage == 1]
    assert any(line.rest == "deploy/dataflow/main.py main.py" for line in lines(TEMPLATE))
    assert entry == f"{workdir}/main.py"
    # Packages are installed already: either setting would install them again on every start.
    assert not {"FLEX_TEMPLATE_PYTHON_SETUP_FILE", "FLEX_TEMPLATE_PYTHON_REQUIREMENTS_FILE"} & env.keys()
    assert lines(TEMPLATE)[-1] == Line(1, "ENTRYPOINT", '["/opt/apache/beam/boot"]')
    # The entry point stands where no folder has the name of a package of ours.
    assert not {path.name for path in DATAFLOW.iterdir()} & set(from_here(TEMPLATE))


def test_the_plain_image_is_nobodys_and_has_what_the_cron_job_starts() -> None:
    last = {line.instruction: line.rest for line in lines(PLAIN) if line.stage == 1}
    user, _, group = last["USER"].partition(":")
    assert int(user) == pod()["securityContext"]["runAsUser"] > 0
    assert int(group) == pod()["securityContext"]["runAsGroup"] > 0
    assert last["STOPSIGNAL"] == "SIGINT"
    text = PLAIN.read_text(encoding="utf-8")
    once, _, program, *_ = container_command()
    assert re.search(rf"COPY --chmod=0755 deploy/schedule/iocbeam-once {once}$", text, re.MULTILINE)
    assert re.search(rf"COPY --from=wheel /opt/iocbeam {Path(program).parents[1]}$", text, re.MULTILINE)


def test_cloud_build_builds_the_template_image() -> None:
    build = yaml.safe_load((DATAFLOW / "cloudbuild.yaml").read_text(encoding="utf-8"))
    (step,) = build["steps"]
    assert (ROOT / step["args"][step["args"].index("--file") + 1]) == TEMPLATE
    assert build["images"] == ["${_IMAGE}"]
