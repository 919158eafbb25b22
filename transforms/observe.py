"""Observe: objects of tenants to what the join needs of them, in bounded memory.

The objects are needed twice: first for what they show, by which the collection is thinned out on its way, then
for the matches. In between they rest as packed chunks, a tenth of their size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import apache_beam as beam
import orjson
import zstandard
from apache_beam.pvalue import PCollection

from iocbeam.model.entities import entities_of
from iocbeam.model.indicator import key_digest
from iocbeam.model.key_filter import KeyFilter
from iocbeam.model.ocsf.fields import fit
from iocbeam.model.sighting import ALERT, GRAPH_ALERT, Fetched
from iocbeam.planning.sightings.file_lookups import FileAlert, FileAlertsKept, file_alert
from iocbeam.planning.sightings.join import add_to_filter

from .bulk import BulkCoder
from .stage import at_bundle_end, in_global_window

CHUNK: Final = 500
"""Objects that are packed together."""

CHUNKS: Final = "chunks"
SEEN: Final = "seen"
FILE_ALERTS: Final = "file_alerts"
ALERT_IDS: Final = "alert_ids"


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
        """Pack what `data` holds, objects of one kind."""
        try:
            text = orjson.dumps(data)
        except TypeError:  # objects in each other, deeper than any that a service documents
            text = orjson.dumps(fit(data))
        return cls(kind, tenant_id, alias, zstandard.compress(text, 1))

    def objects(self) -> Iterator[Fetched]:
        """Unpack them."""
        for data in orjson.loads(zstandard.decompress(self.packed)):
            yield Fetched(self.kind, self.tenant_id, self.alias, data)


class SeenKeys(NamedTuple):
    """What a bundle's objects of one tenant show.

    Attributes:
        lacking: types of indicators that files of its alerts may be and their evidence does not show.
        blind: alerts that came without evidence, though it was asked for.
    """

    tenant_id: str
    keys: KeyFilter
    lacking: frozenset[str]
    blind: int


class FileAlerts(NamedTuple):
    """The alerts with files among a bundle's objects of one tenant.

    Attributes:
        alerts: those that may be asked about.
        dropped: how many more there were.
    """

    tenant_id: str
    alerts: tuple[FileAlert, ...]
    dropped: int


class AlertIds(NamedTuple):
    """Digests of the ids of Defender's alerts among a bundle's objects of one tenant, eight bytes each."""

    tenant_id: str
    digests: bytes


class Observed(NamedTuple):
    """The outputs of `Observe`.

    Attributes:
        chunks: all objects, as `ObjectChunk`s.
        seen: `SeenKeys`, one for each tenant and bundle.
        file_alerts: `FileAlerts`, likewise.
        alert_ids: `AlertIds`, likewise.
    """

    chunks: PCollection[ObjectChunk]
    seen: PCollection[SeenKeys]
    file_alerts: PCollection[FileAlerts]
    alert_ids: PCollection[AlertIds]


class _ObserveFn(beam.DoFn):
    def start_bundle(self) -> None:
        self._waiting: dict[tuple[str, str, str], list[Any]] = {}
        self._seen: dict[str, KeyFilter] = {}
        self._file_alerts: dict[str, FileAlertsKept] = {}
        self._lacking: dict[str, set[str]] = {}
        self._blind: Counter[str] = Counter()
        self._ids: dict[str, bytearray] = {}

    def process(self, element: Fetched) -> Iterator[ObjectChunk]:
        entities = entities_of(element)
        seen = self._seen.get(element.tenant_id)
        if seen is None:
            seen = self._seen[element.tenant_id] = KeyFilter()
        add_to_filter(entities, seen)
        if element.kind == ALERT:
            self._note_alert(element)
        place = (element.kind, element.tenant_id, element.alias)
        waiting = self._waiting.setdefault(place, [])
        waiting.append(element.data)
        if len(waiting) >= CHUNK:
            del self._waiting[place]
            yield ObjectChunk.of(*place, waiting)

    def _note_alert(self, element: Fetched) -> None:
        tenant_id = element.tenant_id
        self._ids.setdefault(tenant_id, bytearray()).extend(digest_of_id(element.data.get("id")))
        if not isinstance(element.data.get("evidence"), list):
            self._blind[tenant_id] += 1
        alert = file_alert(element)
        if alert is not None:
            self._file_alerts.setdefault(tenant_id, FileAlertsKept()).add(alert)
            self._lacking.setdefault(tenant_id, set()).update(alert.lacks)

    def finish_bundle(self) -> Iterator[Any]:
        for place, waiting in self._waiting.items():
            yield at_bundle_end(ObjectChunk.of(*place, waiting))
        for tenant_id, keys in self._seen.items():
            lacking = frozenset(self._lacking.get(tenant_id, ()))
            yield in_global_window(SEEN, SeenKeys(tenant_id, keys, lacking, self._blind[tenant_id]))
        for tenant_id, alerts in self._file_alerts.items():
            yield in_global_window(FILE_ALERTS, FileAlerts(tenant_id, alerts.kept(), alerts.dropped))
        for tenant_id, digests in self._ids.items():
            yield in_global_window(ALERT_IDS, AlertIds(tenant_id, bytes(digests)))


def digest_of_id(alert_id: Any) -> bytes:
    """Eight bytes that stand for an alert's id; none for what is no id."""
    return key_digest("alert", alert_id) if isinstance(alert_id, str) and alert_id else b""


