"""ToOcsf: what was fetched from tenants as events of the Open Cybersecurity Schema Framework."""

from __future__ import annotations

from functools import partial
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.model.ocsf import Dialect, Event, EventContext, event_of
from iocbeam.model.settings import RunInfo
from iocbeam.model.sighting import Fetched


def to_ocsf(fetched: Fetched, time: int, dialect: Dialect = "ocsf") -> Event:
    """The event of an object, of OCSF 1.8.0, whatever the object's shape.

    Args:
        time: epoch seconds, UTC, when it was collected.
        dialect: see `model.ocsf.EventContext`.

    Raises:
        ValueError: objects of this kind have no event: rows of Sentinel and of hunting queries.
    """
    return event_of(fetched, EventContext(fetched.tenant_id, time, dialect, fetched.alias))


class ToOcsf(beam.PTransform[Any, Any]):
    """`Fetched` objects to events, dicts that any JSON writer takes, without a collection to match.

    Args:
        run: its start is when the objects count as collected.
        dialect: `ocsf`, `ocsf_legacy` or `qdm`.
    """

    def __init__(self, run: RunInfo, dialect: Dialect = "ocsf") -> None:
        super().__init__()
        self._run = run
        self._dialect = dialect

    def expand(self, pcoll: PCollection[Fetched]) -> PCollection[Event]:
        events: PCollection[Event] = pcoll | "ToOcsf" >> beam.Map(
            partial(to_ocsf, time=self._run.started_at, dialect=self._dialect)
        )
        return events
