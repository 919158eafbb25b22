"""Conditional access policies: creating, reading, changing, deleting, and the rules for their parts."""

from __future__ import annotations

import copy

import pytest

POLICIES = "policies"
ZEROS = "00000000-0000-0000-0000-000000000000"
GUID = "4628e7df-dff3-407c-a08f-75f08c0806dc"
GENERAL = "The server could not process the request because it is malformed or incorrect."


def text_of(answer):
    """The text of a refusal in its default form."""
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == "BadRequest"
    return error["innerError"].get("message", error["message"])


def number(answer):
    """The number of the rule that was broken; 0 when the shape is wrong."""
    head = text_of(answer).partition(":")[0]
    return int(head) if head.isdecimal() else 0


def test_create_fills_in_what_was_left_out(start_graph, policy, clock):
    graph = start_graph(clock=clock)
    answer = graph.post(POLICIES, policy("a name", locations=["All"]))
    assert answer.status_code == 201
    entity = answer.json()
    policy_id = entity.pop("id")
    context = f"{graph.tenant.url}/v1.0/$metadata#identity/conditionalAccess/policies"
    assert entity == {
        "@odata.context": f"{context}/$entity",
        "templateId": None,
        "displayName": "a name",
        "description": None,
        "createdDateTime": "2027-01-15T08:00:00.0000000Z",
        "modifiedDateTime": None,
        "deletedDateTime": None,
        "state": "enabledForReportingButNotEnforced",
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "servicePrincipalRiskLevels": [],
            "insiderRiskLevels": None,
            "clientAppTypes": ["all"],
            "platforms": None,
            "devices": None,
            "clientApplications": None,
            "authenticationFlows": None,
            "locations": {"includeLocations": ["All"], "excludeLocations": []},
            "applications": {
                "includeApplications": ["All"],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [],
                "applicationFilter": None,
            },
            "users": {
                "includeUsers": ["All"],
                "excludeUsers": [GUID],
                "includeGroups": [],
                "excludeGroups": [],
                "includeRoles": [],
                "excludeRoles": [],
                "includeGuestsOrExternalUsers": None,
                "excludeGuestsOrExternalUsers": None,
            },
        },
        "grantControls": {
            "operator": "OR",
            "builtInControls": ["block"],
            "customAuthenticationFactors": [],
            "termsOfUse": [],
            "authenticationStrength@odata.context": (
                f"{context}('{policy_id}')/grantControls/authenticationStrength/$entity"
            ),
            "authenticationStrength": None,
        },
        "sessionControls": None,
    }


def test_read_shows_the_entity_and_keys_that_no_schema_has(graph, policy):
    created = graph.post(POLICIES, policy()).json()
    answer = graph.get(f"{POLICIES}/{created['id']}")
    assert answer.status_code == 200
    shown = answer.json()
    assert shown.pop("@microsoft.graph.tips")
    assert shown == created


def test_answer_cannot_be_sent_back_as_it_is(graph, policy):
    shown = graph.post(POLICIES, policy()).json()
    own = ("@odata.context", "id", "templateId", "createdDateTime", "modifiedDateTime", "deletedDateTime")
    body = {name: value for name, value in shown.items() if name not in own}
    assert number(graph.post(POLICIES, body)) == 0
    del body["grantControls"]["authenticationStrength@odata.context"]
    again = graph.post(POLICIES, body).json()
    assert again["conditions"] == shown["conditions"]


def test_names_are_not_unique(graph, policy):
    assert len({graph.created(POLICIES, policy("same")) for _ in range(2)}) == 2


