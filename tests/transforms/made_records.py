"""Records, indicators and rows to try the stages on."""

from __future__ import annotations

from typing import Any

from iocbeam.model.indicator import FQDN, Indicator
from iocbeam.model.outcome import Ended
from iocbeam.model.plan import DefenderRow
from iocbeam.model.record import Record
from iocbeam.model.settings import ClassifySettings, RunInfo
from iocbeam.transforms import Ranked, classify, rank

NOW = 1_800_000_000
RUN = RunInfo("run-1", NOW, "defender", "ours")


def record(**fields: Any) -> Record:
    """A record of these fields; by default of a good domain."""
    return Record({"type": "FQDN", "value": "evil.example", **fields}, b"raw", "ours.jsonl:7", "ours", "jsonl", "")


def indicator(value: str = "evil.example", kind: str = FQDN, **fields: Any) -> Indicator:
    """An indicator of these fields."""
    return Indicator(kind, value, **fields)


def row(value: str = "evil.example", kind: str = FQDN, **fields: Any) -> DefenderRow:
    """The row that the default settings make of an indicator."""
    made = classify(indicator(value, kind, **fields), ClassifySettings(collection="ours"), NOW)
    assert not isinstance(made, Ended)
    return made


def ranked(value: str = "evil.example", **fields: Any) -> Ranked:
    """A row with its place in the order."""
    made = row(value, **fields)
    return Ranked(rank(made), made)
