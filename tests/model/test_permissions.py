"""The table of permissions: what each call needs, and what each job needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from iocbeam.clients.defender.indicators import NEEDED_ROLES as DEFENDER_NEEDS
from iocbeam.clients.graph.conditional_access import NEEDED_ROLES as GRAPH_NEEDS
from iocbeam.model.permissions import (
    APIS,
    CALLS,
    DEFENDER,
    GRAPH,
    JOB_ROLES,
    SENTINEL,
    SENTINEL_CONTRIBUTOR,
    SENTINEL_READER,
    ApiCall,
    calls_of,
    covers,
    in_words,
    listed,
    missing,
    needless,
    roles_of,
)

ROOT = Path(__file__).parents[2]

ROWS = [
    ("AdvancedQuery.Read.All", "POST /api/advancedqueries/run"),
    ("Alert.Read.All", "GET /api/alerts"),
    ("Alert.Read.All", "GET /api/alerts/{id}"),
    ("File.Read.All", "GET /api/alerts/{id}/files"),
    ("File.Read.All", "GET /api/files/{hash}"),
    ("Ip.Read.All", "GET /api/alerts/{id}/ips"),
    ("Ip.Read.All", "GET /api/ips/{ip}/stats"),
    ("Machine.Read.All", "GET /api/machines"),
    ("Score.Read.All", "GET /api/exposureScore/ByMachineGroups"),
    ("Ti.Read.All", "GET /api/indicators"),
    ("Url.Read.All", "GET /api/domains/{domain}/stats"),
    ("User.Read.All", "GET /api/alerts/{id}/user"),
    ("SecurityAlert.Read.All", "GET /v1.0/security/alerts_v2"),
    ("ThreatHunting.Read.All", "POST /v1.0/security/runHuntingQuery"),
]


def call_of(text: str) -> ApiCall:
    (found,) = [call for call in CALLS if str(call) == text]
    return found


@pytest.mark.parametrize(("role", "call"), ROWS, ids=[f"{role} {call}" for role, call in ROWS])
def test_a_call_needs_the_role_of_its_page(role: str, call: str) -> None:
    found = call_of(call)
    assert found.needs == (role,)
    assert found.allowed([role])
    assert not found.allowed([])


def test_no_role_is_one_that_was_retired() -> None:
    named = {role for call in CALLS for role in (*call.needs, *call.or_else)}
    assert not {role for role in named if role.startswith(("SecurityEvents", "ThreatIndicators"))}


def test_every_call_stands_in_the_table_once() -> None:
    names = [(call.api, str(call)) for call in CALLS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("held", "needed", "does"),
    [
        ("Machine.Read.All", "Machine.Read.All", True),
        ("Machine.ReadWrite.All", "Machine.Read.All", True),
        ("Machine.Read.All", "Machine.ReadWrite.All", False),
        ("Alert.ReadWrite.All", "Machine.Read.All", False),
        ("URL.Read.All", "Url.Read.All", True),
        ("url.readwrite.all", "URL.Read.All", True),
        ("Ti.ReadWrite.All", "Ti.ReadWrite", True),
        ("Ti.ReadWrite.All", "Ti.Read.All", True),
        ("Ti.ReadWrite", "Ti.ReadWrite.All", False),
        ("Ti.ReadWrite", "Ti.Read.All", False),
        ("Application.ReadWrite.All", "Application.Read.All", True),
        ("Policy.ReadWrite.ConditionalAccess", "Policy.Read.All", False),
        (".ReadWrite.All", "Machine.Read.All", False),
        (SENTINEL_CONTRIBUTOR, SENTINEL_READER, True),
        (SENTINEL_READER, SENTINEL_CONTRIBUTOR, False),
        (SENTINEL_CONTRIBUTOR, "Machine.Read.All", False),
    ],
)
def test_a_role_covers_what_it_includes_and_nothing_else(held: str, needed: str, does: bool) -> None:
    assert covers(held, needed) is does


def test_what_is_missing_comes_in_the_order_of_what_is_needed() -> None:
    needed = ("File.Read.All", "Machine.Read.All", "Alert.Read.All")
    assert missing(needed, ["Machine.ReadWrite.All"]) == ("File.Read.All", "Alert.Read.All")
    assert missing(needed, []) == needed
    assert missing((), ["Anything"]) == ()


def test_roles_that_change_something_and_are_not_needed_are_found() -> None:
    held = ["Machine.Isolate", "Machine.ReadWrite.All", "Alert.Read.All", "Library.Manage", "Ti.ReadWrite.All"]
    assert needless(held, ["Machine.Read.All", "TI.ReadWrite.All"]) == (
        "Library.Manage",
        "Machine.Isolate",
        "Machine.ReadWrite.All",
    )


def test_own_rows_do_for_a_list_and_for_writing_but_not_for_the_job() -> None:
    assert all(call.allowed(["Ti.ReadWrite"]) for call in calls_of("defender"))
    assert missing([need.role for need in JOB_ROLES["defender"]], ["Ti.ReadWrite"]) == ("Ti.ReadWrite.All",)


@pytest.mark.parametrize("job", JOB_ROLES)
def test_the_roles_of_a_job_suffice_for_its_calls(job: str) -> None:
    held = {api: [need.role for need in roles_of(job, api)] for api in APIS}
    calls = calls_of(job)
    assert calls
    assert [str(call) for call in calls if not call.allowed(held[call.api])] == []


@pytest.mark.parametrize("job", JOB_ROLES)
def test_a_job_needs_every_one_of_its_roles(job: str) -> None:
    for need in JOB_ROLES[job]:
        rest = [other.role for other in JOB_ROLES[job] if other is not need]
        assert [call for call in calls_of(job) if call.api == need.api and not call.allowed(rest)], need.role


@pytest.mark.parametrize("stage", [need.stage for need in JOB_ROLES["sightings"]])
def test_a_stage_of_sightings_needs_its_own_role_only(stage: str) -> None:
    (need,) = [need for need in JOB_ROLES["sightings"] if need.stage == stage]
    calls = calls_of("sightings", [stage])
    assert calls
    assert all(call.allowed([need.role]) for call in calls)


def test_sync_needs_what_its_targets_need() -> None:
    assert JOB_ROLES["sync"] == (*JOB_ROLES["defender"], *JOB_ROLES["entra"])
    assert set(calls_of("sync")) == {*calls_of("defender"), *calls_of("entra")}


def test_sentinel_is_written_with_a_role_of_azure() -> None:
    assert [need.role for need in roles_of("sentinel", SENTINEL)] == [SENTINEL_CONTRIBUTOR]
    assert roles_of("sentinel", DEFENDER) == roles_of("sentinel", GRAPH) == ()


def test_a_probe_reads_and_names_no_value_but_the_workspace() -> None:
    probes = [call for call in CALLS if call.probe]
    assert {call.method for call in probes} == {"GET"}
    assert all("{" not in call.path for call in probes if call.api != SENTINEL)
    for job in JOB_ROLES:
        assert [call for call in calls_of(job) if call.probe], f"{job} cannot be tested"


@pytest.mark.parametrize(
    ("names", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_names_are_listed_as_in_a_sentence(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_messages_of_the_clients_name_the_roles_of_the_table() -> None:
    assert in_words("defender", DEFENDER) == DEFENDER_NEEDS
    assert in_words("entra", GRAPH) == GRAPH_NEEDS
    for need in JOB_ROLES["sync"]:
        assert need.role in DEFENDER_NEEDS + GRAPH_NEEDS


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("README.md", "sync"),
        ("cli/commands/demo.py", "sync"),
        ("cli/commands/defender.py", "defender"),
        ("cli/commands/entra.py", "entra"),
        ("cli/commands/sightings.py", "sightings"),
        ("docs/azure-setup.md", "search"),
    ],
)
def test_texts_for_people_name_the_roles_of_their_job(name: str, job: str) -> None:
    text = " ".join((ROOT / name).read_text().split())
    for need in JOB_ROLES[job]:
        assert need.role in text.replace('" "', "")
