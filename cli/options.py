"""The option tables of the jobs, in the order in which help shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from iocbeam.model.settings import CLOUDS

from .defender_options import ADOPT_OPTION, CAPACITY_OPTION, CLASSIFY_OPTIONS
from .job_options import COLLECTION_OPTION, COMMON, INTAKE_OPTIONS, RUN_OPTIONS
from .limit_options import LIMITS, NEVER_BLOCK_OPTION, change_limits, default_severity_option
from .location_options import LOCATION_OPTIONS, MY_ADDRESS_OPTION
from .login_options import DEFENDER_ACCESS, GRAPH_ACCESS, NETWORK_OPTIONS, login_options, tenants_option
from .option import Option
from .policy_options import ACCEPT_LOCKOUT_RISK_OPTION, POLICY_OPTIONS
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


def _job(*tenant: Option) -> JobOptions:
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
            *RUN_OPTIONS,
            *COMMON,
        ),
    )


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
    *login_options(_DEFENDER_CLOUDS, *DEFENDER_ACCESS, *GRAPH_ACCESS),
    *NETWORK_OPTIONS,
    *CLASSIFY_OPTIONS,
    *LOCATION_OPTIONS,
    *POLICY_OPTIONS,
    NEVER_BLOCK_OPTION,
    MY_ADDRESS_OPTION,
    CAPACITY_OPTION,
    *change_limits("rows or ranges"),
    ADOPT_OPTION,
    ACCEPT_LOCKOUT_RISK_OPTION,
)
