"""Defanged values made whole, and whole ones left alone."""

from __future__ import annotations

import ioc_fanger  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_values import LETTERS, ipv4, ipv6, name, path

from iocbeam.model.values import canonical_url, detect_type, refang

DOTS = ("[.]", "(.)", "{.}", "[dot]", "(dot)", "[DOT]", " [.] ", "\\.", "[.", ".]")
SCHEMES = ("hxxp", "hXXp", "HXXP", "h**p", "hxtp", "meow")
COLONS = ("://", "[:]//", "[://]", "(:)//")


@given(
    name | ipv4,
    st.sampled_from(DOTS),
    st.sampled_from(SCHEMES),
    st.sampled_from(("", "s")),
    st.sampled_from(COLONS),
    st.text(LETTERS + "/=&%_~-", max_size=20).map(lambda text: f"/{text}"),
)
def test_a_defanged_value_becomes_what_it_was(
    host: str, dot: str, scheme: str, secure: str, colon: str, rest: str
) -> None:
    assert refang(host.replace(".", dot)) == host
    assert refang(f"{scheme}{secure}{colon}{host.replace('.', dot)}{rest}") == f"http{secure}://{host}{rest}"
    assert refang(f"{scheme}{secure}{colon}{host}{rest}") == f"http{secure}://{host}{rest}"


@given(
    st.sampled_from(("http", "https", "ftp")),
    name | ipv4 | ipv6.map(lambda address: f"[{address}]"),
    st.sampled_from(("", ":8080")),
    path.filter(lambda text: "[.]" not in text),
)
def test_a_whole_url_is_left_alone_whatever_its_path_holds(scheme: str, host: str, port: str, rest: str) -> None:
    text = f"{scheme}://{host}{port}{rest}"
    assert refang(text) is text


@given(name | ipv4 | ipv6.map(str) | ipv6.map(lambda address: f"[{address}]:443"))
def test_a_whole_name_or_address_is_the_same_object(text: str) -> None:
    assert refang(text) is text


@pytest.mark.parametrize(
    "text",
    [
        "meow.com",
        "hxxp.com",
        "me.example",
        "https://en.wikipedia.example/wiki/Foo_(.com)",
        "https://evil.example/?filter[at]=1&x[dot]=2",
        "https://evil.example/a(.)b{.}c",
        "https://evil.example/a[/]b",
        "https://evil.example/a\\.b",
        "https://evil.example/one dot two",
        "https://evil.example/link%20(5).html",
        "https://evil.example/((,;)https;)/;=2",
    ],
)
def test_what_only_looks_defanged_keeps_its_meaning(text: str) -> None:
    assert refang(text) is text


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("http://45[.]9[.]1[.]2/mr/Host[.]exe", "http://45.9.1.2/mr/Host.exe"),
        ("http://evil.example/Host[.]exe", "http://evil.example/Host.exe"),
        ("hxxp://evil(.)example/Host(.)exe", "http://evil.example/Host.exe"),
        ("http://evil[.]example[/]a[/]b", "http://evil.example/a/b"),
        ("http://evil\\.example/a\\.php", "http://evil.example/a.php"),
        ("evil[.]example[:]8080/x", "evil.example:8080/x"),
        ("evil dot example", "evil.example"),
        ("2a02[:]cf40[:][:]1", "2a02:cf40::1"),
        ("hxxp://[2a02:cf40::1]/x", "http://[2a02:cf40::1]/x"),
        ("user[at]evil[.]example", "user@evil.example"),
        ("45.9.1[.2", "45.9.1.2"),
    ],
)
def test_the_forms_of_real_feeds_are_made_whole(text: str, whole: str) -> None:
    assert refang(text) == whole


@pytest.mark.parametrize(
    "text",
    [
        *("evil[.]example", "evil(.)example", "evil[dot]example", "evil(dot)example", "evil{.}example"),
        *("hxxp://evil.example/x", "hXXps://evil.example/x", "http[:]//evil.example", "hxxp[://]evil.example"),
        *("45[.]9[.]1[.]2", "45.9.1[.]2", "evil [.] example"),
    ],
)
def test_we_refang_as_ioc_fanger_does(text: str) -> None:
    assert refang(text) == ioc_fanger.fang(text)


@given(st.text("evil.example[](){}<>\\ :/dotahxp*", max_size=40))
def test_refanging_never_makes_two_values_of_one(text: str) -> None:
    whole = refang(text)
    kind = detect_type(whole)
    # Whatever comes out is judged like any value: nothing of the defanging is left in what is accepted.
    if kind == "URL":
        found = canonical_url(whole)
        assert isinstance(found, str)
        assert not set("[](){}<>\\ ") & set(found.partition("://")[2].partition("/")[0].partition("?")[0])
