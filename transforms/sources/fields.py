"""Names of fields: which name of an input means which field of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from iocbeam.model.errors import UsageError
from iocbeam.model.record import CANONICAL_FIELDS

_ALIASES: Final = {
    "id": "ioc_id indicator_id uuid",
    "type": "ioc_type indicator_type",
    "value": "indicator ioc ioc_value indicator_value",
    "status": "indicator_status",
    "score": "confidence confidence_level indicator_score",
    "severity": "indicator_severity",
    "title": "name",
    "description": "comment comments note notes",
    "created_at": "created first_seen first_seen_utc date_added valid_from",
    "expires_at": "expiration expires expiry expiration_date expiration_time expired_at valid_until",
    "malware": "malware_printable malware_family malware_name",
    "adversaries": "adversary actor actors threat_actor threat_actors",
    "tags": "tag labels label",
    "attributes": "",
    "tlp": "tlp_name",
    "source": "feed provider",
    "revoked": "",
}
"""Names in the wild per field of ours; names compare without case, space, `_` and `-`."""

_VALUE_GUESSES: Final = (
    "ip ips ip_address ip_addr ipv4 ipv6 src_ip dst_ip domain domains domain_name hostname host fqdn "
    "url urls uri md5 sha1 sha256 hash file_hash md5_hash sha1_hash sha256_hash cidr network"
)
"""Names that say what a value is rather than that it is one; taken where exactly one of them stands."""
_NO_RIVAL: Final = frozenset(("reference", "references", "report", "link", "status", "type", "count"))
"""A column such as `Report URL` holds no values beside those of another one."""
_WORD: Final = re.compile(r"[A-Z]*[a-z0-9]+|[A-Z]+")

_KNOWN: Final = (("url", "urlstatus"),)
"""Names of exports that are told by another name beside: URLhaus gives a URL's host and report along with it."""
_BETTER: Final = (("malware", "malwareprintable"),)
"""Where both stand, the second is what people call it; the first is a key (`win.qakbot`)."""

UNUSED_KEPT: Final = 20
"""Unused names that a report lists."""
_NAME_KEPT: Final = 80
"""Characters of an unused name."""
_CACHE: Final = 1_000
"""Key tuples whose decision is remembered; an input of ever new keys must not fill the memory."""

_IGNORED: Final = re.compile(r"[\s_-]+")


def normal(name: str) -> str:
    """A name as names compare: `First Seen` = `first_seen` = `firstSeen`."""
    return _IGNORED.sub("", name).lower()


_CANONICAL: Final = frozenset(CANONICAL_FIELDS)
_BY_NAME: Final = {normal(name): field for field, names in _ALIASES.items() for name in (field, *names.split())}
_GUESSED: Final = frozenset(map(normal, _VALUE_GUESSES.split()))


class Choice(NamedTuple):
    """Which input names are used for which field.

    Attributes:
        names: canonical field to input name.
        unused: input names that are used for nothing.
        guesses: names of `unused` or of the value that could each be the value, see `FieldMap.choose`.
        guessed: whether the value was taken from the only guess.
    """

    names: dict[str, str]
    unused: tuple[str, ...]
    guesses: tuple[str, ...]
    guessed: bool


