"""From values to a job's typed settings."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Final

from iocbeam.model.errors import UsageError
from iocbeam.model.settings import DefenderJob
from iocbeam.model.settings import sync as sync
from iocbeam.model.settings.entra import EntraJob
from iocbeam.model.settings.sentinel import SentinelJob
from iocbeam.model.settings.sync import SyncJob

from ..options.option import Option, with_defaults
from ..options.sentinel_options import SENTINEL_ACCESS, SENTINEL_CAPACITY_OPTION, WORKSPACE_OPTIONS
from ..options.tables import DEFENDER, ENTRA, SYNC
from .defender_tenant import defender_tenant
from .entra_tenant import entra_tenant
from .job_parts import each_tenant, intake_settings, run_info
from .sentinel_tenant import sentinel_tenant

_TENANTS: Final[Mapping[str, Callable[..., Any]]] = {
    sync.DEFENDER: defender_tenant,
    sync.ENTRA: entra_tenant,
    sync.SENTINEL: sentinel_tenant,
}

_OF_SENTINEL: Final = (*WORKSPACE_OPTIONS, *SENTINEL_ACCESS, SENTINEL_CAPACITY_OPTION)


def new_run_id(now: int) -> str:
    """An id for a run that starts at `now`, in epoch seconds: its time, and six random digits."""
    started = datetime.fromtimestamp(now, tz=timezone.utc)
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def defender_job(
    values: Mapping[str, Any], *, now: int, run_id: str, dead_letters: Sequence[str] = ()
) -> DefenderJob:
    """The Defender job that these values describe, checked as far as that is possible without a call to a tenant.

    Args:
        values: by option name, in canonical form; defaults are filled in here.
        now: epoch seconds, UTC: when the run starts.
        dead_letters: what a replay reads in the place of the source.

    Raises:
        UsageError: an option is missing or cannot be.
        ConfigurationError: the tenants file cannot be used.
    """
    given = with_defaults(values, DEFENDER.all)
    run = run_info(given, "defender", now, run_id, replay=bool(dead_letters))
    intake = intake_settings(values, given, dead_letters)
    tenants = each_tenant(values, DEFENDER, lambda one, alias: defender_tenant(one, run, alias))
    return DefenderJob(run, intake, tenants, given["output"])


def entra_job(values: Mapping[str, Any], *, now: int, run_id: str, dead_letters: Sequence[str] = ()) -> EntraJob:
    """The Entra job that these values describe.

    Args, Raises: as `defender_job`.
    """
    given = with_defaults(values, ENTRA.all)
    run = run_info(given, "entra", now, run_id, replay=bool(dead_letters))
    intake = intake_settings(values, given, dead_letters)
    tenants = each_tenant(values, ENTRA, lambda one, alias: entra_tenant(one, run, alias))
    return EntraJob(run, intake, tenants, given["output"])


def sync_job(values: Mapping[str, Any], *, now: int, run_id: str, dead_letters: Sequence[str] = ()) -> SyncJob:
    """The job for several targets from one read that these values describe. Options of a target that is not named
    are not looked at.

    Args, Raises: as `defender_job`.
    """
    given = with_defaults(values, SYNC.all)
    named = "targets" in values
    if not named:
        _check_targets(values)
    run = run_info(given, "sync", now, run_id, replay=bool(dead_letters))
    intake = intake_settings(values, given, dead_letters)
    targets, output = given["targets"], given["output"]

    def tenant(one: Mapping[str, Any], alias: str) -> Mapping[str, Any]:
        if not named:
            _check_targets({option.name: one[option.name] for option in SYNC.all if _is_given(option, one)})
        return {name: _TENANTS[name](one, run, alias) for name in targets}

    tenants = each_tenant(values, SYNC, tenant)

    def made(name: str, kind: Callable[..., Any]) -> Any:
        return kind(run, intake, tuple(one[name] for one in tenants), output) if name in targets else None

    return SyncJob(made(sync.DEFENDER, DefenderJob), made(sync.ENTRA, EntraJob), made(sync.SENTINEL, SentinelJob))


def _check_targets(values: Mapping[str, Any]) -> None:
    """Refuse options of Sentinel where nobody said what the targets are: it is none of the usual ones."""
    given = next((option.name for option in _OF_SENTINEL if option.name in values), "")
    if given:
        raise UsageError(
            "is given, and Sentinel is no target.",
            option=f"--{given}",
            advice="Name the targets, such as --targets sentinel or --targets defender,entra,sentinel.",
        )


def _is_given(option: Option, given: Mapping[str, Any]) -> bool:
    """Whether a tenant has a value of its own; one that is the default may as well be none."""
    return bool(given[option.name] != option.default)
