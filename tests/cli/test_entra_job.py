from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iocbeam.cli.jobs.job import entra_job, sync_job
from iocbeam.cli.options.source_options import SERVICE_OPTIONS
from iocbeam.cli.options.tables import ENTRA, SYNC, JobOptions
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.config import with_config
from iocbeam.model.errors import UsageError
from iocbeam.model.settings.entra import EntraJob, EntraTenantSettings, PolicySettings
from iocbeam.model.settings.sync import SyncJob

NOW = 1_795_310_100
ONE = "0d6c1f52-8b1e-4a37-9d4e-6c1a5e0f7b21"
TWO = "3b8a7e64-2f90-4c1d-8e57-91d0c6a4f852"
RUN = ["--collection=feed", "--input=a.jsonl", "--location_name=Feed"]
DRY = [*RUN, "--dry_run"]
POLICY = ["--policy_name=Block feed"]
LOGIN = ["--tenant_id=t", "--client_id=c", "--client_secret=env:S"]


def values_of(argv: tuple[str, ...], options: JobOptions) -> dict[str, Any]:
    return with_config(parse(argv, options.all).values, options.all)


def job(*argv: str, **more: Any) -> EntraJob:
    return entra_job(values_of(argv, ENTRA), now=NOW, run_id="r", **more)


def tenant(*argv: str) -> EntraTenantSettings:
    (only,) = job(*DRY, *argv).tenants
    return only


def policy(*argv: str) -> PolicySettings:
    found = tenant(*POLICY, *argv).policy
    assert found is not None
    return found


def sync(*argv: str, **more: Any) -> SyncJob:
    return sync_job(values_of(argv, SYNC), now=NOW, run_id="r", **more)


def refusal(*argv: str, options: JobOptions = ENTRA) -> str:
    with pytest.raises(UsageError) as caught:
        (job if options is ENTRA else sync)(*argv)
    return str(caught.value)


def test_defaults() -> None:
    made = job(*DRY)
    assert (made.run.job, made.run.collection, made.run.dry_run, made.run.replay) == ("entra", "feed", True, False)
    assert (made.run.run_id, made.run.started_at, made.output) == ("r", NOW, "iocbeam-out")
    assert made.intake.inputs == ("a.jsonl",)
    (only,) = made.tenants
    assert (only.tenant_id, only.notices, only.policy, only.default_severity) == ("dry_run", (), None, "Medium")
    location, limits = only.location, only.limits
    assert (location.name, location.mode, location.trusted, location.excluded) == ("Feed", "replace", None, False)
    assert (location.max_locations, location.adopt, location.my_addresses) == (40, (), ())
    assert (limits.collection, limits.objects_per_run, limits.withdraw) == ("feed", None, True)
    assert (limits.max_withdraw_percent, limits.withdraw_floor, limits.max_rejected_percent) == (20, 50, 50)


def test_what_a_policy_is_not_told_is_not_given() -> None:
    assert policy() == PolicySettings(name="Block feed")


