"""The tenant's own tables of what a request may send, held to the schemas in the shared folder."""

from __future__ import annotations

import copy
import json

import pytest

from iocbeam.local_tenant import GraphProfile
from iocbeam.local_tenant.graph.errors import GraphError
from iocbeam.local_tenant.graph.json_shapes import Choice, ListOf, Record, Tagged
from iocbeam.local_tenant.graph.location_rules import LocationRules
from iocbeam.local_tenant.graph.policy_rules import PolicyRules
from iocbeam.local_tenant.graph.policy_shapes import policy_shape

GUID = "4628e7df-dff3-407c-a08f-75f08c0806dc"
CLOUD_DIFFERENCES = {
    "global": None,
    "gcc": None,
    "gcc_high": "usGov_Fairfax",
    "dod": "usGov_Fairfax",
    "china": "china_Mooncake",
}
FUTURE = "unknownFutureValue"


@pytest.fixture(scope="module")
def schemas(shared):
    return json.loads((shared / "schemas" / "graph-schemas.json").read_text())


@pytest.fixture(scope="module")
def allows(schemas):
    """Whether a strict schema allows a body."""
    jsonschema = pytest.importorskip(
        "jsonschema", reason="pip install jsonschema to hold the tables to the schemas"
    )
    strict = schemas["x-strictRequestSchemas"]
    checks = {name: jsonschema.Draft202012Validator(schema).is_valid for name, schema in strict.items()}
    return lambda name, body: checks[name](body)


def takes(rules, *arguments):
    try:
        rules(*arguments)
    except GraphError:
        return False
    return True


# The whole schema of the service: names and values


def types_of(schemas, cloud):
    """Properties and enumerations of the service, by type, as one cloud has them."""
    difference = schemas["x-cloudDifferences"].get(CLOUD_DIFFERENCES[cloud] or "", {"memberDifferences": {}})
    members = {}
    for name in schemas["components"]["schemas"]:
        missing = difference["memberDifferences"].get(name, {"missing": ()})["missing"]
        members[name.removeprefix("microsoft.graph.")] = members_of(schemas, name) - set(missing) - {FUTURE}
    return members


def members_of(schemas, name):
    """Properties of a type and of what it is derived from, or the values of an enumeration."""
    schema = schemas["components"]["schemas"][name]
    names = {*schema.get("enum", ()), *schema.get("properties", ())}
    for part in schema.get("allOf", ()):
        names |= {*part.get("properties", ())}
        if "$ref" in part:
            names |= members_of(schemas, part["$ref"].rpartition("/")[2])
    return names


def at(shape, *names):
    for name in names:
        shape = shape.by_tag[name] if isinstance(shape, Tagged) else shape.fields[name]
        if isinstance(shape, ListOf):
            shape = shape.item
    return shape


