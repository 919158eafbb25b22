"""The two descriptions of a body find what is wrong with it, and nothing in one that is right."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from graph_models import left_over, schema_errors

GUID = "4628e7df-dff3-407c-a08f-75f08c0806dc"
LOCATION: dict[str, Any] = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "displayName": "blocked",
    "isTrusted": False,
    "ipRanges": [
        {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.0/24"},
        {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8::/32"},
    ],
}
POLICY: dict[str, Any] = {
    "displayName": "block them",
    "state": "enabledForReportingButNotEnforced",
    "conditions": {
        "clientAppTypes": ["all"],
        "applications": {"includeApplications": ["All"], "excludeApplications": ["Office365"]},
        "users": {
            "includeUsers": ["All"],
            "excludeUsers": [GUID],
            "excludeGroups": [],
            "excludeGuestsOrExternalUsers": {
                "guestOrExternalUserTypes": "internalGuest,b2bCollaborationGuest",
                "externalTenants": {
                    "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
                    "membershipKind": "enumerated",
                    "members": [GUID],
                },
            },
        },
        "platforms": {"includePlatforms": ["iOS", "macOS"], "excludePlatforms": []},
        "locations": {"includeLocations": [GUID], "excludeLocations": ["AllTrusted"]},
        "signInRiskLevels": ["none", "high"],
        "userRiskLevels": [],
        "insiderRiskLevels": "minor",
        "devices": {"deviceFilter": {"mode": "include", "rule": 'device.model -eq "x"'}},
        "clientApplications": None,
        "authenticationFlows": {"transferMethods": "deviceCodeFlow,authenticationTransfer"},
    },
    "grantControls": {
        "operator": "OR",
        "builtInControls": ["mfa", "compliantDevice"],
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": {"id": GUID},
    },
    "sessionControls": {
        "disableResilienceDefaults": None,
        "signInFrequency": {
            "value": 4,
            "type": "hours",
            "isEnabled": True,
            "authenticationType": "primaryAndSecondaryAuthentication",
            "frequencyInterval": "timeBased",
        },
        "persistentBrowser": {"mode": "never", "isEnabled": True},
    },
}


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with another value at `a.b.0.c`."""
    copied = copy.deepcopy(body)
    *way, last = path.split(".")
    place: Any = copied
    for step in way:
        place = place[int(step) if isinstance(place, list) else step]
    place[int(last) if isinstance(place, list) else last] = value
    return copied


@pytest.mark.parametrize("body", [LOCATION, POLICY, {"state": "disabled"}, {"sessionControls": None}])
def test_nothing_is_left_of_a_body_that_is_right(body: dict[str, Any]) -> None:
    before = copy.deepcopy(body)
    assert left_over(body) == {}
    assert body == before


def test_schemas_take_a_body_that_is_right(shared: Path) -> None:
    assert schema_errors(LOCATION, "IpNamedLocationCreate", shared) == []
    assert schema_errors(LOCATION, "IpNamedLocationUpdate", shared) == []
    assert schema_errors(POLICY, "ConditionalAccessPolicyCreate", shared) == []
    assert schema_errors({"state": "disabled"}, "ConditionalAccessPolicyUpdate", shared) == []
    with pytest.raises(KeyError):
        schema_errors(POLICY, "Policy", shared)


@pytest.mark.parametrize(
    ("path", "value", "left"),
    [
        ("state", "reportOnly", {"state": "reportOnly"}),
        ("state", "Enabled", {"state": "Enabled"}),
        ("conditions.clientAppTypes", ["all", "Browser"], {"conditions.clientAppTypes[1]": "Browser"}),
        ("conditions.platforms.includePlatforms", ["ios"], {"conditions.platforms.includePlatforms[0]": "ios"}),
        ("conditions.signInRiskLevels", ["High"], {"conditions.signInRiskLevels[0]": "High"}),
        ("grantControls.builtInControls", ["Block"], {"grantControls.builtInControls[0]": "Block"}),
    ],
)
def test_another_spelling_of_an_enumeration_is_found(
    shared: Path, path: str, value: object, left: dict[str, Any]
) -> None:
    body = changed(POLICY, path, value)
    assert left_over(body) == left
    assert schema_errors(body, "ConditionalAccessPolicyCreate", shared)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("conditions.users.excludeGuestsOrExternalUsers.guestOrExternalUserTypes", "internalGuest,alien"),
        ("conditions.insiderRiskLevels", "Minor"),
        ("conditions.authenticationFlows.transferMethods", "codeFlow"),
        ("sessionControls.signInFrequency.type", "weeks"),
        ("sessionControls.persistentBrowser.isEnabled", "true"),
        ("conditions.devices.deviceFilter.mode", "omit"),
    ],
)
def test_a_value_that_the_schemas_do_not_look_at_is_found_by_the_model(path: str, value: object) -> None:
    assert left_over(changed(POLICY, path, value)) == {path: value}


