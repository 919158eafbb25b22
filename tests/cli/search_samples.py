"""Prints the table of docs/search.md: what is asked for each kind of value.

.venv/bin/python tests/cli/search_samples.py
"""

from __future__ import annotations

import sys
from pathlib import Path

from iocbeam.model.permissions import CALLS
from iocbeam.model.search_words import KIND_WORDS
from iocbeam.planning.search_questions import HUNTING, INSTEAD, QUESTIONS, Question

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "search.md"
_ROLES = {call.path: " ".join(call.needs) for call in CALLS}


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
    shown = f"`{question.shown_as}`" if question.shown_as else ""
    return f"| {f'`{kind}`' if kind else ''} | {before}{call} | {question.by} | {shown} | {role} |"


def missing_kinds(text: str) -> list[str]:
    """Kinds that a text does not name."""
    return [kind for kind in KIND_WORDS if f"`{kind}`" not in text]


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
