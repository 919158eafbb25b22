"""Runners behind a Beam job server, such as Flink's: what their errors mean to the person who started a run.

Their workers are other processes: an error of ours comes back as text within a text.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from typing import Final

from apache_beam.options.pipeline_options import (
    FlinkRunnerOptions,
    JobServerOptions,
    PipelineOptions,
    PortableOptions,
)

from iocbeam.model import errors
from iocbeam.model.errors import ConfigurationError, IocbeamError, Stop

JAR_ADVICE: Final = (
    "docs/flink.md says how to get one; then name it, or name a job server that runs: --job_endpoint."
)

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
    return options.view_as(FlinkRunnerOptions).flink_master not in ("[local]", "[auto]")


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
    for cause in _causes(error):
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


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
