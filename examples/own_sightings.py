"""The sources of the read side in a pipeline of your own: machines and alerts of a tenant as OCSF events.

IOCBEAM_SECRET=... python examples/own_sightings.py TENANT_ID CLIENT_ID events
"""

from __future__ import annotations

import sys
import time

import apache_beam as beam

from iocbeam.model import RunInfo
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sightings import ReadTenant, TimeWindow
from iocbeam.sinks import WriteEvents
from iocbeam.transforms import ToOcsf
from iocbeam.transforms.sources import ReadDefenderAlerts, ReadDefenderMachines


def main(connection: ConnectionSettings, directory: str) -> None:
    """Writes the events of the last week into the directory: Parquet of the machines, JSON lines of the alerts."""
    run = RunInfo("example", started_at=int(time.time()), job="own", collection="example")
    tenants = [ReadTenant("Contoso", connection)]
    window = TimeWindow.days_before(run.started_at, 7)
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        machines = pipeline | "Machines" >> ReadDefenderMachines(tenants, window)
        alerts = pipeline | "Alerts" >> ReadDefenderAlerts(tenants, window)
        for name, source, form in (("machines", machines, "parquet"), ("alerts", alerts, "jsonl")):
            events = source.objects | f"Events of {name}" >> ToOcsf(run)
            _ = events | f"Write {name}" >> WriteEvents(directory, name, form)


if __name__ == "__main__":
    main(ConnectionSettings(sys.argv[1], sys.argv[2], "env:IOCBEAM_SECRET"), sys.argv[3])