TENANTS = "#microsoft.graph.conditionalAccess{}ExternalTenants"
GUESTS = ("conditions", "users", "includeGuestsOrExternalUsers")
PLACES = {
    ("conditions",): "conditionalAccessConditionSet",
    ("conditions", "applications"): "conditionalAccessApplications",
    ("conditions", "applications", "applicationFilter"): "conditionalAccessFilter",
    ("conditions", "applications", "applicationFilter", "mode"): "filterMode",
    ("conditions", "users"): "conditionalAccessUsers",
    GUESTS: "conditionalAccessGuestsOrExternalUsers",
    (*GUESTS, "guestOrExternalUserTypes"): "conditionalAccessGuestOrExternalUserTypes",
    (*GUESTS, "externalTenants", TENANTS.format("All")): "conditionalAccessAllExternalTenants",
    (*GUESTS, "externalTenants", TENANTS.format("Enumerated")): "conditionalAccessEnumeratedExternalTenants",
    ("conditions", "locations"): "conditionalAccessLocations",
    ("conditions", "platforms"): "conditionalAccessPlatforms",
    ("conditions", "platforms", "includePlatforms"): "conditionalAccessDevicePlatform",
    ("conditions", "platforms", "excludePlatforms"): "conditionalAccessDevicePlatform",
    ("conditions", "clientAppTypes"): "conditionalAccessClientApp",
    ("conditions", "devices"): "conditionalAccessDevices",
    ("conditions", "clientApplications"): "conditionalAccessClientApplications",
    ("conditions", "authenticationFlows"): "conditionalAccessAuthenticationFlows",
    ("conditions", "authenticationFlows", "transferMethods"): "conditionalAccessTransferMethods",
    ("grantControls",): "conditionalAccessGrantControls",
    ("grantControls", "builtInControls"): "conditionalAccessGrantControl",
    ("sessionControls",): "conditionalAccessSessionControls",
    ("sessionControls", "applicationEnforcedRestrictions"): "applicationEnforcedRestrictionsSessionControl",
    ("sessionControls", "cloudAppSecurity"): "cloudAppSecuritySessionControl",
    ("sessionControls", "cloudAppSecurity", "cloudAppSecurityType"): "cloudAppSecuritySessionControlType",
    ("sessionControls", "persistentBrowser"): "persistentBrowserSessionControl",
    ("sessionControls", "persistentBrowser", "mode"): "persistentBrowserSessionMode",
    ("sessionControls", "secureSignInSession"): "secureSignInSessionControl",
    ("sessionControls", "signInFrequency"): "signInFrequencySessionControl",
    ("sessionControls", "signInFrequency", "type"): "signinFrequencyType",
    ("sessionControls", "signInFrequency", "authenticationType"): "signInFrequencyAuthenticationType",
    ("sessionControls", "signInFrequency", "frequencyInterval"): "signInFrequencyInterval",
    ("state",): "conditionalAccessPolicyState",
}
RISKS = {
    ("conditions", "userRiskLevels"): "riskLevel",
    ("conditions", "signInRiskLevels"): "riskLevel",
    ("conditions", "servicePrincipalRiskLevels"): "riskLevel",
    ("conditions", "insiderRiskLevels"): "conditionalAccessInsiderRiskLevels",
}


@pytest.mark.parametrize("cloud", CLOUD_DIFFERENCES)
def test_every_table_has_the_names_and_values_of_its_type(schemas, cloud):
    types = types_of(schemas, cloud)
    shape = policy_shape(cloud)
    for place, name in {**PLACES, **({} if cloud == "china" else RISKS)}.items():
        found = at(shape, *place)
        assert isinstance(found, Record | Choice), place
        assert set(found.fields if isinstance(found, Record) else found.values) == types[name], place


@pytest.mark.parametrize("cloud", CLOUD_DIFFERENCES)
def test_policy_and_location_have_the_properties_of_their_types(schemas, cloud):
    types = types_of(schemas, cloud)
    profile = GraphProfile(cloud=cloud)
    gone = set() if CLOUD_DIFFERENCES[cloud] is None else {"deletedDateTime"}
    assert PolicyRules(profile).entity({}, 0).keys() == types["conditionalAccessPolicy"] - gone
    for name in ("ipNamedLocation", "countryNamedLocation"):
        entity = LocationRules(profile).entity({"@odata.type": f"#microsoft.graph.{name}"}, 0)
        assert entity.keys() == types[name] - gone


# The strict schemas of requests: whatever the tenant takes, they allow


VALUES = (
    *(
        None,
        True,
        False,
        0,
        1,
        "",
        "x",
        "all",
        "All",
        "None",
        "none",
        [],
        {},
        ["x"],
        [""],
        {"x": "y"},
        [None],
        ...,
    ),
    *(["All"], ["all"], ["None"], [GUID], ["browser"], ["iOS"], ["block"], ["mfa", "mfa"], ["high"], "enabled"),
    *("1.2.3.4/32", "1.2.3.4", "1.2.3.4/7", "1.2.3.4/33", "2001:db8::/32", "2001:db8::/129", "OR", "Enabled"),
    *("#microsoft.graph.iPv4CidrRange", "#microsoft.graph.iPv6CidrRange", "#microsoft.graph.ipNamedLocation"),
    *("#microsoft.graph.countryNamedLocation", "#microsoft.graph.conditionalAccessPolicy"),
)


def places(body):
    """Where each part of a body is, the outermost first."""
    found = [()]
    for place in found:
        part = body
        for name in place:
            part = part[name]
        if isinstance(part, dict):
            found += [(*place, name) for name in part]
        elif isinstance(part, list):
            found += [(*place, number) for number in range(len(part))]
    return found


