"""The graph that Dataflow would get, built without a network by Beam's own dry run."""

from __future__ import annotations

import base64
import binascii
import bz2
import re
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any, Final

import apache_beam as beam
from apache_beam.options.pipeline_options import TestOptions
from apache_beam.portability.api import beam_runner_api_pb2

from iocbeam.cli.jobs.job import defender_job, entra_job, sync_job
from iocbeam.cli.jobs.sightings_job import sightings_job
from iocbeam.cli.options.tables import DEFENDER, ENTRA, SIGHTINGS, SYNC
from iocbeam.cli.values.command_line import parse
from iocbeam.pipelines.beam_run import pipeline_options

IMAGE: Final = "europe-west1-docker.pkg.dev/example-project/iocbeam/iocbeam:1"

RUNNER: Final = (
    "--project=example-project",
    "--region=europe-west1",
    # Beam asks a service about buckets whose names are shorter than a bucket's can be.
    "--temp_location=gs://example-bucket/temp",
    "--staging_location=gs://example-bucket/staging",
    f"--sdk_container_image={IMAGE}",
    "--sdk_location=container",
)

OURS: Final = (
    "--collection=drill",
    "--input=mem://feed/a.jsonl",
    "--output=mem://out/run",
    "--tenant_id=11111111-1111-4111-8111-111111111111",
    "--client_id=22222222-2222-4222-8222-222222222222",
)

WORKSPACE: Final = (
    "--targets=defender,entra,sentinel",
    "--sentinel_workspace_id=66666666-6666-4666-8666-666666666666",
    "--sentinel_subscription=77777777-7777-4777-8777-777777777777",
    "--sentinel_resource_group=security",
    "--sentinel_workspace=contoso-siem",
)

LOCATION: Final = ("--location_name=Drill", "--policy_name=Drill", "--include_apps=All", "--my_address=192.0.2.7")

SECRET: Final = "--client_secret=gcp-secret:projects/p/secrets/s/versions/1"

JOBS: Final = {
    "defender": (DEFENDER, defender_job, (*OURS, SECRET)),
    "entra": (ENTRA, entra_job, (*OURS, SECRET, *LOCATION)),
    "sync": (SYNC, sync_job, (*OURS, SECRET, *LOCATION, *WORKSPACE)),
    "sightings": (SIGHTINGS, sightings_job, (*OURS, SECRET, "--read=machines,alerts,graph_alerts")),
}
"""Options, what makes the job, and a command line, by the job's name."""


