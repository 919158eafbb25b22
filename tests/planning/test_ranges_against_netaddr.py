"""The arithmetic of ranges against netaddr, on inputs that meet, nest, touch and fill the whole space."""

from __future__ import annotations

import ipaddress

import netaddr
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.planning.entra.range_texts import read_range
from iocbeam.planning.entra.ranges import RangeSet

Cidr = tuple[int, int, int]
BITS = {4: 32, 6: 128}


@st.composite
def ranges(draw: st.DrawFn) -> str:
    """One range: near the others or anywhere, of any length, at the ends of the space too."""
    version = draw(st.sampled_from([4, 4, 6]))
    bits = BITS[version]
    near = st.sampled_from([0, 1 << bits - 8, (1 << bits) - 256, 0x2D << bits - 8, (0x2D << bits - 8) - 8])
    offset = st.integers(0, 40)
    number = draw(st.builds(lambda base, at: base + at, near, offset) | st.integers(0, (1 << bits) - 1))
    length = draw(
        st.just(bits) | st.integers(bits - 6, bits) | st.integers(0, bits) | st.sampled_from([0, 1, 7, 8, 9])
    )
    network = ipaddress.ip_network(((number >> bits - length) << bits - length, length))
    if length == bits and draw(st.booleans()):
        return str(network.network_address)
    return str(network)


many = st.lists(ranges(), max_size=40)


def cidrs_of(texts: list[str]) -> list[Cidr]:
    """Version, first address and length; fails for a text with host bits."""
    networks = map(ipaddress.ip_network, texts)
    return [(net.version, int(net.network_address), net.prefixlen) for net in networks]


def at_least_eight(networks: list[netaddr.IPNetwork]) -> list[Cidr]:
    """The same cover without anything shorter than /8, in ascending order."""
    found: list[Cidr] = []
    for network in networks:
        for part in network.subnet(8) if network.prefixlen < 8 else [network]:
            found.append((part.version, part.first, part.prefixlen))
    return sorted(found)


@given(many)
def test_merging(texts: list[str]) -> None:
    assert cidrs_of(RangeSet.of(texts).cidrs()) == at_least_eight(netaddr.cidr_merge(texts))


@given(many, many)
def test_subtracting(wanted: list[str], protected: list[str]) -> None:
    left = RangeSet.of(wanted) - RangeSet.of(protected)
    expected = netaddr.IPSet(wanted) - netaddr.IPSet(protected)
    assert cidrs_of(left.cidrs()) == at_least_eight(list(expected.iter_cidrs()))
    assert left.size == expected.size
    assert not left & RangeSet.of(protected)


@given(many, many)
def test_intersecting(one: list[str], other: list[str]) -> None:
    both = RangeSet.of(one) & RangeSet.of(other)
    expected = netaddr.IPSet(one) & netaddr.IPSet(other)
    assert cidrs_of(both.cidrs()) == at_least_eight(list(expected.iter_cidrs()))


@given(many, many)
def test_what_a_set_holds_and_touches(texts: list[str], asked: list[str]) -> None:
    own, expected = RangeSet.of(texts), netaddr.IPSet(texts)
    wholly, partly = own.touched(asked)
    for text in asked:
        network = netaddr.IPSet([text])
        assert own.contains(text) == (text in wholly) == (network <= expected)
        assert own.overlaps(text) == (text in (*wholly, *partly)) == (not network.isdisjoint(expected))


@given(many, st.data())
def test_any_order_and_any_parts_give_the_same(texts: list[str], data: st.DataObject) -> None:
    whole = RangeSet.of(texts)
    mixed = data.draw(st.permutations(texts))
    cut, second = sorted(data.draw(st.tuples(*[st.integers(0, len(mixed))] * 2)))
    parts = [RangeSet.of(mixed[:cut]), RangeSet.of(mixed[cut:second]), RangeSet.of(mixed[second:])]
    one, two, three = parts
    assert (one | two) | three == one | (two | three) == (three | one) | two == RangeSet.union(parts) == whole
    assert whole | whole == whole
    assert RangeSet.of(whole.cidrs()) == whole
    assert RangeSet.of(mixed + texts).cidrs() == whole.cidrs()


@given(many)
def test_the_intervals_are_apart_and_ascend(texts: list[str]) -> None:
    whole = RangeSet.of(texts)
    for last, first in zip(whole.lasts, whole.firsts[1:], strict=False):
        assert first > last + 1
    assert all(first <= last for first, last in zip(whole.firsts, whole.lasts, strict=True))
    assert all(whole.contains(text) for text in texts)


@given(ranges(), st.data())
def test_host_bits_and_case_do_not_matter(text: str, data: st.DataObject) -> None:
    network = ipaddress.ip_network(text)
    number = data.draw(st.integers(int(network.network_address), int(network.broadcast_address)))
    address = ipaddress.ip_address(number) if network.version == 4 else ipaddress.IPv6Address(number)
    for form in (str(address), str(address).upper(), address.exploded):
        assert read_range(f"{form}/{network.prefixlen}") == read_range(text)