def mutated(body):
    """Every body that has another value in one place, or nothing there, or one property more."""
    for place in places(body):
        for value in VALUES:
            other = copy.deepcopy(body)
            part = other
            for name in place[:-1]:
                part = part[name]
            if not place:
                other["more"] = value
            elif value is ...:
                del part[place[-1]]
            else:
                part[place[-1]] = value
            yield {} if other.get("more") is ... else other


LOCATION = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "displayName": "a",
    "isTrusted": False,
    "ipRanges": [
        {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "198.51.100.0/24"},
        {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2001:db8::/32"},
    ],
}
POLICY = {
    "displayName": "a",
    "description": "b",
    "state": "disabled",
    "conditions": {
        "clientAppTypes": ["all"],
        "applications": {"includeApplications": ["All"], "excludeApplications": [], "includeUserActions": []},
        "users": {"includeUsers": ["All"], "excludeGroups": [GUID], "includeGuestsOrExternalUsers": None},
        "locations": {"includeLocations": ["All"], "excludeLocations": []},
        "platforms": {"includePlatforms": ["all"], "excludePlatforms": ["linux"]},
        "signInRiskLevels": ["high"],
        "userRiskLevels": [],
        "insiderRiskLevels": None,
        "devices": None,
    },
    "grantControls": {"operator": "OR", "builtInControls": ["block"], "termsOfUse": []},
    "sessionControls": None,
}


def test_location_that_is_taken_is_allowed_by_the_schema(allows):
    rules = LocationRules(GraphProfile())
    old = rules.entity(LOCATION, 0)
    created = [body for body in mutated(LOCATION) if takes(rules.created, body, "1", 0.0)]
    updated = [body for body in mutated(LOCATION) if takes(rules.updated, old, body, 0.0)]
    assert min(len(created), len(updated)) > 20
    assert [body for body in created if not allows("IpNamedLocationCreate", body)] == []
    assert [body for body in updated if not allows("IpNamedLocationUpdate", body)] == []


def test_policy_that_is_taken_is_allowed_by_the_schema(allows):
    rules = PolicyRules(GraphProfile())
    old = rules.entity(POLICY, 0)
    created = [body for body in mutated(POLICY) if takes(rules.created, body, "1", 0.0)]
    updated = [body for body in mutated(POLICY) if takes(rules.updated, old, body, 0.0)]
    assert min(len(created), len(updated)) > 50
    assert [body for body in created if not allows("ConditionalAccessPolicyCreate", body)] == []
    assert [body for body in updated if not allows("ConditionalAccessPolicyUpdate", body)] == []


def test_well_formed_location_that_the_schema_allows_is_taken(allows):
    """The schema's patterns are wider than addresses: nothing else may be refused beyond it."""
    rules = LocationRules(GraphProfile())
    refused = [body for body in mutated(LOCATION) if not takes(rules.created, body, "1", 0.0)]
    for body in filter(lambda body: allows("IpNamedLocationCreate", body), refused):
        assert any(wrong_family(item) for item in body["ipRanges"])


def wrong_family(item):
    is_ipv6 = ":" in item["cidrAddress"]
    return is_ipv6 is not item["@odata.type"].endswith("iPv6CidrRange")


@pytest.mark.parametrize("name", ["IpNamedLocationCreate", "IpNamedLocationUpdate"])
def test_the_whole_location_is_taken_and_allowed(allows, name):
    assert allows(name, LOCATION)
    rules = LocationRules(GraphProfile())
    assert takes(rules.created, LOCATION, "1", 0.0)
    assert takes(rules.updated, rules.entity(LOCATION, 0), LOCATION, 0.0)


@pytest.mark.parametrize("name", ["ConditionalAccessPolicyCreate", "ConditionalAccessPolicyUpdate"])
def test_the_whole_policy_is_taken_and_allowed(allows, name):
    assert allows(name, POLICY)
    rules = PolicyRules(GraphProfile())
    assert takes(rules.created, POLICY, "1", 0.0)
    assert takes(rules.updated, rules.entity(POLICY, 0), POLICY, 0.0)


def test_one_range_too_many_is_refused_by_both(allows):
    ranges = [LOCATION["ipRanges"][0]] * 2001
    rules = LocationRules(GraphProfile())
    for count in (2000, 2001):
        body = {**LOCATION, "ipRanges": ranges[:count]}
        assert takes(rules.created, body, "1", 0.0) is allows("IpNamedLocationCreate", body) is (count == 2000)
