"""The run's own documents: `summary.json` and `plan.json`, written by the pipeline itself."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import apache_beam as beam
import orjson
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.pvalue import AsList, PCollection
from apache_beam.transforms.combiners import ToListCombineFn

from iocbeam.model.outcome import Tally
from iocbeam.model.plan import DefenderPlan, WriteReport
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import PlanPolicy, RunInfo
from iocbeam.model.summary import summarise
from iocbeam.planning.items import as_item

SUMMARY_FILE: Final = "summary.json"
PLAN_FILE: Final = "plan.json"


def write_json(directory: str, name: str, content: Any) -> str:
    """Writes a document into a directory on any filesystem that Beam knows; gives its path."""
    path = FileSystems.join(directory, name)
    with FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED) as stream:
        stream.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


class WriteSummary(beam.PTransform[Any, Any]):
    """Writes `summary.json` from the run's own data; applied to the pipeline, gives the summary.

    Args:
        run: the run.
        directory: where the file goes.
        reads: `ReadReport`s.
        tallies: `Tally`s of every stage.
        writes: `WriteReport`s, one for each tenant.
        max_rejected_percent: see `model.summary.summarise`.
    """

    def __init__(
        self,
        run: RunInfo,
        directory: str,
        reads: PCollection[ReadReport],
        tallies: PCollection[Tally],
        writes: PCollection[WriteReport],
        max_rejected_percent: int = 100,
    ) -> None:
        super().__init__()
        self._run = run
        self._directory = directory
        self._max_rejected_percent = max_rejected_percent
        self._sides = (AsList(reads), AsList(tallies), AsList(writes))

    def expand(self, pbegin: Any) -> Any:
        return (
            pbegin
            | "Once" >> beam.Create([self._directory])
            | "WriteSummary" >> beam.Map(_write_summary, self._run, self._max_rejected_percent, *self._sides)
        )


def _write_summary(
    directory: str,
    run: RunInfo,
    max_rejected_percent: int,
    reads: Sequence[ReadReport],
    tallies: Iterable[Tally],
    writes: Sequence[WriteReport],
) -> dict[str, Any]:
    summary = summarise(run, reads, tallies, writes, int(time.time()), max_rejected_percent)
    write_json(directory, SUMMARY_FILE, summary)
    return summary


class WritePlan(beam.PTransform[Any, Any]):
    """`DefenderPlan`s to one `plan.json` that holds everything that would be done.

    Args:
        run: the run.
        directory: where the file goes.
        policies: tenant id to what is sent with every row.
    """

    def __init__(self, run: RunInfo, directory: str, policies: dict[str, PlanPolicy]) -> None:
        super().__init__()
        self._run = run
        self._directory = directory
        self._policies = policies

    def expand(self, pcoll: PCollection[DefenderPlan]) -> Any:
        return (
            pcoll
            | "Document" >> beam.Map(_plan_bytes, self._policies).with_output_types(bytes)
            | "All" >> beam.CombineGlobally(ToListCombineFn())
            | "WritePlan" >> beam.Map(_write_plan, self._run, self._directory)
        )


def _plan_bytes(plan: DefenderPlan, policies: dict[str, PlanPolicy]) -> bytes:
    return orjson.dumps(plan_document(plan, policies[plan.tenant_id]), option=orjson.OPT_INDENT_2)


def _write_plan(documents: Sequence[bytes], run: RunInfo, directory: str) -> str:
    head = orjson.dumps({"run_id": run.run_id, "collection": run.collection})
    path = FileSystems.join(directory, PLAN_FILE)
    with FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED) as stream:
        # Put together from text: a plan is large, and parsing it again would double the memory.
        stream.write(head[:-1] + b',"tenants":[')
        for number, document in enumerate(sorted(documents)):
            stream.write(b",\n" if number else b"\n")
            stream.write(document)
        stream.write(b"\n]}\n")
    return path


def plan_document(plan: DefenderPlan, policy: PlanPolicy) -> dict[str, Any]:
    """A plan as `plan.json` holds it. Of a tenant that could not be read it shows why, and nothing to do."""
    if plan.unreadable:
        plan = replace(plan, changes=(), ends=(), withdraw=())
    counts = Counter(change.kind for change in plan.changes)
    return {
        "tenant_id": plan.tenant_id,
        "alias": plan.alias,
        "counts": {
            "created": counts["created"],
            "updated": counts["updated"],
            "withdrawn": len(plan.withdraw),
        },
        "changes": [
            {
                "kind": change.kind,
                **as_item(change, policy),
                "fields": list(change.fields),
                "replaces": change.replaces,
                "adopted": bool(change.held),
            }
            for change in plan.changes
        ],
        "ends": [
            {
                "outcome": end.outcome,
                "reason": end.reason,
                "type": end.row.indicator.type,
                "value": end.row.indicator.value,
            }
            for end in plan.ends
        ],
        "withdraw": [
            {"id": row.id, "indicatorType": row.type, "indicatorValue": row.value, "reason": row.reason}
            for row in plan.withdraw
        ],
        "unreadable": plan.unreadable,
        "refusals": list(plan.refusals),
        "conflicts": list(plan.conflicts),
        "notices": list(plan.notices),
    }
