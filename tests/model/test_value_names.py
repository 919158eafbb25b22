"""Domain names, hashes, type names, and what a value looks like under a wrong type."""

from __future__ import annotations

import pytest
from hypothesis import given
from made_values import name

from iocbeam.model.indicator import CIDR, FQDN, INDICATOR_TYPES, IP, IPV6, MD5, SHA1, SHA256, URL
from iocbeam.model.outcome import Ended
from iocbeam.model.values import canonical_domain, canonical_hash, canonical_value, type_of_name
from iocbeam.model.values.types import ADDRESS_AND_PORT, ANY_ADDRESS, ANY_HASH

HASHES = {MD5: "0123456789abcdefABCDEF0123456789", SHA1: "aB" * 20, SHA256: "fF" * 32}


def reason(found: object) -> str | None:
    return found.reason if isinstance(found, Ended) else None


@given(name)
def test_every_spelling_of_a_name_has_one_canonical_value(text: str) -> None:
    spellings = (text, text.upper(), f"{text}.", text.replace(".", "\u3002"), text.replace("e", "\uff45"))
    assert {canonical_domain(spelling) for spelling in spellings} == {text}


@pytest.mark.parametrize(
    ("text", "ascii_name"),
    [
        ("B\u00fccher.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
        ("fa\u00df.example", "xn--fa-hia.example"),
        # A capital sharp s is the small one and never ss; a capital sigma is never the final one.
        ("FA\u1e9e.example", "xn--fa-hia.example"),
        ("\u0392\u038c\u039b\u039f\u03a3.example", "xn--nxasmq6b.example"),
        ("a\u00adb.example", "ab.example"),
        ("_dmarc.a_b.example", "_dmarc.a_b.example"),
        ("r3---sn.example", "r3---sn.example"),
    ],
)
def test_a_name_is_the_one_that_a_browser_would_look_up(text: str, ascii_name: str) -> None:
    assert canonical_domain(text) == ascii_name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("com", "too_broad"),
        ("co.uk", "too_broad"),
        ("github.io", "too_broad"),
        ("xn--55qx5d.cn", "too_broad"),
        ("\u516c\u53f8.cn", "too_broad"),
        ("\u0440\u0444", "too_broad"),
        # All that stands under these two is a public suffix.
        ("sch.uk", "too_broad"),
        ("compute.amazonaws.com", "too_broad"),
        ("*.example.com", "wildcard"),
        ("despachosnegocios", "malformed_domain"),
        ("1.2.3.4", "malformed_domain"),
        ("a.0x7f", "malformed_domain"),
        ("a..example", "malformed_domain"),
        (".a.example", "malformed_domain"),
        ("a.example..", "malformed_domain"),
        ("-a.example", "malformed_domain"),
        ("a-.example", "malformed_domain"),
        ("a b.example", "malformed_domain"),
        ("a.example:80", "malformed_domain"),
        ("a@b.example", "malformed_domain"),
        ("a%2eb.example", "malformed_domain"),
        ("xn--a.example", "malformed_domain"),
        ("\ud800.example", "malformed_domain"),
        (f"{'a' * 64}.example", "malformed_domain"),
        (".".join(["a" * 60] * 5), "malformed_domain"),
        ("\u2026.example", "malformed_domain"),
        ("", "malformed_domain"),
        (".", "malformed_domain"),
    ],
)
def test_what_is_no_name_to_block_ends_with_its_reason(text: str, why: str) -> None:
    assert reason(canonical_domain(text)) == why


def test_a_name_may_be_as_long_as_dns_allows_and_no_longer() -> None:
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert canonical_domain(longest) == longest
    assert reason(canonical_domain(f"{longest}d")) == "malformed_domain"


@pytest.mark.parametrize("kind", HASHES)
def test_a_hash_is_lower_case_and_exactly_as_long_as_its_type(kind: str) -> None:
    digits = HASHES[kind]
    assert canonical_hash(kind, digits) == digits.lower()
    for wrong in (digits[1:], f"{digits}0", f"g{digits[1:]}", f"\uff11{digits[1:]}", f"{digits}\n", ""):
        assert reason(canonical_hash(kind, wrong)) == "malformed_hash"


