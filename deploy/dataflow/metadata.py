"""The metadata of the flex templates, made from the option tables: one template for each job.

    python deploy/dataflow/metadata.py          writes templates/*.json
    python deploy/dataflow/metadata.py entra    prints one of them

Every parameter is of the type TEXT and has no `defaultValue`. A form that is filled in from a template sends what
stands in it: the given default, or else the type's own, which is `false` for a truth value and 0 for a number.
Such a parameter would count as given. It would go before `--config`, give options of sources that are not meant,
and set a policy's state back to where it was made. So the help text says the default, and a regular expression
what a value may be. Fields: google.dataflow.v1beta3, messages TemplateMetadata and ParameterMetadata.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from iocbeam.cli.help import described
from iocbeam.cli.options.option import Kind, Option
from iocbeam.cli.options.source_options import SOURCE_OPTION, SOURCES
from iocbeam.cli.values.template import JOB, NOT_PARAMETERS, TEMPLATE_JOBS
from iocbeam.model.settings import ACTIONS

TEMPLATES: Final = Path(__file__).parent / "templates"

DESCRIPTIONS: Final = {
    "defender": ("iocbeam: Defender", "Brings Microsoft Defender for Endpoint in step with a collection."),
    "entra": (
        "iocbeam: Entra",
        "Brings named locations and a policy of Microsoft Entra in step with a collection.",
    ),
    "sync": ("iocbeam: sync", "Brings Defender, Entra and Sentinel in step with a collection, from one read."),
    "sightings": ("iocbeam: sightings", "Looks for a collection on the machines and in the alerts of tenants."),
}

BUCKET_ONLY: Final = frozenset(("output", "config", "tenants", "ca_bundle"))
"""What names a file or a directory that launcher and workers must both see."""

_GUID: Final = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_SECRET: Final = r"(?:gcp-secret:projects/[^/\s]+/secrets/[^/\s]+/versions/[^/\s]+|file:gs://[^\s]+)"  # noqa: S105 - a form
_IN_A_BUCKET: Final = r"gs://[^\s]+"


def metadata(job: str) -> dict[str, Any]:
    """The metadata of one job's template, as its JSON file holds it."""
    name, description = DESCRIPTIONS[job]
    return {
        "name": name,
        "description": description,
        "parameters": [
            {
                "name": JOB,
                "label": "Job",
                "helpText": f"Always {job}: this is the template of that job. Required.",
                "isOptional": False,
                "regexes": [f"^{job}$"],
                "groupName": "Job",
            },
            *(parameter(option) for option in options(job)),
        ],
    }


def options(job: str) -> list[Option]:
    """The options that a job's template has as its parameters."""
    return [option for option in TEMPLATE_JOBS[job].all if not option.hidden and option.name not in NOT_PARAMETERS]


def parameter(option: Option) -> dict[str, Any]:
    """One option as a parameter."""
    in_bucket = option.name in BUCKET_ONLY
    found: dict[str, Any] = {
        "name": option.name,
        "label": option.name.replace("_", " ").capitalize(),
        "helpText": _help_text(option),
        "isOptional": not is_required(option),
        "regexes": [f"^{_IN_A_BUCKET if in_bucket else pattern(option)}$"],
        "groupName": option.group,
    }
    source = next((name for name, own in SOURCES.items() if name != "files" and option in own), "")
    if source:
        found |= {"parentName": SOURCE_OPTION.name, "parentTriggerValues": [source]}
    return found


def is_required(option: Option) -> bool:
    """Whether a launch must give it. The default output is a local directory, which workers do not share."""
    return option.required or option.name == "output"


def pattern(option: Option) -> str:
    """What a value must match, without the anchors."""
    words = "|".join(option.choices)
    match option.kind:
        case Kind.SECRET:
            return _SECRET
        case Kind.FLAG:
            return "(?:true|false)"
        case Kind.COUNT:
            return "[0-9]{1,15}"
        case Kind.CHOICE:
            return f"(?:{_literal(words)})"
        case Kind.WORDS:
            return _listed(f"(?:{_literal(words)})", option.none_word) if words else r"\S.*"
        case Kind.ID:
            return f"(?:{words}|{_GUID})" if words else _GUID
        case Kind.IDS:
            return _listed(f"(?:{words}|{_GUID})" if words else _GUID)
        case Kind.RANGES:
            return _listed("[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?")
        case Kind.PAIRS:
            return f"(?:{words})=[^=]+(?:,(?:{words})=[^=]+)*"
        case Kind.ACTION:
            label = "|".join(ACTIONS)
            family = f"(?:file|network)=(?:{label})"
            return f"(?:{label}|{family}(?:,{family})?)"
        case Kind.TEXTS:
            one = _IN_A_BUCKET if option.name in ("input", "never_block") else r"[^\[].*"
            return rf'(?:{one}|\[\s*".+"\s*\])'
        case Kind.TEXT:
            return r"\S.*"


def _listed(one: str, instead: str = "") -> str:
    several = f"{one}(?:,{one})*"
    return f"(?:{several}|{instead})" if instead else several


def _literal(words: str) -> str:
    return words.replace("+", r"\+")


def _help_text(option: Option) -> str:
    """What help says, and what is different on Dataflow."""
    if option.name == "output":
        return f"{option.help} Here a directory in a bucket. Required."
    text = described(option)
    if option.name in BUCKET_ONLY:
        text += " Here a file in a bucket: gs://BUCKET/PATH."
    if option.kind is Kind.SECRET:
        text += " Here gcp-secret:, or file:gs://BUCKET/PATH: workers have no environment and no files of yours."
    if option.kind is Kind.TEXTS:
        text += ' Several as a JSON array: ["ONE", "ANOTHER"].'
    if option.kind is Kind.FLAG:
        text += " true or false."
    return text


def written(job: str) -> str:
    """The content of a job's file."""
    return json.dumps(metadata(job), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Print the templates that are named, or write all of them."""
    for job in sys.argv[1:]:
        sys.stdout.write(written(job))
    if len(sys.argv) == 1:
        for job in TEMPLATE_JOBS:
            (TEMPLATES / f"{job}.json").write_text(written(job), encoding="utf-8")


if __name__ == "__main__":
    main()
