"""Permissions: which role each call needs, and which roles each job needs. The one table of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

DEFENDER: Final = "defender"
GRAPH: Final = "graph"
SENTINEL: Final = "sentinel"

APIS: Final[Mapping[str, str]] = MappingProxyType(
    {DEFENDER: "WindowsDefenderATP", GRAPH: "Microsoft Graph", SENTINEL: "Azure Resource Manager"}
)
"""The services, by the names under which Entra lists them. The first two have application roles, which a token
names. Sentinel has Azure roles on the workspace, which no token names."""

SENTINEL_CONTRIBUTOR: Final = "Microsoft Sentinel Contributor"
SENTINEL_READER: Final = "Microsoft Sentinel Reader"

DOCUMENTED: Final = "documented"
OBSERVED: Final = "observed"

_AZURE_STEPS: Final = (SENTINEL_READER, "Microsoft Sentinel Responder", SENTINEL_CONTRIBUTOR)
"""Each of them may do what those before it may."""


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call and what it takes.

    Attributes:
        api: one of `APIS`.
        method, path: as on the service's page; what stands in braces is a value.
        needs: the least roles, all of them.
        used_by: the jobs that make it, as `job` or `job.stage`; no job makes those of an empty one, which are for
            pipelines of a user's own.
        or_else: roles that the call takes as well, each alone; what they show may be less.
        basis: `DOCUMENTED`, or `OBSERVED` where the service was seen to ask for more or less than its page says.
        probe: the query with which it is a cheap read that shows whether the service lets the app in.
    """

    api: str
    method: str
    path: str
    needs: tuple[str, ...]
    used_by: tuple[str, ...] = ()
    or_else: tuple[str, ...] = ()
    basis: str = DOCUMENTED
    probe: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def allowed(self, roles: Iterable[str]) -> bool:
        """Whether an app with these roles may make the call."""
        held = list(roles)
        return not missing(self.needs, held) or any(not missing((role,), held) for role in self.or_else)


@dataclass(frozen=True, slots=True)
class JobRole:
    """A role that a job needs.

    Attributes:
        stage: the part of the job that needs it.
        lesser: a role with which the job runs and sees or does less.
        without: what is lost without the role; empty where the job cannot run without it.
    """

    api: str
    role: str
    stage: str
    lesser: str = ""
    without: str = ""


def covers(held: str, needed: str) -> bool:
    """Whether a role includes another one. Case does not count: pages and portal write `URL.` and `Url.`.

    Documented: `X.ReadWrite.All` is taken wherever `X.Read.All` or `X.ReadWrite` is. `Ti.ReadWrite` covers no
    other role, since it shows an app its own rows only.
    """
    has, wants = held.casefold(), needed.casefold()
    if has == wants:
        return True
    steps = [step.casefold() for step in _AZURE_STEPS]
    if has in steps and wants in steps:
        return steps.index(has) > steps.index(wants)
    stem = has.removesuffix(".readwrite.all")
    return stem != has and wants in (f"{stem}.read.all", f"{stem}.readwrite")


def missing(needed: Iterable[str], held: Iterable[str]) -> tuple[str, ...]:
    """Those of the needed roles that no held one covers, in their order."""
    roles = list(held)
    return tuple(need for need in needed if not any(covers(role, need) for role in roles))


def needless(held: Iterable[str], needed: Iterable[str]) -> tuple[str, ...]:
    """Held roles that let an app change something and are not among the needed, by name.

    A role that only covers a needed one is among them: the needed one would do.
    """
    wanted = {need.casefold() for need in needed}
    return tuple(sorted(role for role in set(held) if role.casefold() not in wanted and not _only_reads(role)))


def _only_reads(role: str) -> bool:
    return "read" in role.casefold().split(".")


_TI_OWN: Final = "Ti.ReadWrite"
OWN_ROWS: Final = "sees its own rows only"
"""What an app with `Ti.ReadWrite` does."""

_POLICY_READ: Final = "Policy.Read.All"
_POLICY_WRITE: Final = (_POLICY_READ, "Policy.ReadWrite.ConditionalAccess")
_INTELLIGENCE: Final = (
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/"
    "{workspace}/providers/Microsoft.SecurityInsights/threatIntelligence/main"
)
_TOP: Final = "$top=1"


_MACHINES: Final = ("sightings.machines", "search.machines")
_ALERTS: Final = ("sightings.alerts", "search.alerts")
_FILES: Final = ("sightings.files", "search.files")


