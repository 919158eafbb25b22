"""Running a job's pipeline: which runner, what is checked before, and which error comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import apache_beam as beam
import orjson
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, StandardOptions
from apache_beam.runners.runner import create_runner

from iocbeam.model.errors import ConfigurationError, IocbeamError, RunFailed, UsageError, causes
from iocbeam.model.managed import is_managed
from iocbeam.model.settings import DefenderJob
from iocbeam.model.settings.entra import EntraJob, EntraTenantSettings
from iocbeam.model.settings.sentinel import SentinelJob, SentinelTenantSettings
from iocbeam.sinks import FAILED_MARK, SUMMARY_FILE

from .job_server import check_goes_on, has_workers_elsewhere, job_server_error, left_going
from .managed import AnyJob, check_managed, handover, interruption, submission_error, submitting
from .memory import rare_collections
from .preflight import preflight

IN_PROCESS: Final = "FnApiRunner"
"""What `--runner=direct` means. Beam's `DirectRunner` tries to download and run another engine first, and
which engine runs then depends on the pipeline's contents."""


def prepared(job: DefenderJob | EntraJob | SentinelJob, engine: str = IN_PROCESS) -> Callable[[Any], Any]:
    """Checks what a job names and makes room for its output; gives what makes a tenant's settings ready to run.

    They are told what is worth knowing of the files. Where only a part of the collection is asked for, they
    withdraw nothing.

    Args:
        engine: a name that `engine_of` gave.

    Raises:
        Stop: a file, option or secret is missing or not usable; names the option and what to do.
    """
    notices = tuple(preflight(job, is_managed(engine)))
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
    job: AnyJob,
    beam_args: Sequence[str],
    engine: str,
    build: Callable[[beam.Pipeline], None],
) -> dict[str, Any]:
    """Builds and runs a pipeline and gives the content of its `summary.json`.

    Args:
        beam_args: options for Beam itself.
        engine: a name that `engine_of` gave.

    Returns:
        The summary. Of a job that a runner took and that is not waited for (the launcher of a template, or Beam's
        `--no_wait_until_finish`), what `managed.handover` gives in its place.

    Raises:
        Stop, RetryLater: a file, an option or the tenant is not usable; as far as is known nothing was written. On
            a managed runner also: it has an active job of this name, or the job ended without coming to its end.
    """
    options = pipeline_options(job, beam_args, engine)
    try:
        with rare_collections(), beam.Pipeline(options=options) as pipeline:
            build(pipeline)
    except KeyboardInterrupt:
        # Before there is a result nothing was submitted.
        if is_managed(engine) and getattr(pipeline, "result", None) is not None:
            raise interruption(_name_in(options), job.output) from None
        if engine != IN_PROCESS and has_workers_elsewhere(options):
            raise left_going(options, job.output) from None
        raise
    except Exception as error:
        if not _failed_as_asked(error):
            found = original_error(error)
            if found is error and is_managed(engine):
                found = submission_error(error, job.run, _name_in(options)) or error
            elif found is error and engine != IN_PROCESS:
                found = job_server_error(error, options) or error
            if found is error:
                raise
            # It stands in the chain of the runner's error: naming that as its cause would close a circle.
            raise found from None
    else:
        if _is_handed_over(pipeline.result, options, engine):
            return handover(job, options, pipeline.result)
    return _read_summary(job.output)


def pipeline_options(job: AnyJob, beam_args: Sequence[str], engine: str) -> PipelineOptions:
    """Beam's options for a job, with what a job of ours needs on this runner."""
    options = PipelineOptions([*beam_args, f"--runner={engine}"])
    if is_managed(engine):
        submitting(options, job.run)
    return options


def engine_of(runner: str, job: AnyJob, beam_args: Sequence[str] = ()) -> str:
    """The Beam runner that `--runner` means, for this job.

    Raises:
        UsageError: as `runner_name`, or the job names what its workers do not see: a local directory or file, a
            secret in this process's environment. Or nobody is to wait for a job that needs this process.
    """
    engine = runner_name(runner)
    if is_managed(engine):
        check_managed(job, beam_args)
    elif engine != IN_PROCESS:
        check_goes_on(PipelineOptions(list(beam_args)), engine)
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


def _failed_as_asked(error: BaseException) -> bool:
    """Whether it is the run's own failing by `--fail_on`, which comes after its summary."""
    # A runner whose workers are elsewhere gives the text of an error and not the error.
    return isinstance(original_error(error), RunFailed) or FAILED_MARK in str(error)


def _is_handed_over(result: Any, options: PipelineOptions, engine: str) -> bool:
    """Whether the job goes on, or was only built, while nobody here waits for it."""
    if engine == IN_PROCESS:
        return False
    return not getattr(result, "has_job", True) or bool(options.view_as(StandardOptions).no_wait_until_finish)


def _name_in(options: PipelineOptions) -> str:
    return str(options.view_as(GoogleCloudOptions).job_name)


def _read_summary(output: str) -> dict[str, Any]:
    path = FileSystems.join(output, SUMMARY_FILE)
    try:
        with FileSystems.open(path) as stream:
            summary: dict[str, Any] = orjson.loads(stream.read())
    except Exception as error:  # Beam's filesystems raise types of their own
        raise ConfigurationError(
            f"the run ended, and its summary cannot be read from {path}: {error}.", option="--output"
        ) from error
    return summary


def original_error(error: BaseException) -> BaseException:
    """The error of ours that a runner has wrapped in one of its own, or else the error itself.

    Not one that was handled: neither what our own words have taken the place of, nor what a bug came upon.
    """
    interrupted = next((one for one in causes(error) if isinstance(one, KeyboardInterrupt)), None)
    cause: BaseException | None = interrupted or error
    while cause is not None:
        # Beam raises a copy of an error that names the step, or, where it cannot copy it, an error of its own.
        is_beams = getattr(cause, "_tagged_with_step", False)
        if isinstance(cause, IocbeamError | KeyboardInterrupt) and not is_beams:
            return cause
        cause = cause.__cause__ or (cause.__context__ if is_beams else None)
    return error
