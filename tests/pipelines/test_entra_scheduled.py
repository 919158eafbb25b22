"""Scheduled runs beside an administrator: what a person has set stays as it is."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from entra_job_help import READER, EntraSite, addresses, ip_set

from iocbeam.model.settings.entra import PolicySettings

Start = Callable[..., EntraSite]
GROUP = "0f6d1d9d-4c3e-4b51-8a6a-2f0a4b8d9c11"


def without_locations(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy without what runs may change: its locations, and when it was changed."""
    conditions = {name: value for name, value in policy["conditions"].items() if name != "locations"}
    return {**{name: policy[name] for name in policy if name != "modifiedDateTime"}, "conditions": conditions}


def day(number: int, choice: random.Random) -> list[str]:
    """A collection that changes a little from day to day."""
    steady = [f"45.{number % 3 + 9}.{at}.1" for at in range(3)] + [f"45.20.{at}.0/25" for at in range(120)]
    return [*steady, *(f"45.{choice.randrange(30, 60)}.{choice.randrange(255)}.7" for _ in range(5))]


def test_an_enabled_policy_of_an_administrator_survives_ten_scheduled_runs_as_it_was(
    entra_site: Start, tmp_path: Path
) -> None:
    here = entra_site()
    choice = random.Random(7)
    # The command line of the schedule names the policy and its applications, and nothing else.
    settings = here.entra_settings(policy=PolicySettings(name="IOC policy", include_apps=("All",)))

    def run(number: int) -> dict[str, Any]:
        values = day(number, choice)
        summary = here.run_entra(here.entra_job(here.collection(addresses(*values)), tenants=(settings,)))
        assert summary["exit_code"] == 0
        assert here.cover() == ip_set(values)
        return summary

    run(0)
    made = here.tenant.policies()[0]
    conditions = {
        **made["conditions"],
        "users": {**made["conditions"]["users"], "includeUsers": ["All"], "excludeUsers": [READER],
                  "excludeGroups": [GROUP]},
        "clientAppTypes": ["browser"],
        "platforms": {"includePlatforms": ["windows", "macOS"], "excludePlatforms": []},
        "signInRiskLevels": ["high"],
    }  # fmt: skip
    frequency = {"value": 4, "type": "hours", "isEnabled": True, "frequencyInterval": "timeBased"}
    session = {"signInFrequency": {**frequency, "authenticationType": "primaryAndSecondaryAuthentication"}}
    here.tenant.edit_policy(made["id"], state="enabled", conditions=conditions, sessionControls=session)
    before = without_locations(here.tenant.policies()[0])
    for number in range(1, 11):
        summary = run(number)
        assert summary["policy_effect"] == "enforced"
    (after,) = here.tenant.policies()
    assert without_locations(after) == before
    assert after["conditions"]["locations"]["includeLocations"] == [one["id"] for one in here.tenant.locations()]


def test_a_location_that_an_administrator_put_into_the_policy_stays_there(entra_site: Start) -> None:
    here = entra_site()
    here.run_entra(here.entra_job(here.collection(addresses("45.9.1.2"))))
    (own,) = here.tenant.locations()
    (other,) = here.tenant.seed_locations([{"displayName": "Bad places", "ipRanges": own["ipRanges"]}])
    policy = here.tenant.policies()[0]
    locations = {"includeLocations": [other, own["id"]], "excludeLocations": ["AllTrusted"]}
    here.tenant.edit_policy(policy["id"], conditions={**policy["conditions"], "locations": locations})
    summary = here.run_entra(here.entra_job(here.collection(addresses("45.9.1.2", "45.9.1.9"))))
    assert here.tenant.policies()[0]["conditions"]["locations"] == locations
    assert any("'Bad places'" in line for line in summary["plan_notices"])


def test_a_recreated_policy_is_a_copy_that_takes_the_place_of_the_old_one(entra_site: Start) -> None:
    here = entra_site()
    collection = here.collection(addresses("45.9.1.2"))
    here.run_entra(here.entra_job(collection))
    (old,) = here.tenant.policies()
    here.tenant.edit_policy(
        old["id"], conditions={**old["conditions"], "platforms": {"includePlatforms": ["linux"]}}
    )
    recreating = here.entra_settings(
        policy=PolicySettings(name="IOC policy", recreate=True, exclude_users=(READER,))
    )
    summary = here.run_entra(here.entra_job(collection, tenants=(recreating,)))
    (new,) = here.tenant.policies()
    assert summary["exit_code"] == 0
    assert new["id"] != old["id"]
    assert new["conditions"]["platforms"]["includePlatforms"] == ["linux"]
    assert new["conditions"]["users"]["excludeUsers"] == [READER]
    here.tenant.clear_requests()
    here.run_entra(here.entra_job(collection, tenants=(recreating,)))
    assert here.writes() == []


def test_when_everything_has_expired_the_location_keeps_a_documentation_address(entra_site: Start) -> None:
    here = entra_site()
    here.run_entra(here.entra_job(here.collection(addresses("45.9.1.2", "45.9.1.9"))))
    ended = [{"value": one, "status": "Expired"} for one in ("45.9.1.2", "45.9.1.9")]
    for _ in range(2):
        summary = here.run_entra(here.entra_job(here.collection(ended)))
        assert summary["exit_code"] == 0
        assert here.cover() == ip_set(["192.0.2.1"])
        assert any("192.0.2.1/32" in line for line in summary["plan_notices"])
    back = here.run_entra(here.entra_job(here.collection(addresses("45.9.1.2"))))
    assert here.cover() == ip_set(["45.9.1.2"])
    assert back["withdrawn"] == 0
