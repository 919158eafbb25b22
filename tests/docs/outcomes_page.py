"""The tables of docs/outcomes.md, made from the model: outcomes, reasons, exit statuses, and what each file of
a run holds. What fields of documents mean is in `field_meanings`; those of Avro files are in the docstrings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from field_meanings import PLAN_FIELDS, SUMMARY_FIELDS, TENANT_FIELDS
from page_sections import DOCS, Sections, attributes_of, table
from sample_documents import paths_of, plan_paths, summary_of_a_run, summary_of_sightings

from iocbeam.model import DEAD_LETTER_SCHEMA, OUTCOME_SCHEMA, OUTCOMES, REASONS, DeadLetter, OutcomeRow
from iocbeam.model.outcome import DEAD_LETTER_OUTCOMES, NOTICES
from iocbeam.model.summary import STATUS

DOCUMENT = DOCS / "outcomes.md"

NO_REASON = "No reason stands beside it."


def outcomes() -> str:
    """Every outcome with its meaning and, below, its reasons."""
    parts = []
    for outcome, meaning in OUTCOMES.items():
        kept = ""
        if outcome in DEAD_LETTER_OUTCOMES and "dead letter" not in meaning:
            kept = " Kept as a dead letter."
        parts.append(f"### {outcome}\n\n{_sentence(meaning)}{kept}\n\n{_reasons(outcome)}")
    return "\n\n".join(parts)


def _reasons(outcome: str) -> str:
    rows = [
        (
            f'<span id="reason-{reason.code}"></span>`{reason.code}`',
            _text(reason.meaning),
            "yes" if reason.retriable else "no",
            _text(reason.advice),
        )
        for reason in REASONS.values()
        if reason.outcome == outcome
    ]
    if not rows:
        return "The reason is `custom:NAME`, as the transform calls it." if outcome == "filtered" else NO_REASON
    return table(("reason", "meaning", "can a retry help", "what to do"), rows)


def notices() -> str:
    return table(("notice", "counts"), ((f"`{name}`", _text(meaning)) for name, meaning in NOTICES.items()))


def statuses() -> str:
    return table(("exit status", "meaning"), ((f"`{code}`", _text(said)) for code, said in STATUS.items()))


def summary_fields() -> str:
    return _fields(summary_of_a_run(), SUMMARY_FIELDS, leave_out="tenants[]")


def tenant_fields() -> str:
    one = dict(summary_of_a_run()["tenants"][0])
    return _fields({**one, **summary_of_sightings()["tenants"][0]}, TENANT_FIELDS)


def plan_fields() -> str:
    parts = []
    for target, found in plan_paths().items():
        rows = ((f"`{path}`", _meaning(PLAN_FIELDS[target], path)) for path in found)
        parts.append(f"#### {target.capitalize()}\n\n{table(('field', 'meaning'), rows)}")
    return "\n\n".join(parts)


def dead_letter_fields() -> str:
    return _avro(DEAD_LETTER_SCHEMA, DeadLetter)


def outcome_fields() -> str:
    return _avro(OUTCOME_SCHEMA, OutcomeRow)


SECTIONS: Sections = {
    "outcomes": outcomes,
    "notices": notices,
    "statuses": statuses,
    "summary": summary_fields,
    "tenant": tenant_fields,
    "plan": plan_fields,
    "letters": dead_letter_fields,
    "rows": outcome_fields,
}


def _fields(document: Any, meanings: dict[str, str], leave_out: str = "") -> str:
    paths = [path for path in paths_of(document) if not (leave_out and path.startswith(leave_out))]
    return table(("field", "meaning"), ((f"`{path}`", _meaning(meanings, path)) for path in paths))


def _meaning(meanings: dict[str, str], path: str) -> str:
    assert path in meanings, f"{path} is a field of which field_meanings.py says nothing"
    return meanings[path]


def _avro(schema: dict[str, Any], described: Any) -> str:
    # In the file times are what the Avro type says.
    meanings = {name: text.replace("epoch seconds, UTC", "UTC") for name, text in attributes_of(described).items()}
    rows = (
        (f"`{field['name']}`", _type(field["type"]), _sentence(meanings.get(field["name"], "-")))
        for field in schema["fields"]
    )
    return table(("field", "Avro type", "meaning"), rows)


def _type(avro: Any) -> str:
    if isinstance(avro, list):
        return " or ".join(_type(one) for one in avro)
    if isinstance(avro, dict):
        return f"`{avro['type']}` (`{avro['logicalType']}`)"
    return f"`{avro}`"


def _sentence(text: str) -> str:
    said = _text(text).replace("None", "null")
    said = said[0].upper() + said[1:]
    return said if said.endswith((".", "-")) else f"{said}."


def _text(text: str) -> str:
    return _code_of_options(text.replace("|", " or ").replace("<", "&lt;").replace("*", "\\*"))


def _code_of_options(text: str) -> str:
    words: Iterable[str] = text.split(" ")
    return " ".join(_as_code(word) for word in words)


def _as_code(word: str) -> str:
    if not word.startswith("--"):
        return word
    bare = word.rstrip(".,;:")
    return f"`{bare}`{word[len(bare) :]}"
