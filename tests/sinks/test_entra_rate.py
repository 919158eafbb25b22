"""429 on every kind of call is waited out, and the documented rate is kept from our side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from entra_write_help import LOCATION, LOCATIONS, NAME, POLICIES, POLICY, EntraSite, addresses, no_change

from iocbeam.local_tenant import DOCUMENTED_GRAPH_RATE, Answer, Fault, GraphProfile, RateLimit

Start = Callable[..., EntraSite]

VALUES = [*addresses(4), "45.70.1.7"]


def everything(here: EntraSite) -> None:
    """Two runs that make every kind of call between them; the second one takes the first one's place."""
    here.bring("45.1.1.7")
    for location in here.tenant.locations():
        here.tenant.edit_location(location["id"], displayName=f"{NAME} (2)", isTrusted=True)
    here.seed_location(NAME, *addresses(5))
    here.given(here.with_policy(exclude_users=("4628e7df-dff3-407c-a08f-75f08c0806dc",), recreate=True))
    result = here.bring(*VALUES)
    assert (result.report.stopped, result.report.difference_count) == ("", 0)
    assert list(here.held()) == [NAME]
    assert here.only_policy()["conditions"]["users"]["excludeUsers"]
    assert no_change(here.plan(*VALUES))


KINDS = {
    "list_locations": ("GET", LOCATIONS),
    "make_location": ("POST", LOCATIONS),
    "read_location": ("GET", LOCATION),
    "change_location": ("PATCH", LOCATION),
    "delete_location": ("DELETE", LOCATION),
    "list_policies": ("GET", POLICIES),
    "make_policy": ("POST", POLICIES),
    "read_policy": ("GET", POLICY),
    "delete_policy": ("DELETE", POLICY),
}


@pytest.mark.parametrize("retry_after", [None, 7], ids=["without_a_time", "with_a_time"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
def test_429_is_waited_out_on_every_kind_of_call(entra: Start, kind: tuple[str, str], retry_after: Any) -> None:
    here = entra()
    method, path = kind
    fault = Fault(path, Answer(429, retry_after=retry_after), method=method, times=2)
    here.tenant.faults.add(fault)
    everything(here)
    assert here.tenant.faults.struck(fault) == 2
    if retry_after:
        assert here.time.slept.count(7.0) == 2


def test_429_on_a_change_of_a_policy_is_waited_out(entra: Start) -> None:
    here = entra()
    here.seed_policy(here.seed_location(NAME, "45.1.1.7"), state="disabled")
    here.given(here.with_policy(state="enabledForReportingButNotEnforced"))
    here.tenant.faults.add(Fault(POLICY, Answer(429, retry_after=9), method="PATCH", times=1))
    report = here.bring("45.1.1.7").report
    assert here.writes() == ["PATCH policies/{id} 429", "PATCH policies/{id} 204"]
    assert report.throttled_seconds >= 9


@pytest.mark.parametrize("spread", [0, 4], ids=["at_once", "spreading"])
def test_the_documented_rate_is_kept_and_no_429_is_of_our_making(entra: Start, spread: int) -> None:
    assert GraphProfile().rate_limit == DOCUMENTED_GRAPH_RATE == RateLimit(1, 1.0)
    here = entra(stale_reads=spread, new_location_tries=spread)
    calls: list[str] = []
    here.bring("45.1.1.7")
    calls += here.calls()
    here.given(here.with_policy(exclude_users=("4628e7df-dff3-407c-a08f-75f08c0806dc",), recreate=True))
    report = here.bring("45.1.1.7", "45.2.1.7").report
    calls += here.calls()
    assert not [call for call in calls if call.endswith("429")]
    assert len(calls) > 12
    assert report.throttled_seconds > 1


def test_another_app_of_the_tenant_that_uses_up_the_rate_only_slows_it_down(entra: Start) -> None:
    here = entra(retry_after="seconds")
    here.tenant.faults.add(Fault(f"{LOCATIONS}*", Answer(429), every=2))
    here.tenant.faults.add(Fault(f"{POLICIES}*", Answer(429, retry_after=1), every=3))
    result = here.bring("45.1.1.7")
    assert (result.report.stopped, result.outcomes) == ("", {"created": 1})
    assert (len(here.tenant.locations()), len(here.tenant.policies())) == (1, 1)
