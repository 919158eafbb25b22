"""What a search does when something cannot be asked, and with several tenants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from search_help import ADDRESS_ALERT, FILE_ALERT, LAPTOP, MD5, SHA1, URL_ALERT, Searcher, alert, fill, machine

from iocbeam.cli import main
from iocbeam.cli.search.askers import ASKERS
from iocbeam.local_tenant import Answer, DropBefore, Fault, TenantProfile
from iocbeam.planning.search.questions import INSTEAD, QUESTIONS, URL_OF_ADDRESS

HUNT, OLD_HUNT = "/v1.0/security/runHuntingQuery", "/api/advancedqueries/run"
LIST = "/api/machines?lastSeen ge "
EVERY_ROLE = (
    "Machine.Read.All",
    "Alert.Read.All",
    "File.Read.All",
    "Ip.Read.All",
    "Url.Read.All",
    "ThreatHunting.Read.All",
    "AdvancedQuery.Read.All",
)
SECOND = TenantProfile(tenant_id="99999999-9999-4999-8999-999999999999", rate_limits=None)
Search = Callable[..., Searcher]


def without(*roles: str) -> tuple[str, ...]:
    return tuple(role for role in EVERY_ROLE if role not in roles)


def test_every_question_can_be_asked() -> None:
    questions = {*URL_OF_ADDRESS, *INSTEAD.values(), *(one for kind in QUESTIONS.values() for one in kind)}
    assert set(ASKERS) == questions


@pytest.mark.parametrize(
    ("role", "value", "missing", "still"),
    [
        ("Ip.Read.All", "203.0.113.66", "/api/ips/{ip}/stats", f"Title of {ADDRESS_ALERT}"),
        ("Url.Read.All", "bad.example", "/api/domains/{domain}/stats", f"Title of {URL_ALERT}"),
        ("Alert.Read.All", "203.0.113.66", "/api/ips/{ip}/alerts", "spoke to it"),
        ("Machine.Read.All", "bad.example", "/api/domains/{domain}/machines", f"Title of {URL_ALERT}"),
        ("File.Read.All", SHA1, "/api/files/{hash}", f"Title of {FILE_ALERT}"),
        ("ThreatHunting.Read.All", "203.0.113.7", "advanced hunting", "laptop-7.corp.example.com"),
    ],
)
def test_a_missing_role_is_named_and_the_rest_is_asked(
    searcher: Search, role: str, value: str, missing: str, still: str
) -> None:
    search = searcher(roles=without(role))
    said = search(value)
    assert said.status == 3
    problems = " ".join(said.out.partition("Could not be asked:")[2].split())
    assert f"Unanswered: {missing}" in problems
    assert role in problems
    assert still in said.out
    assert "Exit status 3" in said.out


def test_without_any_role_nothing_could_be_asked(searcher: Search) -> None:
    said = searcher(roles=("User.Read.All",))("bad.example")
    assert said.status == 1
    assert "Devices: could not be asked." in said.out
    assert "Alerts: could not be asked." in said.out
    assert "none found" not in said.out


def test_a_refused_login_is_asked_for_once_and_told(searcher: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    search = searcher()
    monkeypatch.setenv("SEARCH_SECRET", "wrong")
    said = search("bad.example", SHA1, "--hunting", "off")
    assert said.status == 1
    assert search.asked == []
    problems = [line.strip() for line in said.out.splitlines() if "secret is wrong" in line]
    assert [line.partition(" Use")[0] for line in problems] == [
        "- the client secret is wrong. (AADSTS7000215).",
        "- As for bad.example: the client secret is wrong. Unanswered: everything.",
    ]
    assert "/api/" not in said.out
    assert sum("/oauth2/" in request.path for request in search.tenant.requests) == 1


@pytest.mark.parametrize(
    ("options", "read", "roles", "asked", "status"),
    [
        (["--hunting", "off"], {}, EVERY_ROLE, [], 0),
        ([], {}, without("ThreatHunting.Read.All"), [HUNT], 3),
        (["--hunting", "defender"], {"advanced_hunting": "gone"}, EVERY_ROLE, [OLD_HUNT], 3),
        ([], {"advanced_hunting": "disabled"}, EVERY_ROLE, [HUNT], 3),
    ],
    ids=["off", "no-role", "retired", "disabled"],
)
def test_without_hunting_the_list_of_machines_is_looked_through(
    searcher: Search,
    options: list[str],
    read: dict[str, str],
    roles: tuple[str, ...],
    asked: list[str],
    status: int,
) -> None:
    search = searcher(roles=roles, **read)
    said = search("203.0.113.7", *options)
    assert said.status == status
    assert [call for call in search.asked if call in (HUNT, OLD_HUNT)] == asked, "asked once, and not again"
    assert sum(call.startswith(LIST) for call in search.asked) == 1
    assert "laptop-7.corp.example.com" in said.out
    text = " ".join(said.out.split())
    assert "Without hunting, the 2 machines that reported in the last 30 days were compared" in text
    assert "one that had the address earlier is not seen" in text


def test_retired_hunting_names_the_other_dialect(searcher: Search) -> None:
    said = searcher(advanced_hunting="gone")("203.0.113.7", "--hunting", "defender")
    assert "ThreatHunting.Read.All" in said.out


def test_the_older_dialect_finds_the_same(searcher: Search) -> None:
    search = searcher()
    said = search("203.0.113.66", "--hunting", "defender")
    assert said.status == 0
    assert OLD_HUNT in search.asked
    assert HUNT not in search.asked
    assert "spoke to it" in said.out


def test_an_md5_is_not_checkable_without_hunting(searcher: Search) -> None:
    search = searcher()
    said = search(MD5, "--hunting", "off")
    assert said.status == 0, "that hunting is off was chosen"
    assert search.asked == [f"/api/files/{MD5}"]
    assert "Devices: not checkable: needs hunting, which is off." in said.out
    assert "Not checkable: needs hunting, which is off." in said.out
    assert "Could not be asked" not in said.out


def test_an_md5_that_may_not_be_asked_for_is_a_failure_without_hunting(searcher: Search) -> None:
    said = searcher(roles=without("File.Read.All"))(MD5, "--hunting", "off")
    assert said.status == 1
    assert "File.Read.All" in said.out


def test_an_md5_that_could_not_be_hunted_for_is_a_failure(searcher: Search) -> None:
    said = searcher(roles=without("ThreatHunting.Read.All"))(MD5)
    assert said.status == 1
    assert "ThreatHunting.Read.All" in said.out


def test_a_call_that_fails_for_one_value_leaves_the_others(searcher: Search) -> None:
    search = searcher()
    search.tenant.faults.add(Fault("/api/domains/bad.example/*", Answer(400)))
    said = search("bad.example", "203.0.113.66")
    assert said.status == 3
    assert f"Title of {ADDRESS_ALERT}" in said.out


def test_alerts_read_before_a_fault_are_shown(searcher: Search) -> None:
    search = searcher()
    search.tenant.faults.add(Fault("/api/alerts", Answer(400), nth=2))
    said = search("dropper.exe")
    assert said.status == 3
    assert f"Title of {FILE_ALERT}" in said.out
    assert "Unanswered: /api/alerts." in said.out


def test_lookups_are_limited_and_what_was_not_asked_is_told(searcher: Search) -> None:
    search = searcher()
    evidence = {"entityType": "Ip", "ipAddress": "203.0.113.66"}
    search.tenant.seed_alerts([alert(f"da9_{at}", LAPTOP, "laptop-7", at + 1, evidence) for at in range(30)])
    said = search("203.0.113.66", "--lookups", "2")
    assert said.status == 0
    assert [call for call in search.asked if call.startswith("/api/alerts/")] == [
        "/api/alerts/da9_0",
        "/api/alerts/da9_1",
    ]
    assert "29 older alerts was not asked for: see --lookups" in " ".join(said.out.split())
    assert "and 11 more: --json has all of them" in said.out


def test_file_lookups_are_limited_and_what_was_not_asked_is_told(searcher: Search) -> None:
    said = searcher()("dropper.exe", "--file_lookups", "0")
    assert said.status == 0
    assert "0 alerts were asked for their files, 1 with other files were not" in " ".join(said.out.split())


def test_an_alert_that_is_gone_answers_for_no_other(searcher: Search) -> None:
    search = searcher()
    file = {"entityType": "File", "sha1": SHA1, "fileName": "copy.exe"}
    search.tenant.seed_alerts([alert("da7_1", LAPTOP, "laptop-7", 1, file)], files={"da7_1": []})
    search.tenant.faults.add(Fault("/api/alerts/da7_1/files", Answer(404)))
    said = search("Exemplar Suite", "--kind", "file_name")
    assert said.status == 0
    files = [call for call in search.asked if call.endswith("/files")]
    assert files == ["/api/alerts/da7_1/files", f"/api/alerts/{FILE_ALERT}/files"], "the newest, then the other"
    assert f"Title of {FILE_ALERT}" in said.out


def test_text_of_a_service_cannot_move_the_cursor(searcher: Search) -> None:
    search = searcher()
    search.tenant.edit_alert(ADDRESS_ALERT, title="\x1b[2J[red]gone[/red]\u202e")
    search.tenant.edit_machine(LAPTOP, computerDnsName="laptop\x1b]0;x\x07", riskScore="\x1b[31m")
    said = search("203.0.113.66")
    assert said.status == 0
    assert "\x1b" not in said.out
    assert "\u202e" not in said.out
    assert r"\x1b[2J[red]gone[/red]\u202e" in said.out


def test_odd_objects_are_shown_and_end_nothing(searcher: Search) -> None:
    search = searcher()
    odd = machine(
        "..", None, "", "203.0.113.7", lastSeen=ago_without_end(), osPlatform=7, riskScore=["x"], ipAddresses="no"
    )
    search.tenant.seed_machines([odd])
    search.tenant.seed_alerts(
        [alert("x/../y", "..", "odd", 1, {"entityType": "Ip", "ipAddress": "203.0.113.66"}, title=None)]
    )
    said = search("203.0.113.66", "203.0.113.7")
    assert said.status == 3, "an alert whose id cannot be asked for"
    assert "is no id of an alert" in said.out
    assert "is no id and no name of a machine" in said.out
    assert "evidence[1].ipAddress" in said.out, "the others are looked at all the same"
    assert f"Title of {ADDRESS_ALERT}" in said.out


def ago_without_end() -> str:
    return "never"


def test_several_tenants_are_told_apart(searcher: Search, tmp_path: Path) -> None:
    search = searcher(more=(SECOND,))
    fill(search.tenant, SECOND.tenant_id)
    search.tenant.edit_machine(LAPTOP, SECOND.tenant_id, computerDnsName="branch-7.example.com")
    said = search("203.0.113.7", login=["--tenants", str(two_tenants(search, tmp_path))])
    assert said.status == 0
    assert "Devices: 2" in said.out
    rows = [line.split()[:2] for line in said.out.splitlines() if "public address" in line]
    assert rows == [["main", "laptop-7.corp.example.com"], ["branch", "branch-7.example.com"]]


def test_one_tenant_that_fails_leaves_the_others(searcher: Search, tmp_path: Path) -> None:
    search = searcher(more=(SECOND,))
    said = search("203.0.113.7", login=["--tenants", str(two_tenants(search, tmp_path, "env:NOT_THERE"))])
    assert said.status == 3
    assert "laptop-7.corp.example.com" in said.out
    problems = said.out.partition("Could not be asked:")[2]
    assert "branch" in problems
    assert "NOT_THERE" in problems
    assert "main" not in problems


def two_tenants(search: Searcher, folder: Path, reference: str = "env:SEARCH_SECRET") -> Path:
    """A file of tenants, of which the second one logs in with this."""
    entries = [("main", search.tenant.profiles[0], "env:SEARCH_SECRET"), ("branch", SECOND, reference)]
    lines = [
        f"- alias: {alias}\n  tenant_id: {profile.tenant_id}\n"
        f"  client_id: {profile.client_id}\n  client_secret: {secret}\n"
        for alias, profile, secret in entries
    ]
    path = folder / "tenants.yaml"
    path.write_text("".join(lines))
    return path


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ([], "nothing to search for"),
        (["10.0.0.0/8"], "10.0.0.0/8 is a range"),
        (["bad.example", "--days", "0"], "--days"),
        (["bad.example", "--days", "181"], "at most 180"),
        (["bad.example", "--kind", "sha1"], "is not a SHA-1 hash"),
        (["bad.example", "--cloud", "china"], "china"),
    ],
    ids=["no-value", "range", "no-days", "too-many-days", "other-kind", "china"],
)
def test_what_cannot_be_is_a_usage_error(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    login = ["--tenant_id", SECOND.tenant_id, "--client_id", SECOND.client_id, "--client_secret", "env:X"]
    assert main(["search", *args, *login]) == 2
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""


@pytest.mark.parametrize("columns", ["60", "80", "100", "200"])
def test_an_address_is_never_broken(searcher: Search, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    search = searcher()
    monkeypatch.setenv("COLUMNS", columns)
    internal = "fd12:3456:789a:bcde:f012:3456:789a:bcde"
    name = "a-very-long-name-of-a-machine.corp.example.com"
    search.tenant.seed_machines([machine("d4" * 20, name, internal, "203.0.113.70")])
    said = search("203.0.113.70")
    assert said.status == 0
    assert internal in said.out
    assert "203.0.113.70" in said.out.partition("Devices:")[2]
    assert max(map(len, said.out.splitlines())) <= int(columns)


def test_machines_with_the_same_name_are_told_apart(searcher: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    search = searcher()
    monkeypatch.setenv("COLUMNS", "80")
    twin = machine("e5" * 20, "LAPTOP-7", "10.1.2.8", "203.0.113.8")
    again = machine("f6" * 20, "LAPTOP-7", "10.1.2.10", "203.0.113.10")
    search.tenant.seed_machines([twin, again])
    said = search("laptop-7")
    assert "Devices: 3" in said.out
    assert "laptop-7.corp.example.com" in said.out, "not its first label alone"
    assert "e5e5e5e5…" in said.out
    assert "f6f6f6f6…" in said.out


@pytest.mark.parametrize("columns", ["60", "80", "100", "200"])
def test_tables_fit_the_terminal(searcher: Search, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    search = searcher()
    monkeypatch.setenv("COLUMNS", columns)
    said = search("203.0.113.66", "bad.example", "dropper.exe", SHA1)
    assert max(map(len, said.out.splitlines())) <= int(columns)
    assert "laptop-7" in said.out
    assert ("laptop-7.corp.example.com" in said.out) == (int(columns) >= 100)
    assert (LAPTOP[:8] in said.out) == (int(columns) >= 100)
    assert (LAPTOP in said.out) == (int(columns) >= 150)


def test_a_service_that_does_not_answer_is_waited_for_once(
    searcher: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = searcher()
    monkeypatch.setattr("iocbeam.cli.search.session._PATIENCE", 3.0)
    search.tenant.faults.add(Fault("/api/*", DropBefore()))
    said = search("203.0.113.66", "bad.example")
    assert said.status == 3, "hunting answers"
    assert "spoke to it" in said.out
    assert {call for call in search.asked if call != HUNT} == {"/api/ips/203.0.113.66/stats"}
    assert "Devices: could not be asked." in said.out
