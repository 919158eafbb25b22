"""The option tables of the jobs, in the order in which help shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from iocbeam.model.settings import CLOUDS

from .defender_options import ADOPT_OPTION, CAPACITY_OPTION, CLASSIFY_OPTIONS
from .job_options import COLLECTION_OPTION, COMMON, INTAKE_OPTIONS, RUN_OPTIONS
from .limit_options import LIMITS, MAX_REJECTED_OPTION, NEVER_BLOCK_OPTION, change_limits, default_severity_option
from .location_options import LOCATION_OPTIONS, MY_ADDRESS_OPTION
from .login_options import DEFENDER_ACCESS, GRAPH_ACCESS, NETWORK_OPTIONS, login_options, tenants_option
from .option import Option
from .policy_options import ACCEPT_LOCKOUT_RISK_OPTION, POLICY_OPTIONS
from .search_options import SEARCH_OPTIONS
from .sentinel_options import SENTINEL_ACCESS, SENTINEL_CAPACITY_OPTION, TARGETS_OPTION, WORKSPACE_OPTIONS
from .sighting_options import (
    DAYS_OPTION,
    EVENT_OPTIONS,
    FILE_LOOKUPS_OPTION,
    NO_DRY_RUN_OPTION,
    READ_OPTION,
)
from .source_options import FILE_OPTIONS, SERVICE_OPTIONS, SOURCE_OPTION

_DEFENDER_CLOUDS: Final = tuple(cloud for cloud in CLOUDS if cloud != "china")


@dataclass(frozen=True, slots=True)
class JobOptions:
    """The options of one job.

    Attributes:
        tenant: those that each tenant may have for itself.
        all: everything that its command takes.
    """

    tenant: tuple[Option, ...]
    all: tuple[Option, ...]

    @property
    def replay(self) -> tuple[Option, ...]:
        """Those of a replay of its dead letters, which stand in the place of an input.

        Options of the source are taken, so that those of the run can be given as they are, and not shown: all that
        they still mean is where links in descriptions lead.
        """
        return tuple(
            replace(option, hidden=True) if option in (SOURCE_OPTION, *SERVICE_OPTIONS) else option
            for option in self.all
            if option not in FILE_OPTIONS
        )


def _job(*tenant: Option, run: tuple[Option, ...] = ()) -> JobOptions:
    return JobOptions(
        tenant,
        (
            COLLECTION_OPTION,
            SOURCE_OPTION,
            *INTAKE_OPTIONS,
            *FILE_OPTIONS,
            *SERVICE_OPTIONS,
            *tenant,
            tenants_option(tenant),
            *run,
            *RUN_OPTIONS,
            *COMMON,
        ),
    )


def _of_one_target(option: Option) -> Option:
    """An option that is needed for Entra, in a job that may be without it."""
    if not option.required:
        return option
    return replace(option, required=False, default_text="none; needed for Entra")


DEFENDER: Final = _job(
    *login_options(_DEFENDER_CLOUDS, *DEFENDER_ACCESS),
    *NETWORK_OPTIONS,
    *CLASSIFY_OPTIONS,
    NEVER_BLOCK_OPTION,
    CAPACITY_OPTION,
    *change_limits("rows"),
    ADOPT_OPTION,
)

ENTRA: Final = _job(
    *login_options(CLOUDS, *GRAPH_ACCESS),
    *NETWORK_OPTIONS,
    *LOCATION_OPTIONS,
    *POLICY_OPTIONS,
    NEVER_BLOCK_OPTION,
    MY_ADDRESS_OPTION,
    *change_limits("ranges"),
    default_severity_option(LIMITS, " The most severe go first where not all find room."),
    ACCEPT_LOCKOUT_RISK_OPTION,
)

SYNC: Final = _job(
    *login_options(CLOUDS, *DEFENDER_ACCESS, *GRAPH_ACCESS, *SENTINEL_ACCESS),
    *NETWORK_OPTIONS,
    *CLASSIFY_OPTIONS,
    *map(_of_one_target, LOCATION_OPTIONS),
    *POLICY_OPTIONS,
    *WORKSPACE_OPTIONS,
    NEVER_BLOCK_OPTION,
    MY_ADDRESS_OPTION,
    CAPACITY_OPTION,
    SENTINEL_CAPACITY_OPTION,
    *change_limits("rows or ranges"),
    ADOPT_OPTION,
    ACCEPT_LOCKOUT_RISK_OPTION,
    run=(TARGETS_OPTION,),
)


def _sightings(*tenant: Option) -> JobOptions:
    output, runner, fail_on, config = (option for option in RUN_OPTIONS if option.name != "dry_run")
    statuses, _, transforms = INTAKE_OPTIONS
    return JobOptions(
        tenant,
        (
            replace(
                COLLECTION_OPTION,
                help="Name of the collection, in what the run writes. 1 to 40 of a-z, 0-9, '.', '_' and '-'.",
            ),
            SOURCE_OPTION,
            statuses,
            transforms,
            *FILE_OPTIONS,
            *SERVICE_OPTIONS,
            *tenant,
            tenants_option(tenant),
            READ_OPTION,
            NO_DRY_RUN_OPTION,
            DAYS_OPTION,
            FILE_LOOKUPS_OPTION,
            *EVENT_OPTIONS,
            replace(
                output,
                help="Directory for events, dead letters, outcomes and summary.json; local or on any "
                "filesystem that Beam knows. On Dataflow each run writes into a directory of its own below it.",
            ),
            replace(
                MAX_REJECTED_OPTION,
                group=output.group,
                help="When more of the records than this are rejected, the exit status is 3.",
            ),
            runner,
            fail_on,
            config,
            *COMMON,
        ),
    )


SIGHTINGS: Final = _sightings(
    *login_options(CLOUDS, *DEFENDER_ACCESS, *GRAPH_ACCESS, dry_run=False),
    *NETWORK_OPTIONS,
)


def _search(*tenant: Option) -> JobOptions:
    config = next(option for option in RUN_OPTIONS if option.name == "config")
    return JobOptions(tenant, (*SEARCH_OPTIONS, *tenant, tenants_option(tenant), config, *COMMON))


SEARCH: Final = _search(
    *login_options(_DEFENDER_CLOUDS, *DEFENDER_ACCESS, *GRAPH_ACCESS, dry_run=False),
    *NETWORK_OPTIONS,
)
