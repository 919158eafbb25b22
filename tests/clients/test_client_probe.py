"""Tests of a connection: what each mistake in its permissions looks like, against a tenant over TLS."""

from __future__ import annotations

import base64
import json
import time as real_time
from collections.abc import Callable
from typing import Any

import pytest
from fake_time import FakeTime
from probe_help import EVERY_JOB, SCOPE, TOKEN_PATH, Run, failed, one, runner, told

from iocbeam.clients.probe.probe import probe, services
from iocbeam.local_tenant import Answer, DropBefore, EditAnswer, Fault, LocalTenant, SentinelProfile, TokenLifetime
from iocbeam.model.permissions import GRAPH, JOB_ROLES
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace


@pytest.fixture
def run(settings: Callable[..., ConnectionSettings], time: FakeTime) -> Run:
    return runner(settings, time)


def test_all_is_well_where_every_role_is_granted(tenant: LocalTenant, run: Run) -> None:
    checks = run(tenant, EVERY_JOB)
    assert failed(checks) == []
    assert {check.subject for check in checks if check.check == "role"} == {
        need.role for job in EVERY_JOB for need in JOB_ROLES[job]
    }
    assert {check.subject.partition("?")[0] for check in checks if check.check == "read"} == {
        "GET /api/indicators",
        "GET /api/machines",
        "GET /api/alerts",
        "GET /v1.0/identity/conditionalAccess/namedLocations",
        "GET /v1.0/identity/conditionalAccess/policies",
        "GET /v1.0/security/alerts_v2",
    }


def test_nothing_but_reads_and_logins_is_sent(tenant: LocalTenant, run: Run) -> None:
    run(tenant, EVERY_JOB)
    apis = [asked for asked in tenant.requests if not asked.path.startswith(f"/{tenant.profiles[0].tenant_id}")]
    assert {asked.method for asked in apis} == {"GET"}
    assert {asked.query for asked in apis} == {"$top=1"}
    assert len(apis) == 6
    assert [asked.status for asked in tenant.requests if asked.path.endswith("/token")] == [200, 200]


def test_reads_of_policies_keep_a_second_between_them(tenant: LocalTenant, run: Run, time: FakeTime) -> None:
    run(tenant, {"entra": ()})
    assert sum(time.slept) >= 1


def test_no_consent_is_a_token_without_roles(start: Callable[..., LocalTenant], run: Run) -> None:
    checks = run(start(roles=()), {"sync": ()})
    assert failed(checks) == [
        ("consent", "no_consent"),
        ("read", "Forbidden"),
        ("consent", "no_consent"),
        ("read", "AccessDenied"),
        ("read", "AccessDenied"),
    ]
    check = one(checks, "consent", api=GRAPH)
    for need in JOB_ROLES["entra"]:
        assert need.role in check.advice
    assert "administrator grant consent" in check.advice


ONE_MISSING = [(job, need) for job in EVERY_JOB for need in JOB_ROLES[job] if not need.lesser]


@pytest.mark.parametrize(("job", "need"), ONE_MISSING, ids=[f"{job} {need.role}" for job, need in ONE_MISSING])
def test_a_missing_role_is_named_with_the_stage_that_needs_it(
    start: Callable[..., LocalTenant], run: Run, job: str, need: Any
) -> None:
    rest = tuple(other.role for other in JOB_ROLES[job] if other.role != need.role)
    checks = run(start(roles=rest), {job: ()})
    found = [
        check
        for check in checks
        if (check.check == "role" and check.subject == need.role)
        or (check.check == "consent" and check.api == need.api)
    ]
    assert [check.state for check in found] == ["warning" if need.without else "failed"]
    assert need.role in found[0].advice
    if found[0].check == "role":
        assert f"{need.stage} ({job})" in found[0].message
        assert (need.without or "needed for") in found[0].message
    failures = [check for check in checks if not check.passed]
    assert all(check.jobs == (job,) for check in failures)
    assert bool(failures) is not bool(need.without)


def test_a_role_that_one_job_can_do_without_stops_only_the_other(
    start: Callable[..., LocalTenant], run: Run
) -> None:
    checks = run(
        start(roles=("Machine.Read.All", "Alert.Read.All")), {"sightings": ("machines", "files"), "search": ()}
    )
    assert one(checks, "role", "File.Read.All").jobs == ("search",)


def test_stages_that_are_not_of_interest_need_no_role(start: Callable[..., LocalTenant], run: Run) -> None:
    tenant = start(roles=("Machine.Read.All",))
    assert failed(run(tenant, {"sightings": ("machines",)})) == []
    assert {asked.path for asked in tenant.requests if "/api/" in asked.path} == {"/api/machines"}


