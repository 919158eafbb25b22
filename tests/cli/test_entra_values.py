"""The options of Entra: Graph's own spelling comes out, what others call it goes in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iocbeam.cli.options.tables import ENTRA
from iocbeam.cli.values.command_line import parse
from iocbeam.cli.values.config import with_config
from iocbeam.model.errors import UsageError

ONE = "0d6c1f52-8b1e-4a37-9d4e-6c1a5e0f7b21"
TWO = "3b8a7e64-2f90-4c1d-8e57-91d0c6a4f852"


def given(*argv: str) -> dict[str, Any]:
    return parse(argv, ENTRA.all).values


def configured(text: str) -> dict[str, Any]:
    Path("c.yaml").write_text(text)
    return with_config({"config": "c.yaml"}, ENTRA.all)


def refusal(*argv: str) -> str:
    with pytest.raises(UsageError) as caught:
        parse(argv, ENTRA.all)
    return str(caught.value)


@pytest.mark.parametrize(
    ("option", "label", "value"),
    [
        ("include_platforms", "Mac OS", "macOS"),
        ("include_platforms", "Windows Phone", "windowsPhone"),
        ("exclude_platforms", "ios", "iOS"),
        ("exclude_platforms", "LINUX", "linux"),
        ("include_platforms", "All", "all"),
        ("include_platforms", "Any device", "all"),
        ("client_app_types", "Mobile Apps and Desktop Clients", "mobileAppsAndDesktopClients"),
        ("client_app_types", "Exchange ActiveSync Clients", "exchangeActiveSync"),
        ("client_app_types", "exchange_active_sync", "exchangeActiveSync"),
        ("client_app_types", "Other Clients", "other"),
        ("client_app_types", "Browser", "browser"),
        ("client_app_types", "ALL", "all"),
        ("sign_in_risk", "No risk", "none"),
        ("sign_in_risk", "High", "high"),
        ("include_apps", "Office 365 Applications Suite", "Office365"),
        ("include_apps", "Office 365", "Office365"),
        ("exclude_apps", "Microsoft Admin Portals", "MicrosoftAdminPortals"),
        ("include_apps", "all", "All"),
        ("include_apps", "none", "None"),
        ("include_apps", TWO.upper(), TWO),
        ("include_users", "Guests or external users", "GuestsOrExternalUsers"),
        ("exclude_users", "guests-or-external-users", "GuestsOrExternalUsers"),
        ("include_users", "All users", "All"),
        ("include_groups", ONE.upper(), ONE),
        ("exclude_roles", f" {ONE} ", ONE),
        ("adopt_location", ONE, ONE),
    ],
)
def test_labels_and_ids_of_lists(option: str, label: str, value: str) -> None:
    assert given(f"--{option}={label}") == {option: (value,)}


@pytest.mark.parametrize(
    ("option", "label", "value"),
    [
        ("location_mode", "Replace", "replace"),
        ("location_mode", "clear", "replace"),
        ("location_mode", "Keep", "merge"),
        ("policy_state", "On", "enabled"),
        ("policy_state", "off", "disabled"),
        ("policy_state", "Report only", "report_only"),
        ("policy_state", "report-only", "report_only"),
        ("policy_state", "enabledForReportingButNotEnforced", "report_only"),
        ("policy_id", ONE.upper(), ONE),
        ("cloud", "China 21Vianet", "china"),
    ],
)
def test_labels_of_single_values(option: str, label: str, value: str) -> None:
    assert given(f"--{option}", label) == {option: value}


@pytest.mark.parametrize(
    ("argv", "values"),
    [
        (["--exclude_users", f"{ONE},{TWO}", ONE.upper()], {"exclude_users": (ONE, TWO)}),
        (["--exclude_users", ONE, "--exclude_users", TWO], {"exclude_users": (ONE, TWO)}),
        (["--my_address", "1.2.3.4, 5.6.7.9/8", "2001:DB8::1"],
         {"my_address": ("1.2.3.4", "5.6.7.9/8", "2001:DB8::1")}),
        (["--location_trusted"], {"location_trusted": True}),
        (["--location_trusted=false"], {"location_trusted": False}),
        ([], {}),
        (["--location_name", "Feed, blocked"], {"location_name": "Feed, blocked"}),
        (["--max_locations", "7", "--exclude_location"], {"max_locations": 7, "exclude_location": True}),
    ],
)  # fmt: skip
def test_forms(argv: list[str], values: dict[str, Any]) -> None:
    assert given(*argv) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("policy_state: On\n", {"policy_state": "enabled"}),
        ("policy_state: off\n", {"policy_state": "disabled"}),
        ("location_trusted: no\n", {"location_trusted": False}),
        ("include_users: None\n", {"include_users": ("None",)}),
        (f"include_apps: [Office 365, {TWO}]\n", {"include_apps": ("Office365", TWO)}),
        ("my_address: 1.2.3.4, 5.6.7.8\n", {"my_address": ("1.2.3.4", "5.6.7.8")}),
        ("client_app_types: [Browser, Other Clients]\n", {"client_app_types": ("browser", "other")}),
    ],
)
def test_values_of_a_configuration(text: str, values: dict[str, Any]) -> None:
    assert configured(text) == values


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--include_users", "bob@contoso.example"],
         ["--include_users", "'bob@contoso.example'", "All, None, GuestsOrExternalUsers", "id", "xxxxxxxx-"]),
        (["--exclude_users", "All"], ["--exclude_users", "'All'", "none of GuestsOrExternalUsers and no id"]),
        (["--include_groups", "All"], ["--include_groups", "'All' is no id"]),
        (["--include_roles", "Global Administrator"], ["--include_roles", "'Global Administrator' is no id"]),
        (["--exclude_apps", "None"], ["--exclude_apps", "'None'", "Office365, MicrosoftAdminPortals"]),
        (["--include_apps", f"{{{ONE}}}"], ["--include_apps", "is none of"]),
        (["--adopt_location", "Feed"], ["--adopt_location", "'Feed'"]),
        (["--policy_id", "Block feed"], ["--policy_id", "'Block feed' is no id"]),
        (["--include_platforms", "BeOS"], ["--include_platforms", "'BeOS'", "all, android, iOS", "linux"]),
        (["--client_app_types", "None"], ["--client_app_types", "'None'", "easSupported"]),
        (["--sign_in_risk", "All"], ["--sign_in_risk", "'All'", "low, medium, high, hidden, none"]),
        (["--policy_state", "perhaps"], ["--policy_state", "'perhaps'", "enabled, disabled, report_only"]),
        (["--location_mode", "append"], ["--location_mode", "'append'", "replace, merge"]),
        (["--my_address", "1.2.3.4-1.2.3.9"], ["--my_address", "'1.2.3.4-1.2.3.9' is not an address", "RANGE"]),
        (["--my_address", "1.2.3.4/33"], ["--my_address", "'1.2.3.4/33'"]),
        (["--my_address", "\x1b[31m"], ["--my_address", "\\x1b[31m"]),
        (["--my_address", ","], ["--my_address", "needs a value"]),
        (["--exclude_groups", ","], ["--exclude_groups", "needs a value", "Write --exclude_groups ID."]),
        (["--include_users"], ["--include_users", "needs a value"]),
        (["--location_trusted=perhaps"], ["--location_trusted", "neither true nor false"]),
        (["--defender_url", "https://d"], ["--defender_url", "not an option"]),
        (["--action", "Block"], ["--action", "not an option"]),
    ],
)  # fmt: skip
def test_refusals_name_option_value_and_what_is_allowed(argv: list[str], words: list[str]) -> None:
    message = refusal(*argv)
    assert [word for word in words if word not in message] == []
    assert message.isprintable()


def test_a_wrong_range_of_a_configuration_has_its_place() -> None:
    with pytest.raises(UsageError, match=r"--my_address: '1\.2\.3' is not .*\(c\.yaml, line 2\)"):
        configured("location_name: Feed\nmy_address: [1.2.3]\n".replace("1.2.3", "'1.2.3'"))


def test_a_truth_value_is_no_state_where_there_is_no_on_and_off() -> None:
    with pytest.raises(UsageError, match=r"--location_mode is not a text to YAML"):
        configured("location_mode: on\n")
