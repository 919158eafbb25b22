"""Collections of any size in the shapes of a real one."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).resolve().parent.parent

_BROKEN = "not a value ({number})"


def shapes() -> list[dict[str, Any]]:
    """The records to take shapes from: the shared real collection, or the example where it is absent."""
    shared = Path(os.environ.get("IOCBEAM_SHARED", ROOT.parent / "shared")) / "data" / "collection.jsonl.gz"
    if shared.exists():
        lines = gzip.decompress(shared.read_bytes()).splitlines()
    else:
        lines = (ROOT / "examples" / "collection.jsonl").read_bytes().splitlines()
    return [orjson.loads(line) for line in lines]


def records(count: int, broken: float | None = None) -> Iterator[bytes]:
    """Lines of a collection with `count` records; values differ from round to round of the shapes.

    Args:
        broken: share of the records that no stage accepts; None leaves the shapes' own share.
    """
    known = shapes()
    if broken is not None:
        known = [record for record in known if record["status"] == "Active" and record["type"] != "CIDR Block"]
    for number in range(count):
        record = dict(known[number % len(known)])
        turn = number // len(known)
        record["id"] = number
        if broken is not None and number % 100 < broken * 100:
            record["value"] = _BROKEN.format(number=number)
        elif turn:
            record["value"] = _varied(record["type"], record["value"], turn, number)
        yield orjson.dumps(record)


def _varied(kind: str, value: str, turn: int, number: int) -> str:
    """Another value of the same shape."""
    if kind in ("MD5", "SHA-1", "SHA-256") and len(value) > 8:
        return f"{number:08x}{value[8:]}"
    if kind == "IP Address" and value.count(".") == 3:
        return f"{20 + number % 70}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    if kind == "FQDN":
        return f"n{turn}.{value}"
    if kind == "URL":
        return f"{value}{'&' if '?' in value else '?'}n={turn}" if value.isascii() else value
    return value


def write_collection(path: Path, count: int, broken: float | None = None) -> Path:
    """Writes a collection file."""
    with path.open("wb") as stream:
        for line in records(count, broken):
            stream.write(line + b"\n")
    return path


def write_netset(path: Path, count: int) -> Path:
    """A list of addresses and ranges as firewalls read them, a comment in front."""
    with path.open("wb") as file:
        file.write(b"# addresses and ranges\n")
        for number in range(count):
            place = f"{20 + number % 70}.{number >> 16 & 255}.{number >> 8 & 255}"
            text = f"{place}.0/24" if number % 8 == 0 else f"{place}.{number & 255}"
            file.write(text.encode() + b"\n")
    return path