def test_own_rows_only_is_a_remark(start: Callable[..., LocalTenant], run: Run) -> None:
    checks = run(start(roles=("Ti.ReadWrite",)))
    assert failed(checks) == []
    state, code, text = told(one(checks, "role"))
    assert (state, code) == ("remark", "lesser_role")
    assert "rows of other owners" in text
    assert [check for check in checks if check.check == "needless roles"] == []


def test_a_role_that_includes_the_needed_one_will_do_and_is_said_to_be_more(
    start: Callable[..., LocalTenant], run: Run
) -> None:
    checks = run(start(roles=("Machine.ReadWrite.All", "Machine.Isolate")), {"sightings": ("machines",)})
    assert failed(checks) == []
    assert "covered by Machine.ReadWrite.All" in one(checks, "role").message
    state, code, text = told(one(checks, "needless roles"))
    assert (state, code) == ("remark", "needless_role")
    assert "Machine.Isolate, Machine.ReadWrite.All" in text
    assert "Machine.Read.All" in text


def test_case_of_a_role_does_not_count(start: Callable[..., LocalTenant], run: Run) -> None:
    checks = run(start(roles=("MACHINE.READ.ALL",)), {"sightings": ("machines",)})
    assert one(checks, "role").state == "ok"


@pytest.mark.parametrize(
    ("changes", "cloud"),
    [({}, "https://api-gcc.securitycenter.microsoft.us"), ({"cloud": "gcc"}, SCOPE.removesuffix("/.default"))],
    ids=["global for a gcc tenant", "gcc for a global tenant"],
)
def test_a_token_of_another_cloud_is_refused_by_the_service(
    start: Callable[..., LocalTenant], run: Run, changes: dict[str, str], cloud: str
) -> None:
    checks = run(start(audiences=(cloud,)), **changes)
    state, code, text = told(one(checks, "read"))
    assert (state, code) == ("failed", "Unauthorized")
    assert "--cloud, --defender_url and --defender_scope" in text
    assert one(checks, "audience").state == "ok", "it is the one that was asked for"


def forbidden(code: str) -> Answer:
    return Answer(403, {"error": {"code": code, "message": "No.", "target": "t"}})


def test_a_feature_that_is_off_is_told_from_a_missing_role(tenant: LocalTenant, run: Run) -> None:
    tenant.faults.add(Fault("/api/indicators", forbidden("DisabledFeature")))
    state, code, text = told(one(run(tenant), "read"))
    assert (state, code) == ("failed", "DisabledFeature")
    assert "licence" in text


def test_a_consent_that_has_not_arrived_is_told(tenant: LocalTenant, run: Run) -> None:
    tenant.faults.add(Fault("/api/indicators", forbidden("Forbidden")))
    state, code, text = told(one(run(tenant), "read"))
    assert (state, code) == ("failed", "Forbidden")
    assert "though the token names Ti.Read.All" in text
    assert "some minutes" in text


def test_no_machines_are_no_fault(tenant: LocalTenant, run: Run) -> None:
    """Documented: a tenant in which no machine has reported lately answers 404."""
    body = {"error": {"code": "ResourceNotFound", "message": "No machines.", "target": "t"}}
    tenant.faults.add(Fault("/api/machines", Answer(404, body)))
    check = one(run(tenant, {"sightings": ("machines",)}), "read")
    assert (check.state, check.code) == ("ok", "404")


def test_a_404_of_something_else_is_a_fault(tenant: LocalTenant, run: Run) -> None:
    tenant.faults.add(Fault("/api/machines", Answer(404, "<html>nothing here</html>")))
    state, _, text = told(one(run(tenant, {"sightings": ("machines",)}), "read"))
    assert state == "failed"
    assert "the service is not at https://127.0.0.1" in text
    assert "--defender_url" in text


def test_a_service_at_its_rate_limit_is_reachable(tenant: LocalTenant, run: Run, time: FakeTime) -> None:
    tenant.faults.add(Fault("/api/indicators", Answer(429, retry_after=50)))
    check = one(run(tenant), "read")
    assert (check.state, check.code) == ("ok", "429")
    assert time.slept == [], "it is not waited for"


def test_a_service_that_answers_the_second_time_is_well(tenant: LocalTenant, run: Run) -> None:
    tenant.faults.add(Fault("/api/indicators", Answer(503), nth=1), Fault("/api/indicators", DropBefore(), nth=2))
    assert failed(run(tenant)) == []