def changed(body, path, value):
    """A copy of `body` with the part at `path` replaced; `...` takes it away."""
    body = copy.deepcopy(body)
    *parents, name = path.split("/")
    part = body
    for parent in parents:
        part = part.setdefault(parent, {})
    if value is ...:
        del part[name]
    else:
        part[name] = value
    return body


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("displayName", ""),
        ("displayName", None),
        ("state", "Enabled"),
        ("state", "reportOnly"),
        ("state", None),
        ("id", GUID),
        ("templateId", None),
        ("State", "enabled"),
        ("@odata.type", "#microsoft.graph.policy"),
        ("description", 7),
        ("conditions", None),
        ("conditions", []),
        ("conditions/clientAppTypes", []),
        ("conditions/clientAppTypes", None),
        ("conditions/clientAppTypes", ["All"]),
        ("conditions/clientAppTypes", ["browser", "browser"]),
        ("conditions/clientAppTypes", ["unknownFutureValue"]),
        ("conditions/clientAppTypes", "all"),
        ("conditions/deviceStates", None),
        ("conditions/applications/includeApplications", ["all"]),
        ("conditions/applications/includeApplications", ["none"]),
        ("conditions/applications/includeApplications", ["office365"]),
        ("conditions/applications/includeApplications", ["Office 365"]),
        ("conditions/applications/includeApplications", None),
        ("conditions/applications/excludeApplications", ["All"]),
        ("conditions/applications/includeUserActions", ["urn:user:other"]),
        ("conditions/applications/applicationFilter", {"mode": "include"}),
        ("conditions/applications/applicationFilter", {"mode": "Include", "rule": "x"}),
        ("conditions/users/includeUsers", ["all"]),
        ("conditions/users/includeUsers", ["someone@contoso.example"]),
        ("conditions/users/excludeUsers", ["All"]),
        ("conditions/users/includeGroups", ["All"]),
        ("conditions/users/includeRoles", ["Global Administrator"]),
        ("conditions/users/includeDevices", []),
        ("conditions/users/includeGuestsOrExternalUsers", {"guestOrExternalUserTypes": "guest"}),
        ("conditions/users/includeGuestsOrExternalUsers", {"externalTenants": None}),
        ("conditions/platforms", {"includePlatforms": ["All"]}),
        ("conditions/platforms", {"includePlatforms": ["ios"]}),
        ("conditions/platforms", {"includePlatforms": ["mac OS"]}),
        ("conditions/platforms", []),
        ("conditions/locations", {"includeLocations": [""]}),
        ("conditions/locations", {"includeLocations": None}),
        ("conditions/locations", {"include": []}),
        ("conditions/signInRiskLevels", ["High"]),
        ("conditions/userRiskLevels", None),
        ("conditions/insiderRiskLevels", ["minor"]),
        ("conditions/insiderRiskLevels", "minor;moderate"),
        ("conditions/devices", {"deviceFilter": {}}),
        ("conditions/authenticationFlows", {}),
        ("grantControls/operator", "or"),
        ("grantControls/builtInControls", ["Block"]),
        ("grantControls/builtInControls", ["block", "block"]),
        ("grantControls/builtInControls", None),
        ("grantControls/authenticationStrength", GUID),
        ("grantControls/authenticationStrength", {"id": GUID, "displayName": "x"}),
        ("grantControls/authenticationStrength@odata.context", "x"),
        ("sessionControls", {"persistentBrowser": {"mode": "Always"}}),
        ("sessionControls", {"signInFrequency": {"value": True}}),
        ("sessionControls", {"signInFrequency": {"value": "1"}}),
        ("sessionControls", {"other": None}),
    ],
)
def test_wrong_shape_is_refused(graph, policy, path, value):
    assert number(graph.post(POLICIES, changed(policy(), path, value))) == 0
    assert graph.tenant.policies() == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("@odata.type", "#microsoft.graph.conditionalAccessPolicy"),
        ("description", "why"),
        ("conditions/applications/includeApplications", ["None"]),
        ("conditions/applications/includeApplications", ["Office365", "MicrosoftAdminPortals", GUID.upper()]),
        ("conditions/applications", {"includeUserActions": ["urn:user:registerdevice"]}),
        ("conditions/applications", {"includeAuthenticationContextClassReferences": ["c1"]}),
        ("conditions/applications", {"applicationFilter": {"mode": "include", "rule": "x"}}),
        ("conditions/users", {"includeUsers": ["None"]}),
        ("conditions/users", {"includeUsers": ["GuestsOrExternalUsers"]}),
        ("conditions/users", {"includeGroups": [GUID]}),
        ("conditions/users", {"includeRoles": [GUID]}),
        (
            "conditions/users",
            {
                "includeGuestsOrExternalUsers": {
                    "guestOrExternalUserTypes": "internalGuest,serviceProvider",
                    "externalTenants": {
                        "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
                        "membershipKind": "enumerated",
                        "members": [GUID],
                    },
                }
            },
        ),
        ("conditions/clientAppTypes", ["exchangeActiveSync", "other"]),
        ("conditions/platforms", {"includePlatforms": ["all"], "excludePlatforms": ["macOS", "iOS", "linux"]}),
        ("conditions/locations", {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}),
        (
            "conditions/locations",
            {"includeLocations": ["All"], "excludeLocations": [ZEROS]},
        ),
        ("conditions/signInRiskLevels", ["high", "medium"]),
        ("conditions/insiderRiskLevels", "minor,elevated"),
        ("conditions/devices", {"deviceFilter": {"mode": "exclude", "rule": "x"}}),
        ("conditions/authenticationFlows", {"transferMethods": "deviceCodeFlow,authenticationTransfer"}),
        ("grantControls", {"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]}),
        ("grantControls", {"operator": "OR", "termsOfUse": [GUID]}),
        ("grantControls", {"operator": "OR", "authenticationStrength": {"id": GUID}}),
        ("grantControls/authenticationStrength", None),
        ("sessionControls", None),
        ("sessionControls", {"disableResilienceDefaults": True}),
        ("sessionControls", {"persistentBrowser": {"isEnabled": True, "mode": "never"}}),
        ("sessionControls", {"signInFrequency": {"isEnabled": True, "value": 4, "type": "hours"}}),
    ],
)
def test_right_shape_is_taken(graph, policy, path, value):
    body = changed(policy(), path, value)
    answer = graph.post(POLICIES, body)
    assert answer.status_code == 201, answer.text


