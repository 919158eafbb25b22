"""TLP labels of STIX objects: the standard marking definitions, and those that a collection brings along."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from iocbeam.model.settings import TLP_LABELS

_MARK: Final = "marking-definition--"
_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_BY_ID: Final = {
    # STIX 2.0 and 2.1
    _MARK + "613f2e26-407d-48c7-9eca-b8e91df99dc9": "clear",
    _MARK + "34098fce-860f-48ae-8e50-ebd3cc5e41da": "green",
    _MARK + "f88d31f6-486f-44da-b317-01333bde0b82": "amber",
    _MARK + "5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "red",
    # TLP 2.0, by the extension among OASIS' common objects
    _MARK + "94868c89-83c2-464b-929b-a1a8aa3c8487": "clear",
    _MARK + "bab4a63c-aed9-4cf5-a766-dfca5abac2bb": "green",
    _MARK + "55d920b0-5e8b-4f79-9ee9-91f868d9b421": "amber",
    _MARK + "939a9414-2ddd-4d32-a0cd-375ea402b003": "amber+strict",
    _MARK + "e828b379-4e03-4974-9ac4-e53a884c97c1": "red",
}
UNKNOWN: Final = "unknown"
"""The label of a marking that nobody has told us about; stricter than all others."""
_STRICTNESS: Final = {label: rank for rank, label in enumerate(TLP_LABELS)}


def strictest(refs: Iterable[str], others: Iterable[str] = ()) -> str:
    """The strictest label; one that we do not know is stricter than all others. Empty where there is none.

    Args:
        refs: ids of marking definitions; those that are not standard count for nothing.
        others: labels, of those that are not standard too.
    """
    labels = [*(_BY_ID[ref] for ref in refs if ref in _BY_ID), *others]
    return max(labels, key=lambda label: _STRICTNESS.get(label, len(_STRICTNESS)), default="")


def is_standard(ref: str) -> bool:
    """Whether this is the id of a marking definition that everybody knows."""
    return ref in _BY_ID


def label_of(found: dict[str, Any]) -> str:
    """The label that a marking definition stands for; empty for one that is about something else."""
    definition, extensions = found.get("definition"), found.get("extensions")
    extension = extensions.get(_EXTENSION) if isinstance(extensions, dict) else None
    name = found.get("name")
    for label in (
        extension.get("tlp_2_0") if isinstance(extension, dict) else None,
        definition.get("tlp") if isinstance(definition, dict) else None,
        name if isinstance(name, str) and name.lower().startswith("tlp:") else None,
    ):
        if isinstance(label, str) and label.strip():
            plain = label.strip().lower().removeprefix("tlp:").strip()
            return "clear" if plain == "white" else plain
    return ""
