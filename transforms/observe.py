"""Observe: objects of tenants to what the join needs of them, in bounded memory.

The objects are needed twice: first for what they show, by which the collection is thinned out on its way, then
for the matches. In between they rest as packed chunks, a tenth of their size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import apache_beam as beam
import orjson
import zstandard
from apache_beam.pvalue import PCollection

from iocbeam.model.entities import Entity, entities_of, hashes_of_files
from iocbeam.model.key_filter import KeyFilter
from iocbeam.model.sighting import ALERT, FILE_NAME, FILE_SHA1, FILE_SHA256, Fetched
from iocbeam.planning.file_lookups import FileAlert, FileAlertsKept
from iocbeam.planning.sightings import add_to_filter

from .bulk import BulkCoder
from .stage import at_bundle_end, in_global_window

CHUNK: Final = 500
"""Objects that are packed together."""

_DEFENDER: Final = "microsoftdefenderforendpoint"

CHUNKS: Final = "chunks"
SEEN: Final = "seen"
FILE_ALERTS: Final = "file_alerts"


class ObjectChunk(NamedTuple):
    """Objects of one kind and tenant.

    Attributes:
        packed: a JSON list of their data, compressed.
    """

    kind: str
    tenant_id: str
    alias: str
    packed: bytes

    @classmethod
    def of(cls, kind: str, tenant_id: str, alias: str, data: list[Any]) -> ObjectChunk:
        """Pack what `data` holds."""
        return cls(kind, tenant_id, alias, zstandard.compress(orjson.dumps(data), 1))

    def objects(self) -> Iterator[Fetched]:
        """Unpack them."""
        for data in orjson.loads(zstandard.decompress(self.packed)):
            yield Fetched(self.kind, self.tenant_id, self.alias, data)


class SeenKeys(NamedTuple):
    """What a bundle's objects of one tenant show."""

    tenant_id: str
    keys: KeyFilter


class FileAlerts(NamedTuple):
    """The alerts with files among a bundle's objects of one tenant.

    Attributes:
        alerts: those that may be asked about.
        dropped: how many more there were.
    """

    tenant_id: str
    alerts: tuple[FileAlert, ...]
    dropped: int


class Observed(NamedTuple):
    """The outputs of `Observe`.

    Attributes:
        chunks: all objects, as `ObjectChunk`s.
        seen: `SeenKeys`, one for each tenant and bundle.
        file_alerts: `FileAlerts`, likewise.
    """

    chunks: PCollection[ObjectChunk]
    seen: PCollection[SeenKeys]
    file_alerts: PCollection[FileAlerts]


class _ObserveFn(beam.DoFn):
    def start_bundle(self) -> None:
        self._waiting: dict[tuple[str, str, str], list[Any]] = {}
        self._seen: dict[str, KeyFilter] = {}
        self._file_alerts: dict[str, FileAlertsKept] = {}

    def process(self, element: Fetched) -> Iterator[ObjectChunk]:
        entities = entities_of(element)
        seen = self._seen.get(element.tenant_id)
        if seen is None:
            seen = self._seen[element.tenant_id] = KeyFilter()
        add_to_filter(entities, seen)
        if element.kind == ALERT and any(one.kind in (FILE_SHA1, FILE_SHA256, FILE_NAME) for one in entities):
            alert = file_alert(element, entities)
            if alert is not None:
                self._file_alerts.setdefault(element.tenant_id, FileAlertsKept()).add(alert)
        place = (element.kind, element.tenant_id, element.alias)
        waiting = self._waiting.setdefault(place, [])
        waiting.append(element.data)
        if len(waiting) >= CHUNK:
            del self._waiting[place]
            yield ObjectChunk.of(*place, waiting)

    def finish_bundle(self) -> Iterator[Any]:
        for place, waiting in self._waiting.items():
            yield at_bundle_end(ObjectChunk.of(*place, waiting))
        for tenant_id, keys in self._seen.items():
            yield in_global_window(SEEN, SeenKeys(tenant_id, keys))
        for tenant_id, alerts in self._file_alerts.items():
            yield in_global_window(FILE_ALERTS, FileAlerts(tenant_id, alerts.kept(), alerts.dropped))


def file_alert(fetched: Fetched, entities: list[Entity]) -> FileAlert | None:
    """An alert with files as one to ask about; None without an id to ask by."""
    alert_id, seen_at = fetched.data.get("id"), fetched.data.get("lastUpdateTime")
    if not (isinstance(alert_id, str) and alert_id):
        return None
    return FileAlert(alert_id, hashes_of_files(entities), seen_at if isinstance(seen_at, str) else "")


def not_of_defender(fetched: Fetched) -> bool:
    """Whether an alert of Graph is of another service than Defender for Endpoint, whose own API has it too."""
    service = fetched.data.get("serviceSource")
    return not (isinstance(service, str) and service.lower() == _DEFENDER)


class Observe(beam.PTransform[Any, Any]):
    """`Fetched` objects to `Observed`. Nothing is held but a chunk of each kind, and for each tenant 8 MiB and the
    ids and hashes of `MOST_KEPT` alerts with files."""

    def expand(self, pcoll: PCollection[Fetched]) -> Observed:
        outputs = pcoll | "Observe" >> beam.ParDo(_ObserveFn()).with_outputs(SEEN, FILE_ALERTS, main=CHUNKS)
        return Observed(outputs[CHUNKS], outputs[SEEN], outputs[FILE_ALERTS])


class _UnionFn(beam.CombineFn):
    """`KeyFilter`s to one; of none to an empty one."""

    def create_accumulator(self, *args: Any, **kwargs: Any) -> KeyFilter:
        return KeyFilter()

    def add_input(
        self, mutable_accumulator: KeyFilter, element: KeyFilter, *args: Any, **kwargs: Any
    ) -> KeyFilter:
        return KeyFilter.union((mutable_accumulator, element))

    def merge_accumulators(self, accumulators: Iterable[KeyFilter], *args: Any, **kwargs: Any) -> KeyFilter:
        return KeyFilter.union(accumulators)

    def extract_output(self, accumulator: KeyFilter, *args: Any, **kwargs: Any) -> KeyFilter:
        return accumulator

    def get_accumulator_coder(self) -> BulkCoder:
        return BulkCoder()


class UnionOfKeys(beam.PTransform[Any, Any]):
    """`SeenKeys` to one `KeyFilter` with everything that one tenant shows.

    Args:
        tenant_id: whose.
    """

    def __init__(self, tenant_id: str) -> None:
        super().__init__()
        self._tenant_id = tenant_id

    def expand(self, pcoll: PCollection[SeenKeys]) -> PCollection[KeyFilter]:
        union: PCollection[KeyFilter] = (
            pcoll
            | "Own" >> beam.FlatMap(_own_keys, self._tenant_id).with_output_types(KeyFilter)
            | "Union" >> beam.CombineGlobally(_UnionFn()).with_output_types(KeyFilter)
        )
        return union


def _own_keys(seen: SeenKeys, tenant_id: str) -> list[KeyFilter]:
    return [seen.keys] if seen.tenant_id == tenant_id else []
