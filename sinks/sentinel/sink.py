"""WriteToSentinel: uploads whatever comes in, without a plan: for pipelines of a user's own.

It needs the workspace's id and nothing else of it, since it reads nothing. Ids are made from collection, type and
value, so that a second run updates; nothing is ever withdrawn. What keeps a workspace in step is
`WriteSentinelPlans`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import apache_beam as beam
import orjson
from apache_beam.pvalue import PCollection, TaggedOutput

from iocbeam.clients import MAX_UPLOAD, SentinelClient, connect_sentinel
from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.ends import MAX_SHOWN, indicator_letter, indicator_row, is_retriable
from iocbeam.model.outcome import CREATED, Ended, OutcomeRow, Tally
from iocbeam.model.sentinel_plan import SentinelChange, SentinelRow
from iocbeam.model.settings import ConnectionSettings, RunInfo
from iocbeam.model.settings.sentinel import SentinelWorkspace
from iocbeam.planning.sentinel.objects import sent_digest, source_of_collection, stix_object

from ..ends import TellsEnds
from ..per_tenant import ENDED, ERRORS, MAIN, TALLIES, raise_undelivered
from .delivery import SentinelDelivery, Uploaded
from .plans import STAGE

STIX_FORMAT: Final = "stix"
"""Format of a dead letter whose record is a STIX object."""

Element = SentinelRow | Mapping[str, Any]


class WriteToSentinel(TellsEnds):
    """`SentinelRow`s (of `ClassifySentinel`), or STIX objects as mappings, to the ids that the workspace took.

    All uploads go through one key, so that however many workers there are, one of them keeps to the
    documented rate, 100 uploads of 100 objects a minute. Taken are the types indicator, attack-pattern,
    threat-actor, identity and relationship (documented). What is refused leaves as a dead letter by
    `with_error_handler`; without a handler the sink raises. Every record that is taken counts as `created`:
    without reading, nobody knows what was there.

    Args:
        run: its collection names the source and makes the ids; a dry run sends nothing.
        connection: of the tenant; secrets are resolved where the uploads are made.
        workspace_id: of the Log Analytics workspace.
        source: what the workspace shows as the source; by default one that is made from the collection.

    Raises:
        UsageError: the workspace's id is missing or is none.
    """

    def __init__(self, run: RunInfo, connection: ConnectionSettings, workspace_id: str, source: str = "") -> None:
        super().__init__()
        self._run = run
        self._connection = connection
        self._workspace = SentinelWorkspace(workspace_id)
        self._workspace.require_upload()
        self._source = source or source_of_collection(run.collection)

    def expand(self, pcoll: PCollection[Element]) -> PCollection[str]:
        function = _UploadFn(self._run, self._connection, self._workspace, self._source, self._handler is None)
        outputs = (
            pcoll
            | "OneWorkspace" >> beam.Map(_keyed, self._workspace.workspace_id).with_output_types(tuple[str, Any])
            | "Uploads" >> beam.GroupIntoBatches(MAX_UPLOAD)
            | STAGE >> beam.ParDo(function).with_outputs(ENDED, ERRORS, TALLIES, main=MAIN)
        )
        self.connect(outputs)
        ids: PCollection[str] = outputs[MAIN]
        ids.element_type = str
        return ids


def _as_bytes(item: Mapping[str, Any]) -> bytes:
    """A STIX object as the record of a dead letter, also one that cannot be sent."""
    try:
        return orjson.dumps(item, default=str)
    except (TypeError, ValueError, RecursionError):
        return repr(item).encode("utf-8", "backslashreplace")


def _keyed(element: Element, workspace_id: str) -> tuple[str, Element]:
    return (workspace_id, element)


class _UploadFn(beam.DoFn):
    """Uploads batches, one after the other."""

    def __init__(
        self,
        run: RunInfo,
        connection: ConnectionSettings,
        workspace: SentinelWorkspace,
        source: str,
        raise_errors: bool,
    ) -> None:
        super().__init__()
        self._run = run
        self._connection = connection
        self._workspace = workspace
        self._source = source
        self._raise_errors = raise_errors
        self._client: SentinelClient | None = None
        self._delivery: SentinelDelivery | None = None
        self._failed = 0

    def setup(self) -> None:
        if not self._run.dry_run:
            self._client = connect_sentinel(self._connection, self._workspace, dry_run=False)

    def teardown(self) -> None:
        if self._client is not None:
            self._client.close()

    def start_bundle(self) -> None:
        self._failed = 0
        self._delivery = SentinelDelivery(self._client, self._source) if self._client is not None else None

    def process(self, element: tuple[str, Iterable[Element]]) -> Iterator[Any]:
        elements = list(element[1])
        objects = [self._object(one) for one in elements]
        results = [Uploaded(None, 0, None, False)] * len(objects)
        if self._delivery is not None:
            results = self._delivery.deliver(objects)
            stop = self._delivery.stopped_by
            if stop is not None and not self._delivery.taken:
                raise stop
        counts: Counter[tuple[str, str, str]] = Counter()
        for one, item, result in zip(elements, objects, results, strict=True):
            end = result.end or Ended(CREATED, "")
            row = self._row(one, item, end)
            counts[end.outcome, end.reason, row.type] += 1
            yield TaggedOutput(ENDED, row)
            if result.end is None:
                yield str(item.get("id", ""))
            else:
                self._failed += 1
                yield TaggedOutput(ERRORS, self._letter(one, item, end, result))
        for (outcome, reason, kind), records in counts.items():
            yield TaggedOutput(TALLIES, Tally("", STAGE, outcome, reason, kind, records))

    def finish_bundle(self) -> None:
        raise_undelivered(self._failed if self._raise_errors else 0)

    def _object(self, element: Element) -> Mapping[str, Any]:
        if not isinstance(element, SentinelRow):
            return element
        change = SentinelChange(CREATED, element, sent_digest(element))
        return stix_object(change, self._run.collection, self._run.started_at)

    def _row(self, element: Element, item: Mapping[str, Any], end: Ended) -> OutcomeRow:
        if isinstance(element, SentinelRow):
            return indicator_row(element.indicator, end, STAGE, "")
        shown = str(item.get("pattern") or item.get("name") or "")[:MAX_SHOWN]
        kind = str(item.get("type", ""))
        return OutcomeRow(
            "", end.outcome, end.reason, STAGE, kind, shown, self._source, str(item.get("id", "")), ""
        )

    def _letter(self, element: Element, item: Mapping[str, Any], end: Ended, result: Uploaded) -> DeadLetter:
        occurred_at = int(time.time())
        if isinstance(element, SentinelRow):
            return indicator_letter(
                element.indicator, end, STAGE, self._run, "", occurred_at, result.attempts, result.status
            )
        return DeadLetter(
            self._run.run_id,
            occurred_at,
            self._run.job,
            STAGE,
            end.reason,
            end.message,
            is_retriable(end.reason),
            result.attempts,
            result.status,
            "",
            self._source,
            str(item.get("id", "")),
            STIX_FORMAT,
            "",
            False,
            _as_bytes(item),
            None,
        )
