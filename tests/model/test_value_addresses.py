"""Addresses and ranges against the ipaddress module."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_values import ipv4, ipv6

from iocbeam.model.indicator import CIDR, IP, IPV6
from iocbeam.model.outcome import Ended
from iocbeam.model.values import canonical_address, canonical_range, canonical_value, eight_segments, is_public

# Where ipaddress.is_global answers otherwise, on every Python or only on some, and what we answer.
DIFFERS = {
    "192.0.0.0/24": (
        False,
        "two of its addresses are global anycast since Python 3.13; nobody is attacked from them",
    ),
    "192.88.99.0/24": (False, "the deprecated 6to4 relay anycast"),
    "224.0.0.0/4": (False, "multicast is global to ipaddress"),
    "2001::/23": (False, "protocol assignments; newer Pythons except some anycast services"),
    "2002::/16": (True, "6to4: its hosts are reachable; newer Pythons take it as not"),
    "3fff::/20": (False, "documentation since 2024; older Pythons do not know it"),
    "::/3": (False, "outside the only allocated space"),
    "4000::/2": (False, "outside the only allocated space"),
    "8000::/1": (False, "outside the only allocated space"),
}
NETWORKS = [(ipaddress.ip_network(text), ours) for text, (ours, _) in DIFFERS.items()]


def expected(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    for network, ours in NETWORKS:
        if address.version == network.version and address in network:
            return ours
    return address.is_global


def says_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return is_public(int(address), int(address), address.version)


@given(st.ip_addresses())
def test_public_is_what_ipaddress_calls_global_but_for_the_listed_networks(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert says_public(address) == expected(address)


@pytest.mark.parametrize(
    "text",
    [
        *DIFFERS,
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4"),
        *("2001:db8::/32", "2000::/3", "2620:4f:8000::/48", "192.31.196.0/24", "192.175.48.0/24"),
    ],
)
def test_public_begins_and_ends_at_the_bounds_of_each_special_network(text: str) -> None:
    network = ipaddress.ip_network(text)
    first, last = int(network.network_address), int(network.broadcast_address)
    make = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    for number in (first - 1, first, last, last + 1):
        if 0 <= number < 2**network.max_prefixlen:
            assert says_public(make(number)) == expected(make(number)), make(number)


@given(ipv4)
def test_a_dotted_quad_is_its_own_canonical_value(text: str) -> None:
    found = canonical_address(IP, text)
    assert found == text if expected(ipaddress.IPv4Address(text)) else isinstance(found, Ended)


@given(ipv6)
def test_ipv6_is_written_as_ipaddress_writes_it(address: ipaddress.IPv6Address) -> None:
    found = canonical_address(IPV6, address.exploded)
    assert found == str(address) if expected(address) else isinstance(found, Ended)


@given(ipv6)
def test_every_spelling_of_an_ipv6_address_has_one_canonical_value(address: ipaddress.IPv6Address) -> None:
    tail = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    spellings = (
        str(address),
        address.exploded.upper(),
        f"{address.exploded[:29]}:{tail}",
        f"[{address}]",
        f"[{address.exploded}]:443",
        f"{address.exploded}:443",
    )
    found = {canonical_address(IPV6, spelling) for spelling in spellings}
    assert found == {str(address)} if expected(address) else all(isinstance(each, Ended) for each in found)


@given(ipv6)
def test_eight_segments_are_eight_and_the_same_address(address: ipaddress.IPv6Address) -> None:
    text = eight_segments(str(address))
    assert text.count(":") == 7
    assert "::" not in text
    assert ipaddress.IPv6Address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        *(
            "01.2.3.4",
            "1.2.3",
            "0x7f.1",
            "1.2.3.4.5",
            "256.1.1.1",
            "1.2.3.4 ",
            " 1.2.3.4",
            "1.2.3.4\n",
            "1.2.3.4\0",
        ),
        *(
            "1.2.3.\uff14",
            "16909060",
            "1.2.3.4:99999",
            "1.2.3.4:",
            "1.2.3.4:\u0664",
            "1.2.3.4:-1",
            "",
            ":80",
            "[]",
        ),
    ],
)
def test_ipv4_is_a_strict_dotted_quad_and_at_most_a_port(text: str) -> None:
    found = canonical_address(IP, text)
    assert isinstance(found, Ended)
    assert found.reason == "malformed_ip"


def test_a_port_is_cut_off() -> None:
    assert canonical_address(IP, "45.9.1.2:8080") == "45.9.1.2"
    assert canonical_address(IPV6, "[2a02:cf40:1::5]:8080") == "2a02:cf40:1::5"
    assert canonical_address(IPV6, "2a02:cf40:1::5:40669") == "2a02:cf40:1::5"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("45.9.1.2:443", "45.9.1.2"),
        ("45.9.1.2|443", "45.9.1.2"),
        ("45.9.1.2", "45.9.1.2"),
        ("2a02:cf40:1::5:443", "2a02:cf40:1::5"),
        ("2a02:cf40:1::5|443", "2a02:cf40:1::5"),
        ("[2a02:cf40:1::5]:443", "2a02:cf40:1::5"),
        ("2a02:cf40:1:2:3:4:5:443", "2a02:cf40:1:2:3:4:5:443"),
        ("2a02:cf40::443", "2a02:cf40::443"),
        ("45.9.1.0/24", "45.9.1.0/24"),
    ],
)
def test_a_type_that_says_port_ends_the_address_at_the_last_colon(text: str, address: str) -> None:
    found = canonical_value("address and port", text)
    assert not isinstance(found, Ended)
    assert found[1] == address


def test_without_such_a_type_a_short_ipv6_address_keeps_its_last_group() -> None:
    assert canonical_value("any address", "2a02:cf40:1::5:443") == (IPV6, "2a02:cf40:1::5:443")


def test_an_address_with_a_zone_is_malformed() -> None:
    assert isinstance(canonical_address(IPV6, "2a02:cf40::1%eth0"), Ended)


@given(ipv4, st.integers(0, 32))
def test_a_range_is_what_ipaddress_makes_of_it_with_host_bits_cleared(text: str, length: int) -> None:
    network = ipaddress.IPv4Network(f"{text}/{length}", strict=False)
    special = [n for n in map(ipaddress.ip_network, DIFFERS) if n.version == 4]
    found = canonical_range(f"{text}/{length}")
    if isinstance(found, Ended):
        assert found.reason == "not_public"
        assert length < 8 or not network.is_global or any(network.overlaps(n) for n in special)
    else:
        assert found == ((IP, str(network.network_address)) if length == 32 else (CIDR, str(network)))
        assert network.is_global


@given(ipv6, st.integers(16, 128))
def test_an_ipv6_range_is_what_ipaddress_makes_of_it(address: ipaddress.IPv6Address, length: int) -> None:
    network = ipaddress.IPv6Network(f"{address}/{length}", strict=False)
    found = canonical_range(f"{address.exploded.upper()}/{length}")
    if not isinstance(found, Ended):
        assert found == ((IPV6, str(address)) if length == 128 else (CIDR, str(network)))


def test_a_range_that_touches_private_space_is_not_public() -> None:
    for text in (
        "8.0.0.0/5",
        "0.0.0.0/0",
        "::/0",
        "2000::/3",
        "172.0.0.0/8",
        "192.168.1.0/24",
        "::ffff:8.8.8.0/120",
    ):
        found = canonical_range(text)
        assert isinstance(found, Ended), text
        assert found.reason == "not_public"


@pytest.mark.parametrize(
    "text",
    ["1.2.3.0", "1.2.3.0/33", "1.2.3.0/-1", "1.2.3.0/255.255.255.0", "1.2.3/24", "1.2.3.0/2\u0664", "a/8", "/"],
)
def test_what_is_no_range_is_malformed(text: str) -> None:
    found = canonical_range(text)
    assert isinstance(found, Ended)
    assert found.reason == "malformed_cidr"
