"""`iocbeam sightings`: a collection held against the machines and alerts of tenants."""

from __future__ import annotations

from ..command import Command
from ..jobs.sightings_run import look_and_show
from ..options.tables import SIGHTINGS
from ..values.command_line import Parsed
from ..values.config import with_config


def run(parsed: Parsed) -> int:
    """Run the job and show what was found."""
    return look_and_show(with_config(parsed.values, SIGHTINGS.all), parsed.beam_args)


COMMAND = Command(
    "sightings",
    "look for a collection on machines and in alerts",
    "--collection NAME --input FILE [options]",
    "Reads the machines and alerts of one tenant or several, once and in bulk, and holds a collection of "
    "indicators against them. Machines and alerts that show one are written as OCSF events that name it. Nothing "
    "in a tenant is changed. The app registration needs Machine.Read.All and Alert.Read.All of "
    "WindowsDefenderATP, File.Read.All too if the collection holds MD5 or file names, and SecurityAlert.Read.All "
    "of Microsoft Graph for graph_alerts; iocbeam check tells.",
    SIGHTINGS.all,
    run,
    beam=True,
    examples=(
        "iocbeam sightings --config sightings.yaml",
        "iocbeam sightings --config sightings.yaml --days 7 --event_format parquet",
    ),
)
