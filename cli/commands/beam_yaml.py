"""`iocbeam yaml`: pipelines of Beam YAML with the transforms of iocbeam."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from typing import Final

from iocbeam.model.errors import ConfigurationError, UsageError

from ..command import Command
from ..jobs.job import new_run_id
from ..options.job_options import COMMON, RUN_OPTIONS
from ..options.option import Kind, Option, by_name
from ..values.command_line import Parsed
from ..values.given_text import shown

NEEDED: Final = ("jinja2", "jsonschema", "docstring_parser", "pandas")
"""Modules of the extra that Beam YAML does not go without."""

_SET: Final = Option(
    "set",
    Kind.TEXTS,
    "What the template's variables are: {{ feed }} in the file is the text behind feed=.",
    "Pipeline",
    "NAME=TEXT...",
    default=(),
    default_text="none",
)
_DRY_RUN: Final = Option(
    "dry_run",
    Kind.FLAG,
    "No target writes to a tenant: each prints its plan and writes plan.json into the directory dry_run of its "
    "output.",
    "Pipeline",
    default=False,
)


def run(parsed: Parsed) -> int:
    """Do what the first argument says."""
    action, *paths = parsed.paths or [""]
    if action == "providers":
        if paths:
            raise UsageError(
                f"{shown(paths[0])} belongs to no option.", advice="iocbeam yaml providers takes nothing."
            )
        return _providers()
    if action != "run":
        raise UsageError(
            f"{shown(action)} is not one of run, providers." if action else "say run or providers.",
            advice="iocbeam yaml run PIPELINE.yaml",
        )
    if len(paths) != 1:
        raise UsageError("name the file of one pipeline.", advice="iocbeam yaml run PIPELINE.yaml")
    return _run(paths[0], parsed)


def _run(path: str, parsed: Parsed) -> int:
    variables = _variables(parsed.values.get("set", ()))
    _need_beam_yaml()
    # Imported here: help must not wait for Beam.
    from iocbeam.pipelines.flow import RunStart

    from ..beam_yaml.run import run_yaml

    now = int(time.time())
    start = RunStart(new_run_id(now), now, bool(parsed.values.get("dry_run")))
    debug = bool(parsed.values.get("debug"))
    return run_yaml(path, variables, parsed.beam_args, parsed.values.get("runner"), start, debug=debug)


def _variables(texts: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise UsageError(
                # What stands behind the sign may be a secret.
                f"{shown(name + equals)} is not NAME=TEXT.",
                option="--set",
                advice="Write --set feed=feed.csv; a name is of letters, digits and _.",
            )
        if name in found:
            raise UsageError(f"names {name} twice.", option="--set")
        found[name] = value
    return found


def _need_beam_yaml() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"Beam YAML is not installed: there is no module {missing[0]}.",
            advice=f"In a checkout of iocbeam: {sys.executable} -m pip install -c constraints.txt '.[yaml]'",
        )


def _providers() -> int:
    from ..beam_yaml.files import PROVIDERS_FILE

    sys.stdout.write(f"# {PROVIDERS_FILE}\n{PROVIDERS_FILE.read_text(encoding='utf-8')}")
    return 0


COMMAND = Command(
    "yaml",
    "run a pipeline of Beam YAML with the transforms of iocbeam",
    "run PIPELINE.yaml [options] | providers",
    "Runs a pipeline that is written in Beam YAML. Every source, stage and target of iocbeam is a transform "
    "there, beside all of Beam's own; their keys are called as the options of the other commands. A secret never "
    "stands in the file, only where it is: env:NAME. providers prints the file that makes these transforms known, "
    "and where it is, for those who run Beam's own command.",
    (_SET, _DRY_RUN, by_name(RUN_OPTIONS)["runner"], *COMMON),
    run,
    paths=True,
    beam=True,
    examples=(
        "iocbeam yaml run examples/yaml/clean.yaml --set feed=feed.csv out=out",
        "iocbeam yaml run defender.yaml --dry_run",
        "iocbeam yaml providers",
    ),
)
