"""What the tags and galaxy clusters of MISP say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ..record_fields import tlp_of, whole

_MALWARE: Final = frozenset(("malpedia", "mitre-malware", "ransomware", "tool"))
_ADVERSARIES: Final = frozenset(("threat-actor", "mitre-intrusion-set", "microsoft-activity-group"))
_GALAXY: Final = re.compile(r'misp-galaxy:([^=]+)="(.+)"', re.DOTALL)
_MITRE_ID: Final = re.compile(r" - [SG]\d{4}")


class SortedTags(NamedTuple):
    """Tags by what they stand for.

    Attributes:
        malware, adversaries: names of galaxy clusters, without MITRE's ids.
        rest: the other tags, techniques among them.
        tlp: the strictest marking; None if there is none.
    """

    malware: tuple[str, ...]
    adversaries: tuple[str, ...]
    rest: tuple[str, ...]
    tlp: str | None


def tag_names(holder: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the tags and galaxy clusters of an event or attribute, each once."""
    names: dict[str, None] = {}
    for tag in _list(holder.get("Tag")):
        name = tag.get("name") if isinstance(tag, dict) else tag
        if isinstance(name, str):
            names[name] = None
    for galaxy in _list(holder.get("Galaxy")):
        names.update(dict.fromkeys(cluster_names(galaxy)))
    return tuple(names)


def cluster_names(galaxy: object) -> list[str]:
    """The clusters of one galaxy, as the tags that stand for them."""
    if not isinstance(galaxy, dict):
        return []
    names = []
    for cluster in _list(galaxy.get("GalaxyCluster")):
        if isinstance(cluster, dict) and isinstance(cluster.get("value"), str):
            name = cluster.get("tag_name")
            kind = cluster.get("type") or galaxy.get("type")
            names.append(name if isinstance(name, str) else f'misp-galaxy:{kind}="{cluster["value"]}"')
    return names


@lru_cache(maxsize=256)
def sorted_tags(tags: tuple[str, ...]) -> SortedTags:
    """The tags, sorted by what they stand for."""
    malware: dict[str, None] = {}
    adversaries: dict[str, None] = {}
    markings, rest = [], []
    for tag in map(whole, tags):
        galaxy = _GALAXY.fullmatch(tag)
        if galaxy and galaxy[1] in _MALWARE:
            malware[_MITRE_ID.sub("", galaxy[2])] = None
        elif galaxy and galaxy[1] in _ADVERSARIES:
            adversaries[_MITRE_ID.sub("", galaxy[2])] = None
        elif tag[:4].lower() == "tlp:":
            markings.append(tag)
        else:
            rest.append(tag)
    return SortedTags(tuple(malware), tuple(adversaries), tuple(rest), tlp_of(None, tuple(markings)))


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
