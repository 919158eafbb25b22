"""On a cluster with two slots and two workers every tenant still has one writer, which keeps to the rates."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise

from flink_servers import Workers
from flink_site import Side

from iocbeam.local_tenant import LoggedRequest


def writers(requests: Sequence[LoggedRequest], part: str) -> list[list[LoggedRequest]]:
    """Writing calls by the login that they were made with, the earliest first: a writer logs in for itself."""
    found: dict[str, list[LoggedRequest]] = {}
    for one in requests:
        if one.method != "GET" and part in one.path:
            found.setdefault(one.token, []).append(one)
    return list(found.values())


def gaps(requests: Sequence[LoggedRequest], part: str) -> list[float]:
    """Seconds between calls that were made with the same login."""
    times: dict[str, list[float]] = {}
    for one in requests:
        if part in one.path:
            times.setdefault(one.token, []).append(one.time)
    return [after - before for own in times.values() for before, after in pairwise(own)]


def test_each_tenant_has_one_writer(side: Callable[..., Side], on_cluster: list[str], workers: Workers) -> None:
    flink = side("flink", on_cluster, more=6_000)
    process = flink.start("sync")
    seen: set[int] = set()
    while process.poll() is None:
        seen.update(workers.pids())
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.5)
    status, said = flink.ended(process)
    assert status == 0, said
    assert len(seen) >= 2

    assert flink.summary()["balanced"]
    for profile in flink.tenant.profiles:
        calls = [one for one in flink.tenant.requests if one.tenant_id == profile.tenant_id]
        imports = writers(calls, "/api/indicators/")
        assert len(imports) == 1
        assert sum(one.items for one in imports[0]) == 6_037
        assert len(imports[0]) == 13
        # Locations, then the policy: each with a login of its own, the second after the first has ended.
        locations, policy = writers(calls, "/conditionalAccess/")
        assert locations[-1].time + locations[-1].seconds < policy[0].time
        # Graph takes one call a second. A login spaces its calls by a little more, less what a new connection
        # takes: two writers at once would come much closer.
        assert min(gaps(calls, "/conditionalAccess/")) > 0.6
        # The budget for indicators is a matter of minutes, which no connection takes.
        assert [one for one in calls if one.status == 429 and "/api/" in one.path] == []
