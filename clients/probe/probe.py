"""Test of a tenant's connection: log in anew, look at the token, read a little from each service."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from iocbeam.model.errors import AuthenticationError, RetryLater, Stop
from iocbeam.model.permissions import APIS, DEFENDER, GRAPH, SENTINEL, calls_of, roles_of
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace

from ..graph.conditional_access import documented_budget
from ..http.retry import RetryPolicy
from ..http.session import HttpSettings
from ..http.transport import HttpTransport, ReadOnlyTransport
from ..http.waiting import Clock, Sleep
from ..login.clouds import endpoints
from ..login.login import TokenProvider
from ..login.token_claims import IdentityClaims, TokenClaims, read_claims
from .check import CONSENT, FAILED, LOGIN, NOT_TRIED, OK, WARNING, Check
from .reads import Read, Reader
from .roles import Needed, judge_roles
from .token import Expected, judge_token

PATIENCE: Final = RetryPolicy(first_wait=0.5, longest_wait=2.0, jitter=0.2, deadline=3.0)
"""A person waits for the answer."""

_READ_TIMEOUT: Final = 30.0
_ACCESS: Final = "/v1.0/identity/conditionalAccess/"
_CODE: Final = re.compile(r"AADSTS\d+")
_SCOPE_OPTION: Final = "--defender_scope"
"""What login errors about the service that a token was asked for name as their option, whichever that was."""


@dataclass(frozen=True, slots=True)
class Service:
    """Where one service of a tenant is.

    Attributes:
        api: one of `iocbeam.model.permissions.APIS`.
        url: scheme, host and port.
        scope: of its token.
        url_option, scope_option: the options that name others.
        values: what stands in braces in the paths of its calls.
    """

    api: str
    url: str
    scope: str
    url_option: str
    scope_option: str
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)


def services(connection: ConnectionSettings, workspace: SentinelWorkspace) -> dict[str, Service]:
    """The services of a tenant, by api; without Defender where its cloud has none.

    Args:
        workspace: of Sentinel; may be empty where no job is of interest that uses it.

    Raises:
        UsageError: a URL is more than a host.
    """
    points = endpoints(connection)
    place = {
        "subscription": workspace.subscription,
        "group": workspace.resource_group,
        "workspace": workspace.name,
    }
    found = [
        Service(DEFENDER, points.defender_url, points.defender_scope, "--defender_url", _SCOPE_OPTION),
        Service(GRAPH, points.graph_url, points.graph_scope, "--graph_url", "--graph_scope"),
        Service(SENTINEL, points.arm_url, points.arm_scope, "--arm_url", "--arm_scope", place),
    ]
    return {service.api: service for service in found if service.url}


def probe(
    connection: ConnectionSettings,
    reached: Mapping[str, Service],
    jobs: Mapping[str, Sequence[str]],
    *,
    retry: RetryPolicy = PATIENCE,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    wall_clock: Clock = time.time,
) -> Iterator[Check]:
    """What works and what does not, for every service that one of the jobs uses. Nothing can be written by it, and
    no error of the tenant, of the network or of a secret ends it.

    Args:
        connection: the tenant and how to log in.
        reached: its services, as `services` gives them.
        jobs: the stages of each job that is of interest; of all its stages where none is named.
        retry: of each login and of each call.
    """
    needed = {
        api: [Needed(job, need) for job, stages in jobs.items() for need in roles_of(job, api, stages)]
        for api in APIS
    }
    used = {api: tuple(dict.fromkeys(one.job for one in needs)) for api, needs in needed.items() if needs}
    failed = ""
    provider: TokenProvider | None = None
    try:
        for api, its_jobs in used.items():
            service = reached[api]
            if failed:
                why = f"login to {APIS[failed]} failed for a reason that holds here too"
                yield Check(api, LOGIN, service.scope, NOT_TRIED, why, "", "not_tried", its_jobs)
                continue
            try:
                if provider is None:
                    provider = TokenProvider(
                        connection, clock=clock, sleep=sleep, wall_clock=wall_clock, retry=retry
                    )
                token = provider.token(service.scope, force=True)
            except (RetryLater, Stop) as error:
                if getattr(error, "option", None) != _SCOPE_OPTION:
                    failed = api
                yield _login_failed(error, service, its_jobs)
                continue
            yield Check(api, LOGIN, service.scope, OK, _given(provider.identity), jobs=its_jobs)
            claims = read_claims(token)
            yield from _judge_claims(claims, service, connection, needed[api], wall_clock(), its_jobs)
            with closing(ReadOnlyTransport(HttpTransport(_settings(connection), service.url))) as transport:
                reader = Reader(
                    service.url,
                    transport,
                    token,
                    (claims.roles or ()) if claims is not None else None,
                    options=f"--cloud, {service.url_option} and {service.scope_option}",
                    retry=retry,
                    clock=clock,
                    sleep=sleep,
                )
                budget = documented_budget(clock=clock, sleep=sleep)
                for read in reads(service, jobs):
                    if read.path.startswith(_ACCESS):
                        budget.acquire()
                    yield reader.read(read)
    finally:
        if provider is not None:
            provider.close()


def reads(service: Service, jobs: Mapping[str, Sequence[str]]) -> Iterator[Read]:
    """The calls of the jobs that are cheap reads of a service, each once."""
    found: dict[str, Read] = {}
    for job, stages in jobs.items():
        for call in calls_of(job, stages):
            if call.api == service.api and call.probe:
                path = call.path.format_map(service.values)
                before = found.get(path)
                found[path] = Read(call, path, (*before.jobs, job) if before else (job,))
    yield from found.values()


def _judge_claims(
    claims: TokenClaims | None,
    service: Service,
    connection: ConnectionSettings,
    needed: Sequence[Needed],
    now: float,
    jobs: tuple[str, ...],
) -> Iterator[Check]:
    if claims is None:
        yield Check(
            service.api,
            CONSENT,
            "",
            WARNING,
            "the token cannot be read here, so its roles are not known; the reads tell",
            code="token_unreadable",
            jobs=jobs,
        )
        return
    expected = Expected(
        service.api,
        service.scope,
        service.scope_option,
        connection.tenant_id,
        connection.client_id,
        now,
        jobs,
    )
    yield from judge_token(claims, expected)
    yield from judge_roles(service.api, claims, needed)


def _given(identity: IdentityClaims | None) -> str:
    return f"a new token was given for the identity token of {identity}" if identity else "a new token was given"


def _login_failed(error: RetryLater | Stop, service: Service, jobs: tuple[str, ...]) -> Check:
    code, advice = "no_answer", getattr(error, "advice", "") or ""
    if isinstance(error, Stop):
        found = _CODE.search(error.message)
        code = found[0] if found else "refused" if isinstance(error, AuthenticationError) else "cannot_log_in"
        option = error.option or ""
        if option == _SCOPE_OPTION:
            # The login errors do not know which service a token was asked for.
            option = service.scope_option
            if service.api != DEFENDER:
                advice = f"Check --cloud and {option}."
        advice = f"{option}: {advice}" if option else advice
    elif error.status is not None:
        code = str(error.status)
    return Check(service.api, LOGIN, service.scope, FAILED, error.message, advice, code, jobs)


def _settings(connection: ConnectionSettings) -> HttpSettings:
    return dataclasses.replace(HttpSettings.of(connection), read_timeout=_READ_TIMEOUT)
