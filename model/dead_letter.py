"""Dead letters: records that could not be used or delivered, kept with the reason."""

from __future__ import annotations

from typing import Any, Final, NamedTuple


class DeadLetter(NamedTuple):
    """One record that ended as `rejected` or `failed`.

    Attributes:
        run_id: the run that wrote it.
        occurred_at: epoch seconds, UTC: the start of the run, for stages, or the call's time, for sinks.
        job: `defender`, `entra`, ...
        stage: the stage or sink that gave the record up.
        reason: code of the reason table.
        message: what was found; for a sink the service's own words.
        retriable: whether running it again unchanged can help.
        attempts: calls made for it.
        http_status: of the last call, None where there was no answer.
        tenant_id: empty where no tenant was involved yet.
        source: name of the input.
        location: `file:line`.
        format: how `record` is to be parsed: `jsonl`, `csv`, `text`.
        mapping: JSON text of what parsing needs besides the format.
        truncated: whether `record` is only the beginning.
        record: the bytes as read; empty when the record had already become an indicator.
        indicator: JSON text of the indicator, None before validation.
    """

    run_id: str
    occurred_at: int
    job: str
    stage: str
    reason: str
    message: str
    retriable: bool
    attempts: int
    http_status: int | None
    tenant_id: str
    source: str
    location: str
    format: str
    mapping: str
    truncated: bool
    record: bytes
    indicator: str | None


DEAD_LETTER_SCHEMA: Final[dict[str, Any]] = {
    "type": "record",
    "name": "DeadLetter",
    "namespace": "iocbeam",
    "fields": [
        {"name": "run_id", "type": "string"},
        {"name": "occurred_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "job", "type": "string"},
        {"name": "stage", "type": "string"},
        {"name": "reason", "type": "string"},
        {"name": "message", "type": "string"},
        {"name": "retriable", "type": "boolean"},
        {"name": "attempts", "type": "int"},
        {"name": "http_status", "type": ["null", "int"], "default": None},
        {"name": "tenant_id", "type": "string"},
        {"name": "source", "type": "string"},
        {"name": "location", "type": "string"},
        {"name": "format", "type": "string"},
        {"name": "mapping", "type": "string"},
        {"name": "truncated", "type": "boolean"},
        {"name": "record", "type": "bytes"},
        {"name": "indicator", "type": ["null", "string"], "default": None},
    ],
}
"""The one Avro schema of dead letters, whatever the stage."""

OUTCOME_SCHEMA: Final[dict[str, Any]] = {
    "type": "record",
    "name": "Outcome",
    "namespace": "iocbeam",
    "fields": [
        {"name": name, "type": "string"}
        for name in (
            "tenant_id",
            "outcome",
            "reason",
            "stage",
            "type",
            "value",
            "source",
            "source_id",
            "location",
        )
    ],
}
"""Avro schema of `outcomes-*.avro`: the fields of `OutcomeRow`."""