def test_client_applications_stand_for_users(graph, policy):
    body = changed(policy(), "conditions/users", ...)
    assert number(graph.post(POLICIES, body)) == 1007
    body["conditions"]["clientApplications"] = {"includeServicePrincipals": ["ServicePrincipalsInMyTenant"]}
    assert graph.post(POLICIES, body).status_code == 201


def test_session_control_stands_for_a_grant_control(graph, policy):
    body = changed(policy(), "grantControls", None)
    assert number(graph.post(POLICIES, body)) == 1007
    body["sessionControls"] = {"applicationEnforcedRestrictions": {"isEnabled": True}}
    assert graph.post(POLICIES, body).status_code == 201


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("displayName", ...),
        ("state", ...),
        ("conditions", ...),
        ("conditions/applications", ...),
        ("conditions/applications", None),
        ("conditions/applications", {}),
        ("conditions/applications", {"includeApplications": []}),
        ("conditions/applications", {"excludeApplications": ["Office365"]}),
        ("conditions/clientAppTypes", ...),
        ("conditions/users", ...),
        ("conditions/users", None),
        ("conditions/users", {"includeUsers": [], "includeGroups": []}),
        ("conditions/users", {"excludeUsers": [GUID]}),
        ("grantControls", ...),
        ("grantControls", {"operator": "OR"}),
        ("grantControls", {"operator": "OR", "builtInControls": []}),
    ],
)
def test_missing_part_is_1007(graph, policy, path, value):
    assert number(graph.post(POLICIES, changed(policy(), path, value))) == 1007


def test_applications_together_with_user_actions_are_1012(graph, policy):
    both = {"includeApplications": ["All"], "includeUserActions": ["urn:user:registersecurityinfo"]}
    assert number(graph.post(POLICIES, changed(policy(), "conditions/applications", both))) == 1012
    policy_id = graph.created(POLICIES, policy())
    actions = {"includeUserActions": both["includeUserActions"]}
    path = f"{POLICIES}/{policy_id}"
    assert number(graph.patch(path, {"conditions": {"applications": actions}})) == 1012
    instead = {"includeApplications": [], **actions}
    assert graph.patch(path, {"conditions": {"applications": instead}}).status_code == 204


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("grantControls/operator", None),
        ("grantControls/operator", ...),
        ("grantControls/builtInControls", ["block", "mfa"]),
        ("grantControls/termsOfUse", [GUID]),
        ("grantControls", {"operator": "AND", "builtInControls": ["mfa", "passwordChange"]}),
        ("sessionControls", {}),
        ("sessionControls", {"persistentBrowser": None, "disableResilienceDefaults": None}),
        ("sessionControls", {"persistentBrowser": {"isEnabled": False, "mode": "always"}}),
        ("sessionControls", {"disableResilienceDefaults": False}),
    ],
)
def test_invalid_controls_are_1032(graph, policy, path, value):
    assert number(graph.post(POLICIES, changed(policy(), path, value))) == 1032


