"""A job on a managed runner: what is refused before it is launched, its name, and what its errors mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from apache_beam.options.pipeline_options import (
    DebugOptions,
    GoogleCloudOptions,
    PipelineOptions,
    SetupOptions,
    WorkerOptions,
)

from iocbeam.clients.login.secrets import GCP_SECRET
from iocbeam.model.errors import RetryLater, Stop, UsageError, causes
from iocbeam.model.files import is_remote
from iocbeam.model.managed import job_name
from iocbeam.model.settings import ConnectionSettings, DefenderJob, IntakeSettings, RunInfo
from iocbeam.model.settings.entra import EntraJob
from iocbeam.model.settings.sentinel import SentinelJob
from iocbeam.model.settings.sightings import SightingsJob
from iocbeam.model.settings.source import MispSettings
from iocbeam.model.settings.sync import SyncJob

from .preflight import of_tenant, secrets_of

AnyJob = DefenderJob | EntraJob | SyncJob | SightingsJob
_OneTarget = DefenderJob | EntraJob | SentinelJob | SightingsJob

_REFERENCES: Final = (
    "Give gcp-secret:projects/P/secrets/S/versions/V, or file:gs://bucket/name, never the secret itself."
)
_FILE_ADVICE: Final = "Put it on a storage service and name it there: gs://bucket/name."
_NO_STAGED_FREEZE: Final = "disable_logging_submission_environment"
"""Beam's experiment that keeps a list of what is installed here from being uploaded with every job."""

_has_scheme = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.+").fullmatch


def check_managed(job: AnyJob, beam_args: Sequence[str]) -> None:
    """Refuse what this process has and the workers will not have.

    Files of the launcher of a template are the workers' too, since both run in one image. A secret is wanted
    from elsewhere even there: it has no place in an image, nor in the environment of a launcher.

    Args:
        beam_args: options for Beam itself.

    Raises:
        UsageError: names the option, and what to give.
    """
    options = PipelineOptions(list(beam_args))
    if not is_remote(job.output):
        raise UsageError(
            "is a local directory, which Dataflow's workers do not share.",
            option="--output",
            advice="Name one on a storage service, such as gs://bucket/run.",
        )
    _check_image(options)
    in_image = bool(options.view_as(GoogleCloudOptions).template_location)
    for target in job.targets if isinstance(job, SyncJob) else (job,):
        _check_intake(target.intake, in_image)
        for tenant in target.tenants:
            try:
                _check_tenant(tenant.connection, getattr(tenant, "never_block", ()), in_image)
            except UsageError as error:
                if len(target.tenants) == 1:
                    raise
                raise of_tenant(error, tenant.alias) from error


def submitting(options: PipelineOptions, run: RunInfo) -> None:
    """Set what a job of ours needs that Beam would choose otherwise; what was given stays.

    The job gets a name that tells its collection, for Beam's would be another one each time. Nothing of this
    process is uploaded: its modules are in the image.
    """
    cloud = options.view_as(GoogleCloudOptions)
    if not cloud.job_name:
        cloud.job_name = job_name(run)
    setup = options.view_as(SetupOptions)
    if setup.save_main_session is None:
        setup.save_main_session = False
    options.view_as(DebugOptions).add_experiment(_NO_STAGED_FREEZE)


def handover(job: AnyJob, options: PipelineOptions, result: Any) -> dict[str, Any]:
    """What is known of a job that was given to the runner and is not waited for, in the place of a summary."""
    has_job = getattr(result, "has_job", False)
    return {
        "handed_over": True,
        "run_id": job.run.run_id,
        "job": job.run.job,
        "collection": job.run.collection,
        "dry_run": job.run.dry_run,
        "job_name": options.view_as(GoogleCloudOptions).job_name or "",
        "job_id": str(result.job_id()) if has_job else "",
        "output": job.output,
        "exit_code": 0,
    }


