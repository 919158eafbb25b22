"""The table and samples of docs/search.md: what is asked for each kind of value, and what `iocbeam search` says of
the local tenant with the example estate. To print them into the document again:
`python tests/cli/search_samples.py`."""

from __future__ import annotations

import contextlib
import io
import os
import re
from pathlib import Path

from iocbeam.cli import main
from iocbeam.cli.jobs.example_estate import example_estate
from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.model.permissions import CALLS
from iocbeam.model.search_words import KIND_WORDS
from iocbeam.planning.search.questions import ALERTS, HUNTING, INSTEAD, MACHINES, QUESTIONS, Question

_ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = _ROOT / "docs" / "search.md"
COLLECTION = _ROOT / "examples" / "collection.jsonl"
_SECRET = "SEARCH_SAMPLES_SECRET"
_ROLES = {call.path: " ".join(call.needs) for call in CALLS}
_FEWER_ROLES = ("Machine.Read.All", "Alert.Read.All", "File.Read.All", "Url.Read.All")


def table() -> str:
    """A row for each question of each kind, in the order in which they are asked."""
    lines = ["| kind | asked | compared with the value | in the event | role |", "|---|---|---|---|---|"]
    for kind, questions in QUESTIONS.items():
        for at, question in enumerate(questions):
            lines.append(_row(kind if at == 0 else "", question))
            if question in INSTEAD:
                lines.append(_row("", INSTEAD[question], "where that cannot be asked: "))
    return "\n".join(lines)


def _row(kind: str, question: Question, before: str = "") -> str:
    call = question.call if question.call == HUNTING else f"`{question.call}`"
    role = "ThreatHunting.Read.All" if question.call == HUNTING else _ROLES[question.call]
    shown = question.shown_as or (question.place if question.finds in (MACHINES, ALERTS) else "")
    cells = (f"`{kind}`" if kind else "", before + call, question.by, f"`{shown}`" if shown else "-", role)
    return f"| {' | '.join(cells)} |"


def missing_kinds(text: str) -> list[str]:
    """Kinds that a text does not name."""
    return [kind for kind in KIND_WORDS if f"`{kind}`" not in text]


def _printed(value: str, roles: tuple[str, ...] | None = None) -> str:
    """What a search in the example estate prints."""
    profile = TenantProfile(rate_limits=None) if roles is None else TenantProfile(rate_limits=None, roles=roles)
    printed = io.StringIO()
    before = dict(os.environ)
    os.environ.update({_SECRET: profile.client_secret or "", "COLUMNS": "80"})
    try:
        with LocalTenant(profile) as tenant, contextlib.redirect_stdout(printed):
            tenant.seed_estate(example_estate(str(COLLECTION), "--estate"))
            given = {
                "tenant_id": profile.tenant_id,
                "client_id": profile.client_id,
                "client_secret": f"env:{_SECRET}",
                "login_url": tenant.login_url,
                "defender_url": tenant.defender_url,
                "graph_url": tenant.graph_url,
                "ca_bundle": tenant.ca_bundle,
            }
            main(["search", value, *(f"--{name}={text}" for name, text in given.items())])
    finally:
        os.environ.clear()
        os.environ.update(before)
    return printed.getvalue().rstrip()


def samples() -> str:
    values = ("7.14.3.9", "98c43166175ebfd47a78a63cbf837ff8da5096a4", "host-00040")
    return _block("\n\n".join(f"$ iocbeam search {value}\n{_printed(value)}" for value in values))


def problems() -> str:
    _, heading, text = _printed("7.14.3.9", _FEWER_ROLES).partition("Could not be asked:")
    return _block(heading + text)


def _block(text: str) -> str:
    return f"```\n{text}\n```"


SECTIONS = {"samples": samples, "questions": table, "problems": problems}


def section(text: str, name: str) -> str:
    """What stands in the document under that name."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n?<!-- /{name} -->", text, re.DOTALL)
    assert found is not None, f"{DOCUMENT.name} has no section {name}"
    return found[1]


def without_times(text: str) -> str:
    """The estate is as of now, so that days and times differ from run to run."""
    return re.sub(r"\d{4}-\d\d-\d\d", "DATE", re.sub(r"\b\d\d:\d\d\b", "TIME", text))


def rewrite() -> None:
    """Put every section into the document as it is now."""
    text = DOCUMENT.read_text()
    for name, make in SECTIONS.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{make()}\n{end}{rest.partition(end)[2]}"
    DOCUMENT.write_text(text)


if __name__ == "__main__":
    rewrite()
