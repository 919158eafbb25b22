"""What plans send is what Graph takes, by two independent descriptions of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from entra_plan_help import ADA, APP, BOB, GROUP, RICH, ROLE, Graph, desired, evens, guid, settings
from graph_models import left_over, schema_errors

from iocbeam.local_tenant.graph.profile import Cloud
from iocbeam.model.entra_plan import LocationChange
from iocbeam.model.settings.entra import PolicySettings
from iocbeam.planning.entra.graph_bodies import location_body, with_ids

EVERYTHING: dict[str, Any] = {
    "include_apps": ("Office365", APP),
    "exclude_apps": ("MicrosoftAdminPortals",),
    "client_app_types": ("browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"),
    "include_platforms": ("android", "iOS", "windows", "windowsPhone", "macOS", "linux"),
    "exclude_platforms": ("linux",),
    "include_users": (ADA, "GuestsOrExternalUsers"),
    "exclude_users": (BOB,),
    "include_groups": (GROUP,),
    "exclude_groups": (guid(1),),
    "include_roles": (ROLE,),
    "exclude_roles": (guid(2),),
    "state": "enabled",
}
RISKS: dict[str, Any] = {"sign_in_risk": ("low", "medium", "high", "hidden", "none")}


def given(cloud: Cloud = "global", **options: Any) -> Any:
    location = {name: options.pop(name) for name in ("excluded", "trusted", "max_locations") if name in options}
    return settings(PolicySettings(name="Block IOC", **options), cloud=cloud, **location)


def life(cloud: Cloud) -> Graph:
    """Everything that plans do, one after the other."""
    graph, all_options = Graph(cloud=cloud), {**EVERYTHING, **({} if cloud == "china" else RISKS)}
    graph.run(desired("45.9.1.2", "2a02:6b8::/32"), given(cloud, include_apps=("All",)))
    graph.run(desired(*evens(2_050), "2a02:6b8::/33"), given(cloud, **all_options))
    graph.run(desired(*evens(1_900)), given(cloud, trusted=True))
    graph.run(desired(ended=evens(2_000)), given(cloud, recreate=True, exclude_users=(guid(3),)))
    graph.run(desired("45.9.1.2"), given(cloud, trusted=False))
    return graph


def found_by_hand() -> Graph:
    """A policy with all that an administrator can set, changed in place and by a copy."""
    graph = Graph()
    graph.policy(include=[graph.location("IOC", "45.9.1.2/32")], **RICH)
    graph.run(desired("45.9.1.2"), given(exclude_users=(BOB,)))
    graph.run(desired("45.9.1.2"), given(recreate=True, exclude_roles=(ROLE,)))
    return graph


def around() -> Graph:
    graph = Graph()
    graph.run(desired(*evens(2_001)), given(excluded=True, include_apps=("All",), accept_lockout_risk=True))
    return graph


@pytest.mark.parametrize(
    "graph",
    [
        pytest.param(lambda: life("global"), id="global"),
        pytest.param(lambda: life("gcc_high"), id="US government"),
        pytest.param(lambda: life("china"), id="China"),
        pytest.param(found_by_hand, id="made by hand"),
        pytest.param(around, id="around the locations"),
    ],
)
def test_every_body_is_one_that_graph_takes(graph: Any, shared: Path) -> None:
    bodies = graph().bodies
    assert {name for name, _ in bodies} <= {
        "IpNamedLocationCreate",
        "IpNamedLocationUpdate",
        "ConditionalAccessPolicyCreate",
        "ConditionalAccessPolicyUpdate",
    }
    assert bodies
    for name, body in bodies:
        assert schema_errors(body, name, shared) == []
        assert left_over(body) == {}


def test_a_location_is_sent_with_what_changes_and_its_type() -> None:
    change = LocationChange("update", guid(1), "IOC", ("9.9.9.0/24",), False, ("isTrusted",), (), ())
    kind = "#microsoft.graph.ipNamedLocation"
    assert location_body(change) == {"@odata.type": kind, "isTrusted": False}
    items = [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "9.9.9.0/24"}]
    assert location_body(change._replace(fields=("ipRanges",))) == {"@odata.type": kind, "ipRanges": items}


def test_names_in_a_policy_are_replaced_by_ids_and_those_without_one_are_given_back() -> None:
    locations = {
        "@odata.type": "#microsoft.graph.conditionalAccessLocations",
        "includeLocations": [guid(1), "location:IOC (2)", "location:IOC (3)"],
        "excludeLocations": ["AllTrusted"],
    }
    body = {"conditions": {"locations": locations}, "state": "enabled"}
    made, missing = with_ids(body, {"IOC (2)": guid(2)})
    assert made["conditions"]["locations"] == {
        **locations,
        "includeLocations": [guid(1), guid(2)],
    }
    assert missing == ("IOC (3)",)
    assert locations["includeLocations"] == [guid(1), "location:IOC (2)", "location:IOC (3)"]
    assert with_ids({"state": "enabled"}, {}) == ({"state": "enabled"}, ())
