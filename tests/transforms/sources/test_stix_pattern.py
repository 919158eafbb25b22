"""Patterns: values where a pattern says no more than them, else a refusal; OASIS' own parser is the oracle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stix_help import oracle

from iocbeam.model.outcome import REASONS, Ended
from iocbeam.transforms.sources.stix_pattern import _quickly, values_of

HASH = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("pattern", "values"),
    [
        ("[ipv4-addr:value = '198.51.100.1']", [("IP Address", "198.51.100.1")]),
        ("[ipv4-addr:value = '198.51.100.0/24']", [("CIDR Block", "198.51.100.0/24")]),
        ("[ipv6-addr:value = '2001:db8::1']", [("IPv6 Address", "2001:db8::1")]),
        ("[ipv6-addr:value = '2001:db8::/32']", [("CIDR Block", "2001:db8::/32")]),
        # The other family matches nothing in STIX; Validate tells the mismatch.
        ("[ipv4-addr:value = '2001:db8::/32']", [("IP Address", "2001:db8::/32")]),
        ("[domain-name:value='bad.example']", [("FQDN", "bad.example")]),
        (r"[url:value = 'http://x.example/a?b=\'c\'&d=\\e']", [("URL", r"http://x.example/a?b='c'&d=\e")]),
        ("\n[ url:value\t==\r\n'http://x.example/' ] ", [("URL", "http://x.example/")]),
        ("[domain-name:value = 'a.example' OR domain-name:value = 'b.example']", ["a.example", "b.example"]),
        ("[domain-name:value = 'a.example'] OR [url:value = 'http://b.example/']", ["a.example", "http://b.example/"]),
        ("([url:value = 'http://a/'] OR ([url:value = 'http://b/']))", ["http://a/", "http://b/"]),
        ("[(url:value = 'http://a/') OR url:value = 'http://a/']", ["http://a/"]),
        ("[domain-name:value IN ('a.example', 'b.example')]", ["a.example", "b.example"]),
        ("[domain-name:'value' = 'a.example' /* why */ ] // since", ["a.example"]),
    ],
)  # fmt: skip
def test_values(pattern: str, values: list[object]) -> None:
    found = values_of(pattern)
    assert not isinstance(found, Ended)
    assert (found if isinstance(values[0], tuple) else [value for _, value in found]) == values


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (path, kind)
        for kind, names in {
            "MD5": ("MD5", "md5", "'MD5'", "'md5'"),
            "SHA-1": ("'SHA-1'", "'sha-1'", "SHA1", "'SHA1'", "sha1", "'sha1'", "SHA-1"),
            "SHA-256": (
                "'SHA-256'",
                "'sha-256'",
                "SHA256",
                "'SHA256'",
                "sha256",
                "'Sha256'",
                "SHA-256",
                "sha-256",
            ),
        }.items()
        for path in names
    ],
)
def test_hashes_in_every_spelling(path: str, kind: str) -> None:
    assert values_of(f"[file:hashes.{path} = '{HASH}']") == [(kind, HASH)]
    assert values_of(f"[file:hashes . {path} = '{HASH}']") == [(kind, HASH)]


VALUE = "domain-name:value = 'a.example'"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (f"[{VALUE} AND url:value = 'http://a/']", "AND"),
        (f"[{VALUE} OR ({VALUE} AND {VALUE})]", "AND"),
        (f"[{VALUE}] AND [{VALUE}]", "AND"),
        (f"[{VALUE}] FOLLOWEDBY [{VALUE}]", "FOLLOWEDBY"),
        (f"[{VALUE}] WITHIN 300 SECONDS", "WITHIN"),
        (f"([{VALUE}] OR [{VALUE}]) REPEATS 5 TIMES", "REPEATS"),
        (f"[{VALUE}] START t'2026-01-01T00:00:00Z' STOP t'2026-01-02T00:00:00Z'", "START"),
        ("[domain-name:value != 'a.example']", "!="),
        ("[domain-name:value <> 'a.example']", "<>"),
        ("[domain-name:value NOT = 'a.example']", "NOT"),
        ("[domain-name:value NOT IN ('a.example')]", "NOT"),
        ("[domain-name:value IN ()]", "empty list"),
        ("[domain-name:value LIKE '%.example']", "LIKE"),
        ("[domain-name:value MATCHES '^a']", "MATCHES"),
        ("[ipv4-addr:value ISSUBSET '198.51.100.0/24']", "ISSUBSET"),
        ("[ipv4-addr:value ISSUPERSET '198.51.100.0/24']", "ISSUPERSET"),
        ("[domain-name:value > 'a']", ">"),
        ("[EXISTS domain-name:value]", "EXISTS"),
        ("[ipv4-addr:value = 5]", "no text"),
        (f"[file:hashes.'SHA-512' = '{HASH}']", "file:hashes.SHA-512"),
        (f"[{VALUE} OR file:name = 'a.exe']", "file:name"),
        ("[network-traffic:dst_ref.value = '203.0.113.33']", "network-traffic:dst_ref.value"),
        ("[domain-name:resolves_to_refs[*].value = '198.51.100.1']", "resolves_to_refs.[*].value"),
        ("[email-addr:value = 'a@bad.example']", "email-addr:value"),
        ("(" * 60 + f"[{VALUE}]" + ")" * 60, "brackets"),
    ],
)
def test_whatever_says_more_is_refused(pattern: str, said: str) -> None:
    found = values_of(pattern)
    assert isinstance(found, Ended)
    assert (found.outcome, found.reason) == ("rejected", "pattern_unsupported")
    assert said in found.message


@pytest.mark.parametrize(
    "pattern",
    [
        "", " ", "[", "[]", "bad.example", "[domain-name:value]", "[domain-name:value = ]", f"[{VALUE}",
        f"[{VALUE}]]", f"[{VALUE}] OR", f"[{VALUE}] [{VALUE}]", f"[{VALUE} or {VALUE}]", "[domain-name:value = 'a",
        r"[url:value = 'a\b']", r"[url:value = 'a\']", "[domain-name:value = \"a.example\"]",
        "[domain-name.value = 'a']", f"[{VALUE}] WITHIN -5 SECONDS", "[a-b:c-d = 'x']",
        "[a:b = t'2026-13-01T00:00:00Z']", f"[{VALUE}] /* open", "rule x { condition: true }", "[😀:value = 'a']",
    ],
)  # fmt: skip
def test_what_is_no_pattern(pattern: str) -> None:
    found = values_of(pattern)
    assert isinstance(found, Ended)
    assert found.reason == "malformed_pattern"
    assert oracle(pattern) == "malformed_pattern"


def agree(pattern: str) -> None:
    found = values_of(pattern)
    assert (found.reason if isinstance(found, Ended) else found) == oracle(pattern), pattern


def test_the_examples_of_the_specification(shared: Path) -> None:
    patterns = (shared / "vectors" / "stix" / "spec_examples_v21.txt").read_text().splitlines()
    assert len(patterns) == 23
    for pattern in patterns:
        agree(pattern)


def test_real_bundles(shared: Path) -> None:
    patterns = set()
    for path in (shared / "data" / "raw").rglob("*"):
        if path.suffix in (".json", ".stix2") and b'"bundle"' in path.read_bytes():
            objects = json.loads(path.read_bytes())["objects"]
            patterns |= {one["pattern"] for one in objects if one["type"] == "indicator"}
    assert len(patterns) > 1_000
    for pattern in sorted(patterns)[::4]:
        agree(pattern)


text = st.text(st.sampled_from("ab.:/'\\\" ]é\n"), max_size=6)
literals = text.map(lambda t: "'" + t.replace("\\", "\\\\").replace("'", "\\'") + "'")
paths = st.sampled_from(
    ["ipv4-addr:value", "ipv6-addr:value", "domain-name:value", "url:value", "file:hashes.MD5",
     "file:hashes.'SHA-1'", "file:hashes.sha256", "file:hashes.'SHA-512'", "file:name", "a:b[0].c"]
)  # fmt: skip
spaces = st.sampled_from(["", " ", "\n ", "/**/", "\u00a0"])
operators = st.sampled_from(["="] * 8 + ["==", "!=", " LIKE ", " NOT ="])
comparisons = st.builds(lambda p, s, o, t, e: p + s + o + t + e, paths, spaces, operators, literals, spaces)
joints = st.sampled_from([" OR "] * 6 + [" AND ", "OR ", " or "])
lists = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(lambda a, j, b: a + j + b, inner, joints, inner), inner.map(lambda one: f"({one})")
    ),
    max_leaves=4,
)
observations = st.recursive(
    lists.map(lambda one: f"[{one}]"),
    lambda inner: st.one_of(
        st.builds(lambda a, j, b: a + j + b, inner, joints, inner),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"{one} WITHIN 5 SECONDS"),
    ),
    max_leaves=3,
)


@settings(max_examples=300)
@given(observations)
def test_any_pattern(pattern: str) -> None:
    agree(pattern)


@settings(max_examples=300)
@given(observations, st.data())
def test_any_pattern_with_a_slip(pattern: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(pattern)))
    piece = data.draw(
        st.sampled_from(["", "'", "[", "]", "(", ")", " ", "\\", "=", ".", "OR", "-", "x", "5", "//"])
    )
    agree(pattern[:at] + piece + pattern[at + (not piece) :])


@given(st.text(st.sampled_from("[]()':=.\\ abOR/*-5tx"), max_size=30))
def test_any_text_ends_in_values_or_a_reason(text: str) -> None:
    found = values_of(text)
    assert found.reason in REASONS if isinstance(found, Ended) else found


def test_common_forms_take_the_short_way() -> None:
    assert _quickly("[domain-name:value = 'a.example']")
    assert _quickly(f"[file:hashes.'SHA-256' = '{HASH}' OR url:value = 'http://x/'] OR [file:hashes.md5='a']")
    assert _quickly(f"[{VALUE} AND {VALUE}]") is None


def test_a_long_list() -> None:
    pattern = "[" + " OR ".join(f"domain-name:value = '{n}.example'" for n in range(20_000)) + "]"
    found = values_of(pattern)
    assert not isinstance(found, Ended)
    assert len(found) == 20_000
    assert values_of(pattern[:-1] + " AND url:value = 'x']").__class__ is Ended
