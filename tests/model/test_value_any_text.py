"""What every canonical function promises of any text whatever."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from made_values import any_text, ipv4, ipv6, name, url

from iocbeam.model.indicator import CIDR, INDICATOR_TYPES, IP, IPV6, MD5
from iocbeam.model.never_block.entries import parse_entry
from iocbeam.model.outcome import REASONS, Ended
from iocbeam.model.values import (
    canonical_address,
    canonical_domain,
    canonical_hash,
    canonical_range,
    canonical_url,
    canonical_value,
    detect_type,
    read_time,
    refang,
    type_of_name,
    url_host,
)
from iocbeam.model.values.types import ADDRESS_AND_PORT, ANY_ADDRESS, ANY_HASH
from iocbeam.model.values.urls import has_path, with_scheme

CANONICAL: dict[str, Callable[[str], str | Ended]] = {
    "address": lambda text: canonical_address(IP, text),
    "ipv6": lambda text: canonical_address(IPV6, text),
    "domain": canonical_domain,
    "hash": lambda text: canonical_hash(MD5, text),
    "url": canonical_url,
}
DECLARED = (*INDICATOR_TYPES, ANY_ADDRESS, ADDRESS_AND_PORT, ANY_HASH)


@pytest.mark.parametrize("kind", CANONICAL)
@given(text=any_text | ipv4 | name | url | ipv6.map(str))
def test_a_canonical_function_never_raises_and_is_idempotent(kind: str, text: str) -> None:
    found = CANONICAL[kind](text)
    if isinstance(found, Ended):
        assert found.reason in REASONS
    else:
        assert CANONICAL[kind](found) == found
        found.encode("ascii")


@pytest.mark.parametrize("kind", DECLARED)
@given(text=any_text | ipv4 | name | url | ipv6.map(str))
def test_canonical_value_is_idempotent_under_the_type_that_it_gives(kind: str, text: str) -> None:
    found = canonical_value(kind, text)
    if isinstance(found, Ended):
        assert found.reason in REASONS
    else:
        assert found[0] in INDICATOR_TYPES
        assert canonical_value(*found) == found


@given(any_text | url)
def test_nothing_raises_on_any_text(text: str) -> None:
    found = detect_type(text)
    assert found is None or found in INDICATOR_TYPES
    refang(text)
    read_time(text)
    type_of_name(text)
    parse_entry(text)
    canonical_range(text)
    address = canonical_url(text)
    if isinstance(address, str):
        assert url_host(address)
        has_path(address)


@given(url | name | ipv4 | ipv6.map(str) | any_text)
def test_an_untyped_value_is_right_under_the_type_that_its_form_says(text: str) -> None:
    kind = detect_type(text)
    if kind is not None:
        found = canonical_value(kind, text)
        reasons = ("not_public", "too_broad")
        assert found.reason in reasons if isinstance(found, Ended) else found[0] == kind or kind == CIDR


@given(url.map(lambda text: text.partition("://")[2]))
def test_a_url_given_without_a_scheme_is_with_one_what_it_would_have_been(text: str) -> None:
    bare = canonical_url(text)
    for scheme in ("http", "https"):
        whole = canonical_url(f"{scheme}://{text}")
        if isinstance(bare, str):
            assert with_scheme(bare, scheme) == whole
        else:
            assert isinstance(whole, Ended)
