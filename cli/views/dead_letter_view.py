"""Dead letters for a person and for a program."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import TYPE_CHECKING, Any

from iocbeam.model.outcome import REASONS

from ..jobs.dead_letter_files import Findings, Row
from .console import cut, safe

if TYPE_CHECKING:
    from rich.console import Console


def show_findings(findings: Findings, offset: int, console: Console) -> None:
    """Counts by stage and reason with what to do, then the page of rows."""
    from rich.table import Table
    from rich.text import Text

    of_all = "" if findings.matching == findings.total else f" of {findings.total:,}"
    files = f"{len(findings.files)} file{'' if len(findings.files) == 1 else 's'}"
    console.print(Text(f"{findings.matching:,}{of_all} dead letters in {files}", style="bold"))
    if findings.matching:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
        table.add_column("Stage", no_wrap=True, max_width=18)
        table.add_column("Reason", no_wrap=True, max_width=22)
        table.add_column("Records", justify="right", no_wrap=True)
        table.add_column("Meaning, and what to do", ratio=1)
        for (stage, code), count in findings.counts.most_common():
            reason = REASONS.get(code)
            text = Text()
            if reason:
                text.append(f"{reason.meaning}\n").append(f"→ {reason.advice}", style="dim")
            table.add_row(Text(safe(stage)), Text(safe(code)), f"{count:,}", text)
        console.print()
        console.print(table)
    if findings.page:
        console.print()
        last = offset + len(findings.page)
        console.print(Text(f"Rows {offset + 1:,} to {last:,} of {findings.matching:,}", style="bold"))
        for row in findings.page:
            _show_row(row, console)
    elif findings.matching and offset >= findings.matching:
        console.print(Text(f"\nNo row at --offset {offset}: there are {findings.matching:,}."))


def _show_row(row: Row, console: Console) -> None:
    from rich.text import Text

    width = console.width
    head = Text(safe(row["reason"]), style="yellow").append(f"  {safe(row['stage'])}  ", style="dim")
    location = safe(row["location"])
    room = width - len(head)
    # The end of a path tells more than its beginning.
    head.append(location if len(location) <= room else f"…{location[len(location) - room + 1 :]}")
    head.truncate(width, overflow="ellipsis")
    lines = [head]
    status = f"HTTP {row['http_status']} " if row["http_status"] else ""
    attempts = f"after {row['attempts']} calls " if row["attempts"] > 1 else ""
    message = safe(f"{status}{attempts}{row['message']}".strip())
    for text in (message, safe(row_text(row))):
        if text:
            lines.append(Text(cut(f"    {text}", width)))
    console.print(Text("\n").join(lines), no_wrap=True, crop=True)


def row_text(row: Row) -> str:
    """The record as text: its bytes as read, or the indicator that it had become."""
    record: bytes = row["record"]
    if record:
        return record.decode("utf-8", "backslashreplace")
    return str(row["indicator"] or "")


def findings_document(findings: Findings, offset: int, limit: int) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "files": findings.files,
        "dead_letters": findings.total,
        "matching": findings.matching,
        "retriable": findings.retriable,
        "counts": [
            {"stage": stage, "reason": code, "records": count, **_about(code)}
            for (stage, code), count in findings.counts.most_common()
        ],
        "offset": offset,
        "limit": limit,
        "rows": [_row_document(row) for row in findings.page],
        "broken": [{"file": path, "error": error} for path, error in findings.broken.items()],
    }


def _about(code: str) -> dict[str, Any]:
    reason = REASONS.get(code)
    if reason is None:
        return {"outcome": None, "meaning": None, "retriable": None, "advice": None}
    return {
        "outcome": reason.outcome,
        "meaning": reason.meaning,
        "retriable": reason.retriable,
        "advice": reason.advice,
    }


def _row_document(row: Row) -> dict[str, Any]:
    """A row for JSON: `record` as text, and as base64 beside it where it is not UTF-8."""
    record: bytes = row["record"]
    occurred_at: datetime = row["occurred_at"]
    document = {**row, "occurred_at": occurred_at.strftime("%Y-%m-%dT%H:%M:%SZ")}
    try:
        document["record"] = record.decode()
    except UnicodeDecodeError:
        document["record"] = record.decode("utf-8", "backslashreplace")
        document["record_base64"] = base64.b64encode(record).decode()
    return document
