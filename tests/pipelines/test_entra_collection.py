"""The shared collection into Entra: covers counted by an independent library, bodies held against Microsoft's own
models and the schemas."""

from __future__ import annotations

import gzip
import ipaddress
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import netaddr
import orjson
from entra_job_help import LOCATIONS, READER, EntraSite
from graph_models import left_over, schema_errors
from job_help import STARTED

from iocbeam.model.never_block import BUILT_IN
from iocbeam.model.settings.entra import PolicySettings

Start = Callable[..., EntraSite]
NOT_REACHABLE = ("192.0.0.0/24",)
"""In IANA's registry of special addresses; older versions of the ipaddress module take it for global."""
TYPES = ("IP Address", "IPv6 Address", "CIDR Block")


def addresses_of(path: Path) -> Iterator[tuple[str, str]]:
    """(status in lower case, range) of every usable address in the file, read without any code of ours."""
    with gzip.open(path) as stream:
        for line in stream:
            record = orjson.loads(line)
            if record["type"] not in TYPES or (record["type"] == "CIDR Block" and "/" not in record["value"]):
                continue
            text = record["value"].replace("[.]", ".")
            if text.count(":") == 1:
                text = text.partition(":")[0]  # a port
            try:
                network = ipaddress.ip_network(text, strict=False)
            except ValueError:
                continue
            public = network.is_global and not network.is_multicast and not network.is_reserved
            if str(network) in NOT_REACHABLE:
                continue
            if public and network.prefixlen >= 8 and not has_expired(record):
                yield str(record.get("status", "active")).lower(), str(network)


def has_expired(record: dict[str, Any]) -> bool:
    text = record.get("expires_at")
    if not text:
        return False
    moment = datetime.fromisoformat(str(text)).replace(tzinfo=timezone.utc)
    return moment.timestamp() < STARTED + 3600


def built_in_addresses() -> list[str]:
    return [one for one in BUILT_IN if netaddr.valid_ipv4(one) or netaddr.valid_ipv6(one)]


def test_the_shared_collection_is_covered_exactly_and_a_second_run_writes_nothing(
    entra_site: Start, shared: Path
) -> None:
    collection = shared / "data" / "collection.jsonl.gz"
    here = entra_site()
    policy = PolicySettings(
        name="IOC policy",
        state="enabledForReportingButNotEnforced",
        include_apps=("All",),
        include_users=("All",),
        exclude_users=(READER,),
        client_app_types=("browser", "mobileAppsAndDesktopClients"),
        exclude_platforms=("iOS",),
        sign_in_risk=("medium", "high"),
    )
    job = here.entra_job(collection, tenants=(here.entra_settings(policy=policy),))
    summary = here.run_entra(job)
    assert (summary["records_read"], summary["balanced"], summary["exit_code"]) == (52_522, True, 0)
    assert summary["policy_effect"] == "report_only"

    judged = list(addresses_of(collection))
    wanted = netaddr.IPSet(network for status, network in judged if status == "active")
    exempt = netaddr.IPSet([network for status, network in judged if status == "whitelisted"])
    cover = here.cover()
    assert cover == wanted - exempt - netaddr.IPSet(built_in_addresses())
    ranges = [item["cidrAddress"] for one in here.tenant.locations() for item in one["ipRanges"]]
    assert len(ranges) == len(list(cover.iter_cidrs()))  # the fewest that have this cover
    assert summary["present"] == summary["outcomes"]["created"] > 13_000

    bodies = [
        (one.path, orjson.loads(one.body))
        for one in here.tenant.requests
        if one.method == "POST" and one.path.startswith("/v1.0") and one.body
    ]
    assert len(bodies) == len(here.tenant.locations()) + 1
    for path, body in bodies:
        schema = "IpNamedLocationCreate" if path == LOCATIONS else "ConditionalAccessPolicyCreate"
        assert schema_errors(body, schema, shared) == []
        assert left_over(body) == {}

    here.tenant.clear_requests()
    again = here.run_entra(job)
    assert here.writes() == []
    assert again["outcomes"]["unchanged"] == summary["outcomes"]["created"]
