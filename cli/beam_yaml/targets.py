"""The targets as providers: each does everything that its job does, from indicators to the tenant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from apache_beam.options.pipeline_options import StandardOptions
from apache_beam.pvalue import PCollection

from iocbeam.model.errors import UsageError
from iocbeam.model.managed import is_managed, run_directory
from iocbeam.model.settings.sentinel import SentinelJob
from iocbeam.model.settings.sync import SENTINEL
from iocbeam.model.summary_row import SummaryRow
from iocbeam.pipelines import in_step

from ..jobs.job import defender_job, entra_job, sync_job
from ..jobs.sightings_job import sightings_job
from ..options.job_options import COLLECTION_OPTION, INTAKE_OPTIONS, RUN_OPTIONS
from ..options.option import Option, by_name
from ..options.tables import DEFENDER, ENTRA, SIGHTINGS, SYNC, JobOptions
from .call import Call, Made
from .config import ERRORS
from .provider import Provider
from .row_stages import ClassifySentinel

GROUP: Final = "Targets"

_GIVES: Final = "a row for each tenant: what was done, and whether the sums balance"
_URL: Final = by_name(INTAKE_OPTIONS)["url_without_scheme"]
_OUTPUT: Final = by_name(RUN_OPTIONS)["output"]
_RUN: Final = ("dry_run", "output", "fail_on")


def _values(call: Call, pcoll: PCollection[Any], *, dry_run: bool) -> dict[str, Any]:
    """The values of the job's own command: the collection is not read, it comes in."""
    values = {**call.values, "input": in_step.HANDED_OVER.inputs}
    if is_managed(pcoll.pipeline.options.view_as(StandardOptions).runner or ""):
        values["output"] = run_directory(values.get("output", _OUTPUT.default), call.flow.start.run_id)
    if dry_run and (values.get("dry_run") or call.flow.start.dry_run):
        values["dry_run"] = True
        # It must not clear away what the last real run has left.
        values["output"] = f"{values.get('output', _OUTPUT.default).rstrip('/')}/dry_run"
    return values


def _written(make: Callable[..., Any], transform: Any) -> Callable[[Call, Any], Made]:
    """Builds a target that is written to.

    Args:
        make: from values to a job, as `job.defender_job`.
        transform: of the job and the flow.
    """

    def build(call: Call, pcoll: PCollection[Any]) -> Made:
        start = call.flow.start
        job = make(_values(call, pcoll, dry_run=True), now=start.started_at, run_id=start.run_id)
        url = call.values.get(_URL.name, _URL.default)
        return _applied(call, transform(job, call.flow, url), pcoll)

    return build


def _sightings(call: Call, pcoll: PCollection[Any]) -> Made:
    start = call.flow.start
    job = sightings_job(_values(call, pcoll, dry_run=False), now=start.started_at, run_id=start.run_id)
    return _applied(call, in_step.FindSightings(job, call.flow), pcoll)


def _applied(call: Call, target: in_step.TargetTransform, pcoll: PCollection[Any]) -> Made:
    call.check_indicators(pcoll)
    return Made(pcoll | "Target" >> target.with_error_handler(call.errors), rows=SummaryRow)


def _sentinel_job(values: dict[str, Any], *, now: int, run_id: str) -> SentinelJob:
    job = sync_job({**values, "targets": (SENTINEL,)}, now=now, run_id=run_id).sentinel
    if job is None:
        raise UsageError("names no target.", option="--targets")
    return job


def _options(table: JobOptions, *names: str, without: tuple[str, ...] = ()) -> tuple[Option, ...]:
    """The options of a target: collection, tenants, and the further ones of these names, in the table's order."""
    own = {option.name for option in table.tenant if not option.name.startswith(without)}
    wanted = own | {COLLECTION_OPTION.name, "tenants", *names}
    return tuple(option for option in table.all if option.name in wanted)


def _of_sentinel() -> tuple[Option, ...]:
    """What a job with Sentinel alone looks at: what all targets have in common, and what no other one has."""
    defender, entra, sync = ({option.name for option in table.tenant} for table in (DEFENDER, ENTRA, SYNC))
    described = {option.name for option in ClassifySentinel.options}
    return _options(JobOptions((), SYNC.all), *(defender & entra), *(sync - defender - entra), *described, *_RUN)


WriteToDefender: Final = Provider(
    "WriteToDefender",
    GROUP,
    "Brings Microsoft Defender for Endpoint in step with the indicators: lists what the tenant has, plans, and "
    "writes the difference.",
    _written(defender_job, in_step.BringDefenderInStep),
    takes="indicators",
    gives=_GIVES,
    options=(*_options(DEFENDER, *_RUN), _URL),
    tags=(ERRORS,),
    counted=False,
)
WriteToEntra: Final = Provider(
    "WriteToEntra",
    GROUP,
    "Brings the named locations of Microsoft Entra, and a policy that uses them, in step with the indicators.",
    _written(entra_job, in_step.BringEntraInStep),
    takes="indicators",
    gives=_GIVES,
    options=(*_options(ENTRA, *_RUN), _URL),
    tags=(ERRORS,),
    counted=False,
)
WriteToSentinel: Final = Provider(
    "WriteToSentinel",
    GROUP,
    "Brings a workspace of Microsoft Sentinel in step with the indicators.",
    _written(_sentinel_job, in_step.BringSentinelInStep),
    takes="indicators",
    gives=_GIVES,
    options=(*_of_sentinel(), _URL),
    tags=(ERRORS,),
    counted=False,
)
FindSightings: Final = Provider(
    "FindSightings",
    GROUP,
    "Holds the indicators against the machines and alerts of tenants, and writes those that show one as events.",
    _sightings,
    takes="indicators",
    gives="a row for each tenant: what was seen",
    options=_options(
        SIGHTINGS,
        "read",
        "days",
        "file_lookups",
        "dialect",
        "event_format",
        "all_events",
        "output",
        "fail_on",
        "max_rejected_percent",
    ),
    tags=(ERRORS,),
    counted=False,
)
