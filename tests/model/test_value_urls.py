"""URLs: what becomes canonical, what is refused, and what the parts are."""

from __future__ import annotations

import can_ada
import pytest
from hypothesis import given
from made_values import url

from iocbeam.model.outcome import Ended
from iocbeam.model.values import canonical_url, url_host
from iocbeam.model.values.urls import has_path, with_scheme


@given(url)
def test_the_host_is_the_one_that_a_browser_visits_and_the_rest_is_as_given(text: str) -> None:
    found = canonical_url(text)
    if isinstance(found, str):
        assert url_host(found) == can_ada.parse(text).hostname
        start = text.index("/", 8)
        assert found.endswith(text[start:])


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("HTTP://EVIL.Example/Path?Q=1#F", "http://evil.example/Path?Q=1#F"),
        ("http://evil.example:80/", "http://evil.example/"),
        ("https://evil.example:0443/", "https://evil.example/"),
        ("https://evil.example:80/", "https://evil.example:80/"),
        ("http://evil.example:/", "http://evil.example/"),
        ("http://evil.example./x", "http://evil.example/x"),
        ("http://evil.example", "http://evil.example"),
        ("http://evil.example?x", "http://evil.example?x"),
        ("http://evil.example/a/../b/%41", "http://evil.example/a/../b/%41"),
        ("http://evil.example/\u00e9?\u00fc#\u00df", "http://evil.example/%C3%A9?%C3%BC#%C3%9F"),
        ("http://b\u00fccher.example/", "http://xn--bcher-kva.example/"),
        ("http://FA\u1e9e.example/", "http://xn--fa-hia.example/"),
        ("http://a_b.example/", "http://a_b.example/"),
        ("http://45.9.1.2:8080/x", "http://45.9.1.2:8080/x"),
        ("http://[2A02:CF40::0:1]:8080/x", "http://[2a02:cf40::1]:8080/x"),
        ("http://github.io/x", "http://github.io/x"),
        ("evil.example/x", "evil.example/x"),
        # Without a scheme no port is the default one.
        ("evil.example:80/x", "evil.example:80/x"),
        ("evil.example:0443/x", "evil.example:443/x"),
        ("evil.example/r?u=http://good.example/", "evil.example/r?u=http://good.example/"),
    ],
)
def test_scheme_and_host_become_canonical(text: str, canonical: str) -> None:
    assert canonical_url(text) == canonical


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("http://evil.example/long\u2026", "truncated"),
        ("http://evil.example/long...", "truncated"),
        ("http://*.evil.example/", "wildcard"),
        ("http://evil.example/?id=*", "wildcard"),
        ("ftp://evil.example/x", "scheme_unsupported"),
        ("javascript://evil.example/x", "scheme_unsupported"),
        ("http://good.example@evil.example/", "url_credentials"),
        ("http://@evil.example/", "url_credentials"),
        ("http://1.2.3/", "host_rewritten"),
        ("http://0x7f.1/", "host_rewritten"),
        ("http://1.2.3.4./", "host_rewritten"),
        ("http://16909060/", "host_rewritten"),
        ("http://\uff11.2.3.4/", "host_rewritten"),
        ("http://ev%69l.example/", "host_rewritten"),
        ("http://\u00e9%2eevil.example/", "host_rewritten"),
        ("http://127.0.0.1/", "not_public"),
        ("http://[::1]/", "not_public"),
        ("http://[::ffff:8.8.8.8]/", "not_public"),
        ("http://localhost/", "not_public"),
        ("http://intranet:8080/x", "not_public"),
        ("http://evil.example/a b", "malformed_url"),
        ("http://evil.example\\x", "malformed_url"),
        ("http://evil.example/\t", "malformed_url"),
        ("http://evil.example/\x7f", "malformed_url"),
        ("http:///evil.example", "malformed_url"),
        ("http://", "malformed_url"),
        ("http:/evil.example/", "malformed_url"),
        ("http:evil.example", "malformed_url"),
        ("//evil.example/x", "malformed_url"),
        ("http://evil.example:99999/", "malformed_url"),
        ("http://evil.example:80:80/", "malformed_url"),
        ("http://evil.example:8O/", "malformed_url"),
        ("http://evil..example/", "malformed_url"),
        ("http://evil.example../", "malformed_url"),
        ("http://[2a02::1/", "malformed_url"),
        ("http://xn--a.example/", "malformed_url"),
        ("http://evil.example/\ud800", "malformed_url"),
        ("http://\ud800.example/", "malformed_url"),
        ("d41d8cd98f00b204e9800998ecf8427e", "malformed_url"),
        ("localhost", "malformed_url"),
        ("", "malformed_url"),
        ("http://a.example/" + "\u00e9" * 6_000, "too_long"),
    ],
)
def test_a_url_that_cannot_be_kept_as_meant_ends_with_its_reason(text: str, why: str) -> None:
    found = canonical_url(text)
    assert isinstance(found, Ended)
    assert found.reason == why


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://evil.example", "evil.example"),
        ("https://evil.example:8443/x:y/@", "evil.example"),
        ("http://[2a02:cf40::1]:8080/x", "2a02:cf40::1"),
        ("evil.example:80/x", "evil.example"),
        ("evil.example?u=http://good.example/", "evil.example"),
        ("evil.example/r?u=https://good.example/", "evil.example"),
    ],
)
def test_the_host_of_a_url_is_never_that_of_a_url_in_its_query(address: str, host: str) -> None:
    assert url_host(address) == host


@pytest.mark.parametrize("rest", ["", "/", "/#", "#top", "?", "/?", "/.", "//", "/./", "/?#x"])
def test_a_url_that_leads_to_its_host_alone_has_no_path(rest: str) -> None:
    assert not has_path(f"https://evil.example{rest}")
    assert not has_path(f"evil.example{rest}")


@pytest.mark.parametrize("rest", ["/x", "/?x", "?x", "/.well-known", "/x#top"])
def test_anything_further_is_a_path(rest: str) -> None:
    assert has_path(f"https://evil.example{rest}")
    assert has_path(f"evil.example{rest}")


def test_a_scheme_that_is_added_takes_its_default_port_away() -> None:
    assert with_scheme("evil.example:80/x", "http") == "http://evil.example/x"
    assert with_scheme("evil.example:80/x", "https") == "https://evil.example:80/x"
    assert with_scheme("evil.example:443/x", "https") == "https://evil.example/x"
