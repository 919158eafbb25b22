"""`iocbeam deadletters`: what dead letters say."""

from __future__ import annotations

import json
import sys

from iocbeam.model.errors import UsageError
from iocbeam.model.summary import EXIT_COULD_NOT_RUN, EXIT_DONE

from ..command import Command
from ..jobs.dead_letter_files import examine, find_files
from ..options.job_options import COMMON
from ..options.option import Kind, Option, with_defaults
from ..values.command_line import Parsed
from ..views.console import make_console, safe
from ..views.dead_letter_view import findings_document, show_findings

_SHOW = "What to show"
_OPTIONS = (
    Option("reason", Kind.TEXT, "Only dead letters with this reason.", _SHOW, "CODE", default_text="all"),
    Option("stage", Kind.TEXT, "Only those of this stage or sink.", _SHOW, "NAME", default_text="all"),
    Option("limit", Kind.COUNT, "Rows to list after the counts.", _SHOW, "N", default=20),
    Option("offset", Kind.COUNT, "Rows to pass over before.", _SHOW, "N", default=0),
    Option("json", Kind.FLAG, "Print one JSON object, with the records whole.", _SHOW, default=False),
    *COMMON,
)


def run(parsed: Parsed) -> int:
    """Count and list dead letters."""
    if not parsed.paths:
        raise UsageError("name a run's output directory, or dead-letter files.")
    values = with_defaults(parsed.values, _OPTIONS)
    limit, offset = values["limit"], values["offset"]
    for name, number in (("limit", limit), ("offset", offset)):
        if number < 0:
            raise UsageError(f"must be 0 or more, not {number}.", option=f"--{name}")
    findings = examine(
        find_files(parsed.paths), reason=values["reason"], stage=values["stage"], offset=offset, limit=limit
    )
    if values["json"]:
        sys.stdout.write(json.dumps(findings_document(findings, offset, limit), indent=2) + "\n")
    elif not findings.files:
        sys.stdout.write(f"No dead letters in {', '.join(map(safe, parsed.paths))}.\n")
    else:
        show_findings(findings, offset, make_console())
        if findings.retriable:
            paths = " ".join(map(safe, parsed.paths))
            sys.stdout.write(
                f"\n{findings.retriable:,} of them may succeed unchanged: iocbeam replay {paths} [options of the "
                "run]\n"
            )
    sys.stdout.flush()
    for path, error in findings.broken.items():
        sys.stderr.write(f"iocbeam: {safe(path)}: {error}. What could be read of it is counted.\n")
    return EXIT_COULD_NOT_RUN if findings.broken else EXIT_DONE


COMMAND = Command(
    "deadletters",
    "show what could not be used or delivered, and why",
    "PATH... [options]",
    "Counts dead letters by stage and reason, says what each reason means and what to do about it, and lists a "
    "page of them. PATH is a run's output directory, a file or a pattern.",
    _OPTIONS,
    run,
    paths=True,
    examples=(
        "iocbeam deadletters iocbeam-out",
        "iocbeam deadletters iocbeam-out --reason not_public --limit 50 --offset 50",
    ),
)
