"""Files of tenants that were written for other jobs, for a search."""

from __future__ import annotations

from ..options.check_options import tables_of_jobs
from ..options.option import Option, by_name
from ..options.tables import SEARCH, JobOptions


def tenants_of_any_job() -> JobOptions:
    """The options of a search, and for the entries of a file those that other jobs let a tenant have.

    These are read, and mean nothing to a search. What is the same for all tenants in a search stays so.
    """
    own = by_name(SEARCH.all)
    others: dict[str, Option] = {}
    for table in tables_of_jobs():
        for option in table.tenant:
            if option.name not in own:
                others.setdefault(option.name, option)
    return JobOptions((*SEARCH.tenant, *others.values()), (*SEARCH.all, *others.values()))
