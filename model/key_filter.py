"""A set of keys in bounded memory, for telling at once what is not in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from .indicator import key_digest

_BITS: Final = 26
_MASK: Final = (1 << _BITS) - 1
_BYTES: Final = 1 << (_BITS - 3)


class KeyFilter:
    """A Bloom filter of 8 MiB: whatever was added is in it, and of the rest a few as well.

    Of a million keys it lets through 1 in 10,000 that were not added, of ten million 5 in 100. Who must be sure
    looks again at what passed. Two filters of the same keys are equal, in whatever order these came.
    """

    __slots__ = ("_bits",)

    def __init__(self, bits: bytes = b"") -> None:
        self._bits = bytearray(bits) if bits else bytearray(_BYTES)

    def add(self, kind: str, value: str) -> None:
        """Add one key."""
        bits = self._bits
        digest = int.from_bytes(key_digest(kind, value), "little")
        for place in (digest & _MASK, (digest >> 19) & _MASK, digest >> 38):
            bits[place >> 3] |= 1 << (place & 7)

    def may_hold(self, kind: str, value: str) -> bool:
        """False for a key that was surely not added."""
        bits = self._bits
        digest = int.from_bytes(key_digest(kind, value), "little")
        place = digest & _MASK
        if not bits[place >> 3] >> (place & 7) & 1:
            return False
        place = (digest >> 19) & _MASK
        if not bits[place >> 3] >> (place & 7) & 1:
            return False
        place = digest >> 38
        return bool(bits[place >> 3] >> (place & 7) & 1)

    @classmethod
    def union(cls, filters: Iterable[KeyFilter]) -> KeyFilter:
        """Everything that any of them holds."""
        whole = 0
        for one in filters:
            whole |= int.from_bytes(one._bits, "little")
        return cls(whole.to_bytes(_BYTES, "little"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyFilter) and self._bits == other._bits

    def __hash__(self) -> int:
        return hash(bytes(self._bits))

    def __reduce__(self) -> tuple[Any, ...]:
        return (KeyFilter, (bytes(self._bits),))
