"""Whether a token names the roles that the jobs need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from iocbeam.model.permissions import APIS, OWN_ROWS, SENTINEL, JobRole, covers, listed, missing, needless

from ..login.token_claims import TokenClaims
from .check import CONSENT, FAILED, NEEDLESS, OK, REMARK, ROLE, WARNING, Check


class Needed(NamedTuple):
    """A role that one of the jobs needs."""

    job: str
    need: JobRole


def judge_roles(api: str, claims: TokenClaims, needed: Sequence[Needed]) -> Iterator[Check]:
    """The roles that a token names against those that jobs need of one service.

    Args:
        needed: of this service, for every job that is looked at.
    """
    jobs = _jobs(needed)
    if api == SENTINEL:
        for role in dict.fromkeys(one.need.role for one in needed):
            yield Check(
                api,
                ROLE,
                role,
                REMARK,
                "a role of Azure on the workspace, which no token names; reading shows whether there is any",
                code="not_in_token",
                jobs=jobs,
            )
        return
    if not needed:
        return
    roles = list(dict.fromkeys(one.need.role for one in needed))
    if claims.roles is None:
        stopped = _stopped(needed)
        yield _no_roles(api, claims, roles, stopped or jobs, FAILED if stopped else WARNING)
        return
    for role in roles:
        yield _judge(api, role, claims.roles, [one for one in needed if one.need.role == role])
    used = [
        *roles,
        *(one.need.lesser for one in needed if one.need.lesser and missing((one.need.role,), claims.roles)),
    ]
    spare = needless(claims.roles, used)
    if spare:
        yield Check(
            api,
            NEEDLESS,
            ", ".join(spare),
            REMARK,
            f"lets the app change something, and no job that was checked needs it: {', '.join(spare)}",
            f"Take away what no other job of this app needs; needed here: {listed(roles)}.",
            "needless_role",
            jobs,
        )


def _no_roles(api: str, claims: TokenClaims, roles: Sequence[str], jobs: tuple[str, ...], state: str) -> Check:
    if claims.scopes:
        return Check(
            api,
            CONSENT,
            listed(roles),
            state,
            f"the token acts for a signed-in user (scp: {claims.scopes[:200]}) and has no application permission",
            f"Give the app registration application permissions in place of delegated ones: {listed(roles)} of "
            f"{APIS[api]}.",
            "delegated_token",
            jobs,
        )
    return Check(
        api,
        CONSENT,
        listed(roles),
        state,
        f"the token names no role: the app has no consent to any application permission of {APIS[api]}",
        f"In the app registration, under API permissions, add the application permission{_s(roles)} "
        f"{listed(roles)} of {APIS[api]}, and have an administrator grant consent. It can take some minutes.",
        "no_consent",
        jobs,
    )


def _judge(api: str, role: str, held: Sequence[str], needed: Sequence[Needed]) -> Check:
    jobs = _jobs(needed)
    stages = _stages(needed)

    def check(state: str, message: str, advice: str = "", code: str = "") -> Check:
        return Check(api, ROLE, role, state, message, advice, code, jobs)

    covering = next((one for one in held if one.casefold() == role.casefold()), None) or next(
        (one for one in held if covers(one, role)), None
    )
    if covering is not None:
        by = "" if covering.casefold() == role.casefold() else f"covered by {covering}, "
        return check(OK, f"{by}for {stages}")
    add = f"Add the application permission {role} of {APIS[api]} and have an administrator grant consent."
    lesser = next((one.need.lesser for one in needed if one.need.lesser), "")
    if lesser and not missing((lesser,), held):
        return check(
            REMARK,
            f"only {lesser}, which {OWN_ROWS}: rows of other owners are neither held nor counted",
            add,
            "lesser_role",
        )
    stopped = _stopped(needed)
    if not stopped:
        return check(
            WARNING, f"is missing for {stages}; without it {needed[0].need.without}", add, "optional_role_missing"
        )
    message = f"is missing; needed for {stages}"
    return Check(api, ROLE, role, FAILED, message, f"{add} It can take some minutes.", "role_missing", stopped)


def _stopped(needed: Sequence[Needed]) -> tuple[str, ...]:
    """The jobs that cannot run without."""
    return _jobs([one for one in needed if not one.need.without])


def _stages(needed: Sequence[Needed]) -> str:
    """The stages that need a role, each with its jobs: `alerts (sightings and search)`."""
    by_stage: dict[str, list[str]] = {}
    for one in needed:
        by_stage.setdefault(one.need.stage, []).append(one.job)
    return listed([f"{stage} ({listed(jobs)})" for stage, jobs in by_stage.items()])


def _jobs(needed: Sequence[Needed]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.job for one in needed))


def _s(names: Sequence[str]) -> str:
    return "" if len(names) == 1 else "s"
