"""Running a job's pipeline: which runner, what is checked before, and which error comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import apache_beam as beam
import orjson
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.runner import create_runner

from iocbeam.model.entra_settings import EntraJob, EntraTenantSettings
from iocbeam.model.errors import IocbeamError, UsageError
from iocbeam.model.sentinel_settings import SentinelJob, SentinelTenantSettings
from iocbeam.model.settings import DefenderJob
from iocbeam.model.sighting_settings import SightingsJob
from iocbeam.model.sync_settings import SyncJob
from iocbeam.sinks import SUMMARY_FILE

from .memory import rare_collections
from .preflight import preflight

IN_PROCESS: Final = "FnApiRunner"
"""What `--runner=direct` means. Beam's `DirectRunner` tries to download and run another engine first, and
which engine runs then depends on the pipeline's contents."""


def prepared(job: DefenderJob | EntraJob | SentinelJob) -> Callable[[Any], Any]:
    """Checks what a job names and makes room for its output; gives what makes a tenant's settings ready to run.

    They are told what is worth knowing of the files. Where only a part of the collection is asked for, they
    withdraw nothing.

    Raises:
        Stop: a file, option or secret is missing or not usable; names the option and what to do.
    """
    notices = tuple(preflight(job))
    source = job.intake.source
    is_part = source is not None and source.is_part and not job.run.replay
    if is_part:
        notices += ("Only a part of the collection is asked for: nothing is withdrawn.",)

    def ready(tenant: Any) -> Any:
        told = replace(tenant, notices=(*tenant.notices, *notices))
        if not is_part:
            return told
        if isinstance(told, EntraTenantSettings | SentinelTenantSettings):
            return replace(told, limits=replace(told.limits, withdraw=False))
        return replace(told, policy=replace(told.policy, withdraw=False))

    return ready


def run_pipeline(
    job: DefenderJob | EntraJob | SyncJob | SightingsJob,
    beam_args: Sequence[str],
    engine: str,
    build: Callable[[beam.Pipeline], None],
) -> dict[str, Any]:
    """Builds and runs a pipeline and gives the content of its `summary.json`.

    Args:
        beam_args: options for Beam itself.
        engine: a name that `engine_of` gave.

    Raises:
        Stop, RetryLater: a file, an option or the tenant is not usable; as far as is known nothing was written.
    """
    options = PipelineOptions([*beam_args, f"--runner={engine}"])
    try:
        with rare_collections(), beam.Pipeline(options=options) as pipeline:
            build(pipeline)
    except Exception as error:
        found = original_error(error)
        if found is error:
            raise
        # It stands in the chain of the runner's error: naming that as its cause would close a circle.
        raise found from None
    with FileSystems.open(FileSystems.join(job.output, SUMMARY_FILE)) as stream:
        summary: dict[str, Any] = orjson.loads(stream.read())
    return summary


def engine_of(runner: str, output: str) -> str:
    """The Beam runner that `--runner` means, for a job with this output directory.

    Raises:
        UsageError: as `runner_name`, or its workers do not see the directory.
    """
    engine = runner_name(runner)
    if "dataflow" in engine.lower() and "://" not in output:
        raise UsageError(
            "is a local directory, which Dataflow's workers do not share.",
            option="--output",
            advice="Name one on a storage service, such as gs://bucket/run.",
        )
    return engine


def runner_name(runner: str) -> str:
    """The Beam runner that `--runner` means.

    Raises:
        UsageError: a runner that is known to lose or mix up elements of pipelines like ours.
    """
    name = runner.lower()
    if name in ("direct", "directrunner", IN_PROCESS.lower()):
        return IN_PROCESS
    if "dask" in name or "bundlebased" in name:
        raise UsageError(
            f"{runner} loses or mixes up elements without an error.",
            option="--runner",
            advice="Use direct, or a runner such as FlinkRunner or DataflowRunner.",
        )
    try:
        create_runner(runner)
    except ValueError as error:
        raise UsageError(f"{runner!r} is no runner of Beam's: {error}", option="--runner") from error
    return runner


def original_error(error: BaseException) -> BaseException:
    """The error of ours that a runner has wrapped in one of its own, or else the error itself."""
    found: BaseException = error
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, IocbeamError | KeyboardInterrupt):
            found = cause
        cause = cause.__cause__ or cause.__context__
    return found
