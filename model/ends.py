"""How an indicator's end is written down: its outcome row and its dead letter."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Final

import orjson

from .dead_letter import DeadLetter
from .indicator import Indicator
from .outcome import REASONS, Ended, OutcomeRow
from .settings import RunInfo

MAX_SHOWN: Final = 512
"""Characters of a value that an outcome row shows."""

INDICATOR_FORMAT: Final = "indicator"
"""Format of a dead letter whose record had already become an indicator."""


def indicator_row(indicator: Indicator, end: Ended, stage: str, tenant_id: str) -> OutcomeRow:
    """An indicator's end as `outcomes-*.avro` holds it."""
    return OutcomeRow(
        tenant_id,
        end.outcome,
        end.reason,
        stage,
        indicator.type,
        indicator.value[:MAX_SHOWN],
        indicator.source,
        indicator.source_id,
        indicator.location,
    )


def indicator_letter(
    indicator: Indicator,
    end: Ended,
    stage: str,
    run: RunInfo,
    tenant_id: str = "",
    occurred_at: int | None = None,
    attempts: int = 0,
    http_status: int | None = None,
) -> DeadLetter:
    """An indicator's end as a dead letter: the indicator stands in for the bytes that it was read from.

    Args:
        occurred_at: epoch seconds; by default the run's start.
    """
    return DeadLetter(
        run.run_id,
        run.started_at if occurred_at is None else occurred_at,
        run.job,
        stage,
        end.reason,
        end.message,
        is_retriable(end.reason),
        attempts,
        http_status,
        tenant_id,
        indicator.source,
        indicator.location,
        INDICATOR_FORMAT,
        "",
        False,
        b"",
        _as_json(indicator),
    )


def _as_json(indicator: Indicator) -> str:
    """With a question mark for half a character, which JSON cannot hold."""
    try:
        return orjson.dumps(indicator).decode()
    except orjson.JSONEncodeError:
        return json.dumps(asdict(indicator), ensure_ascii=False).encode("utf-8", "replace").decode()


def is_retriable(reason: str) -> bool:
    """Whether running the record again unchanged can help; never for a reason of the user's own."""
    known = REASONS.get(reason)
    return known.retriable if known else False