def _defender(role: str, used_by: tuple[str, ...], *paths: str, probe: str = "") -> tuple[ApiCall, ...]:
    return tuple(ApiCall(DEFENDER, "GET", path, (role,), used_by, probe=probe) for path in paths)


def _access(method: str, path: str, *needs: str, basis: str = DOCUMENTED, probe: str = "") -> ApiCall:
    # Policies are read for locations as well: to see which location is in whose use.
    stage = "policy" if path.startswith("policies") and method != "GET" else "locations"
    path = f"/v1.0/identity/conditionalAccess/{path}"
    return ApiCall(GRAPH, method, path, needs, (f"entra.{stage}",), (), basis, probe)


CALLS: Final[tuple[ApiCall, ...]] = (
    # The portal offers Ti.Read.All and the call takes it; its page names the other two only.
    ApiCall(DEFENDER, "GET", "/api/indicators", ("Ti.Read.All",), ("defender",), (_TI_OWN,), OBSERVED, _TOP),
    ApiCall(DEFENDER, "POST", "/api/indicators/import", (_TI_OWN,), ("defender",)),
    ApiCall(DEFENDER, "POST", "/api/indicators/BatchDelete", (_TI_OWN,), ("defender",)),
    ApiCall(DEFENDER, "DELETE", "/api/indicators/{id}", (_TI_OWN,), ("defender",)),
    *_defender("Machine.Read.All", _MACHINES, "/api/machines", probe=_TOP),
    *_defender(
        "Machine.Read.All",
        ("search.machines",),
        "/api/machines/{id}",
        "/api/machines/findbyip(ip='{ip}',timestamp={time})",
        "/api/domains/{domain}/machines",
        "/api/files/{sha1}/machines",
    ),
    *_defender("Machine.Read.All", (), "/api/alerts/{id}/machine"),
    *_defender("Alert.Read.All", _ALERTS, "/api/alerts", probe=_TOP),
    *_defender(
        "Alert.Read.All",
        ("search.alerts",),
        "/api/alerts/{id}",
        "/api/machines/{id}/alerts",
        "/api/domains/{domain}/alerts",
        "/api/ips/{ip}/alerts",
        "/api/files/{sha1}/alerts",
    ),
    *_defender("File.Read.All", _FILES, "/api/alerts/{id}/files"),
    *_defender("File.Read.All", ("search.files",), "/api/files/{hash}", "/api/files/{hash}/stats"),
    *_defender("Ip.Read.All", ("search.addresses",), "/api/ips/{ip}/stats"),
    *_defender("Ip.Read.All", (), "/api/alerts/{id}/ips"),
    *_defender("Url.Read.All", ("search.domains",), "/api/domains/{domain}/stats"),
    *_defender("Url.Read.All", (), "/api/alerts/{id}/domains"),
    *_defender("User.Read.All", (), "/api/alerts/{id}/user"),
    ApiCall(DEFENDER, "GET", "/api/exposureScore/ByMachineGroups", ("Score.Read.All",), basis=OBSERVED),
    ApiCall(
        DEFENDER,
        "POST",
        "/api/advancedqueries/run",
        ("AdvancedQuery.Read.All",),
        ("search.defender_hunting",),
    ),
    _access("GET", "namedLocations", _POLICY_READ, probe=_TOP),
    _access("GET", "namedLocations/{id}", _POLICY_READ),
    _access("POST", "namedLocations", *_POLICY_WRITE),
    _access("PATCH", "namedLocations/{id}", *_POLICY_WRITE),
    _access("DELETE", "namedLocations/{id}", *_POLICY_WRITE),
    _access("GET", "policies", _POLICY_READ, probe=_TOP),
    _access("GET", "policies/{id}", _POLICY_READ),
    # Newer pages name the first two; tenants were seen to refuse a policy's applications without the third.
    _access("POST", "policies", *_POLICY_WRITE, "Application.Read.All", basis=OBSERVED),
    _access("PATCH", "policies/{id}", *_POLICY_WRITE, "Application.Read.All", basis=OBSERVED),
    _access("DELETE", "policies/{id}", *_POLICY_WRITE),
    ApiCall(
        GRAPH,
        "GET",
        "/v1.0/security/alerts_v2",
        ("SecurityAlert.Read.All",),
        ("sightings.graph_alerts",),
        probe=_TOP,
    ),
    ApiCall(GRAPH, "POST", "/v1.0/security/runHuntingQuery", ("ThreatHunting.Read.All",), ("search.hunting",)),
    ApiCall(
        SENTINEL,
        "POST",
        "/workspaces/{workspace}/threat-intelligence-stix-objects:upload",
        (SENTINEL_CONTRIBUTOR,),
        ("sentinel",),
    ),
    ApiCall(SENTINEL, "POST", f"{_INTELLIGENCE}/queryIndicators", (SENTINEL_READER,), ("sentinel",)),
    ApiCall(
        SENTINEL,
        "GET",
        f"{_INTELLIGENCE}/metrics",
        (SENTINEL_READER,),
        ("sentinel",),
        probe="api-version=2024-09-01",
    ),
)
"""Every call, with the least role of its page (learn.microsoft.com: Defender for Endpoint API, Microsoft Graph
v1.0, Microsoft Sentinel)."""