@pytest.mark.parametrize(
    ("path", "value", "status"),
    [
        ("state", "disabled", 201),
        ("grantControls/operator", "OR", 400),
        ("grantControls/builtInControls", ["passwordChange"], 400),
        ("grantControls/builtInControls", ["passwordChange", "mfa", "compliantDevice"], 400),
        ("conditions/userRiskLevels", [], 400),
        ("conditions/applications/includeApplications", ["Office365"], 400),
    ],
)
def test_change_of_password_goes_with_what_is_documented(graph, policy, path, value, status):
    body = policy(
        conditions__userRiskLevels=["high"],
        grantControls={"operator": "AND", "builtInControls": ["mfa", "passwordChange"]},
    )
    assert graph.post(POLICIES, changed(body, path, value)).status_code == status


@pytest.mark.parametrize("shape", ["inner_message", "message"])
def test_numbered_text_stands_in_either_place(start_graph, policy, shape):
    graph = start_graph(numbered_errors=shape)
    error = graph.post(POLICIES, changed(policy(), "conditions/users", ...)).json()["error"]
    places = [error["message"], error["innerError"].get("message")]
    numbered = [place is not None and place.startswith("1007: ") for place in places]
    assert numbered == ([False, True] if shape == "inner_message" else [True, False])
    assert (error["message"] == GENERAL) is (shape == "inner_message")


# Changing


def test_patch_answers_204_and_keeps_what_it_leaves_out(start_graph, policy, clock):
    graph = start_graph(clock=clock)
    policy_id = graph.created(POLICIES, policy())
    [before] = graph.tenant.policies()
    clock.now += 60
    answer = graph.patch(f"{POLICIES}/{policy_id}", {"state": "enabled"})
    assert (answer.status_code, answer.content) == (204, b"")
    changes = {"state": "enabled", "modifiedDateTime": "2027-01-15T08:01:00.0000000Z"}
    assert graph.tenant.policies() == [{**before, **changes}]


def test_patch_merges_conditions_and_replaces_collections(graph, policy):
    policy_id = graph.created(POLICIES, policy(locations=["All"]))
    [before] = graph.tenant.policies()
    body = {"conditions": {"signInRiskLevels": ["high"], "clientAppTypes": ["browser"]}}
    assert graph.patch(f"{POLICIES}/{policy_id}", body).status_code == 204
    [after] = graph.tenant.policies()
    assert after["conditions"] == {**before["conditions"], **body["conditions"]}


@pytest.mark.parametrize(("switch", "excluded"), [("merge", [GUID]), ("replace", [])])
def test_patch_of_an_object_in_the_conditions(start_graph, policy, switch, excluded):
    graph = start_graph(nested_patch=switch)
    policy_id = graph.created(POLICIES, policy(locations=["All"]))
    body = {"conditions": {"users": {"includeUsers": ["None"]}}, "grantControls": {"operator": "AND"}}
    answer = graph.patch(f"{POLICIES}/{policy_id}", body)
    if switch == "replace":
        assert number(answer) == 1007  # no control is left
        del body["grantControls"]
        assert graph.patch(f"{POLICIES}/{policy_id}", body).status_code == 204
    [after] = graph.tenant.policies()
    users = after["conditions"]["users"]
    assert (users["includeUsers"], users["excludeUsers"], users["includeRoles"]) == (["None"], excluded, [])
    assert after["conditions"]["locations"]["includeLocations"] == ["All"]
    assert after["grantControls"]["builtInControls"] == ["block"]


def test_patch_with_null_takes_an_object_away(graph, policy):
    policy_id = graph.created(POLICIES, policy(locations=["All"]))
    assert graph.patch(f"{POLICIES}/{policy_id}", {"conditions": {"locations": None}}).status_code == 204
    assert graph.tenant.policies()[0]["conditions"]["locations"] is None


