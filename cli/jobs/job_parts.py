"""What the jobs have in common: the run, the intake, and their tenants one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import IntakeSettings, RunInfo

from ..options.option import with_defaults
from ..options.tables import JobOptions
from ..values.precedence import laid_over
from ..values.source_values import check_source, intake_of
from ..values.tenants_file import read_tenants

T = TypeVar("T")


def run_info(given: Mapping[str, Any], job: str, now: int, run_id: str, *, replay: bool) -> RunInfo:
    """What is fixed when the run is constructed.

    Args:
        given: a value for every option of the job.
    """
    collection = given["collection"]
    if not collection:
        raise UsageError(
            "is missing.",
            option="--collection",
            advice="Name the collection, and keep the name from run to run: in Defender it marks our rows.",
        )
    return RunInfo(run_id, now, job, collection, bool(given["dry_run"]), replay, given["fail_on"])


def intake_settings(
    values: Mapping[str, Any], given: Mapping[str, Any], dead_letters: Sequence[str]
) -> IntakeSettings:
    """How the collection is read.

    Args:
        values: by option name; defaults are not in it.
        given: a value for every option of the job.
        dead_letters: what a replay reads in the place of the source, whatever that is.

    Raises:
        UsageError: an option of the source is missing or cannot be, or belongs to another source.
    """
    if dead_letters:
        return IntakeSettings(
            tuple(dead_letters),
            statuses=given["statuses"],
            url_without_scheme=given["url_without_scheme"],
            transforms=given["transforms"],
        )
    check_source(values)
    return intake_of(given)


def each_tenant(
    values: Mapping[str, Any], options: JobOptions, make: Callable[[Mapping[str, Any], str], T]
) -> tuple[T, ...]:
    """What `make` makes of the tenants of the file that the values name, else of the one that they describe.

    Args:
        values: by option name; defaults are not in it.
        make: takes a value for every option, and the tenant's alias, which is empty where it has none.

    Raises:
        UsageError: of an entry of the file it names the tenant and the place.
    """
    path = values.get("tenants")
    if not path:
        return (make(with_defaults(values, options.all), ""),)
    if values.get("tenant_id"):
        raise UsageError(
            "give --tenants or --tenant_id, not both.", advice="Each entry of the file names its own tenant_id."
        )
    tenants = []
    for entry in read_tenants(path, options):
        given = with_defaults(laid_over(entry.values, values, options.tenant), options.all)
        try:
            tenants.append(make(given, entry.alias))
        except UsageError as error:
            what = UsageError(error.message, option=error.option)
            raise UsageError(f"tenant {entry.alias}: {what} ({entry.place})", advice=error.advice) from None
    return tuple(tenants)
