"""Query's data model: OCSF's Security Finding (2001) and Device Inventory Info with paths of Query's own.

Where it knowingly leaves OCSF:

| path | in OCSF |
|---|---|
| `file[].signature.digest[].value`: hashes of files | `hashes[].value`; a signature's digest is its own |
| `file[].name`: also a product's name (`fileProductName`) | 2001 has no `file`; `product.name` |
| `device.ip[]`: the addresses inside and at the network's edge | `device.ip` is one address |

Such events say so by the label `qdm` in `metadata.labels`. A path that may hold several values always holds a list
(our choice), also for one value. A file with a name and a product's name is there under both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from .context import Event
from .network import is_address
from .words import EXTERNAL

_KEPT: Final = ("type_id", "type", "path", "size")


def machine_paths(event: Event) -> None:
    """Puts both addresses of a machine into `device.ip`."""
    unmapped = event.get("unmapped", {})
    if addresses := _addresses(event["device"], unmapped):
        event["device"]["ip"] = addresses
        if unmapped.get(EXTERNAL) in addresses:
            del unmapped[EXTERNAL]
            if not unmapped:
                del event["unmapped"]


def finding_paths(event: Event) -> None:
    """Adds `file` to a finding, and puts both addresses of its machine into `device.ip`."""
    device = event.get("device")
    if device:
        said: dict[str, Any] = next(
            (item.get("data", {}) for item in event.get("evidence", ()) if "device" in item), {}
        )
        if addresses := _addresses(device, said):
            event["device"] = device | {"ip": addresses}
    files: list[dict[str, Any]] = []
    for made in _files(event.get("evidence", ())):
        if made not in files:
            files.append(made)
    if files:
        event["file"] = files


def _addresses(device: dict[str, Any], beside: dict[str, Any]) -> list[str]:
    """Of a device, inside first; `beside` has what the device has no attribute for."""
    external = beside.get(EXTERNAL)
    inside = [device["ip"]] if "ip" in device else []
    if type(external) is not str or not is_address(external) or external in inside:
        return inside
    return [*inside, external]


def _files(evidence: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in evidence:
        for one in (item.get("file"), item.get("process", {}).get("file")):
            if one:
                yield _file(one, one["name"])
                other = one.get("product", {}).get("name")
                if other and other != one["name"]:
                    yield _file(one, other)


def _file(file: dict[str, Any], name: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name}
    made.update((key, file[key]) for key in _KEPT if key in file)
    if "hashes" in file:
        made["signature"] = {"algorithm_id": 0, "digest": file["hashes"]}
    return made
