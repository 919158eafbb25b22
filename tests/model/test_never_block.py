"""Never-block lists: what they protect, and how they are read."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_values import ipv4, name, url

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.indicator import CIDR, FQDN, IP, IPV6, MD5, SHA1, SHA256, URL
from iocbeam.model.never_block import BUILT_IN, Entry, NeverBlock, parse_list
from iocbeam.model.never_block.entries import parse_entry
from iocbeam.model.outcome import Ended
from iocbeam.model.values import detect_type


def protects(lines: str, kind: str, value: str) -> bool:
    entries, unknown = parse_list(lines, "list.txt")
    assert unknown == []
    return NeverBlock([("list.txt", entries)], built_in=False).judge(kind, value) is not None


@pytest.mark.parametrize(
    ("value", "protected"),
    [
        ("shop.example.com", True),
        ("www.shop.example.com", True),
        ("example.com", True),
        ("xshop.example.com", False),
        ("other.example.com", False),
        ("shop.example.com.evil.net", False),
        ("example.net", False),
    ],
)
def test_a_domain_is_protected_if_it_equals_is_under_or_is_a_parent_of_a_listed_name(
    value: str, protected: bool
) -> None:
    for line in (
        "shop.example.com",
        "*.shop.example.com",
        ".shop.example.com",
        "SHOP.example.com.",
        "shop[.]example.com",
    ):
        assert protects(line, FQDN, value) == protected


@pytest.mark.parametrize(
    ("value", "protected"),
    [
        ("http://shop.example.com", True),
        ("https://www.shop.example.com:8443/", True),
        ("https://shop.example.com/#top", True),
        ("shop.example.com", True),
        # Blocking this host blocks no other; and a path on a good host is how evil is hosted.
        ("http://example.com", False),
        ("http://shop.example.com/x", False),
        ("http://shop.example.com?x", False),
        ("http://evil.net/?u=http://shop.example.com/", False),
        ("evil.net/?u=http://shop.example.com/", False),
        # Ends in a digit and is no address.
        ("http://evil.net1/", False),
    ],
)
def test_a_url_without_a_path_is_judged_as_its_host(value: str, protected: bool) -> None:
    assert protects("shop.example.com", URL, value) == protected


def test_a_url_with_a_path_is_protected_by_the_very_same_url() -> None:
    assert protects("https://Shop.example.com/login", URL, "https://shop.example.com/login")
    assert not protects("https://shop.example.com/login", URL, "http://shop.example.com/login")
    assert not protects("https://shop.example.com/login", URL, "https://shop.example.com/login/x")
    assert not protects("https://shop.example.com/login", URL, "https://shop.example.com/other")


def test_a_listed_url_without_a_scheme_protects_both_schemes() -> None:
    for scheme in ("http", "https"):
        assert protects("shop.example.com/login", URL, f"{scheme}://shop.example.com/login")


@pytest.mark.parametrize(
    "listed", ["https://shop.example.com/login", "shop.example.com/login", "https://shop.example.com/"]
)
def test_a_row_that_would_block_a_listed_url_is_protected(listed: str) -> None:
    for kind, value in ((FQDN, "shop.example.com"), (FQDN, "example.com"), (URL, "https://shop.example.com")):
        assert protects(listed, kind, value)
    assert not protects(listed, FQDN, "www.shop.example.com")
    assert protects("http://45.9.1.2/x", IP, "45.9.1.2")
    assert protects("http://45.9.1.2/x", CIDR, "45.9.0.0/16")


def test_a_host_marked_whole_protects_every_url_on_it() -> None:
    for line in ("shop.example.com/*", "https://shop.example.com/*"):
        assert protects(line, URL, "https://shop.example.com/any/where?x")
        assert protects(line, FQDN, "shop.example.com")
        assert not protects(line, URL, "https://www.shop.example.com/x")
    for line in ("*.example.com/*", "https://*.example.com/*"):
        assert protects(line, URL, "https://example.com/x")
        assert protects(line, URL, "https://www.shop.example.com/x")
        assert not protects(line, URL, "https://example.com.evil.net/x")


@pytest.mark.parametrize(
    "line", ["https://github.com/microsoft/*", "*", "*/*", "/*", "[x/*", "login.*.com", "https://1.2.3.4/*"]
)
def test_what_cannot_be_kept_exactly_is_no_entry(line: str) -> None:
    assert parse_entry(line) is None


@pytest.mark.parametrize(
    ("kind", "value", "protected"),
    [
        (IP, "45.9.1.255", True),
        (IP, "45.9.2.0", False),
        (CIDR, "45.9.1.128/25", True),
        (CIDR, "45.9.0.0/16", True),
        (CIDR, "45.9.2.0/24", False),
        (URL, "http://45.9.1.7:8080/", True),
        (URL, "http://45.9.1.7/x", False),
        (IPV6, "2a02:cf40::ffff", True),
        (IPV6, "2a02:cf41::", False),
        (CIDR, "2a02::/16", True),
        (URL, "http://[2a02:cf40::1]", True),
        (URL, "http://[2a02:cf41::1]", False),
    ],
)
def test_addresses_and_ranges_are_protected_by_overlap(kind: str, value: str, protected: bool) -> None:
    lines = "45.9.1.4/24\n45.9.1.0/25\n45.9.1.77\n2a02:cf40::/32\n100.64.0.0/10"
    assert protects(lines, kind, value) == protected


@given(st.lists(st.tuples(ipv4, st.integers(8, 32)), min_size=1, max_size=8), ipv4, st.integers(8, 32))
def test_overlap_is_what_ipaddress_calls_overlap(networks: list[tuple[str, int]], other: str, length: int) -> None:
    import ipaddress

    listed = [ipaddress.IPv4Network(f"{text}/{bits}", strict=False) for text, bits in networks]
    asked = ipaddress.IPv4Network(f"{other}/{length}", strict=False)
    lines = "\n".join(f"{text}/{bits}" for text, bits in networks)
    assert protects(lines, CIDR, str(asked)) == any(asked.overlaps(network) for network in listed)


def test_a_hash_is_protected_by_itself_in_any_case() -> None:
    for kind, digits in ((MD5, "ab" * 16), (SHA1, "ab" * 20), (SHA256, "ab" * 32)):
        assert protects(digits.upper(), kind, digits)
        assert not protects(digits, kind, digits.replace("a", "c"))


def test_a_listed_public_suffix_stands_for_itself_alone() -> None:
    assert protects("github.io", URL, "https://github.io")
    assert not protects("github.io", FQDN, "evil.github.io")
    assert not protects("github.io", URL, "https://evil.github.io")
    assert not protects("com", FQDN, "evil.com")


@given(name)
def test_a_name_protects_itself_and_what_is_above_and_under_it(text: str) -> None:
    never_block = NeverBlock([("list", [Entry("name", text)])], built_in=False)
    labels = text.split(".")
    for at in range(len(labels)):
        assert never_block.judge(FQDN, ".".join(labels[at:]))
    assert never_block.judge(FQDN, f"www.{text}")
    assert never_block.judge(FQDN, f"x{text}") is None


@given(url)
def test_judging_never_raises_on_a_canonical_url(text: str) -> None:
    NeverBlock().judge(URL, text)


@pytest.mark.parametrize("value", BUILT_IN)
def test_the_built_in_list_is_understood_and_always_on(value: str) -> None:
    kind = detect_type(value)
    assert kind
    end = NeverBlock().judge(kind, value)
    assert end is not None
    assert (end.outcome, end.reason) == ("protected", "built_in")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (FQDN, "microsoft.com"),
        (FQDN, "microsoftonline.com"),
        (FQDN, "windows.net"),
        (URL, "https://login.microsoftonline.com/"),
        (CIDR, "8.8.0.0/16"),
        (IPV6, "2606:4700:4700::1111"),
    ],
)
def test_what_would_hit_the_built_in_list_is_protected(kind: str, value: str) -> None:
    assert NeverBlock().judge(kind, value)


def test_a_file_is_named_as_the_reason() -> None:
    end = NeverBlock([("ours.txt", [Entry("name", "example.com")])]).judge(FQDN, "example.com")
    assert end is not None
    assert (end.reason, end.message) == ("never_block", "example.com is protected by ours.txt")


def values(text: str) -> list[str]:
    entries, unknown = parse_list(text, "list")
    assert unknown == []
    return [entry.value for entry in entries]


def test_plain_text_has_one_value_a_line_and_comments() -> None:
    text = "\ufeff# ours\n\nexample.com # the shop\r\n  45.9.1.0/24\t# office\nhttps://example.net/#a #b\n"
    assert values(text) == ["example.com", "45.9.1.0/24", "https://example.net/#a"]


@pytest.mark.parametrize("column", ["value", "Indicator", "domain", "IP"])
def test_csv_is_read_by_its_column(column: str) -> None:
    text = f'\n# exported\n"owner","{column}",note\nus,example.com,"a, b"\nus,45.9.1.2,\n'
    assert values(text) == ["example.com", "45.9.1.2/32"]


def test_a_row_without_its_value_and_a_line_that_is_no_value_are_told_of() -> None:
    entries, unknown = parse_list("owner,value\nus,example.com\nus\nus,\nus,not a value\n", "list")
    assert [entry.value for entry in entries] == ["example.com"]
    assert unknown == ["(no value) us", "(no value) us,", "not a value"]
    assert parse_list("example.com\nnot a value\n", "list")[1] == ["not a value"]


def test_a_file_of_which_nothing_is_understood_is_refused() -> None:
    for text in ("one of\nthese days\n", '["example.com"]', f'value\n"{"a" * 200_000}\n'):
        with pytest.raises(ConfigurationError):
            parse_list(text, "list")


def misp(kind: str | None, entries: list[object]) -> str:
    return json.dumps({"name": "ours", "list": entries} | ({"type": kind} if kind else {}))


@pytest.mark.parametrize("kind", ["hostname", "string", "cidr", None])
def test_misp_lists_of_whole_values_are_read(kind: str | None) -> None:
    assert values(misp(kind, ["example.com", "45.9.1.0/24", ".example.net", "ab" * 16])) == [
        "example.com",
        "45.9.1.0/24",
        "example.net",
        "ab" * 16,
    ]


@pytest.mark.parametrize("kind", ["regex", "substring", "unheard of", 7])
def test_misp_lists_of_a_kind_that_cannot_be_kept_exactly_are_refused(kind: str) -> None:
    with pytest.raises(ConfigurationError, match="type"):
        parse_list(misp(kind, ["example.com"]), "list")


@pytest.mark.parametrize("text", ["{", '{"type": "string"}', '{"list": "example.com"}', '{"list": {"a": 1}}'])
def test_json_that_is_no_misp_list_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_list(text, "list")


def test_entries_of_a_misp_list_that_are_no_text_are_told_of() -> None:
    assert parse_list(misp("string", ["example.com", 7, None, ["x"], "intranet"]), "list")[1] == [
        "7",
        "null",
        '["x"]',
        "intranet",
    ]


# What the real lists hold that is no value of ours: hashes of other lengths, labels that no name has, and
# top-level domains newer or older than the Public Suffix List that we carry.
NOT_UNDERSTOOD = {
    "eicar.com.json": 6,
    "empty-hashes.json": 2,
    "microsoft.json": 2,
    "moz-top500.json": 1,
    "public-dns-hostname.json": 20,
    "second-level-tlds.json": 2,
    "tlds.json": 2,
}


def test_all_real_warning_lists_are_read_and_what_is_not_understood_is_counted(shared: Path) -> None:
    unknown: Counter[str] = Counter()
    lists: dict[str, list[Entry]] = {}
    paths = sorted((shared / "data" / "warninglists").glob("*.json"))
    for path in paths:
        if path.name == "provenance.json":
            continue
        lists[path.name], odd = parse_list(path.read_text(encoding="utf-8"), path.name)
        unknown[path.name] += len(odd)
    assert len(lists) == 42
    assert +unknown == NOT_UNDERSTOOD
    never_block = NeverBlock([(name, lists[name]) for name in ("google.json", "cloudflare.json", "tlds.json")])
    assert never_block.judge(FQDN, "mail.google.com")
    assert never_block.judge(IP, "104.16.1.1")
    assert never_block.judge(FQDN, "evil.example") is None


@pytest.mark.parametrize(
    "url",
    [
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com?x=1",
        "https://graph.microsoft.com/v1.0",
        "https://api.securitycenter.microsoft.com/api",
        "http://8.8.8.8/x",
    ],
)
def test_no_url_on_a_built_in_host_can_be_blocked(url: str) -> None:
    end = NeverBlock().judge(URL, url)
    assert isinstance(end, Ended)
    assert end.reason == "built_in"


def test_a_url_on_a_host_of_ones_own_list_is_judged_by_the_list() -> None:
    lists = [("ours", parse_list("bank.example\nwhole.example/*\n", "ours")[0])]
    never_block = NeverBlock(lists)
    assert never_block.judge(URL, "https://bank.example/login") is None
    assert never_block.judge(URL, "https://bank.example/") is not None
    assert never_block.judge(URL, "https://whole.example/login") is not None
