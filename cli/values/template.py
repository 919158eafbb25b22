"""What a Dataflow flex template starts: the launcher's command line, made into one of ours.

The launcher runs the image's `main.py` with every parameter of the launch as `--name=value`, and with options of
Beam and of Dataflow beside them. A value is always one text, and a flag always has one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from iocbeam.model.errors import UsageError

from ..options.option import Kind, Option
from ..options.tables import DEFENDER, ENTRA, SIGHTINGS, SYNC, JobOptions
from .file_values import with_negations
from .given_text import shown
from .texts import read_value

JOB: Final = "job"
"""The parameter that names the job: one image serves all of them, and each has a template of its own."""

TEMPLATE_JOBS: Final[dict[str, JobOptions]] = {
    "defender": DEFENDER,
    "entra": ENTRA,
    "sync": SYNC,
    "sightings": SIGHTINGS,
}
"""The jobs that there are templates for, by the names of their commands."""

NOT_PARAMETERS: Final = frozenset(("runner", "help"))
"""Options that no template has: the launcher names the runner, and nobody reads help there."""

WORKERS_ARE_THIS_IMAGE: Final = ("--sdk_location=container", "--no_save_main_session")
"""Nothing is staged: workers run the image that launched them, and all code is in its packages."""

_TRUE: Final = ("true", "yes", "on", "1")
_FALSE: Final = ("false", "no", "off", "0")
_NO: Final = "no_"


def launch(argv: Sequence[str]) -> int:
    """Run what a launcher's command line asks for; the exit status.

    Args:
        argv: `--name=value` each, without the program's name.
    """
    from ..program import main

    try:
        command = command_line(argv)
    except UsageError as error:
        sys.stderr.write(f"iocbeam: {error}\n")
        return 2
    return main(command)


def command_line(argv: Sequence[str]) -> list[str]:
    """The command line of `iocbeam` that a launcher's command line stands for.

    A parameter that is empty counts as not given. A list of files or names may be a JSON array of texts.
    `no_NAME=true` is `NAME=false`, and the other way round. What neither we nor Beam declare is left out with a
    word on stderr: the service has already refused parameters that the template does not have, so it is something
    new of the launcher's.

    Raises:
        UsageError: the job is missing or unknown, an argument is not of the launcher's form, or it is an option of
            ours with a `no_` too many or too few, or is given beside its negation.
    """
    given = [_pair(argument) for argument in argv]
    jobs = [text for name, text in given if name == JOB]
    if len(jobs) != 1 or jobs[0] not in TEMPLATE_JOBS:
        raise UsageError(
            f"{shown(jobs[0]) if jobs else 'nothing'} is given.",
            option=f"--{JOB}",
            advice=f"Name one of {', '.join(TEMPLATE_JOBS)}.",
        )
    ours = with_negations(TEMPLATE_JOBS[jobs[0]].all)
    line = [jobs[0], *WORKERS_ARE_THIS_IMAGE]
    unknown: list[str] = []
    written: set[str] = set()
    for name, text in given:
        if name == JOB or not text.strip():
            continue
        if name in ours:
            if _opposite(name) in written:
                raise UsageError(f"cannot be given beside --{_opposite(name)}.", option=f"--{name}")
            written.add(name)
            line += _ours(ours[name], name, text)
        elif _opposite(name) in ours:
            raise UsageError(
                "is not an option.",
                option=f"--{name}",
                advice=f"Give {_opposite(name)} with the value that you mean.",
            )
        else:
            line += _beams(name, text, unknown)
    if unknown:
        sys.stderr.write(f"iocbeam: neither iocbeam nor Beam knows {', '.join(unknown)}: left out.\n")
    return line


def _pair(argument: str) -> tuple[str, str]:
    name, equals, text = argument.removeprefix("--").partition("=")
    if not argument.startswith("--") or not name:
        raise UsageError(f"{shown(argument)} is not --name=value.")
    return name.replace("-", "_"), text if equals else "true"


def _opposite(name: str) -> str:
    return name.removeprefix(_NO) if name.startswith(_NO) else f"{_NO}{name}"


def _ours(option: Option, name: str, text: str) -> Iterable[str]:
    if name != option.name:
        # The command line takes no value with a negation.
        return (option.flag,) if not read_value(option, [text]) else (f"--{name}",)
    if option.kind is Kind.FLAG and text.strip().lower() in _TRUE:
        # Bare, because --debug and --verbose are looked for before anything is parsed.
        return (option.flag,)
    if option.kind is Kind.TEXTS:
        return (f"{option.flag}={one}" for one in _texts(text))
    return (f"{option.flag}={text}",)


def _texts(text: str) -> list[str]:
    """The texts of a JSON array, else the text itself."""
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            return [text]  # a pattern may begin with a bracket
        if isinstance(found, list) and found and all(isinstance(one, str) for one in found):
            return found
    return [text]


def _beams(name: str, text: str, unknown: list[str]) -> Sequence[str]:
    from ..options.beam_options import beam_arity

    arity = beam_arity()
    if arity.get(name, 0) != 0:
        return (f"--{name}={text}",)
    # Beam's flags take no value, and Beam has the opposite of a few only.
    opposite = _opposite(name)
    flags = {one for one in (name, opposite) if arity.get(one) == 0}
    if not flags:
        unknown.append(f"--{name}")
    meant = opposite if text.strip().lower() in _FALSE else name
    return (f"--{meant}",) if meant in flags else ()
