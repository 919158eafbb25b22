"""Dead letters as a run writes them."""

from __future__ import annotations

from typing import Any


def dead_letter(**fields: Any) -> dict[str, Any]:
    return {
        "run_id": "r",
        "occurred_at": 1_800_000_000_000,
        "job": "defender",
        "stage": "Validate",
        "reason": "not_public",
        "message": "10.0.0.1 is not a public address",
        "retriable": False,
        "attempts": 0,
        "http_status": None,
        "tenant_id": "",
        "source": "feed.jsonl",
        "location": "feed.jsonl:7",
        "format": "jsonl",
        "mapping": "",
        "truncated": False,
        "record": b'{"value":"10.0.0.1"}',
        "indicator": None,
        **fields,
    }