_DEFENDER_ROLES: Final = (JobRole(DEFENDER, "Ti.ReadWrite.All", "indicators", lesser=_TI_OWN),)
_ENTRA_ROLES: Final = (
    JobRole(GRAPH, _POLICY_READ, "locations"),
    JobRole(GRAPH, "Policy.ReadWrite.ConditionalAccess", "locations"),
    JobRole(GRAPH, "Application.Read.All", "policy"),
)

_NO_HUNTING: Final = "machines are not found by files, and by their last public address only"

JOB_ROLES: Final[Mapping[str, tuple[JobRole, ...]]] = MappingProxyType(
    {
        "defender": _DEFENDER_ROLES,
        "entra": _ENTRA_ROLES,
        "sync": (*_DEFENDER_ROLES, *_ENTRA_ROLES),
        "sightings": (
            JobRole(DEFENDER, "Machine.Read.All", "machines"),
            JobRole(DEFENDER, "Alert.Read.All", "alerts"),
            JobRole(GRAPH, "SecurityAlert.Read.All", "graph_alerts"),
            JobRole(DEFENDER, "File.Read.All", "files", without="MD5 and product names cannot be looked for"),
        ),
        "search": (
            JobRole(DEFENDER, "Machine.Read.All", "machines"),
            JobRole(DEFENDER, "Alert.Read.All", "alerts"),
            JobRole(DEFENDER, "File.Read.All", "files"),
            JobRole(DEFENDER, "Ip.Read.All", "addresses", without="how many machines saw an address is not told"),
            JobRole(DEFENDER, "Url.Read.All", "domains", without="how many machines saw a domain is not told"),
            JobRole(GRAPH, "ThreatHunting.Read.All", "hunting", without=_NO_HUNTING),
            JobRole(DEFENDER, "AdvancedQuery.Read.All", "defender_hunting", without=_NO_HUNTING),
        ),
        "sentinel": (JobRole(SENTINEL, SENTINEL_CONTRIBUTOR, "indicators"),),
    }
)
"""The minimal roles of each job. Reconciling needs to see the rows of every owner, so `Ti.ReadWrite.All` where the
calls themselves would take less."""

_PARTS_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"sync": ("defender", "entra")})
"""Jobs that do what others do."""


def roles_of(job: str, api: str, stages: Sequence[str] = ()) -> tuple[JobRole, ...]:
    """The roles that a job needs of one service.

    Args:
        stages: only of these; of all when none is named.
    """
    return tuple(need for need in JOB_ROLES[job] if need.api == api and (not stages or need.stage in stages))


def calls_of(job: str, stages: Sequence[str] = ()) -> tuple[ApiCall, ...]:
    """The calls that a job makes.

    Args:
        stages: only of these, where the job has stages; of all when none is named.
    """
    jobs = _PARTS_OF.get(job, (job,))

    def made(use: str) -> bool:
        by, _, stage = use.partition(".")
        return by in jobs and (not stage or not stages or stage in stages)

    return tuple(call for call in CALLS if any(map(made, call.used_by)))


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def in_words(job: str, api: str) -> str:
    """The roles that a job needs of a service, for a message about what is missing."""
    needs = roles_of(job, api)
    names = [need.role + (f" (or {need.lesser}, which {OWN_ROWS})" if need.lesser else "") for need in needs]
    return (
        f"the application role{'' if len(names) == 1 else 's'} {listed(names)} of {APIS[api]}, with admin consent"
    )
