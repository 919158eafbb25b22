"""What a text is that somebody looks for."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iocbeam.model.indicator import FQDN as FQDN_TYPE
from iocbeam.model.indicator import IP, IPV6, SOUGHT_TYPES
from iocbeam.model.search_forms import canonical_ip, sought_url, without_scheme
from iocbeam.model.search_kind import NotSought, Sought, detect
from iocbeam.model.search_words import (
    FILE_NAME,
    FQDN,
    HOSTNAME,
    KIND_WORDS,
    MD5,
    PRIVATE_IP,
    PUBLIC_IP,
    SHA1,
    SHA256,
    URL,
)

_MD5, _SHA1, _SHA256 = "9e107d9d372bb6826bd81d3542a419d6", "2f" * 20, "ef" * 32

KINDS = [
    ("10.1.2.3", PRIVATE_IP, "10.1.2.3"),
    ("100.64.0.1", PRIVATE_IP, "100.64.0.1"),
    ("fe80::1", PRIVATE_IP, "fe80::1"),
    ("FD00:0:0::0001", PRIVATE_IP, "fd00::1"),
    ("203.0.113.9", PUBLIC_IP, "203.0.113.9"),
    ("  203[.]0[.]113[.]9:443 ", PUBLIC_IP, "203.0.113.9"),
    ("[2001:DB8::5]:443", PUBLIC_IP, "2001:db8::5"),
    ("::ffff:203.0.113.1", PUBLIC_IP, "203.0.113.1"),
    ("HOST-00008", HOSTNAME, "host-00008"),
    ("büro-pc", HOSTNAME, "büro-pc"),
    ("Host-00001.Corp.Example.COM.", FQDN, "host-00001.corp.example.com"),
    ("bad(dot)example", FQDN, "bad.example"),
    ("bad.example:8080", FQDN, "bad.example"),
    ("dc01.contoso.lan", FQDN, "dc01.contoso.lan"),
    ("srv.ad.mycorp", FQDN, "srv.ad.mycorp"),
    ("münchen.example", FQDN, "xn--mnchen-3ya.example"),
    ("transfer.sh", FQDN, "transfer.sh"),
    ("www.files.zip", FQDN, "www.files.zip"),
    ("hxxps://bad[.]example/A?b", URL, "https://bad.example/A?b"),
    ("bad.example/path", URL, "bad.example/path"),
    ("http://10.1.2.3:8080/X", URL, "http://10.1.2.3:8080/X"),
    ("http://Intranet/X", URL, "http://intranet/X"),
    ("Evil.EXE", FILE_NAME, "evil.exe"),
    ("report.final.docx", FILE_NAME, "report.final.docx"),
    ("setup (1).msi", FILE_NAME, "setup (1).msi"),
    ("archive.zip", FILE_NAME, "archive.zip"),
    (r"C:\Users\x\Evil.exe", FILE_NAME, "evil.exe"),
    ("/usr/bin/curl", FILE_NAME, "curl"),
    ("usr/bin/curl", FILE_NAME, "curl"),
    (".bashrc", FILE_NAME, ".bashrc"),
    ("icon@2x.png", FILE_NAME, "icon@2x.png"),
    (_MD5.upper(), MD5, _MD5),
    (_SHA1, SHA1, _SHA1),
    (_SHA256.upper(), SHA256, _SHA256),
]

REFUSED = [
    ("", "empty"),
    (" \t", "empty"),
    ("10.0.0.0/8", "range"),
    ("2001:db8::/32", "range"),
    ("127.0.0.1", "no machine has for itself"),
    ("224.0.0.1", "no machine has for itself"),
    ("fe80::1%eth0", "zone"),
    ("*.bad.example", "wildcard"),
    ("user@contoso.example", "mail address"),
    (_SHA1[:-1], "39 hexadecimal digits"),
    ("999.1.1.1", "number"),
    ("12345", "number"),
    ("hello world", "--kind file_name"),
    ("ftp://bad.example/x", "scheme ftp"),
    ("http://user:pass@bad.example/", "user name or password"),
    ("bad\x1b[31m.example", "cannot be printed"),
    ("a" * 20_000, "longer than"),
]


@pytest.mark.parametrize(("text", "kind", "value"), KINDS, ids=[f"{kind}-{text}" for text, kind, _ in KINDS])
def test_a_text_is_known_by_its_form(text: str, kind: str, value: str) -> None:
    found = detect(text)
    assert isinstance(found, Sought), found
    assert (found.kind, found.value, found.given) == (kind, value, text)


@pytest.mark.parametrize(
    ("text", "words"), REFUSED, ids=[f"{words}-{number}" for number, (_, words) in enumerate(REFUSED)]
)
def test_what_cannot_be_looked_for_is_refused_with_the_reason(text: str, words: str) -> None:
    found = detect(text)
    assert isinstance(found, NotSought), found
    assert words in found.reason


@pytest.mark.parametrize(
    ("text", "kind", "other"),
    [
        ("archive.zip", FILE_NAME, FQDN),
        ("transfer.sh", FQDN, FILE_NAME),
        ("bad.example", FQDN, ""),
        ("a.exe", FILE_NAME, ""),
    ],
    ids=["zip", "sh", "plain-domain", "plain-file"],
)
def test_a_text_that_could_be_two_things_says_so(text: str, kind: str, other: str) -> None:
    found = detect(text)
    assert isinstance(found, Sought)
    assert (found.kind, found.other) == (kind, other)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("archive.zip", FQDN, "archive.zip"),
        ("transfer.sh", FILE_NAME, "transfer.sh"),
        ("README", FILE_NAME, "readme"),
        ("Exemplar Suite", FILE_NAME, "exemplar suite"),
        ("203.0.113.9", PRIVATE_IP, "203.0.113.9"),
        (_SHA1, HOSTNAME, _SHA1),
    ],
    ids=["domain", "file", "no-ending", "product", "internal-network", "hostname"],
)
def test_a_given_kind_goes_before_the_form(text: str, kind: str, value: str) -> None:
    found = detect(text, kind)
    assert isinstance(found, Sought)
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("bad.example", PUBLIC_IP), ("a b", HOSTNAME), ("host", FQDN), (_MD5, SHA1), ("?", FILE_NAME), ("x", URL)],
)
def test_a_given_kind_that_cannot_be_is_refused(text: str, kind: str) -> None:
    assert isinstance(detect(text, kind), NotSought)


@given(st.text(max_size=80), st.sampled_from(("", *KIND_WORDS)))
@example("\ud800", "")
@example("[::", "")
@example("http://[", "url")
def test_any_text_is_one_thing_or_refused(text: str, kind: str) -> None:
    found = detect(text, kind)
    assert isinstance(found, NotSought) or (found.kind in KIND_WORDS and found.indicator.type in SOUGHT_TYPES)


@given(st.sampled_from([value for _, _, value in KINDS]) | st.from_regex(r"[a-z0-9.:/-]{1,40}", fullmatch=True))
def test_a_canonical_value_stays_as_it_is(text: str) -> None:
    found = detect(text)
    if isinstance(found, Sought):
        again = detect(found.value, found.kind)
        assert isinstance(again, Sought)
        assert again.value == found.value


@given(st.ip_addresses())
def test_an_address_has_one_spelling(address: object) -> None:
    text = str(address)
    assert canonical_ip(text.upper()) == canonical_ip(canonical_ip(text))


def test_an_indicator_of_a_search_says_its_type() -> None:
    types = [
        found.indicator.type
        for found in map(detect, ("203.0.113.9", "2001:db8::1", "host"))
        if isinstance(found, Sought)
    ]
    assert types == [IP, IPV6, FQDN_TYPE]


def test_urls_compare_without_scheme_and_empty_path() -> None:
    assert without_scheme("http://bad.example/") == without_scheme("https://bad.example") == "bad.example"
    assert without_scheme("http://bad.example/a/") == "bad.example/a/"
    assert isinstance(sought_url("http://10.1.2.3/x y"), tuple)
