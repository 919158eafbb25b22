"""What must be right before anything is written."""

from __future__ import annotations

from apache_beam.io.filesystems import FileSystems

from iocbeam.clients import endpoints, resolve_secret
from iocbeam.model.errors import ConfigurationError
from iocbeam.model.settings import DefenderJob
from iocbeam.transforms import load_never_block
from iocbeam.transforms.sources import check_inputs


def preflight(job: DefenderJob) -> None:
    """Raises for a missing file, option or secret, naming the option and what to do."""
    check_inputs(job.intake.inputs)
    for tenant in job.tenants:
        load_never_block(tenant.never_block)
        if not job.run.dry_run:
            connection = tenant.connection
            connection.require_login()
            endpoints(connection)
            for reference, option in (
                (connection.client_secret, "--client_secret"),
                (connection.client_certificate, "--client_certificate"),
            ):
                if reference:
                    resolve_secret(reference, option)
    _make_output(job.output)


def _make_output(directory: str) -> None:
    try:
        if not FileSystems.exists(directory):
            FileSystems.mkdirs(directory)
    except Exception as error:  # Beam's filesystems raise types of their own
        raise ConfigurationError(
            f"{directory} cannot be made: {type(error).__name__}.", option="--output"
        ) from error
