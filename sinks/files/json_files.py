"""The run's own documents: `summary.json` and `plan.json`, written by the pipeline itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import apache_beam as beam
import orjson
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.pvalue import AsList, PCollection
from apache_beam.transforms.combiners import ToListCombineFn

from iocbeam.model.outcome import Tally
from iocbeam.model.plan import WriteReport
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import RunInfo
from iocbeam.model.summary import TargetEnds, summarise

SUMMARY_FILE: Final = "summary.json"
"""What a run did, in its output directory."""
PLAN_FILE: Final = "plan.json"
"""What a dry run would do, in its output directory."""


def write_json(directory: str, name: str, content: Any) -> str:
    """Writes a document into a directory on any filesystem that Beam knows; gives its path."""
    path = FileSystems.join(directory, name)
    with FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED) as stream:
        stream.write(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return path


class Target(NamedTuple):
    """What a run knows of one target, such as Defender.

    Attributes:
        tallies: `Tally`s of every stage that its records went through.
        writes: `WriteReport`s, one for each tenant.
    """

    tallies: PCollection[Tally]
    writes: PCollection[WriteReport]


class WriteSummary(beam.PTransform[Any, Any]):
    """Writes `summary.json` from the run's own data; applied to the pipeline, gives the summary.

    Args:
        run: the run.
        directory: where the file goes.
        reads: `ReadReport`s.
        targets: of the run, at least one.
        max_rejected_percent: see `model.summary.summarise`.
    """

    def __init__(
        self,
        run: RunInfo,
        directory: str,
        reads: PCollection[ReadReport],
        targets: Sequence[Target],
        max_rejected_percent: int = 100,
    ) -> None:
        super().__init__()
        self._run = run
        self._directory = directory
        self._max_rejected_percent = max_rejected_percent
        self._sides = [AsList(side) for side in (reads, *(side for target in targets for side in target))]

    def expand(self, pbegin: Any) -> Any:
        return (
            pbegin
            | "Once" >> beam.Create([self._directory])
            | "WriteSummary" >> beam.Map(_write_summary, self._run, self._max_rejected_percent, *self._sides)
        )


def _write_summary(
    directory: str, run: RunInfo, max_rejected_percent: int, reads: Sequence[ReadReport], *sides: Sequence[Any]
) -> dict[str, Any]:
    targets = [TargetEnds(*pair) for pair in zip(sides[::2], sides[1::2], strict=True)]
    summary = summarise(run, reads, targets, int(time.time()), max_rejected_percent)
    write_json(directory, SUMMARY_FILE, summary)
    return summary


class WritePlans(beam.PTransform[Any, Any]):
    """Plans as documents, `bytes` of JSON, one for each tenant and target, to one `plan.json`.

    Args:
        run: the run.
        directory: where the file goes.
    """

    def __init__(self, run: RunInfo, directory: str) -> None:
        super().__init__()
        self._run = run
        self._directory = directory

    def expand(self, pcoll: PCollection[bytes]) -> Any:
        return (
            pcoll
            | "All" >> beam.CombineGlobally(ToListCombineFn())
            | "WritePlan" >> beam.Map(_write_plan, self._run, self._directory)
        )


def _write_plan(documents: Sequence[bytes], run: RunInfo, directory: str) -> str:
    head = orjson.dumps({"run_id": run.run_id, "job": run.job, "collection": run.collection})
    path = FileSystems.join(directory, PLAN_FILE)
    with FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED) as stream:
        # Put together from text: a plan is large, and parsing it again would double the memory.
        stream.write(head[:-1] + b',"tenants":[')
        for number, document in enumerate(sorted(documents)):
            stream.write(b",\n" if number else b"\n")
            stream.write(document)
        stream.write(b"\n]}\n")
    return path
