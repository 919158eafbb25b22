"""Which jobs, and which of their stages, a tenant's options are for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from iocbeam.model.settings.sightings import ALERTS, MACHINES

from ..options.check_options import JSON_OPTION
from ..options.option import Option, by_name
from ..options.tables import DEFENDER, ENTRA, SEARCH, SIGHTINGS, SYNC

_OF_ENTRA: Final = ("location_name", "policy_name", "policy_id")
_OF_SENTINEL: Final = (
    "sentinel_workspace_id",
    "sentinel_subscription",
    "sentinel_resource_group",
    "sentinel_workspace",
)
_NETWORK: Final = "Network"


def _only(options: Iterable[Option], *others: Iterable[Option]) -> tuple[Option, ...]:
    """Those that none of the others has."""
    taken = {name for other in others for name in by_name(other)}
    return tuple(option for option in options if option.name not in taken and option.group != _NETWORK)


_OF_DEFENDER: Final = _only(DEFENDER.tenant, ENTRA.tenant)
_OF_SIGHTINGS: Final = _only(SIGHTINGS.all, SYNC.all)
_OF_SEARCH: Final = _only(SEARCH.all, SYNC.all, SIGHTINGS.all, (JSON_OPTION,))
_WITHOUT_POLICY: Final = {"entra": ("locations",), "sync": ("indicators", "locations")}
_HUNTING: Final = {"graph": ("hunting",), "defender": ("defender_hunting",)}

Stages = tuple[str, ...]
"""Stages of a job; none stands for all."""


def jobs_to_check(asked: Sequence[str], given: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Stages]:
    """The jobs to look at, each with its stages.

    Args:
        asked: by `--jobs`; those that the options imply where it is empty.
        given: a value for every option that a tenant has.
        values: of the options that are the same for every tenant; defaults are not in it.
    """
    jobs: list[str] = []
    for job in asked or _implied(given, values):
        # What sync does is told by its targets, if they were named.
        jobs += values["targets"] if job == "sync" and values.get("targets") else [job]
    return {job: _stages(job, given) for job in jobs}


def _implied(given: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[str, ...]:
    if values.get("targets"):
        return tuple(values["targets"])
    if any(option.name in values for option in _OF_SEARCH):
        return ("search",)
    if any(option.name in values for option in _OF_SIGHTINGS):
        return ("sightings",)
    jobs = []
    if any(given.get(name) for name in _OF_ENTRA):
        jobs.append("entra")
    if any(given.get(name) for name in _OF_SENTINEL):
        jobs.append("sentinel")
    if not jobs or any(given.get(option.name, option.default) != option.default for option in _OF_DEFENDER):
        jobs.insert(0, "defender")
    return tuple(jobs)


def _stages(job: str, given: Mapping[str, Any]) -> Stages:
    if job in _WITHOUT_POLICY and given.get("location_name"):
        return () if given.get("policy_name") or given.get("policy_id") else _WITHOUT_POLICY[job]
    if job == "sightings":
        read = tuple(given.get("read") or (MACHINES, ALERTS))
        files = ("files",) if ALERTS in read and given.get("file_lookups", 1) else ()
        return (*read, *files)
    if job == "search":
        return (
            "machines",
            "alerts",
            "files",
            "addresses",
            "domains",
            *_HUNTING.get(str(given.get("hunting")), ()),
        )
    return ()