class Graph:
    """The proto of a job, by its parts.

    Args:
        job: one of `JOBS`.
        more: options of ours or of Beam's; one that is given again replaces the usual one.
    """

    def __init__(
        self, job: str, *more: str, run_id: str = "run-1", now: int = 1_790_000_000, args: Sequence[str] = ()
    ) -> None:
        options, make, usual = JOBS[job]
        parsed = parse([*(args or usual), *RUNNER, *more], options.all, beam=True)
        self.settings: Any = make(parsed.values, now=now, run_id=run_id)
        beams = pipeline_options(self.settings, parsed.beam_args, "DataflowRunner")
        beams.view_as(TestOptions).dry_run = True
        pipeline = beam.Pipeline(options=beams)
        import_module(f"iocbeam.pipelines.{job}").build(pipeline, self.settings)
        self.job: Any = pipeline.run().job
        self.proto: Any = self.job.proto_pipeline
        self.transforms: dict[str, Any] = {
            one.unique_name: one for one in self.proto.components.transforms.values()
        }

    @property
    def top(self) -> list[str]:
        """Names of the steps of the job, without those within them, in order."""
        names = [one.unique_name for one in self.proto.components.transforms.values()]
        return list(dict.fromkeys(name.split("/")[0] for name in names if not name.startswith("ref_")))

    @property
    def leaves(self) -> dict[str, Any]:
        """What a runner carries out, by name."""
        return {name: one for name, one in self.transforms.items() if not one.subtransforms}

    def of_kind(self, *kinds: str) -> list[str]:
        """Names of the leaves of these kinds, such as `group_by_key`."""
        urns = {f"beam:transform:{kind}:v1" for kind in kinds}
        return [name for name, one in self.leaves.items() if one.spec.urn in urns]

    def chain(self, start: str, end: str) -> list[str]:
        """The leaves through which the main outputs go from one to another, by name; empty where there is no such
        way that a runner can fuse: one without a grouping, a Flatten or a step that is tried for itself."""
        ways = [[start]]
        while ways:
            way = ways.pop()
            if way[-1] == end:
                return way
            ways += [[*way, following] for following in self._after(way[-1])]
        return []

    def pardo(self, name: str) -> Any:
        """The payload of a ParDo."""
        return beam_runner_api_pb2.ParDoPayload.FromString(self.leaves[name].spec.payload)

    def _after(self, name: str) -> list[str]:
        """ParDos that take the main output of a leaf as their main input."""
        outputs = self.leaves[name].outputs
        # "None" is the tag of the main output where there are several.
        main = outputs["None"] if "None" in outputs else next(iter(outputs.values()), "")
        return [
            other
            for other in self.of_kind("pardo")
            if main in self.leaves[other].inputs.values() and not self._is_side(self.leaves[other], main)
        ]

    @staticmethod
    def _is_side(one: Any, pcollection: str) -> bool:
        if one.spec.urn != "beam:transform:pardo:v1":
            return False
        sides = beam_runner_api_pb2.ParDoPayload.FromString(one.spec.payload).side_inputs
        return any(one.inputs[tag] == pcollection for tag in sides if tag in one.inputs)

    def before(self, name: str) -> set[str]:
        """Every leaf that must be done before this one starts: those before a side input or a grouping."""
        done: set[str] = set()
        self._collect(name, past_barrier=False, done=done, seen=set())
        return done

    def _collect(self, name: str, past_barrier: bool, done: set[str], seen: set[tuple[str, bool]]) -> None:
        if (name, past_barrier) in seen:
            return
        seen.add((name, past_barrier))
        one = self.leaves[name]
        for pcollection in one.inputs.values():
            past = past_barrier or self._is_side(one, pcollection) or "group_by_key" in one.spec.urn
            for maker in self._makers(pcollection):
                if past:
                    done.add(maker)
                self._collect(maker, past, done, seen)

    def _makers(self, pcollection: str) -> list[str]:
        return [name for name, one in self.leaves.items() if pcollection in one.outputs.values()]

    def texts(self) -> list[bytes]:
        """All bytes of the graph, and what is pickled, compressed and encoded in them, down to the last layer."""
        return list(dict.fromkeys(_layers(self.proto.SerializeToString(), 0)))

    def holds(self, text: str) -> bool:
        """Whether a text stands anywhere in the graph, as it is or encoded."""
        plain = text.encode()
        forms = (plain, base64.b64encode(plain)[:-4], plain.hex().encode(), text.encode("utf-16-le"))
        return any(form in layer for layer in self.texts() for form in forms)


_base64 = re.compile(rb"[A-Za-z0-9+/\n]{24,}={0,2}").finditer
_MOST_LAYERS: Final = 6


def _layers(content: bytes, depth: int) -> Iterator[bytes]:
    yield content
    if depth == _MOST_LAYERS:
        return
    for found in _base64(content):
        for part in _decoded(found.group()):
            yield from _layers(part, depth + 1)
    for unpack in (zlib.decompress, bz2.decompress):
        try:
            yield from _layers(unpack(content), depth + 1)
        except (zlib.error, OSError, ValueError):
            continue


def _decoded(text: bytes) -> Iterator[bytes]:
    # What stands before it may look like a part of it.
    for start in range(4):
        part = text[start:]
        with_padding = part + b"=" * (-len(part.rstrip(b"=")) % 4)
        try:
            decoded = base64.b64decode(with_padding, validate=False)
        except binascii.Error:
            continue
        if _is_packed(decoded):
            yield decoded


def _is_packed(content: bytes) -> bool:
    for unpack in (partial(zlib.decompressobj().decompress, max_length=64), bz2.BZ2Decompressor().decompress):
        try:
            unpack(content[:2_000])
        except (zlib.error, OSError, ValueError):
            continue
        return True
    return False
