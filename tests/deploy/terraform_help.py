"""Reads Terraform files: resources, what they refer to, and what the provider knows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
from deploy_help import DATAFLOW

TERRAFORM = DATAFLOW / "terraform"
PROVIDER: dict[str, Any] = json.loads(
    (Path(__file__).parent / "google_arguments.json").read_text(encoding="utf-8")
)["resources"]
"""Arguments of the resources that we use, as the schema of the provider has them. To renew it:
`terraform providers schema -json` where the provider can be had."""

OF_EVERY_RESOURCE = frozenset(("count", "for_each", "depends_on", "lifecycle", "provider"))


def bare(text: str) -> str:
    """A name as it is written, without quotes."""
    return text.strip('"')


def parsed(folder: Path) -> dict[str, list[Any]]:
    """The blocks of all files of a module, by kind."""
    found: dict[str, list[Any]] = {}
    for path in sorted(folder.glob("*.tf")):
        with path.open(encoding="utf-8") as file:
            for kind, blocks in hcl2.load(file).items():
                if isinstance(blocks, list):
                    found.setdefault(kind, []).extend(blocks)
    return found


def named(blocks: list[Any]) -> dict[str, dict[str, Any]]:
    """Blocks with one label, by it."""
    return {bare(name): body for block in blocks for name, body in block.items() if not name.startswith("__")}


def resources(folder: Path = TERRAFORM) -> dict[tuple[str, str], dict[str, Any]]:
    """Resources by type and name."""
    return {
        (kind, name): body
        for kind, of_kind in (pair for block in parsed(folder)["resource"] for pair in named([block]).items())
        for name, body in named([of_kind]).items()
    }


def texts(value: Any) -> Iterator[str]:
    """Every text in a block."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            if name != "__comments__":
                yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def references(value: Any, kind: str) -> set[str]:
    """The names after `kind.` in every expression of a block."""
    inside = (part for text in texts(value) for part in re.findall(r"\$\{(.*)\}", text, re.DOTALL))
    return {name for part in inside for name in re.findall(rf"(?<![\w.\"]){kind}\.([\w.\[\]\"]+)", part)}


def faults(body: dict[str, Any], known: dict[str, Any], where: str) -> Iterator[str]:
    """What of a block the provider does not know, and what it misses."""
    given = {name for name in body if not name.startswith("__")} - OF_EVERY_RESOURCE
    blocks = known.get("blocks", {})
    for name in sorted(given - {*known["required"], *known["optional"], *blocks}):
        yield f"{where}: {name} is no argument"
    needed = {*known["required"], *(name for name, block in blocks.items() if block["needed"])}
    for name in sorted(needed - given):
        yield f"{where}: {name} is missing"
    for name in sorted(given & blocks.keys()):
        for block in body[name]:
            yield from faults(block, blocks[name], f"{where}.{name}")