def test_a_service_that_is_down_is_given_up_soon(tenant: LocalTenant, run: Run, time: FakeTime) -> None:
    tenant.faults.add(Fault("/api/indicators", Answer(503)))
    state, code, text = told(one(run(tenant), "read"))
    assert (state, code) == ("failed", "503")
    assert "answered 503" in text
    assert sum(time.slept) <= 10


def other_token(**claims: object) -> EditAnswer:
    """Answers of the token endpoint with a token of these claims."""
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return EditAnswer(lambda answer: {**answer, "access_token": f"e30.{middle}.c2ln"})


def test_a_token_that_cannot_be_read_is_tried_all_the_same(tenant: LocalTenant, run: Run) -> None:
    tenant.faults.add(
        Fault(TOKEN_PATH, EditAnswer(lambda answer: {**answer, "access_token": "opaque"})),
        Fault("/api/indicators", Answer(200, {"value": []})),
    )
    checks = run(tenant)
    assert failed(checks) == []
    assert one(checks, "consent").state == "warning"
    assert one(checks, "read").state == "ok"


def test_a_403_for_a_token_that_cannot_be_read_names_the_role(tenant: LocalTenant, run: Run) -> None:
    tenant.faults.add(
        Fault(TOKEN_PATH, EditAnswer(lambda answer: {**answer, "access_token": "opaque"})),
        Fault("/api/indicators", forbidden("Forbidden")),
    )
    assert "Needed: Ti.Read.All" in one(run(tenant), "read").advice


def test_a_delegated_token_is_told(tenant: LocalTenant, run: Run) -> None:
    tenant.faults.add(Fault(TOKEN_PATH, other_token(scp="Ti.ReadWrite User.Read")))
    state, code, text = told(one(run(tenant), "consent"))
    assert (state, code) == ("failed", "delegated_token")
    assert "signed-in user" in text
    assert "Ti.ReadWrite User.Read" in text


def test_a_token_that_has_expired_when_it_comes_is_a_matter_of_the_clock(tenant: LocalTenant, run: Run) -> None:
    tenant.faults.add(Fault(TOKEN_PATH, TokenLifetime(-600)))
    state, code, text = told(one(run(tenant), "expiry"))
    assert (state, code) == ("failed", "expired")
    assert "10 minutes" in text
    assert "clock" in text


def test_a_probe_takes_no_longer_than_a_person_waits(tenant: LocalTenant, settings: Callable[..., Any]) -> None:
    """By the real clock: logins, six reads, and the second that Graph wants between two of them."""
    connection = settings(tenant)
    started = real_time.monotonic()
    assert list(probe(connection, services(connection, SentinelWorkspace()), EVERY_JOB))
    assert real_time.monotonic() - started < 5


SENTINEL_JOB = {"sentinel": ()}


def test_a_workspace_that_answers_shows_that_the_app_may_read_it(tenant: LocalTenant, run: Run) -> None:
    checks = run(tenant, SENTINEL_JOB)
    assert failed(checks) == []
    state, code, text = told(one(checks, "role"))
    assert (state, code) == ("remark", "not_in_token")
    assert "no token names" in text
    assert [asked.path.rpartition("/")[2] for asked in tenant.requests][-1] == "metrics"


def test_a_workspace_on_which_the_app_has_no_role_is_told(start: Callable[..., LocalTenant], run: Run) -> None:
    tenant = start(sentinel=SentinelProfile(role="none"))
    state, code, text = told(one(run(tenant, SENTINEL_JOB), "read"))
    assert (state, code) == ("failed", "AuthorizationFailed")
    assert "no role on the workspace" in text
    assert "Access control" in text


def test_a_workspace_that_is_not_there_is_told(tenant: LocalTenant, run: Run) -> None:
    own = tenant.profiles[0].sentinel
    other = SentinelWorkspace(own.workspace_id, own.subscription, own.resource_group, "elsewhere")
    state, _, text = told(one(run(tenant, SENTINEL_JOB, other), "read"))
    assert state == "failed"
    assert "no such workspace" in text


def test_a_token_of_another_clouds_resource_manager_is_refused(
    start: Callable[..., LocalTenant], run: Run
) -> None:
    tenant = start(sentinel=SentinelProfile(cloud="government"))
    state, _, text = told(one(run(tenant, SENTINEL_JOB), "read"))
    assert state == "failed"
    assert "--cloud, --arm_url and --arm_scope" in text
    assert failed(run(tenant, SENTINEL_JOB, cloud="gcc_high")) == []
