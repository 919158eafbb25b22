"""From the text of an address or range to integers, and back.

Both families share one number line: an IPv4 address is its number, an IPv6 address its number above `IPV6_AT`.
Nothing of one family adjoins anything of the other, so sets and their arithmetic need not know the families apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Final

IPV6_AT: Final = 1 << 128
_MAX_SHOWN: Final = 64

_is_prefix = re.compile(r"\d{1,3}", re.ASCII).fullmatch


def read_range(text: str) -> tuple[int, int]:
    """The first and the last address of a range, as positions on the number line.

    Takes a range as the service returns it: with host bits set, in upper case, IPv6 with an IPv4 tail. An address
    without a prefix is a range of one.

    Raises:
        ValueError: the text is no address and no CIDR range; the message shows at most its first 64 characters.
    """
    address, slash, prefix = text.partition("/")
    family, bits, origin = (AF_INET6, 128, IPV6_AT) if ":" in address else (AF_INET, 32, 0)
    try:
        packed = inet_pton(family, address)
    except (OSError, ValueError):
        raise _malformed(text) from None
    # Some C libraries take a zone, or leading zeros, which others read as octal.
    if "%" in address or (bits == 32 and inet_ntop(family, packed) != address):
        raise _malformed(text)
    number = int.from_bytes(packed, "big") + origin
    if not slash:
        return number, number
    if not _is_prefix(prefix) or int(prefix) > bits:
        raise _malformed(text)
    hosts = (1 << (bits - int(prefix))) - 1
    return number & ~hosts, number | hosts


def range_texts(blocks: Iterable[tuple[int, int]]) -> list[str]:
    """Canonical texts of CIDRs: IPv4 dotted, IPv6 as RFC 5952 has it, always with a prefix."""
    return [
        f"{_v6_text(first)}/{129 - (last - first + 1).bit_length()}"
        if first >= IPV6_AT
        else f"{inet_ntop(AF_INET, first.to_bytes(4, 'big'))}/{33 - (last - first + 1).bit_length()}"
        for first, last in blocks
    ]


def _v6_text(position: int) -> str:
    number = position - IPV6_AT
    text = inet_ntop(AF_INET6, number.to_bytes(16, "big"))
    if "." in text and not text.startswith("::ffff:"):
        # Some C libraries show an IPv4 tail in all of ::/96. RFC 5952 has it for known prefixes alone.
        return f"::{number >> 16:x}:{number & 0xFFFF:x}"
    return text


def _malformed(text: str) -> ValueError:
    shown = text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
    return ValueError(f"{shown!r} is not an address or a range of the form ADDRESS/PREFIX")
