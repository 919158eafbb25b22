"""What the sources of tenants' own data share: machines, alerts, indicators and the rows of queries.

A source is one class with two methods, a `FetchReader`; `FetchFrom` makes a transform of it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

import apache_beam as beam
from apache_beam.pvalue import PCollection, TaggedOutput

from iocbeam.model.record import ReadReport
from iocbeam.model.sighting import Fetched
from iocbeam.model.sighting_report import FetchReport

REPORTS: Final = "reports"


class FetchPart(NamedTuple):
    """What one worker reads from its beginning to its end: one kind of object of one tenant.

    Attributes:
        name: for the report, such as `alerts of Contoso`.
        tenant_id: whose it is.
        kind: one of `model.sighting.OBJECT_KINDS`.
        details: what the reader needs besides; anything that pickles.
    """

    name: str
    tenant_id: str
    kind: str
    details: Any = None


class FetchedObjects(NamedTuple):
    """The outputs of a source of tenants' data.

    Attributes:
        objects: a `Fetched` for each object.
        reports: one `FetchReport` per part.
    """

    objects: PCollection[Fetched]
    reports: PCollection[FetchReport]


class Calls(Protocol):
    """What a client tells of its calls."""

    @property
    def requests(self) -> dict[str, dict[str, int]]:
        """Calls by `METHOD /path` and status."""
        ...

    @property
    def throttled_seconds(self) -> float:
        """Waited so far."""
        ...


@dataclass(slots=True)
class Fetching:
    """How the reading of one part goes: a reader fills it in, whoever iterates it looks afterwards.

    Attributes:
        complete: False when the part broke off.
        error: what broke it off, else empty.
        requests, throttled_seconds: of the client that reads.
    """

    complete: bool = True
    error: str = ""
    requests: dict[str, dict[str, int]] = field(default_factory=dict)
    throttled_seconds: float = 0.0

    def stop(self, error: str) -> None:
        """The part ends here, before its end."""
        self.complete = False
        self.error = error

    def count(self, client: Calls) -> None:
        """Take over what a client has counted; called once, when it is done."""
        self.requests = client.requests
        self.throttled_seconds = client.throttled_seconds


class FetchReader(ABC):
    """Where objects come from. It pickles: clients are made where they are used, secrets are resolved there."""

    @abstractmethod
    def parts(self) -> Iterable[FetchPart]:
        """What there is to read. Called once, on a worker."""

    @abstractmethod
    def fetch(self, part: FetchPart, reading: Fetching) -> Iterator[Fetched]:
        """The objects of one part.

        What breaks the reading off after the first object goes into `reading.stop`, and what was given before is
        used. Before that it may raise: the run ends if nothing but this tenant is read, and otherwise the part's
        report says so.
        """


class FetchPartFn(beam.DoFn):
    """Reads one part: a `FetchPart` and whether its tenant is the only one in; objects and a report out."""

    def __init__(self, reader: FetchReader) -> None:
        super().__init__()
        self._reader = reader

    def process(self, element: tuple[FetchPart, bool]) -> Iterator[Any]:
        """`Fetched`, and the report as a `TaggedOutput`."""
        part, alone = element
        reading = Fetching()
        count = 0
        objects = self._reader.fetch(part, reading)
        while True:
            try:
                fetched = next(objects, None)
            except Exception as error:
                # Alone, a tenant that cannot be read is a run that cannot start; one of several is not.
                if alone and not count:
                    raise
                reading.stop(f"{part.name}: {error}")
                break
            if fetched is None:
                break
            count += 1
            yield fetched
        report = ReadReport(part.name, count, count, reading.complete, reading.error)
        yield TaggedOutput(
            REPORTS, FetchReport(part.tenant_id, part.kind, report, reading.requests, reading.throttled_seconds)
        )


class FetchFrom(beam.PTransform[Any, FetchedObjects]):
    """The objects of a `FetchReader`. Applied to a pipeline, it gives `FetchedObjects`.

    A part that breaks off has an incomplete report, and the others go on. A single tenant that cannot be read at
    all ends the run with the error.

    Args:
        reader: reads.
    """

    def __init__(self, reader: FetchReader) -> None:
        super().__init__()
        self._reader = reader

    def expand(self, begin: Any) -> FetchedObjects:
        """Name the parts, then read each where there is room for it."""
        outputs = (
            begin
            | "Inputs" >> beam.Create([None])
            | "Parts" >> beam.FlatMap(_parts, self._reader)
            # Without it the worker that names the parts would also read them all.
            | "Spread" >> beam.Reshuffle()
            | "Fetch" >> beam.ParDo(FetchPartFn(self._reader)).with_outputs(REPORTS, main="objects")
        )
        return FetchedObjects(outputs.objects, outputs[REPORTS])


def _parts(_: None, reader: FetchReader) -> list[tuple[FetchPart, bool]]:
    parts = list(reader.parts())
    alone = len({part.tenant_id for part in parts}) == 1
    return [(part, alone) for part in parts]
