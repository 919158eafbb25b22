"""What a search found, for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.search_kind import Sought
from iocbeam.model.search_words import HASH_KINDS, KIND_WORDS
from iocbeam.model.summary import EXIT_COULD_NOT_RUN, EXIT_DONE

from ..views.console import safe
from ..views.printer import Printer
from ..views.tenant_names import tenant_name
from .answer import MOST_FILES, Answer, State
from .tables import show_alerts, show_machines, time_of

if TYPE_CHECKING:
    from rich.console import Console

_WORDS: Final = {
    EXIT_DONE: "everything that can be asked was asked",
    EXIT_COULD_NOT_RUN: "nothing could be asked",
}
_SEEN: Final = ("Spoken to by", "Seen on")
"""What statistics count: of addresses and domains, and of files."""
_UNANSWERED: Final = "Unanswered: "
_NAMES: Final = 3
"""Names of a file that are told."""


def show_search(found: Sequence[tuple[Sought, Sequence[Answer]]], status: int, console: Console) -> None:
    """Print what each value is, what is known of it, and what could not be asked.

    Args:
        found: the answers of the tenants, for each value.
        status: the exit status.
    """
    printer = Printer(console, "the events: --json")
    told: dict[str, str] = {}
    for sought, answers in found:
        _show_value(printer, sought, answers, told)
        printer.blank()
    words = _WORDS.get(status, "something could not be asked")
    printer.line(f"Exit status {status}: {words}.", "bold" if status == EXIT_DONE else "bold red")


def _show_value(printer: Printer, sought: Sought, answers: Sequence[Answer], told: dict[str, str]) -> None:
    """One value. `told` has the problems that stand above already, and the value with which they do."""
    several = len(answers) > 1
    printer.heading(f"{safe(sought.value)} is {KIND_WORDS[sought.kind]}")
    if sought.other:
        printer.line(f"It could be {KIND_WORDS[sought.other]} as well: --kind {sought.other} looks for that.")
    for answer in answers:
        for line in _known(answer):
            printer.line(f"{safe(answer.tenant.alias)}: {line}" if several else line)
    show_machines(printer, answers, several)
    show_alerts(printer, answers, several)
    notes = _said(((answer, note) for answer in answers for note in answer.notes), several)
    if notes:
        printer.blank()
    printer.items("Good to know:", notes, "bold")
    problems = []
    for problem in _said(((answer, text) for answer in answers for text in problems_of(answer)), several):
        above = told.setdefault(problem, sought.value)
        problems.append(problem if above == sought.value else f"As for {above}: {_shortened(problem)}")
    if problems:
        printer.blank()
    printer.items("Could not be asked:", problems, "bold red")


def problems_of(answer: Answer) -> list[str]:
    """Why something could not be asked, what to do, and what it was."""
    failed: dict[tuple[str, str], list[str]] = {}
    for asked in answer.asked:
        if asked.state is State.FAILED:
            failed.setdefault((asked.problem, asked.advice), []).append(str(asked.question))
    everything = len(failed) == 1 and not answer.ended(State.ANSWERED)
    return [
        " ".join(
            filter(
                None,
                (
                    f"{problem.rstrip('.')}.",
                    advice,
                    f"{_UNANSWERED}{'everything' if everything else '; '.join(dict.fromkeys(questions))}.",
                ),
            )
        )
        for (problem, advice), questions in failed.items()
    ]


def _shortened(problem: str) -> str:
    """The first sentence of a problem, and what was not asked: the rest stands further up."""
    why, _, what = problem.partition(_UNANSWERED)
    return f"{why.partition('. ')[0]}. {_UNANSWERED}{what}"


def _said(texts: Iterable[tuple[Answer, str]], several: bool) -> list[str]:
    return list(dict.fromkeys(f"{tenant_of(answer)}: {text}" if several else text for answer, text in texts))


def tenant_of(answer: Answer) -> str:
    """The tenant's alias and id."""
    return tenant_name({"alias": answer.tenant.alias, "tenant_id": answer.tenant.tenant_id})


def _known(answer: Answer) -> list[str]:
    """What the services say about the value as a whole."""
    lines = []
    file = answer.file or {}
    several = len(answer.sha1s) > 1
    if several:
        first, *others = answer.sha1s
        asked = "all of them" if len(answer.sha1s) <= MOST_FILES else f"{MOST_FILES} of them"
        lines.append(
            f"{len(answer.sha1s):,} files have this MD5, which can be made to happen. Devices and alerts are of "
            f"{asked}, the statistics only of SHA-1 {safe(first)}. The others: SHA-1 {_listed(others)}"
        )
    hashes = [
        (name, file.get(field)) for name, field in (("SHA-1", "sha1"), ("SHA-256", "sha256"), ("MD5", "md5"))
    ]
    same = [
        f"{name} {safe(value)}" for name, value in hashes if value and str(value).lower() != answer.sought.value
    ]
    if same:
        lines.append(f"{'That' if several else 'The same'} file: {', '.join(same)}")
    about = [
        f"{what} {safe(file[name])}"
        for name, what in (
            ("fileProductName", "product"),
            ("filePublisher", "publisher"),
            ("signer", "signed by"),
            ("determinationType", "determined to be"),
            ("determinationValue", "as"),
        )
        if file.get(name)
    ]
    if about:
        lines.append(f"The file: {', '.join(about)}")
    if answer.statistics is not None:
        lines.append(_prevalence(answer.statistics, _SEEN[answer.sought.kind in HASH_KINDS]))
        names = answer.statistics.get("topFileNames")
        if isinstance(names, list) and names:
            lines.append(f"Known as {', '.join(safe(name) for name in names[:_NAMES])}")
    return lines


def _listed(values: Sequence[str]) -> str:
    more = len(values) - _NAMES
    return ", ".join(map(safe, values[:_NAMES])) + (f" and {more:,} more" if more > 0 else "")


def _prevalence(told: Mapping[str, Any], seen: str) -> str:
    """How widely it was seen.

    Args:
        seen: what the statistics count: `Seen on` for files, `Spoken to by` for addresses and domains.
    """
    count = told.get("organizationPrevalence")
    machines = "1 machine" if str(count) == "1" else f"{safe(count)} machines"
    if not count or str(count) == "0":
        line = f"{seen} no machine of the organisation"
    else:
        line = f"{seen} {machines} of the organisation"
        first, last = time_of(told.get("orgFirstSeen")), time_of(told.get("orgLastSeen"))
        if first and last:
            line += f", first {first}, last {last}"
    everywhere = told.get("globallyPrevalence") or told.get("globalPrevalence")
    return line + (f"; on {safe(everywhere)} worldwide" if everywhere else "")
