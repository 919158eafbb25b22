"""The options of `iocbeam check`: those of every job, so that a job's own command line and files can be given."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from iocbeam.model.permissions import JOB_ROLES

from . import tables as tables
from .job_options import COMMON
from .login_options import ALWAYS_NEEDED, NETWORK_OPTIONS, login_options, tenants_option
from .option import Kind, Option, by_name
from .sentinel_options import WORKSPACE_OPTIONS
from .tables import JobOptions

_CHECK: Final = "Check"

JOBS_OPTION: Final = Option(
    "jobs",
    Kind.WORDS,
    "The jobs whose permissions are looked at.",
    _CHECK,
    "JOB,...",
    default=(),
    default_text="those that the other options are for; defender when they do not tell",
    choices=tuple(JOB_ROLES),
)
JSON_OPTION: Final = Option("json", Kind.FLAG, "Print one JSON object.", _CHECK, default=False)

_SHOWN_GROUPS: Final = frozenset(
    option.group for option in (*login_options(()), *NETWORK_OPTIONS, *WORKSPACE_OPTIONS)
)


def _shown(option: Option) -> Option:
    """Options of the jobs that say nothing about the connection are taken, and left out of the help."""
    if option.name in ALWAYS_NEEDED:
        return replace(option, default_text="none; needed")
    return replace(option, hidden=option.hidden or option.group not in _SHOWN_GROUPS)


def tables_of_jobs() -> tuple[JobOptions, ...]:
    """The options of every job that there is. Entra's first: it says of the clouds which there are at all."""
    found = [table for table in vars(tables).values() if isinstance(table, JobOptions)]
    return tuple(sorted(found, key=lambda table: table is not tables.ENTRA))


def _check_options() -> JobOptions:
    tenant: dict[str, Option] = {}
    every: dict[str, Option] = {}
    for table in tables_of_jobs():
        for option in table.tenant:
            tenant.setdefault(option.name, _shown(option))
        for option in table.all:
            every.setdefault(option.name, option)
    own = by_name((JOBS_OPTION, JSON_OPTION, *COMMON))
    general = [_shown(option) for name, option in every.items() if name not in tenant and name not in own]
    shown = [option for option in tenant.values() if not option.hidden]
    rest = [
        tenants_option(shown) if option.name == "tenants" else replace(option, hidden=option.name != "config")
        for option in general
    ]
    return JobOptions(tuple(tenant.values()), (*tenant.values(), *rest, JOBS_OPTION, JSON_OPTION, *COMMON))


CHECK: Final = _check_options()