def test_every_option_reaches_the_job() -> None:
    made = job(
        *("--collection=feed", "--input", "a", "b", "--input_format=csv", "--field_map=value=ioc"),
        *("--statuses=New", "--url_without_scheme=https", "--tenant_id=t", "--client_id=c"),
        *("--client_certificate=file:p", "--cloud=dod", "--login_url=https://l", "--graph_url=https://g"),
        *("--graph_scope=s", "--ca_bundle=ca.pem", "--no_tls_verify", "--proxy=http://p", "--output=o"),
        *("--location_name=Feed", "--location_mode=merge", "--location_trusted", "--exclude_location"),
        *("--max_locations=7", f"--adopt_location={ONE},{TWO}", "--my_address", "1.2.3.4", "5.6.0.0/16"),
        *("--policy_name=Block feed", f"--policy_id={ONE}", "--policy_state=On", "--recreate_policy"),
        *("--include_apps=Office365", f"--exclude_apps={TWO}", "--client_app_types=browser,other"),
        *("--include_platforms=windows", "--exclude_platforms=Mac OS", "--sign_in_risk=High,No risk"),
        *(f"--include_users={ONE}", f"--exclude_users={TWO}", f"--include_groups={ONE}"),
        *(f"--exclude_groups={TWO}", f"--include_roles={ONE}", f"--exclude_roles={TWO}"),
        *("--accept_lockout_risk", "--never_block", "x.txt", "y.csv", "--objects_per_run=8", "--no_withdraw"),
        *("--max_withdraw_percent=7", "--withdraw_floor=6", "--max_rejected_percent=5"),
        *("--default_severity=low", "--transforms=acme.transforms:steps"),
    )
    intake, (only,) = made.intake, made.tenants
    connection, location, limits = only.connection, only.location, only.limits
    assert (made.output, made.run.dry_run) == ("o", False)
    assert (intake.inputs, intake.input_format, intake.field_map) == (("a", "b"), "csv", {"value": "ioc"})
    assert (intake.statuses, intake.url_without_scheme) == (("New",), "https")
    assert intake.transforms == ("acme.transforms:steps",)
    assert (connection.tenant_id, connection.client_id, connection.client_certificate) == ("t", "c", "file:p")
    assert (connection.cloud, connection.login_url, connection.graph_url) == ("dod", "https://l", "https://g")
    assert (connection.graph_scope, connection.ca_bundle, connection.verify_tls) == ("s", "ca.pem", False)
    assert (connection.proxy, connection.defender_url) == ("http://p", "")
    assert (location.name, location.mode, location.trusted, location.excluded) == ("Feed", "merge", True, True)
    assert (location.max_locations, location.adopt) == (7, (ONE, TWO))
    assert location.my_addresses == ("1.2.3.4", "5.6.0.0/16")
    assert only.policy == PolicySettings(
        name="Block feed",
        id=ONE,
        state="enabled",
        recreate=True,
        include_apps=("Office365",),
        exclude_apps=(TWO,),
        client_app_types=("browser", "other"),
        include_platforms=("windows",),
        exclude_platforms=("macOS",),
        sign_in_risk=("high", "none"),
        include_users=(ONE,),
        exclude_users=(TWO,),
        include_groups=(ONE,),
        exclude_groups=(TWO,),
        include_roles=(ONE,),
        exclude_roles=(TWO,),
        accept_lockout_risk=True,
    )
    assert (limits.objects_per_run, limits.withdraw) == (8, False)
    assert (limits.max_withdraw_percent, limits.withdraw_floor, limits.max_rejected_percent) == (7, 6, 5)
    assert (only.never_block, only.default_severity, only.alias) == (("x.txt", "y.csv"), "Low", "t")
    assert ["TLS" in notice for notice in only.notices] == [True]
    # A new option must be added above, or nothing holds that it does anything; --tenants and --source have their
    # own tests.
    assert len(ENTRA.all) - len(SERVICE_OPTIONS) == 61


@pytest.mark.parametrize(
    ("argv", "trusted"), [([], None), (["--location_trusted"], True), (["--location_trusted=false"], False)]
)
def test_a_mark_that_is_not_given_is_neither_put_on_nor_taken_off(argv: list[str], trusted: bool | None) -> None:
    assert tenant(*argv).location.trusted is trusted


@pytest.mark.parametrize(
    ("label", "state"),
    [("enabled", "enabled"), ("Off", "disabled"), ("Report only", "enabledForReportingButNotEnforced")],
)
def test_states_are_handed_on_as_graph_spells_them(label: str, state: str) -> None:
    assert policy(f"--policy_state={label}").state == state


@pytest.mark.parametrize(
    ("option", "given", "left", "words"),
    [
        ("include_apps", f"Office365,All,{ONE}", "All", ["--include_apps: All", f"Office365, {ONE} was ignored"]),
        ("include_users", f"All,None,{ONE}", "All", ["--include_users: All", f"None, {ONE} was ignored"]),
        ("include_platforms", "iOS,all", "all", ["--include_platforms: all", "iOS was ignored"]),
        ("client_app_types", "All,Browser", "all", ["--client_app_types: all", "browser was ignored"]),
        ("include_users", f"None,{ONE}", ONE, ["--include_users: None was ignored beside the others."]),
        ("include_apps", f"{ONE},None", ONE, ["--include_apps: None was ignored beside the others."]),
    ],
)
def test_all_stands_alone_and_none_goes_behind_the_others(
    option: str, given: str, left: str, words: list[str]
) -> None:
    made = tenant(*POLICY, f"--{option}={given}")
    assert getattr(made.policy, option) == (left,)
    (notice,) = made.notices
    assert [word for word in words if word not in notice] == []