def submission_error(error: BaseException, run: RunInfo, name: str) -> Exception | None:
    """What a runner's refusal of a job means; None where we do not know better than it does."""
    kinds = {kind.__name__ for cause in causes(error) for kind in type(cause).__mro__}
    if kinds & {"DataflowJobAlreadyExistsError", "AlreadyExists", "Conflict"}:
        return RetryLater(
            f"a run of this collection is still going: Dataflow has an active job {name}. Nothing was started; "
            "run this again when that one has ended."
        )
    if "DataflowRuntimeException" in kinds:
        state, job, why = _of_failure(error)
        return Stop(
            f"the job {name}{job} ended as {state}{why}",
            advice=f"What a tenant had taken by then stays there; the next run goes on. Look at its log, and at "
            f"what there is of run {run.run_id} in the output directory.",
        )
    return None


def interruption(name: str, output: str) -> Stop:
    """What to tell whoever interrupts the waiting for a job."""
    return Stop(
        f"interrupted here. The job {name} goes on without this command; its summary will be in {output}.",
        advice="Cancel it at Dataflow if it should not.",
    )


def _of_failure(error: BaseException) -> tuple[str, str, str]:
    """State, id and error of a job that failed, as far as Beam tells."""
    for cause in causes(error):
        result = getattr(cause, "result", None)
        if result is not None:
            lines = [line.strip() for line in str(cause).splitlines() if line.strip()]
            last = lines[-1][:300] if len(lines) > 1 else ""
            why = f": {last}" if last and last != "None" else "."
            return str(result.state), f" ({result.job_id()})" if result.has_job else "", why
    return "FAILED", "", "."


def _check_image(options: PipelineOptions) -> None:
    setup = options.view_as(SetupOptions)
    if not (
        options.view_as(WorkerOptions).sdk_container_image
        or setup.setup_file
        or setup.requirements_file
        or setup.extra_packages
        or setup.prebuild_sdk_container_engine
    ):
        raise UsageError(
            "is missing: Dataflow's own image has no iocbeam.",
            option="--sdk_container_image",
            advice="Name the image that iocbeam is installed in.",
        )


def _check_intake(intake: IntakeSettings, in_image: bool) -> None:
    for path in intake.inputs:
        _check_file(path, "--input", in_image)
    source = intake.source
    if source is None:
        return
    for reference, option in secrets_of(source):
        _check_reference(reference, option)
    _check_proxy(source.network.proxy)
    _check_file(source.network.ca_bundle, "--ca_bundle", in_image)
    if isinstance(source, MispSettings):
        _check_file(source.url, "--misp_url", in_image)


def _check_tenant(connection: ConnectionSettings, never_block: Sequence[str], in_image: bool) -> None:
    _check_reference(connection.client_secret, "--client_secret")
    _check_reference(connection.client_certificate, "--client_certificate")
    _check_proxy(connection.proxy)
    _check_file(connection.ca_bundle, "--ca_bundle", in_image)
    for path in never_block:
        _check_file(path, "--never_block", in_image)


def _check_file(path: str, option: str, in_image: bool) -> None:
    if path and not in_image and not is_remote(path):
        raise UsageError(
            f"{path} is a local file, which Dataflow's workers do not share.", option=option, advice=_FILE_ADVICE
        )


def _check_proxy(proxy: str) -> None:
    # Anywhere in it: a password with a slash in it would not be found in what a URL's rules call its authority.
    if "@" in proxy:
        raise UsageError(
            "is given with a user's name or password, and whoever may look at the job would see it in its graph.",
            option="--proxy",
            advice="Give a proxy that asks the workers for none: http://HOST:PORT.",
        )


def _check_reference(reference: str, option: str) -> None:
    kind, _, place = reference.partition(":")
    if not reference or (kind == "gcp-secret" and GCP_SECRET.fullmatch(place)):
        return
    if kind == "env":
        what = "env: names a variable of this process, and the secret is needed on Dataflow's workers."
    elif kind != "file":
        # What stands there may be the secret itself, so it is not repeated.
        what = "is not a reference to a secret that Dataflow's workers can read."
    elif _has_scheme(place):
        return
    else:
        what = "file: names a local file, and the secret is needed on Dataflow's workers."
    raise UsageError(what, option=option, advice=_REFERENCES)
