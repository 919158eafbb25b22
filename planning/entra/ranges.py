"""Sets of addresses: merging, subtracting and comparing ranges of both families.

A set is kept as its intervals, sorted, disjoint and not adjacent: one set of addresses has one form, however its
ranges were written, in whatever order they came and in however many parts. Libraries make an object of each range;
`python -m benchmarks.range_merge` measures what that costs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import compress, islice
from socket import AF_INET, inet_pton
from struct import unpack
from typing import Final, NamedTuple

from .range_texts import IPV6_AT, range_texts, read_range

# Entra takes IPv4 from /8 to /32 and IPv6 from /8 to /128: what would merge to less is written as several /8.
_LARGEST_V4: Final = 1 << (32 - 8)
_LARGEST_V6: Final = 1 << (128 - 8)
# Two positions off either end of the number line: what lies between them and a set is never empty.
_BELOW: Final = -2
_ABOVE: Final = 2 * IPV6_AT + 1


class Touched(NamedTuple):
    """Which ranges a set overlaps; the rest are untouched.

    Attributes:
        wholly: texts of the ranges of which the set holds every address.
        partly: texts of those of which it holds some.
    """

    wholly: tuple[str, ...]
    partly: tuple[str, ...]


class RangeChanges(NamedTuple):
    """What makes one set of addresses into another, each in the fewest CIDRs."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RangeSet:
    """A set of IPv4 and IPv6 addresses. Equal when it holds the same addresses; made with `RangeSet.of`.

    Attributes:
        firsts: where each interval begins on the number line of `range_texts`.
        lasts: where it ends, inclusive.
    """

    firsts: tuple[int, ...] = ()
    lasts: tuple[int, ...] = ()

    @classmethod
    def of(cls, texts: Iterable[str]) -> RangeSet:
        """The addresses of all these addresses and ranges, written in any way that `read_range` takes.

        Raises:
            ValueError: one of the texts is malformed.
        """
        texts = list(texts)
        plain = [text for text in texts if "/" not in text and ":" not in text]
        try:
            # Most are single IPv4 addresses, and one call unpacks them all.
            packed = b"".join([inet_pton(AF_INET, text) for text in plain])
        except (OSError, ValueError):
            packed, plain = b"", []
        firsts = list(unpack(f"!{len(plain)}I", packed))
        lasts = firsts
        if len(plain) < len(texts):
            pairs = [read_range(text) for text in texts if not plain or "/" in text or ":" in text]
            lasts = firsts + [last for _, last in pairs]
            firsts += [first for first, _ in pairs]
        return cls(*_merge(firsts, lasts))

    @classmethod
    def union(cls, sets: Iterable[RangeSet]) -> RangeSet:
        """The addresses that any of these sets holds; faster than one `|` after the other."""
        firsts: list[int] = []
        lasts: list[int] = []
        for one in sets:
            firsts += one.firsts
            lasts += one.lasts
        return cls(*_merge(firsts, lasts))

    def __bool__(self) -> bool:
        return bool(self.firsts)

    def __or__(self, other: RangeSet) -> RangeSet:
        return RangeSet.union((self, other))

    def __sub__(self, other: RangeSet) -> RangeSet:
        # What is neither outside of this set nor inside the other.
        outside_firsts, outside_lasts = _gaps((_BELOW, *self.lasts), (*self.firsts, _ABOVE))
        firsts, lasts = _merge(outside_firsts + list(other.firsts), outside_lasts + list(other.lasts))
        left_firsts, left_lasts = _gaps(lasts[:-1], firsts[1:])
        return RangeSet(tuple(left_firsts), tuple(left_lasts))

    def __and__(self, other: RangeSet) -> RangeSet:
        return self - (self - other)

    @property
    def size(self) -> int:
        """How many addresses the set holds."""
        return sum(self.lasts) - sum(self.firsts) + len(self.firsts)

    def contains(self, text: str) -> bool:
        """Whether every address of this range is in the set."""
        return self._holds(*read_range(text))

    def overlaps(self, text: str) -> bool:
        """Whether any address of this range is in the set."""
        return self._meets(*read_range(text))

    def touched(self, texts: Iterable[str]) -> Touched:
        """Which of these ranges the set holds wholly and which partly, in the order given."""
        wholly: list[str] = []
        partly: list[str] = []
        for text in texts:
            first, last = read_range(text)
            if self._meets(first, last):
                (wholly if self._holds(first, last) else partly).append(text)
        return Touched(tuple(wholly), tuple(partly))

    def blocks(self) -> Iterator[tuple[int, int]]:
        """The fewest CIDRs that hold exactly these addresses, none shorter than /8, in ascending order.

        IPv4 comes before IPv6.
        """
        for first, last in zip(self.firsts, self.lasts, strict=True):
            if first == last:
                yield first, last
            else:
                yield from to_cidrs(first, last)

    def cidrs(self) -> list[str]:
        """The texts of `blocks`, canonical; a single address has its /32 or /128 as well."""
        return range_texts(self.blocks())

    def _holds(self, first: int, last: int) -> bool:
        at = bisect_right(self.firsts, first) - 1
        return at >= 0 and last <= self.lasts[at]

    def _meets(self, first: int, last: int) -> bool:
        at = bisect_left(self.lasts, first)
        return at < len(self.firsts) and self.firsts[at] <= last


def range_changes(before: RangeSet, after: RangeSet) -> RangeChanges:
    """The difference of two sets."""
    return RangeChanges(tuple((after - before).cidrs()), tuple((before - after).cidrs()))


def to_cidrs(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The fewest CIDRs, none shorter than /8, that make up one interval of the number line, in ascending order."""
    largest = _LARGEST_V4 if first < IPV6_AT else _LARGEST_V6
    while first <= last:
        size = min(first & -first or largest, largest, 1 << ((last - first + 1).bit_length() - 1))
        yield first, first + size - 1
        first += size


def _merge(firsts: list[int], lasts: list[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The intervals of a set from those of its parts, which may overlap and stand in any order.

    Sorts both lists in place, each for itself: there is a gap before an interval exactly if as many intervals have
    ended by then as have begun, and the two sorted lists count that.
    """
    if not firsts:
        return (), ()
    firsts.sort()
    if lasts is not firsts:
        lasts.sort()
    gap = [first - last > 1 for first, last in zip(islice(firsts, 1, None), lasts, strict=False)]
    return (firsts[0], *compress(islice(firsts, 1, None), gap)), (*compress(lasts, gap), lasts[-1])


def _gaps(lasts: tuple[int, ...], firsts: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """The intervals after each of `lasts` and before each of `firsts`."""
    return [last + 1 for last in lasts], [first - 1 for first in firsts]