def test_patch_fills_in_an_object_that_was_null(graph, policy):
    policy_id = graph.created(POLICIES, policy())
    body = {"conditions": {"platforms": {"includePlatforms": ["all"]}}}
    assert graph.patch(f"{POLICIES}/{policy_id}", body).status_code == 204
    platforms = graph.tenant.policies()[0]["conditions"]["platforms"]
    assert platforms == {"includePlatforms": ["all"], "excludePlatforms": []}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"state": "Enabled"},
        {"id": GUID},
        {"modifiedDateTime": None},
        {"conditions": None},
        {"conditions": {"clientAppTypes": []}},
        {"conditions": {"applications": {"includeApplications": []}}},
        {"conditions": {"users": None}},
        {"grantControls": None},
        {"grantControls": {"builtInControls": ["block", "mfa"]}},
        {"sessionControls": {}},
    ],
)
def test_patch_that_breaks_a_rule_changes_nothing(graph, policy, body):
    policy_id = graph.created(POLICIES, policy())
    before = graph.tenant.policies()
    assert graph.patch(f"{POLICIES}/{policy_id}", body).status_code == 400
    assert graph.tenant.policies() == before


def test_session_controls_go_with_null_only(graph, policy):
    policy_id = graph.created(POLICIES, policy(sessionControls={"disableResilienceDefaults": True}))
    path = f"{POLICIES}/{policy_id}"
    assert number(graph.patch(path, {"sessionControls": {"disableResilienceDefaults": False}})) == 1032
    assert graph.patch(path, {"sessionControls": None}).status_code == 204
    assert graph.tenant.policies()[0]["sessionControls"] is None


def test_delete_answers_204_once(graph, policy):
    policy_id = graph.created(POLICIES, policy())
    assert graph.remove(f"{POLICIES}/{policy_id}").status_code == 204
    assert graph.get(f"{POLICIES}/{policy_id}").status_code == 404
    assert graph.remove(f"{POLICIES}/{policy_id}").status_code == 404


def test_policies_in_every_state_count_against_the_limit(start_graph, policy):
    graph = start_graph(max_policies=2)
    graph.tenant.seed_policies([{"displayName": "disabled", "state": "disabled"}])
    policy_id = graph.created(POLICIES, policy())
    assert "2 policies" in text_of(graph.post(POLICIES, policy()))
    graph.remove(f"{POLICIES}/{policy_id}")
    assert graph.post(POLICIES, policy()).status_code == 201


# Clouds


@pytest.mark.parametrize(
    "name", ["signInRiskLevels", "userRiskLevels", "servicePrincipalRiskLevels", "insiderRiskLevels"]
)
def test_china_knows_no_risk(start_graph, policy, name):
    graph = start_graph(cloud="china")
    graph.sign_in(scope="https://microsoftgraph.chinacloudapi.cn/.default")
    assert name in text_of(graph.post(POLICIES, policy(**{f"conditions__{name}": []})))
    created = graph.post(POLICIES, policy())
    assert created.status_code == 201
    assert name not in created.json()["conditions"]
    assert f"'{name}'" in text_of(graph.patch(f"{POLICIES}/{created.json()['id']}", {"conditions": {name: []}}))


CLOUD_SCOPES = {
    "gcc": "https://graph.microsoft.com",
    "gcc_high": "https://graph.microsoft.us",
    "dod": "https://dod-graph.microsoft.us",
    "china": "https://microsoftgraph.chinacloudapi.cn",
}


@pytest.mark.parametrize(
    ("grant", "refusing"),
    [
        ({"builtInControls": ["mfa", "passwordChange"]}, {"gcc_high", "dod"}),
        ({"builtInControls": ["mfa", "riskRemediation"]}, {"china"}),
        ({"authenticationStrength": {"id": GUID}}, {"china"}),
        ({"authenticationStrength": None, "builtInControls": ["mfa"]}, {"china"}),
    ],
)
@pytest.mark.parametrize("cloud", CLOUD_SCOPES)
def test_controls_that_a_cloud_does_not_know_are_refused(start_graph, policy, cloud, grant, refusing):
    graph = start_graph(cloud=cloud)
    graph.sign_in(scope=f"{CLOUD_SCOPES[cloud]}/.default")
    body = policy(grantControls={"operator": "AND", **grant})
    if cloud != "china":
        body["conditions"]["userRiskLevels"] = ["high"]
    assert graph.post(POLICIES, body).status_code == (400 if cloud in refusing else 201)


def test_china_shows_no_authentication_strength(start_graph, policy):
    graph = start_graph(cloud="china")
    graph.sign_in(scope="https://microsoftgraph.chinacloudapi.cn/.default")
    grant = graph.post(POLICIES, policy()).json()["grantControls"]
    assert grant.keys() == {"operator", "builtInControls", "customAuthenticationFactors", "termsOfUse"}
