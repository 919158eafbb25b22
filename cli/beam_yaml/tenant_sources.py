"""The sources of tenants' own data as providers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import apache_beam as beam

from iocbeam.model.errors import UsageError
from iocbeam.model.record import ReadReport
from iocbeam.model.settings.sentinel import SentinelWorkspace
from iocbeam.model.settings.sightings import MAX_DAYS, ReadTenant, TimeWindow
from iocbeam.model.sighting import Fetched
from iocbeam.model.sighting_report import FetchReport
from iocbeam.pipelines.flow import FlowStep
from iocbeam.transforms import sources

from ..jobs.connection import connection_notices, connection_of
from ..jobs.job_parts import each_tenant
from ..options.option import Kind, Option, by_name
from ..options.search_options import HUNTING_OPTION
from ..options.sentinel_options import SENTINEL_ACCESS, WORKSPACE_OPTIONS
from ..options.sighting_options import DAYS_OPTION
from ..options.tables import SEARCH, SIGHTINGS, SYNC, JobOptions
from .call import Call, Made
from .config import ERRORS, REPORTS
from .provider import Provider

GROUP: Final = "Sources of tenants' data"

_TAGS: Final = (ERRORS, REPORTS)
_OBJECTS: Final = "objects: `kind`, `tenant_id`, `alias`, and `data`, as the service gave it"


def _tenants(call: Call, table: JobOptions, *, defender: bool) -> tuple[ReadTenant, ...]:
    def tenant(one: Mapping[str, Any], alias: str) -> ReadTenant:
        return _tenant(call, one, alias, defender)

    return each_tenant(call.values, table, tenant)


def _tenant(call: Call, one: Mapping[str, Any], alias: str, defender: bool) -> ReadTenant:
    connection = connection_of(one, call.run(), defender=defender)
    connection.require_login()
    return ReadTenant(alias or connection.tenant_id, connection, connection_notices(connection))


def _days(call: Call) -> int:
    days: int = call.values.get("days", DAYS_OPTION.default)
    if not 1 <= days <= MAX_DAYS:
        raise UsageError(f"must be from 1 to {MAX_DAYS}.", option="--days")
    return days


def _objects(make: Callable[[Call], Any]) -> Callable[[Call, Any], Made]:
    def build(call: Call, begin: Any) -> Made:
        fetched = begin | make(call)
        reports = fetched.reports | "Of parts" >> beam.Map(_report).with_output_types(ReadReport)
        # Objects are no records: a target behind them counts what AsRecords makes, but must know that a read broke
        # off, whatever became of the objects on the way.
        whole = reports | "Whether whole" >> beam.Map(_without_records).with_output_types(ReadReport)
        name = call.flow.unlike(call.name)
        call.flow.note(fetched.objects, FlowStep(name, call.outcomes, reads=whole))
        return Made(fetched.objects, reports, rows=Fetched)

    return build


def _report(fetched: FetchReport) -> ReadReport:
    return fetched.report


def _without_records(report: ReadReport) -> ReadReport:
    return report._replace(records=0)


def _windowed(transform: Any, *, defender: bool) -> Callable[[Call, Any], Made]:
    def make(call: Call) -> Any:
        window = TimeWindow.days_before(call.flow.start.started_at, _days(call))
        return transform(_tenants(call, SIGHTINGS, defender=defender), window)

    return _objects(make)


def _indicators(call: Call) -> Any:
    return sources.ReadDefenderIndicators(_tenants(call, SIGHTINGS, defender=True))


def _hunting(call: Call) -> Any:
    dialect = call.values.get("hunting", HUNTING_OPTION.default)
    if dialect == "off":
        raise UsageError("off asks nobody.", option="--hunting", advice="Write graph or defender.")
    tenants = _tenants(call, SEARCH, defender=dialect == "defender")
    return sources.ReadHunting(tenants, call.values["query"], _days(call), dialect)


def _sentinel(call: Call) -> Any:
    def tenant(one: Mapping[str, Any], alias: str) -> tuple[ReadTenant, SentinelWorkspace]:
        places = (one[option.name] or "" for option in WORKSPACE_OPTIONS)
        return _tenant(call, one, alias, defender=False), SentinelWorkspace(*places)

    pairs = each_tenant(call.values, SYNC, tenant)
    workspaces = {read.tenant_id: workspace for read, workspace in pairs}
    return sources.ReadSentinelIndicators(
        [read for read, _ in pairs], workspaces, call.values.get("of_sources") or ()
    )


def _login(table: JobOptions, *without: str) -> tuple[Option, ...]:
    """The options of tenants in a table that a source needs, and the one that names a file of tenants."""
    tenants = by_name(table.all)["tenants"]
    return (*(option for option in table.tenant if not option.name.startswith(without)), tenants)


_DEFENDER_LOGIN: Final = _login(SIGHTINGS, "graph_")
_GRAPH_LOGIN: Final = _login(SIGHTINGS, "defender_")
_SENTINEL_NAMES: Final = frozenset(
    option.name for option in (*SIGHTINGS.tenant, *SENTINEL_ACCESS, *WORKSPACE_OPTIONS)
)
_SENTINEL_LOGIN: Final = tuple(
    option
    for option in _login(SYNC, "defender_", "graph_")
    if option.name in _SENTINEL_NAMES or option.name == "tenants"
)

QUERY: Final = Option("query", Kind.TEXT, "What to ask, in KQL.", metavar="KQL", required=True)
OF_SOURCES: Final = Option(
    "of_sources",
    Kind.TEXTS,
    "Whose indicators, by the name of their source in Sentinel.",
    metavar="SOURCE...",
    default=(),
    default_text="all",
)

ReadDefenderMachines: Final = Provider(
    "ReadDefenderMachines",
    GROUP,
    "Reads the machines that Defender for Endpoint has seen in the last days.",
    _windowed(sources.ReadDefenderMachines, defender=True),
    gives=_OBJECTS,
    options=(*_DEFENDER_LOGIN, DAYS_OPTION),
    tags=_TAGS,
    counted=False,
)
ReadDefenderAlerts: Final = Provider(
    "ReadDefenderAlerts",
    GROUP,
    "Reads the alerts of Defender for Endpoint that were updated in the last days, with their evidence.",
    _windowed(sources.ReadDefenderAlerts, defender=True),
    gives=_OBJECTS,
    options=(*_DEFENDER_LOGIN, DAYS_OPTION),
    tags=_TAGS,
    counted=False,
)
ReadGraphAlerts: Final = Provider(
    "ReadGraphAlerts",
    GROUP,
    "Reads the alerts of Microsoft Graph security that were updated in the last days.",
    _windowed(sources.ReadGraphAlerts, defender=False),
    gives=_OBJECTS,
    options=(*_GRAPH_LOGIN, DAYS_OPTION),
    tags=_TAGS,
    counted=False,
)
ReadDefenderIndicators: Final = Provider(
    "ReadDefenderIndicators",
    GROUP,
    "Reads the indicators that tenants have in Defender for Endpoint, of every owner.",
    _objects(_indicators),
    gives=_OBJECTS,
    options=_DEFENDER_LOGIN,
    tags=_TAGS,
    counted=False,
)
ReadSentinelIndicators: Final = Provider(
    "ReadSentinelIndicators",
    GROUP,
    "Reads the indicators that Sentinel workspaces hold.",
    _objects(_sentinel),
    gives=_OBJECTS,
    options=_SENTINEL_LOGIN,
    own=(OF_SOURCES,),
    tags=_TAGS,
    counted=False,
)
ReadHunting: Final = Provider(
    "ReadHunting",
    GROUP,
    "Reads the rows that an advanced hunting query finds.",
    _objects(_hunting),
    gives=_OBJECTS,
    options=(*_login(SEARCH), DAYS_OPTION, HUNTING_OPTION),
    own=(QUERY,),
    tags=_TAGS,
    counted=False,
)
