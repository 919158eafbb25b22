"""Made-up canonical values, and the ways in which people spell them."""

from __future__ import annotations

import string
from ipaddress import IPv6Address

from hypothesis import strategies as st

LETTERS = string.ascii_lowercase + string.digits

any_text = st.text(st.characters(), max_size=60) | st.text(
    "abc012.:/[]()@%*-_# \\xn\u00e9\u3002\ud800\x00", max_size=40
)
"""Text of every kind, halves of surrogate pairs and NUL included."""

ipv4 = st.integers(0, 2**32 - 1).map(
    lambda number: ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
)
group = st.sampled_from((0, 0, 1, 0xFFFF)) | st.integers(0, 0xFFFF)
ipv6 = st.builds(
    lambda first, rest: IPv6Address(int.from_bytes(b"".join(g.to_bytes(2, "big") for g in (first, *rest)), "big")),
    st.integers(0x2000, 0x3FFF),
    st.lists(group, min_size=7, max_size=7),
)
"""Addresses of 2000::/3, with runs of zeros."""

label = st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: not text.isdigit())
name = st.builds(lambda labels: ".".join((*labels, "example")), st.lists(label, min_size=1, max_size=3))
path = st.text(LETTERS + "/?=&%._~-!$'()[]{}<>,;:@", max_size=30).map(lambda text: f"/{text}")
url = st.builds(
    lambda scheme, host, port, rest: f"{scheme}://{host}{port}{rest}",
    st.sampled_from(("http", "https")),
    name | ipv4,
    st.sampled_from(("", ":8080")),
    path,
)
