"""The owner mark: what a row's `externalId` says of who made it and from what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final, NamedTuple

from iocbeam.model.plan import MARK_PREFIX

_is_digest = re.compile(r"([0-9a-f]{16})(?:\.([0-9a-f]{8}))?").fullmatch
_SENT_BYTES: Final = 8
_SEEN_BYTES: Final = 4


class Mark(NamedTuple):
    """What the mark of a row of ours says.

    Attributes:
        collection: the owner.
        sent: digest of what was sent (`digest_sent`); empty where the mark holds none that we know.
        seen: digest of what the tenant showed in its place when it was sent for the second time
            (`digest_seen`), else empty.
    """

    collection: str
    sent: str = ""
    seen: str = ""

    def __str__(self) -> str:
        """As it stands in `externalId`; at most 74 characters."""
        return f"{MARK_PREFIX}:{self.collection}:{self.sent}" + (f".{self.seen}" if self.seen else "")


def read_mark(external_id: object) -> Mark | None:
    """The mark in a row's external id, or None for a row that is not ours. Parsed as fields, not as a prefix."""
    fields = external_id.split(":") if isinstance(external_id, str) else []
    if len(fields) != 3 or fields[0] != MARK_PREFIX or not fields[1]:
        return None
    digests = _is_digest(fields[2])
    return Mark(fields[1], digests[1], digests[2] or "") if digests else Mark(fields[1])


def digest_sent(parts: Iterable[object]) -> str:
    """16 hexadecimal digits for the content of a row."""
    return _digest(parts, _SENT_BYTES)


def digest_seen(parts: Iterable[object]) -> str:
    """8 hexadecimal digits for what the tenant shows in the place of what was sent."""
    return _digest(parts, _SEEN_BYTES)


def _digest(parts: Iterable[object], size: int) -> str:
    return blake2b(repr(tuple(parts)).encode(errors="surrogatepass"), digest_size=size).hexdigest()