def test_a_long_list_of_what_is_ignored_is_cut() -> None:
    ids = [f"0d6c1f52-8b1e-4a37-9d4e-{number:012}" for number in range(200)]
    (notice,) = tenant(*POLICY, "--include_users", "All", *ids).notices
    assert "and 195 more" in notice


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("include_apps=All", ("All",)),
        ("include_users=None", ("None",)),
        ("sign_in_risk=none,high", ("none", "high")),
        ("exclude_platforms=all,iOS", ("all", "iOS")),
    ],
)
def test_lists_that_say_one_thing_stay_as_they_are(option: str, words: tuple[str, ...]) -> None:
    made = tenant(*POLICY, f"--{option}")
    assert getattr(made.policy, option.partition("=")[0]) == words
    assert made.notices == ()


@pytest.mark.parametrize(
    "option",
    [
        "policy_state=On", "recreate_policy", "include_apps=All", "exclude_apps=Office365", "client_app_types=all",
        "include_platforms=all", "exclude_platforms=iOS", "sign_in_risk=high", "include_users=All",
        f"exclude_users={ONE}", f"include_groups={ONE}", f"exclude_groups={ONE}", f"include_roles={ONE}",
        f"exclude_roles={ONE}", "accept_lockout_risk",
    ],
)  # fmt: skip
def test_what_a_policy_is_like_needs_a_policy(option: str) -> None:
    message = refusal(*DRY, f"--{option}")
    assert message.startswith(f"--{option.partition('=')[0]}: no policy is named")
    assert "--policy_name or --policy_id" in message
    assert policy(f"--{option}")
    assert tenant(f"--policy_id={ONE.upper()}", f"--{option}").policy


def test_flags_that_are_taken_back_need_no_policy() -> None:
    assert tenant("--recreate_policy=false", "--accept_lockout_risk=false").policy is None


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--input=a", "--location_name=F"], ["--collection", "missing"]),
        (["--collection=feed", "--location_name=F"], ["--input", "missing"]),
        (["--collection=feed", "--input=a", "--dry_run"], ["--location_name is missing.", "finds it again"]),
        (RUN, ["--tenant_id", "missing"]),
        ([*DRY, "--client_id=c"], ["--tenant_id", "missing"]),
        ([*DRY, "--location_name= Feed"], ["--location_name", "blanks"]),
        ([*DRY, "--max_locations=0"], ["--max_locations", "1 or more"]),
        ([*DRY, "--max_locations=196"], ["--max_locations", "195"]),
        ([*DRY, "--exclude_location"], ["--exclude_location", "--policy_name or --policy_id"]),
        ([*DRY, *POLICY, "--cloud=china", "--sign_in_risk=high"], ["--sign_in_risk", "China"]),
        ([*DRY, "--graph_url=https://g/v1.0"], ["--graph_url", "host"]),
        ([*DRY, "--graph_url=http://g"], ["--graph_url", "https://"]),
        ([*DRY, "--withdraw_floor=-1"], ["--withdraw_floor", "0 or more"]),
    ],
)
def test_what_cannot_be_is_refused(argv: list[str], words: list[str]) -> None:
    message = refusal(*argv)
    assert [word for word in words if word not in message] == []


def test_china_is_for_entra_alone() -> None:
    assert tenant("--cloud=21Vianet").connection.cloud == "china"
    message = refusal(*DRY, "--cloud=china", options=SYNC)
    assert "--cloud: Defender" in message
    assert "gcc_high" in message


def test_a_replay_withdraws_nothing() -> None:
    made = job("--collection=feed", "--location_name=Feed", *LOGIN, dead_letters=["out"])
    assert (made.run.replay, made.intake.inputs, made.tenants[0].limits.withdraw) == (True, ("out",), False)