@pytest.mark.parametrize("value", [1, "text", None, [GUID], {"deep": {"er": [1, {"x": None}]}}])
@pytest.mark.parametrize("place", ["", "conditions.", "conditions.users.", "grantControls."])
def test_an_unknown_property_is_found_at_any_depth(shared: Path, place: str, value: object) -> None:
    body = changed(POLICY, f"{place}unheard", value)
    assert left_over(body) == {f"{place}unheard": value}
    assert any("unheard" in error for error in schema_errors(body, "ConditionalAccessPolicyCreate", shared))


def test_an_unknown_property_of_a_location_is_found(shared: Path) -> None:
    body = changed(changed(LOCATION, "ipRanges.1.lowerAddress", "192.0.2.1"), "isBlocked", True)
    assert left_over(body) == {"ipRanges[1].lowerAddress": "192.0.2.1", "isBlocked": True}
    errors = schema_errors(body, "IpNamedLocationCreate", shared)
    assert [error.partition(":")[0] for error in errors] == ["$", "$.ipRanges[1]"]


@pytest.mark.parametrize(
    ("path", "value", "left"),
    [
        # One level too high, and one level too deep.
        ("conditions.includeLocations", [GUID], {"conditions.includeLocations": [GUID]}),
        ("includeUsers", ["All"], {"includeUsers": ["All"]}),
        ("conditions.users", {"users": {}}, {"conditions.users.users": {}}),
        # Another kind of value in the right place.
        ("conditions.users", ["All"], {"conditions.users": ["All"]}),
        ("grantControls", ["block"], {"grantControls": ["block"]}),
        ("conditions.clientAppTypes", "all", {"conditions.clientAppTypes": "all"}),
        ("conditions.locations.includeLocations", [[GUID]], {"conditions.locations.includeLocations[0]": [GUID]}),
    ],
)
def test_another_nesting_is_found(shared: Path, path: str, value: object, left: dict[str, Any]) -> None:
    body = changed(POLICY, path, value)
    assert left_over(body) == left
    assert schema_errors(body, "ConditionalAccessPolicyCreate", shared)


@pytest.mark.parametrize("value", ["All", 7])
def test_a_body_that_the_model_cannot_read_is_left_as_a_whole(value: object) -> None:
    body = changed(POLICY, "conditions.users.includeUsers", value)
    assert left_over(body) == {"": body}


def test_a_range_of_no_known_type_is_found(shared: Path) -> None:
    for kind, left in (
        ("#microsoft.graph.cidrRange", {"ipRanges[0].cidrAddress": "198.51.100.0/24"}),
        # The SDK does not mind the case of a type; the schema does.
        ("#microsoft.graph.ipv4CidrRange", {}),
    ):
        body = changed(LOCATION, "ipRanges.0", {**LOCATION["ipRanges"][0], "@odata.type": kind})
        assert left_over(body) == left
        assert schema_errors(body, "IpNamedLocationCreate", shared)


def test_a_location_that_does_not_say_its_type_is_no_location(shared: Path) -> None:
    body = {name: value for name, value in LOCATION.items() if name != "@odata.type"}
    assert left_over(body) == {"isTrusted": False, "ipRanges": LOCATION["ipRanges"]}
    assert schema_errors(body, "IpNamedLocationUpdate", shared) == ["$: '@odata.type' is a required property"]