def is_copy(fetched: Fetched, digests: frozenset[bytes]) -> bool:
    """Whether an alert of Graph is one that Defender gave as well, with more evidence: Graph names it as
    `providerAlertId` (documented).

    Args:
        digests: of the ids of the alerts that were read from Defender.
    """
    digest = digest_of_id(fetched.data.get("providerAlertId"))
    return fetched.kind == GRAPH_ALERT and bool(digest) and digest in digests


class Observe(beam.PTransform[Any, Any]):
    """`Fetched` objects to `Observed`. Nothing is held but a chunk of each kind, and for each tenant 8 MiB and the
    ids and hashes of `MOST_KEPT` alerts with files."""

    def expand(self, pcoll: PCollection[Fetched]) -> Observed:
        outputs = pcoll | "Observe" >> beam.ParDo(_ObserveFn()).with_outputs(
            SEEN, FILE_ALERTS, ALERT_IDS, main=CHUNKS
        )
        return Observed(outputs[CHUNKS], outputs[SEEN], outputs[FILE_ALERTS], outputs[ALERT_IDS])


class _UnionFn(beam.CombineFn):
    """`SeenKeys` of one tenant to one; of none to an empty one."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__()
        self._tenant_id = tenant_id

    def create_accumulator(self, *args: Any, **kwargs: Any) -> SeenKeys:
        return SeenKeys(self._tenant_id, KeyFilter(), frozenset(), 0)

    def add_input(self, mutable_accumulator: SeenKeys, element: SeenKeys, *args: Any, **kwargs: Any) -> SeenKeys:
        return self.merge_accumulators((mutable_accumulator, element))

    def merge_accumulators(self, accumulators: Iterable[SeenKeys], *args: Any, **kwargs: Any) -> SeenKeys:
        parts = list(accumulators)
        return SeenKeys(
            self._tenant_id,
            KeyFilter.union(part.keys for part in parts),
            frozenset[str]().union(*(part.lacking for part in parts)),
            sum(part.blind for part in parts),
        )

    def extract_output(self, accumulator: SeenKeys, *args: Any, **kwargs: Any) -> SeenKeys:
        return accumulator

    def get_accumulator_coder(self) -> BulkCoder:
        return BulkCoder()


class UnionOfKeys(beam.PTransform[Any, Any]):
    """`SeenKeys` to the one of everything that one tenant shows.

    Args:
        tenant_id: whose.
    """

    def __init__(self, tenant_id: str) -> None:
        super().__init__()
        self._tenant_id = tenant_id

    def expand(self, pcoll: PCollection[SeenKeys]) -> PCollection[SeenKeys]:
        union: PCollection[SeenKeys] = (
            pcoll
            | "Own" >> beam.Filter(_is_of, self._tenant_id).with_output_types(SeenKeys)
            | "Union" >> beam.CombineGlobally(_UnionFn(self._tenant_id)).with_output_types(SeenKeys)
        )
        return union


def _is_of(seen: SeenKeys, tenant_id: str) -> bool:
    return seen.tenant_id == tenant_id
