"""What must be right before anything is written."""

from __future__ import annotations

import os
from typing import Final

from apache_beam.io.filesystems import FileSystems

from iocbeam.clients import defender_endpoints, endpoints, resolve_secret
from iocbeam.clients.http.session import trusted
from iocbeam.model.errors import ConfigurationError, Stop
from iocbeam.model.settings import ConnectionSettings, DefenderJob, IntakeSettings, RunInfo
from iocbeam.model.settings.entra import EntraJob
from iocbeam.model.settings.sentinel import SentinelJob
from iocbeam.model.settings.sightings import ALERTS, MACHINES, SightingsJob
from iocbeam.model.settings.source import MispSettings, SourceSettings, TaxiiSettings, ThreatQSettings
from iocbeam.sinks import PLAN_FILE, SUMMARY_FILE
from iocbeam.transforms import load_never_block
from iocbeam.transforms.sources import check_inputs, dead_letter_inputs

from .intake import source_of
from .own_steps import own_steps

OUTPUT_FILES: Final = (
    "deadletters-*.avro",
    "outcomes-*.avro",
    *(
        f"{hidden}{name}-*"
        for name in ("device-inventory-info", "detection-finding", "security-finding")
        for hidden in ("", ".")
    ),
    ".deadletters-*.part",
    ".outcomes-*.part",
    PLAN_FILE,
    SUMMARY_FILE,
)
"""What a run writes into its output directory."""


def preflight(
    job: DefenderJob | EntraJob | SentinelJob, managed: bool = False, *, source: bool = True
) -> list[str]:
    """Checks what can be checked without a call and makes room for the output.

    Args:
        source: whether the job reads its collection itself; else what it names is not looked at.
        managed: whether a managed runner gets the job; see `make_room`.

    Returns:
        What a person should know of the files that options name.

    Raises:
        Stop: a file, option or secret is missing or not usable; names the option and what to do.
    """
    notices: list[str] = []
    if source:
        _check_source(job.run, job.intake, managed)
    alone = len(job.tenants) == 1
    told: dict[tuple[str, ...], list[str]] = {}
    for tenant in job.tenants:
        try:
            # Lists are large, and most tenants have the same.
            if tenant.never_block not in told:
                told[tenant.never_block] = load_never_block(tenant.never_block)[1]
            notices += told[tenant.never_block]
            (defender_endpoints if isinstance(job, DefenderJob) else endpoints)(tenant.connection)
            _check_login(tenant.connection, job.run.dry_run, alone and not managed)
        except Stop as error:
            if alone:
                raise
            raise of_tenant(error, tenant.alias) from error
    make_room(job.output, managed)
    return list(dict.fromkeys(notices))


def preflight_sightings(job: SightingsJob, managed: bool = False, *, source: bool = True) -> None:
    """The same for a job that only reads its tenants.

    Raises:
        Stop: a file, option or secret is missing or not usable; names the option and what to do.
    """
    if source:
        _check_source(job.run, job.intake, managed)
    of_defender = MACHINES in job.reads or ALERTS in job.reads
    for tenant in job.tenants:
        try:
            (defender_endpoints if of_defender else endpoints)(tenant.connection)
            _check_login(tenant.connection, dry_run=False, look=len(job.tenants) == 1 and not managed)
        except Stop as error:
            if len(job.tenants) == 1:
                raise
            raise of_tenant(error, tenant.alias) from error
    make_room(job.output, managed)


def of_tenant(error: Stop, alias: str) -> Stop:
    """The same error, with the tenant that it is of."""
    return type(error)(f"tenant {alias}: {error}".removesuffix(f" {error.advice}"), advice=error.advice)


def _check_source(run: RunInfo, intake: IntakeSettings, managed: bool) -> None:
    own_steps(intake.transforms, run, ())  # for its checks
    if run.replay:
        check_inputs(dead_letter_inputs(intake.inputs))
        return
    source_of(run, intake)  # for its checks
    check_inputs(intake.inputs)
    if managed:
        return  # secrets are for the account of the workers, and this one may be another
    if intake.source is not None and intake.source.network.ca_bundle and intake.source.network.verify_tls:
        trusted(intake.source.network.ca_bundle)
    for reference, option in secrets_of(intake.source):
        if reference:
            resolve_secret(reference, option)


def secrets_of(source: SourceSettings | None) -> tuple[tuple[str, str], ...]:
    """References to the secrets of a source, and the options that carry them."""
    match source:
        case ThreatQSettings():
            return (
                (source.client_secret, "--threatq_client_secret"),
                (source.password, "--threatq_password"),
            )
        case TaxiiSettings():
            return (source.password, "--taxii_password"), (source.token, "--taxii_token")
        case MispSettings():
            return ((source.key, "--misp_key"),)
        case None:
            return ()


def _check_login(connection: ConnectionSettings, dry_run: bool, look: bool) -> None:
    """Check what there is to log in with.

    Args:
        look: whether to look at the secret and the bundle themselves. One of several tenants whose secret is not
            there fails by itself, when its turn comes; on a managed runner secrets are for the account of the
            workers, and this one may be another.
    """
    if dry_run and not connection.has_login:
        return
    connection.require_login()
    if not look:
        return
    if connection.ca_bundle and connection.verify_tls:
        trusted(connection.ca_bundle)
    for reference, option in (
        (connection.client_secret, "--client_secret"),
        (connection.client_certificate, "--client_certificate"),
    ):
        if reference:
            resolve_secret(reference, option)


def make_room(directory: str, managed: bool = False) -> None:
    """The output directory, without what an earlier run left there: it always shows one run.

    Args:
        managed: nothing is cleared. Whether the runner takes the job is known only later, and what is there may be
            of a run that is still going.

    Raises:
        ConfigurationError: it cannot be used, or holds what may not be cleared.
    """
    if any(sign in directory for sign in "*?["):
        # Beam would take it for a pattern, and clear what other directories hold.
        raise ConfigurationError(
            f"{directory} holds one of * ? [.", option="--output", advice="Name a directory without them."
        )
    patterns = [FileSystems.join(directory, name) for name in OUTPUT_FILES]
    if os.path.isfile(directory):
        raise ConfigurationError(f"{directory} is a file.", option="--output", advice="Name a directory.")
    try:
        if not FileSystems.exists(directory):
            FileSystems.mkdirs(directory)
        found = [file.path for match in FileSystems.match(patterns) for file in match.metadata_list]
        if found and not managed:
            FileSystems.delete(found)
    except Exception as error:  # Beam's filesystems raise types of their own
        raise ConfigurationError(
            f"{directory} cannot be used: {error}.", option="--output", advice="Name a directory to write to."
        ) from error
    if found and managed:
        raise ConfigurationError(
            f"{directory} holds files of another run, which may still be going.",
            option="--output",
            advice="Give each run a directory of its own.",
        )
