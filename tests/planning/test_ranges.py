"""Sets of addresses: reading, writing, and what they tell of a range."""

from __future__ import annotations

import ipaddress
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.planning.entra.range_texts import IPV6_AT, range_texts, read_range
from iocbeam.planning.entra.ranges import RangeSet, range_changes


def of(*texts: str) -> RangeSet:
    return RangeSet.of(texts)


@pytest.mark.parametrize(
    ("texts", "cidrs"),
    [
        ((), []),
        (("45.9.1.2",), ["45.9.1.2/32"]),
        (("2606:4700::1111",), ["2606:4700::1111/128"]),
        (("45.9.1.0", "45.9.1.1"), ["45.9.1.0/31"]),
        (("45.9.1.1", "45.9.1.2"), ["45.9.1.1/32", "45.9.1.2/32"]),
        (("45.9.1.0/25", "45.9.1.128/25", "45.9.1.7"), ["45.9.1.0/24"]),
        (("45.9.1.0/24", "45.9.2.0/24"), ["45.9.1.0/24", "45.9.2.0/24"]),
        (("2606:4700::/33", "2606:4700:8000::/33", "1.0.0.0/8"), ["1.0.0.0/8", "2606:4700::/32"]),
        (("2606:4700::1", "9.9.9.9", "1.2.3.4"), ["1.2.3.4/32", "9.9.9.9/32", "2606:4700::1/128"]),
        (("255.255.255.255", "::"), ["255.255.255.255/32", "::/128"]),
    ],
)
def test_ranges_merge_into_the_fewest_cidrs(texts: tuple[str, ...], cidrs: list[str]) -> None:
    assert RangeSet.of(texts).cidrs() == cidrs
    assert RangeSet.of(reversed(texts)).cidrs() == cidrs


def test_no_range_is_shorter_than_eight() -> None:
    assert of("4.0.0.0/6").cidrs() == ["4.0.0.0/8", "5.0.0.0/8", "6.0.0.0/8", "7.0.0.0/8"]
    assert of("2600::/7").cidrs() == ["2600::/8", "2700::/8"]
    for whole in ("0.0.0.0/0", "::/0"):
        assert len(of(whole).cidrs()) == 256
        assert RangeSet.of(of(whole).cidrs()) == of(whole)


@pytest.mark.parametrize(
    ("returned", "cidr"),
    [
        ("12.34.221.11/22", "12.34.220.0/22"),
        ("2606:4700:0:0:0:0:0:1/32", "2606:4700::/32"),
        ("2A00:ABCD::/32", "2a00:abcd::/32"),
        ("64:ff9b::192.0.2.1/128", "64:ff9b::c000:201/128"),
        ("::ffff:1.2.3.4/128", "::ffff:1.2.3.4/128"),
        ("::1.2.3.4/128", "::102:304/128"),
        ("1:0:2:3:4:5:6:7/128", "1:0:2:3:4:5:6:7/128"),
        ("1.2.3.4", "1.2.3.4/32"),
        ("1.2.3.4/0", "0.0.0.0/0"),
    ],
)
def test_a_range_is_read_as_the_service_returns_it(returned: str, cidr: str) -> None:
    assert range_texts([read_range(returned)]) == [cidr]


@pytest.mark.parametrize(
    "text",
    [
        *("", "/", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1", "1.2.3.4/+8", "1.2.3.4/8/8", "1.2.3/24", "01.2.3.4/24"),
        *("1.2.3.4/٣", "1.2.3.4/255.0.0.0", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\0", "1.2.3.0-1.2.3.9", "example.com"),
        *(
            "2606::/129",
            "2606::1::/64",
            "fe80::1%eth0/64",
            "fe80::1%1",
            "[2606::1]",
            "12345::",
            ":",
            "::/",
            "\ud800::",
        ),
    ],
)
def test_a_malformed_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not an address or a range"):
        read_range(text)
    with pytest.raises(ValueError, match="is not an address or a range"):
        of("1.2.3.4", "1.2.3.0/24", "2606::1", text)


def test_a_refusal_shows_only_the_beginning_of_a_long_text() -> None:
    with pytest.raises(ValueError, match="999…' is not") as refused:
        read_range("9" * 100_000)
    assert len(str(refused.value)) < 150


def test_a_set_tells_what_it_holds() -> None:
    ranges = of("45.9.0.0/24", "45.9.1.0/24", "45.9.3.7", "2606:4700::/32")
    held = ("45.9.0.0/23", "45.9.1.255", "45.9.3.7/32", "2606:4700::/32", "2606:4700:ffff::/48")
    partly = ("45.9.2.0/23", "45.8.0.0/13", "2606::/16", "0.0.0.0/0")
    apart = ("45.9.2.0/24", "45.9.3.6", "45.9.3.8", "45.8.255.255", "2606:4701::/32", "2606:46ff::/32", "::/128")
    for text in held:
        assert (ranges.contains(text), ranges.overlaps(text)) == (True, True), text
    for text in partly:
        assert (ranges.contains(text), ranges.overlaps(text)) == (False, True), text
    for text in apart:
        assert (ranges.contains(text), ranges.overlaps(text)) == (False, False), text
    assert ranges.touched([*apart, *partly, *held]) == (held, partly)
    assert not RangeSet().overlaps("0.0.0.0/0")


def test_protected_addresses_are_taken_out() -> None:
    wanted = of("45.9.1.0/30", "9.9.9.9", "2606:4700::/127")
    assert (wanted - of("45.9.1.1", "9.9.9.0/24", "2606:4700::1")).cidrs() == [
        "45.9.1.0/32",
        "45.9.1.2/31",
        "2606:4700::/128",
    ]
    assert wanted & of("45.9.1.1", "9.9.9.0/24") == of("45.9.1.1", "9.9.9.9")
    assert (of("0.0.0.0/0", "::/0") - of("0.0.0.0/0")) == of("::/0")
    assert not of("1.2.3.4") - of("1.2.3.4")


def test_the_difference_of_two_sets_is_in_cidrs() -> None:
    changes = range_changes(of("45.9.1.0/24", "9.9.9.9"), of("45.9.0.0/23"))
    assert changes == (("45.9.0.0/24",), ("9.9.9.9/32",))
    assert range_changes(of("45.9.1.7/24"), of("45.9.1.0/25", "45.9.1.128/25")) == ((), ())


def test_sets_are_equal_by_their_addresses() -> None:
    assert of("45.9.1.77/24") == of("45.9.1.128/25", "45.9.1.0/25", "45.9.1.3")
    assert of("::ffff:1.2.3.4") != of("1.2.3.4")
    assert pickle.loads(pickle.dumps(of("1.2.3.4", "::1"))) == of("1.2.3.4", "::1")  # noqa: S301  our own bytes
    assert of("0.0.0.0/0", "::1").size == 2**32 + 1


@given(st.integers(0, 2**128 - 1) | st.lists(st.sampled_from([0, 0, 1, 0xFFFF]), min_size=8, max_size=8))
def test_ipv6_is_written_as_rfc_5952_has_it(number: int | list[int]) -> None:
    if isinstance(number, list):
        number = sum(group << 16 * at for at, group in enumerate(number))
    (text,) = range_texts([(IPV6_AT + number,) * 2])
    address = ipaddress.IPv6Address(text.removesuffix("/128"))
    assert int(address) == number
    if address.ipv4_mapped is None:
        assert str(address) == text.removesuffix("/128")
    else:
        assert text == f"::ffff:{address.ipv4_mapped}/128"
