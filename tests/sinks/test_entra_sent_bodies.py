"""Every body that the writers send, held against the strict schemas and against Microsoft's own models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from entra_write_help import GROUP, NAME, READER, RICH, ROOT, EntraSite, addresses
from graph_models import left_over, schema_errors

from iocbeam.model.settings.entra import PolicySettings

Start = Callable[..., EntraSite]

SCHEMAS = {
    ("POST", "namedLocations"): "IpNamedLocationCreate",
    ("PATCH", "namedLocations"): "IpNamedLocationUpdate",
    ("POST", "policies"): "ConditionalAccessPolicyCreate",
    ("PATCH", "policies"): "ConditionalAccessPolicyUpdate",
}
EVERY_OPTION = PolicySettings(
    name="Block feed",
    state="disabled",
    include_apps=(READER, "Office365"),
    exclude_apps=(GROUP, "MicrosoftAdminPortals"),
    client_app_types=("browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"),
    include_platforms=("all",),
    exclude_platforms=("android", "iOS", "windows", "windowsPhone", "macOS", "linux"),
    sign_in_risk=("low", "medium", "high", "none"),
    include_users=(READER, "GuestsOrExternalUsers"),
    exclude_users=("GuestsOrExternalUsers",),
    include_groups=(GROUP,),
    exclude_groups=(READER,),
    include_roles=(GROUP,),
    exclude_roles=(READER,),
)
MIXED = ("45.1.1.7", "45.9.8.0/24", "2a00:1450::7", "2a02:6b8::/32")


def plainly(here: EntraSite) -> None:
    here.bring(*MIXED)
    here.bring(*MIXED[1:])


def with_every_option(here: EntraSite) -> None:
    here.given(EVERY_OPTION, trusted=True)
    here.bring(*MIXED)
    here.given(here.with_policy(state="enabledForReportingButNotEnforced"), trusted=False)
    here.bring(*MIXED)


def the_world_but_these(here: EntraSite) -> None:
    here.given(here.with_policy(include_users=("All",), exclude_users=(READER,)), excluded=True)
    here.bring(*MIXED)
    here.bring(*MIXED, "45.2.2.7")


def everything_of_an_administrator(here: EntraSite) -> None:
    grant = {
        "operator": "AND",
        "builtInControls": ["mfa", "compliantDevice"],
        "termsOfUse": [GROUP],
        "authenticationStrength": {"id": READER},
    }
    here.seed_policy(here.seed_location(NAME, "45.1.1.7"), **{**RICH, "grantControls": grant})
    for recreate in (False, True):
        role = (GROUP,) if recreate else (READER,)
        here.given(here.with_policy(exclude_roles=role, recreate=recreate))
        here.bring("45.1.1.7")


def surplus_that_is_trusted(here: EntraSite) -> None:
    big = here.seed_location(NAME, *addresses(5))
    here.seed_policy(big, here.seed_location(f"{NAME} (2)", "45.70.1.7", trusted=True))
    here.bring(*addresses(4), "45.70.1.7")


RUNS = {
    one.__name__: one
    for one in (
        plainly,
        with_every_option,
        the_world_but_these,
        everything_of_an_administrator,
        surplus_that_is_trusted,
    )
}


def bodies(here: EntraSite) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in here.tenant.requests:
        if one.path.startswith(ROOT) and one.body:
            kind = one.path.removeprefix(f"{ROOT}/").partition("/")[0]
            yield SCHEMAS[one.method, kind], orjson.loads(one.body)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
def test_every_body_is_one_that_graph_knows(
    entra: Start, shared: Path, run: Callable[[EntraSite], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = entra()
    # Each write clears the log; all of them are looked at here.
    monkeypatch.setattr(here.tenant, "clear_requests", lambda: None)
    run(here)
    found = list(bodies(here))
    assert len(found) > 1
    assert [one.status for one in here.tenant.requests if one.status >= 400 and one.method != "GET"] == []
    for schema, body in found:
        assert schema_errors(body, schema, shared) == []
        assert left_over(body) == {}


def test_a_location_says_of_every_range_what_it_is_and_a_change_only_what_changes(entra: Start) -> None:
    here = entra()
    here.bring("2a00:1450::7", "45.1.1.7")
    (location,) = (body for schema, body in bodies(here) if schema == "IpNamedLocationCreate")
    assert location == {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "displayName": NAME,
        "isTrusted": False,
        "ipRanges": [
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "45.1.1.7/32"},
            {"@odata.type": "#microsoft.graph.iPv6CidrRange", "cidrAddress": "2a00:1450::7/128"},
        ],
    }
    here.given(trusted=True)
    here.bring("2a00:1450::7", "45.1.1.7")
    assert [body for _, body in bodies(here)] == [
        {"@odata.type": "#microsoft.graph.ipNamedLocation", "isTrusted": True}
    ]


def test_china_gets_no_conditions_that_it_does_not_know(entra: Start, shared: Path) -> None:
    here = entra(cloud="china")
    here.bring("45.1.1.7")
    for schema, body in bodies(here):
        assert schema_errors(body, schema, shared) == []
        assert "signInRiskLevels" not in body.get("conditions", {})
    assert len(here.tenant.policies()) == 1