def test_a_hash_of_no_stated_kind_gets_the_type_of_its_length() -> None:
    for kind, digits in HASHES.items():
        assert canonical_value(ANY_HASH, digits) == (kind, digits.lower())
    assert reason(canonical_value(ANY_HASH, "ab" * 28)) == "malformed_hash"


@pytest.mark.parametrize("kind", INDICATOR_TYPES)
def test_a_type_is_known_without_case_and_separators(kind: str) -> None:
    for spelling in (kind, kind.upper(), kind.replace(" ", "_"), kind.replace("-", ""), f" {kind.lower()} "):
        assert type_of_name(spelling) == kind


@pytest.mark.parametrize(
    ("alias", "kind"),
    [
        ("ipv4-addr", IP),
        ("IPv4", IP),
        ("ipv6-addr", IPV6),
        ("ip-dst", ANY_ADDRESS),
        ("ip:port", ADDRESS_AND_PORT),
        ("ip-dst|port", ADDRESS_AND_PORT),
        ("netblock", CIDR),
        ("domain-name", FQDN),
        ("hostname", FQDN),
        ("md5_hash", MD5),
        ("FileHash-SHA1", SHA1),
        ("FileSha256", SHA256),
        ("sha256_hash", SHA256),
        ("DomainName", FQDN),
        ("Url", URL),
        ("hash", ANY_HASH),
        ("email", None),
        ("CertificateThumbprint", None),
        ("domain|ip", None),
        ("", None),
        ("url" * 40, None),
    ],
)
def test_common_feeds_names_of_types_are_known(alias: str, kind: str | None) -> None:
    assert type_of_name(alias) == kind


FORMS = {
    IP: "45.9.1.2",
    IPV6: "2a02:cf40::1",
    CIDR: "45.9.1.0/24",
    FQDN: "a.example",
    URL: "http://a.example/x",
    **HASHES,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("declared", FORMS)
def test_the_right_form_under_the_wrong_type_is_told_what_it_looks_like(declared: str, form: str) -> None:
    found = canonical_value(declared, FORMS[form])
    if declared == form:
        assert found == (form, FORMS[form].lower())
    elif declared == URL and form in (IP, CIDR, FQDN):
        # A host without a scheme, or with a path: a URL as people write it.
        assert found == (URL, FORMS[form])
    else:
        assert reason(found) == "type_mismatch"
        assert isinstance(found, Ended)
        assert found.message == f"declared {declared}, looks like {form}"


def test_a_range_of_one_address_is_an_address() -> None:
    assert canonical_value(CIDR, "45.9.1.2/32") == (IP, "45.9.1.2")
    assert canonical_value(IP, "45.9.1.2/32") == (IP, "45.9.1.2")
    assert canonical_value(CIDR, "2a02:cf40::1/128") == (IPV6, "2a02:cf40::1")
    assert reason(canonical_value(IP, "45.9.1.2/24")) == "type_mismatch"
    assert reason(canonical_value(IPV6, "45.9.1.2/32")) == "type_mismatch"


@pytest.mark.parametrize(
    "name", ["payroll.local", "files.corp", "nas.home.arpa", "db.internal", "printer.lan", "a.localhost"]
)
def test_a_name_of_local_networks_is_not_public(name: str) -> None:
    found = canonical_domain(name)
    assert isinstance(found, Ended)
    assert found.reason == "not_public"


@pytest.mark.parametrize("name", ["amazonaws.com", "us-east-1.amazonaws.com"])
def test_a_name_above_public_suffixes_is_too_broad(name: str) -> None:
    found = canonical_domain(name)
    assert isinstance(found, Ended)
    assert found.reason == "too_broad"


@pytest.mark.parametrize("name", ["evil.example", "home.example.com", "local.example", "corp.example.com"])
def test_a_name_beside_public_suffixes_or_like_a_local_one_is_fine(name: str) -> None:
    assert canonical_domain(name) == name