class FieldMap:
    """Renames the fields of one input to ours, and remembers the names that it could not use.

    Args:
        user_map: canonical field to the input's own name, for example `{"value": "ioc"}`.

    Raises:
        UsageError: `user_map` names a field that we do not have.

    Attributes:
        user_map: as given.
        known: key tuples that need no renaming; the hot path asks it before it calls `rename`.
    """

    def __init__(self, user_map: Mapping[str, str] | None = None) -> None:
        self.user_map: Mapping[str, str] = MappingProxyType(dict(user_map or {}))
        for field in self.user_map:
            if field not in _CANONICAL:
                raise UsageError(
                    f"{field!r} is not a field of ours.",
                    option="--field_map",
                    advice=f"The fields are {', '.join(CANONICAL_FIELDS)}.",
                )
        self.known: set[tuple[str, ...]] = set()
        self._renamings: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}
        self._unused: dict[str, None] = {}

    @property
    def unused(self) -> tuple[str, ...]:
        """Names met so far that map to no field of ours, at most `UNUSED_KEPT`, the first first."""
        return tuple(self._unused)

    def rename(self, mapping: dict[str, Any]) -> dict[str, Any]:
        """The same values under our names; the mapping itself where every name is ours already."""
        keys = tuple(mapping)
        if keys in self.known:
            return mapping
        renaming = self._renamings.get(keys)
        if renaming is None:
            renaming = self._decide(keys)
            if renaming is None:
                return mapping
        return {field: mapping[name] for field, name in renaming}

    def _decide(self, keys: tuple[str, ...]) -> tuple[tuple[str, str], ...] | None:
        choice = self.choose(keys)
        self.note_unused(choice.unused)
        if len(self.known) + len(self._renamings) >= _CACHE:
            self.known.clear()
            self._renamings.clear()
        if not choice.unused and all(field == name for field, name in choice.names.items()):
            self.known.add(keys)
            return None
        renaming = self._renamings[keys] = tuple(choice.names.items())
        return renaming

    def note_unused(self, names: Iterable[str]) -> None:
        """Remember names of this input that map to no field of ours."""
        for name in names:
            if len(self._unused) >= UNUSED_KEPT:
                return
            if name:
                self._unused[name[:_NAME_KEPT]] = None

    def choose(self, names: Iterable[str]) -> Choice:
        """Which of these input names is used for which field.

        The user's map goes first, then the names that are ours letter by letter, then the first alias of
        each field. A value by none of these is the one name that says what it holds (`domain`, `sha256`);
        beside another such name (`Download URL`, too) it is not taken, since half of the indicators would be
        left behind, or the other one is a report to read about it; and not when the user's map names another
        one for the value: a slip there must not go unnoticed.
        """
        names = tuple(names)
        chosen: dict[str, str] = {}
        for field, wanted in self.user_map.items():
            meant = _find(wanted, names)
            if meant is not None:
                chosen[field] = meant
        mapped = set(chosen.values())
        free = [name for name in names if name not in mapped]
        for field, better in _BETTER:
            for name in free:
                if field not in chosen and normal(name) == better:
                    chosen[field] = name
        for name in free:
            if name in _CANONICAL:
                chosen.setdefault(name, name)
        mapped.update(chosen.values())
        for name in free:
            alias_of = _BY_NAME.get(normal(name))
            if alias_of is not None and name not in mapped and alias_of not in chosen:
                chosen[alias_of] = name
        guesses: tuple[str, ...] = ()
        if "value" not in chosen and "value" not in self.user_map:
            known = _known_value(free)
            if known is not None:
                chosen["value"] = known
            else:
                guesses = tuple(dict.fromkeys(name for name in free if _may_be_value(name)))
                if len(guesses) == 1 and normal(guesses[0]) in _GUESSED:
                    chosen["value"] = guesses[0]
        used = set(chosen.values())
        return Choice(
            chosen, tuple(name for name in names if name not in used), guesses, chosen.get("value", "") in guesses
        )


def _known_value(names: list[str]) -> str | None:
    """The name of the value in an export that is known by its names."""
    by_name = {normal(name): name for name in names}
    return next((by_name[value] for value, beside in _KNOWN if {value, beside} <= by_name.keys()), None)


def _may_be_value(name: str) -> bool:
    """Whether a name says what its values are: it does itself, or its last word or two do."""
    if normal(name) in _GUESSED:
        return True
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or not _NO_RIVAL.isdisjoint(words):
        return False
    return words[-1] in _GUESSED or "".join(words[-2:]) in _GUESSED


def _find(wanted: str, names: tuple[str, ...]) -> str | None:
    """The name that the user meant: letter by letter, else as names compare."""
    if wanted in names:
        return wanted
    same = normal(wanted)
    return next((name for name in names if normal(name) == same), None)
