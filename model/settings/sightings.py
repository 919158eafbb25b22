"""Settings of the jobs that read tenants and write nothing to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from ..errors import UsageError
from .checks import at_least, check_unlike, one_of
from .connection import ConnectionSettings
from .run import DAY, IntakeSettings, RunInfo

MACHINES: Final = "machines"
ALERTS: Final = "alerts"
GRAPH_ALERTS: Final = "graph_alerts"
READS: Final = (MACHINES, ALERTS, GRAPH_ALERTS)
"""What a tenant can be asked for: Defender's machines, Defender's alerts with their evidence, Graph's alerts."""

DIALECTS: Final = ("ocsf", "ocsf_legacy", "qdm")
"""Forms of events: OCSF with Detection Finding (2004), with the older Security Finding (2001), and Query's data
model, which is the older one with paths of its own."""

EVENT_FORMATS: Final = ("jsonl", "avro", "parquet")

MAX_DAYS: Final = 180
"""Days for which Defender keeps its data unless a tenant says less."""


class TimeWindow(NamedTuple):
    """From `since` up to and without `until`, both epoch seconds, UTC."""

    since: int
    until: int

    @classmethod
    def days_before(cls, until: int, days: int) -> TimeWindow:
        """The `days` before `until`."""
        return cls(until - days * DAY, until)


@dataclass(frozen=True, slots=True)
class ReadTenant:
    """A tenant that is only read.

    Attributes:
        alias: a person's name for it; the tenant id when none was given.
        notices: what a person should know of how the options were read.
    """

    alias: str
    connection: ConnectionSettings
    notices: tuple[str, ...] = ()

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self.connection.tenant_id


@dataclass(frozen=True, slots=True)
class SightingsJob:
    """Everything that `pipelines.sightings` needs.

    Attributes:
        days: how far back alerts and machines are read, from the run's start.
        reads: what is read of each tenant, some of `READS`.
        file_lookups: calls for the files of single alerts, at most, for each tenant and run. Only they show MD5
            and product names.
        dialect: one of `DIALECTS`.
        event_format: one of `EVENT_FORMATS`.
        all_events: whether machines and alerts without a match are written as well.
        output: directory for events, dead letters, outcomes and summary.
        max_rejected_percent: above it the collection was probably not read as what it is.
    """

    run: RunInfo
    intake: IntakeSettings
    tenants: tuple[ReadTenant, ...]
    output: str
    days: int = 30
    reads: tuple[str, ...] = (MACHINES, ALERTS)
    file_lookups: int = 300
    dialect: str = "ocsf"
    event_format: str = "jsonl"
    all_events: bool = False
    max_rejected_percent: int = 50

    def __post_init__(self) -> None:
        check_unlike(self.tenants)
        at_least(self.days, 1, "--days")
        if self.days > MAX_DAYS:
            raise UsageError(f"must be at most {MAX_DAYS}: Defender keeps no more.", option="--days")
        if not self.reads:
            raise UsageError("names nothing to read.", option="--read")
        for name in self.reads:
            one_of(name, READS, "--read")
        at_least(self.file_lookups, 0, "--file_lookups")
        one_of(self.dialect, DIALECTS, "--dialect")
        one_of(self.event_format, EVENT_FORMATS, "--event_format")

    @property
    def window(self) -> TimeWindow:
        """The time that is looked at: fixed when the run is constructed."""
        return TimeWindow.days_before(self.run.started_at, self.days)
