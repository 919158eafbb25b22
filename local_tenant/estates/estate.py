"""A plausible estate to read, of any size: machines and alerts of a made-up organisation, with the oddities
that real answers have, and with given values sighted on them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from . import alerts as estate_alerts
from . import machines as estate_machines

SightedKind = Literal["ip", "domain", "url", "md5", "sha1", "sha256", "file_name", "product"]
Sighted = tuple[SightedKind, str]
"""A value that is to be found in an estate."""


@dataclass(frozen=True)
class Estate:
    """Machines and alerts in the API's form; `files` are the answers to `/alerts/{id}/files` by id of the
    alert. For an alert without an entry the tenant makes them of its evidence."""

    machines: list[dict[str, Any]]
    alerts: list[dict[str, Any]]
    files: dict[str, list[dict[str, Any]]]


def estate(
    machines: int = 10_000,
    alerts: int = 50_000,
    seed: int = 0,
    now: float | None = None,
    sighted: Sequence[Sighted] = (),
    tenant_id: str = "11111111-1111-4111-8111-111111111111",
) -> Estate:
    """An estate as of `now` (epoch seconds; by default the time now): equal arguments give equal estates, also
    an equal `seed`.

    Alerts are of the last 29 days. From 60 machines and 200 alerts on every oddity is there: fractions of a
    second of different lengths, MACs without separators, of zeros and null, addresses that are empty or
    loopbacks, names that are null or shared, unknown members of enumerations, null fields, URLs that are
    defanged or have no scheme. All other values are invented, from ranges and domains for examples.

    Each of `sighted` is in one alert as it is given, and for two of three in others too, in another spelling:
    in upper case, under a subdomain, defanged. An MD5 and a product are in the files of an alert only; an IP
    address is the public one of a machine too, as long as there are machines.

    Raises `ValueError` for a number below 0, for alerts or values to be sighted without a place for them.
    """
    if machines < 0 or alerts < 0 or (alerts and not machines) or (sighted and not alerts):
        raise ValueError("alerts need machines, and values to be sighted need alerts")
    rng = Random(seed)  # noqa: S311 - repeatable on purpose, no secret
    now = time.time() if now is None else now
    made = [estate_machines.machine(number, rng, now) for number in range(machines)]
    found = [
        estate_alerts.alert(number, made[rng.randrange(machines)], rng, now, tenant_id) for number in range(alerts)
    ]
    files: dict[str, list[dict[str, Any]]] = {}
    places = rng.sample(range(machines), machines)
    addresses = 0
    for number, (kind, value) in enumerate(sighted):
        for time_seen in range(1 + number % 3):
            alert = found[(number * 3 + time_seen) * 7919 % alerts]
            _show(alert, files, rng, kind, value if time_seen == 0 else _respelled(kind, value, time_seen))
        if kind == "ip" and addresses < machines:
            made[places[addresses]]["lastExternalIpAddress"] = value
            addresses += 1
    for alert in found:
        if alert["id"] not in files:
            of_alert = estate_alerts.files_of(alert)
            if of_alert:
                files[alert["id"]] = of_alert
    return Estate(made, found, files)


def _show(alert: dict[str, Any], files: dict[str, list[Any]], rng: Random, kind: SightedKind, value: str) -> None:
    """Add evidence of the value to the alert."""
    created = alert["alertCreationTime"]
    sha1, sha256 = f"{rng.getrandbits(160):040x}", f"{rng.getrandbits(256):064x}"
    if kind == "ip":
        shown = {"kind": "Ip", "ipAddress": value}
    elif kind in ("domain", "url"):
        shown = {"kind": "Url", "url": value if kind == "url" else f"https://{value}/index"}
    else:
        named = {"fileName": value if kind == "file_name" else "sample.bin", "detectionStatus": "Detected"}
        hashes = {"sha1": value if kind == "sha1" else sha1, "sha256": value if kind == "sha256" else sha256}
        shown = {"kind": "File", **named, **hashes}
        md5 = value if kind == "md5" else f"{rng.getrandbits(128):032x}"
        product = value if kind == "product" else "Example Suite"
        given = files.setdefault(alert["id"], estate_alerts.files_of(alert))
        given.append(estate_alerts.file(hashes["sha1"], hashes["sha256"], md5, product))
    alert["evidence"].append(estate_alerts.entity(created=created, **shown))


def _respelled(kind: SightedKind, value: str, time_seen: int) -> str:
    """The same value as another source writes it."""
    if kind == "domain":
        return f"www.{value}" if time_seen == 1 else value.upper()
    if kind == "url":
        return value.replace("http", "hxxp", 1) if time_seen == 1 else value.partition("://")[2] or value
    return value.upper()
