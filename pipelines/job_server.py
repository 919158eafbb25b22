"""Runners behind a Beam job server, such as Flink's: what their errors mean to the person who started a run.

Their workers are other processes: an error of ours comes back as text within a text.
"""

from __future__ import annotations

import re
import shutil
from typing import Final

from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    JobServerOptions,
    PipelineOptions,
    PortableOptions,
    StandardOptions,
)

from iocbeam.model import errors
from iocbeam.model.errors import ConfigurationError, IocbeamError, Stop, UsageError, causes

JAR_ADVICE: Final = (
    "docs/flink.md says how to get one; then name it, or name a job server that runs: --job_endpoint."
)

_EMBEDDED: Final = ("[local]", "[auto]")
"""What `--flink_master` is where it names no cluster."""

_ours = re.compile(r"^(?:\w+: )?iocbeam\.model\.errors\.(\w+): (.+?)(?: \[while running '.*)?$", re.M)
_failed = re.compile(r"failed in state (\w+): *([^\n]*)")


def job_server_error(error: BaseException, options: PipelineOptions) -> Exception | None:
    """What an error of a job server or of its job means; None where we do not know better than it does."""
    text = str(error)
    # The same error stands there several times; the last one is what the worker itself told.
    found = _ours.findall(text)
    if found:
        return _told(*found[-1])
    failed = _failed.search(text)
    if failed:
        return Stop(
            f"the job ended as {failed[1]}: {failed[2][:300].rstrip('. ')}.",
            advice="What a tenant had taken by then stays there; the next run goes on. "
            "The logs of the runner and of its workers say more; --debug shows that of a job server started here.",
        )
    return _not_started(error, options)


def has_workers_elsewhere(options: PipelineOptions) -> bool:
    """Whether a job goes on when the process that started it ends: its workers are not in that process."""
    environment = options.view_as(PortableOptions).environment_type
    if environment:
        return bool(environment != "LOOPBACK")
    return options.view_as(FlinkRunnerOptions).flink_master not in _EMBEDDED


def check_goes_on(options: PipelineOptions, engine: str) -> None:
    """Refuse not to wait for a job that would end with the process that starts it.

    Raises:
        UsageError: its workers are in this process, or the job server is one that this process starts: Beam ends
            that at this process's end, and nothing says whether the job has come to a cluster by then.
    """
    if not options.view_as(StandardOptions).no_wait_until_finish:
        return
    portable, flink = options.view_as(PortableOptions), options.view_as(FlinkRunnerOptions)
    is_flink = "flink" in engine.lower()
    is_submitted_by_beam = flink.flink_submit_uber_jar and flink.flink_master not in _EMBEDDED
    if portable.environment_type == "LOOPBACK" or (is_flink and not has_workers_elsewhere(options)):
        why = "the workers are in this command's own process"
    elif is_flink and not portable.job_endpoint and not is_submitted_by_beam:
        why = "the job server is one that this command starts"
    else:
        return
    raise UsageError(
        f"is not possible here: {why}, so the job would end with this command.",
        option="--no_wait_until_finish",
        advice="Leave it out, or give --job_endpoint of a job server that stays and --environment_type of workers "
        "elsewhere; see docs/flink.md.",
    )


def left_going(options: PipelineOptions, output: str) -> Stop:
    """What to tell whoever interrupts the waiting for such a job: no job server of Beam's ends it on a cluster."""
    master = options.view_as(FlinkRunnerOptions).flink_master
    where = "its cluster" if master.startswith("[") else master
    return Stop(
        f"interrupted here. The job goes on at {where} without this command; its summary will be in {output}.",
        advice="Cancel it there if it should not.",
    )


def _told(name: str, message: str) -> Exception:
    kind = getattr(errors, name, None)
    known = isinstance(kind, type) and issubclass(kind, IocbeamError)
    return kind(message) if known else Stop(message)  # type: ignore[misc]


def _not_started(error: BaseException, options: PipelineOptions) -> Exception | None:
    server = options.view_as(JobServerOptions)
    for cause in causes(error):
        if type(cause).__name__ == "FutureTimeoutError":
            endpoint = options.view_as(PortableOptions).job_endpoint
            return ConfigurationError(
                f"no job server answers at {endpoint}.",
                option="--job_endpoint",
                advice="Start it, or look for its log.",
            )
        text = str(cause)
        if "parse jar URL" in text:
            jar = options.view_as(FlinkRunnerOptions).flink_job_server_jar
            return ConfigurationError(f"{jar}: no such file.", option="--flink_job_server_jar", advice=JAR_ADVICE)
        if "fetch remote job server jar" in text:
            return ConfigurationError(
                "is not given, and Beam's job server for Flink could not be downloaded.",
                option="--flink_job_server_jar",
                advice=JAR_ADVICE,
            )
        launcher = server.job_server_java_launcher
        if isinstance(cause, FileNotFoundError) and shutil.which(launcher) is None:
            return ConfigurationError(
                f"{launcher}: no such program, and a job server needs Java.",
                option="--job_server_java_launcher",
                advice="Install a Java runtime, 11 or 17.",
            )
        if "Service failed to start up" in text:
            return ConfigurationError(
                "the job server ended as soon as it was started.",
                option="--flink_job_server_jar",
                advice="--debug shows what it said.",
            )
    return None
