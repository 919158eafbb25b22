"""Error rows: a dead letter as a flat row, which any transform and any format can take."""

# Without `from __future__ import annotations`: Beam reads the types of the fields, and a text is none.

import base64
import binascii
from typing import Any, Final, NamedTuple

from .dead_letter import DeadLetter
from .ends import INDICATOR_FORMAT

UTF8: Final = "utf-8"
BASE64: Final = "base64"


class ErrorRow(NamedTuple):
    """One record that was rejected or could not be delivered, or an input that could not be read to its end.

    Attributes:
        record: the record as it was read, or, where it had become an indicator, that as JSON text. Empty for an
            input that broke off.
        stage: the stage or sink that gave the record up.
        reason: code of the reason table.
        message: what was found; for a sink the service's own words.
        retriable: whether running it again unchanged can help.
        source: name of the input.
        location: `file:line`.
        tenant_id: empty where no tenant was involved yet.
        attempts: calls made for it.
        http_status: of the last call, 0 where there was no answer.
        run_id: the run that wrote it.
        occurred_at: epoch seconds, UTC.
        job: of the run.
        format: how `record` is to be parsed, `indicator` for an indicator.
        mapping: JSON text of what parsing needs besides the format.
        truncated: whether `record` is only the beginning.
        encoding: `utf-8`, or `base64` of a record that is no text.
    """

    record: str
    stage: str
    reason: str
    message: str
    retriable: bool
    source: str
    location: str
    tenant_id: str
    attempts: int
    http_status: int
    run_id: str
    occurred_at: int
    job: str
    format: str
    mapping: str
    truncated: bool
    encoding: str


def error_row(letter: DeadLetter) -> ErrorRow:
    """A dead letter as a row."""
    record, encoding = _text(letter.record) if letter.indicator is None else (letter.indicator, UTF8)
    return ErrorRow(
        record,
        letter.stage,
        letter.reason,
        letter.message,
        letter.retriable,
        letter.source,
        letter.location,
        letter.tenant_id,
        letter.attempts,
        letter.http_status or 0,
        letter.run_id,
        letter.occurred_at,
        letter.job,
        letter.format,
        letter.mapping,
        letter.truncated,
        encoding,
    )


def letter_of(row: Any) -> DeadLetter:
    """The dead letter that a row was made from.

    Args:
        row: anything with the fields of an `ErrorRow`.

    Raises:
        ValueError: its record is not what its encoding says.
    """
    is_indicator = row.format == INDICATOR_FORMAT
    return DeadLetter(
        run_id=row.run_id,
        occurred_at=int(row.occurred_at),
        job=row.job,
        stage=row.stage,
        reason=row.reason,
        message=row.message,
        retriable=bool(row.retriable),
        attempts=int(row.attempts),
        http_status=int(row.http_status) or None,
        tenant_id=row.tenant_id,
        source=row.source,
        location=row.location,
        format=row.format,
        mapping=row.mapping,
        truncated=bool(row.truncated),
        record=b"" if is_indicator else _bytes(row.record, row.encoding),
        indicator=row.record if is_indicator else None,
    )


def _text(record: bytes) -> tuple[str, str]:
    try:
        return record.decode(UTF8), UTF8
    except UnicodeDecodeError:
        return base64.b64encode(record).decode("ascii"), BASE64


def _bytes(record: str, encoding: str) -> bytes:
    if encoding != BASE64:
        return record.encode(UTF8, "surrogatepass")
    try:
        return base64.b64decode(record, validate=True)
    except binascii.Error as error:
        raise ValueError(f"the record of an error row is not base64: {error}") from None