def test_a_sync_is_two_jobs_of_one_run() -> None:
    made = sync(
        *RUN, *LOGIN, *POLICY, "--defender_url=https://d", "--graph_url=https://g", "--action=Block",
        "--capacity=9", "--include_users=All,None", "--objects_per_run=3", "--no_withdraw", "--no_tls_verify",
    )  # fmt: skip
    assert made.defender.run is made.entra.run
    assert made.defender.run.job == "sync"
    assert made.defender.intake is made.entra.intake
    assert made.defender.output == made.entra.output
    (defender,), (entra,) = made.defender.tenants, made.entra.tenants
    assert (defender.alias, defender.tenant_id) == (entra.alias, entra.tenant_id) == ("t", "t")
    assert defender.connection == entra.connection
    assert (defender.connection.defender_url, entra.connection.graph_url) == ("https://d", "https://g")
    assert (defender.classify.network_action, defender.policy.capacity) == ("Block", 9)
    assert (defender.policy.objects_per_run, entra.limits.objects_per_run) == (3, 3)
    assert (defender.policy.withdraw, entra.limits.withdraw) == (False, False)
    assert entra.policy is not None
    assert entra.policy.include_users == ("All",)
    # What is said of one target is said there only.
    assert [len(one.notices) for one in (defender, entra)] == [1, 2]


def test_a_sync_takes_what_defender_and_entra_take() -> None:
    from iocbeam.cli.options.tables import DEFENDER

    of_sentinel = ("sentinel_", "arm_", "targets")
    names = [option.name for option in SYNC.all if not option.name.startswith(of_sentinel)]
    assert sorted(names) == sorted({option.name for option in (*DEFENDER.all, *ENTRA.all)})


TENANTS = f"""\
- alias: Contoso
  tenant_id: a
  location_name: Feed EU
  policy_state: On
  exclude_users: {ONE}
- {{alias: Fabrikam, tenant_id: b, location_trusted: false}}
"""


def test_tenants_of_entra_have_locations_and_policies_of_their_own() -> None:
    Path("t.yaml").write_text(TENANTS)
    made = job(*RUN, *POLICY, "--client_id=c", "--client_secret=env:S", "--tenants=t.yaml", "--policy_state=Off")
    first, second = made.tenants
    assert [one.alias for one in made.tenants] == ["Contoso", "Fabrikam"]
    assert [one.location.name for one in made.tenants] == ["Feed EU", "Feed"]
    assert [one.location.trusted for one in made.tenants] == [None, False]
    assert first.policy is not None
    assert second.policy is not None
    assert (first.policy.state, second.policy.state) == ("enabled", "disabled")
    assert (first.policy.exclude_users, second.policy.exclude_users) == ((ONE,), None)


def test_tenants_of_a_sync_are_the_same_for_both_targets() -> None:
    Path("t.yaml").write_text(TENANTS.replace("b,", "b, capacity: 7, action: Block,"))
    made = sync(*RUN, *POLICY, "--client_id=c", "--client_secret=env:S", "--tenants=t.yaml")
    pairs = list(zip(made.defender.tenants, made.entra.tenants, strict=True))
    assert [(one.alias, one.tenant_id) for one, _ in pairs] == [("Contoso", "a"), ("Fabrikam", "b")]
    assert [(one.alias, one.tenant_id) for _, one in pairs] == [("Contoso", "a"), ("Fabrikam", "b")]
    assert [one.policy.capacity for one, _ in pairs] == [15_000, 7]
    assert [one.location.name for _, one in pairs] == ["Feed EU", "Feed"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("policy_state: On", ["tenant C: --policy_state: no policy is named", "(t.yaml, line 3)"]),
        ("max_locations: 0", ["tenant C: --max_locations must be 1 or more", "(t.yaml, line 3)"]),
        ("my_address: here", ["--my_address", "'here'", "(t.yaml, line 3, tenant C)"]),
        ("include_groups: admins", ["--include_groups", "'admins'", "(t.yaml, line 3, tenant C)"]),
        ("capacity: 7", ["t.yaml, line 3, tenant C: 'capacity' is not an option."]),
        ("collection: x", ["'collection' is the same for all tenants."]),
    ],
)
def test_what_cannot_be_names_the_tenant(entry: str, words: list[str]) -> None:
    Path("t.yaml").write_text(f"- {{alias: A}}\n- {{alias: B}}\n- {{alias: C, {entry}}}\n")
    message = refusal(*DRY, "--tenants=t.yaml")
    assert [word for word in words if word not in message] == []
