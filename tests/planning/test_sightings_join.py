"""Indicators meet the entities that they should, and no others."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iocbeam.model.entities import Entity
from iocbeam.model.indicator import Indicator
from iocbeam.model.key_filter import KeyFilter
from iocbeam.planning.sightings.join import Sought, add_to_filter, may_be_seen

SHA1 = "a1" * 20


def entity(kind: str, value: str) -> Entity:
    return Entity(kind, value, value, "evidence[0].x")


@pytest.mark.parametrize(
    ("indicator", "seen", "compared"),
    [
        pytest.param(("IP Address", "8.8.8.8"), ("ip", "8.8.8.8"), "ip", id="address"),
        pytest.param(("IPv6 Address", "2606:4700::1"), ("ip", "2606:4700::1"), "ip", id="ipv6"),
        pytest.param(("CIDR Block", "8.8.8.0/22"), ("ip", "8.8.10.1"), "ip", id="range"),
        pytest.param(("CIDR Block", "2606:4700::/33"), ("ip", "2606:4700:1::1"), "ip", id="range-v6"),
        pytest.param(("CIDR Block", "8.0.0.0/7"), ("ip", "9.1.2.3"), "ip", id="range-wider-than-8"),
        pytest.param(("FQDN", "example.com"), ("domain", "example.com"), "domain", id="name"),
        pytest.param(("FQDN", "example.com"), ("domain", "a.b.example.com"), "domain", id="name-under-it"),
        pytest.param(("FQDN", "example.com"), ("url", "https://a.example.com/x"), "domain", id="host-of-url"),
        pytest.param(("FQDN", "example.com"), ("url", "a.example.com/x"), "domain", id="host-of-bare-url"),
        pytest.param(("IP Address", "8.8.8.8"), ("url", "http://8.8.8.8:81/x"), "ip", id="address-of-url"),
        pytest.param(("CIDR Block", "8.8.8.0/24"), ("url", "http://8.8.8.8/"), "ip", id="range-of-url"),
        pytest.param(("URL", "http://h.example.com/a?b"), ("url", "http://h.example.com/a?b"), "url", id="url"),
        pytest.param(
            ("URL", "http://h.example.com/a"), ("url", "https://h.example.com/a"), "url", id="other-scheme"
        ),
        pytest.param(("URL", "h.example.com/a"), ("url", "https://h.example.com/a"), "url", id="without-scheme"),
        pytest.param(("URL", "http://h.example.com/a"), ("url", "h.example.com/a#top"), "url", id="fragment"),
        pytest.param(("URL", "http://h.example.com"), ("domain", "h.example.com"), "domain", id="url-is-a-host"),
        pytest.param(
            ("URL", "http://h.example.com/"), ("url", "http://h.example.com/x"), "domain", id="host-only"
        ),
        pytest.param(("URL", "http://8.8.8.8/"), ("url", "http://8.8.8.8/x"), "ip", id="address-only-url"),
        pytest.param(("URL", "http://8.8.8.8/"), ("ip", "8.8.8.8"), "ip", id="address-only-url-and-address"),
        pytest.param(("URL", "https://h.example.com/x"), ("url", "h.example.com:443/x"), "url", id="usual-port"),
        pytest.param(("URL", "http://h.example.com/x"), ("url", "h.example.com:80/x"), "url", id="usual-port-80"),
        pytest.param(
            ("URL", "http://h.example.com/a%2fb"), ("url", "http://h.example.com/a%2Fb"), "url", id="escape"
        ),
        pytest.param(
            ("URL", "http://h.example.com/x?"), ("url", "http://h.example.com/x"), "url", id="empty-query"
        ),
        pytest.param(("URL", "http://[2606:4700::1]/x"), ("url", "[2606:4700::1]:443/x"), "url", id="ipv6-url"),
        pytest.param(("SHA-1", SHA1), ("sha1", SHA1), "sha1", id="sha1"),
        pytest.param(("SHA-256", "b2" * 32), ("sha256", "b2" * 32), "sha256", id="sha256"),
        pytest.param(("MD5", "c3" * 16), ("md5", "c3" * 16), "md5", id="md5"),
        pytest.param(("File Name", "evil.exe"), ("file_name", "evil.exe"), "file_name", id="file-name"),
    ],
)
def test_an_indicator_meets(indicator: tuple[str, str], seen: tuple[str, str], compared: str) -> None:
    sought = Indicator(*indicator)
    shown = [entity(*seen)]
    [match] = Sought([sought]).matches(shown)
    assert (match.indicator, match.entity, match.observed) == (sought, compared, seen[1])
    keys = KeyFilter()
    add_to_filter(shown, keys)
    assert may_be_seen(sought, keys)


@pytest.mark.parametrize(
    ("indicator", "seen"),
    [
        pytest.param(("FQDN", "a.example.com"), ("domain", "example.com"), id="parent-is-not-hit"),
        pytest.param(("FQDN", "example.com"), ("domain", "notexample.com"), id="other-name"),
        pytest.param(("URL", "http://h.example.com/"), ("domain", "a.h.example.com"), id="host-only-is-no-domain"),
        pytest.param(("URL", "http://h.example.com/a"), ("url", "http://h.example.com/A"), id="path-has-case"),
        pytest.param(("URL", "http://h.example.com/a"), ("url", "http://h.example.com/a/b"), id="longer-path"),
        pytest.param(("URL", "http://h.example.com/a"), ("domain", "h.example.com"), id="host-alone"),
        pytest.param(("URL", "http://h.example.com/a"), ("url", "http://h.example.com:8080/a"), id="other-port"),
        pytest.param(("CIDR Block", "8.8.8.0/25"), ("ip", "8.8.8.200"), id="outside-of-range"),
        pytest.param(("SHA-1", SHA1), ("sha256", "b2" * 32), id="other-hash"),
    ],
)
def test_an_indicator_does_not_meet(indicator: tuple[str, str], seen: tuple[str, str]) -> None:
    assert Sought([Indicator(*indicator)]).matches([entity(*seen)]) == []


def test_an_indicator_that_two_places_show_is_matched_in_both() -> None:
    sought = Sought([Indicator("IP Address", "8.8.8.8")])
    places = [Entity("ip", "8.8.8.8", "8.8.8.8", f"evidence[{at}].ipAddress") for at in (0, 3)]
    assert [match.place for match in sought.matches(places)] == ["evidence[0].ipAddress", "evidence[3].ipAddress"]


def test_one_value_in_several_indicators_meets_all_of_them() -> None:
    sought = Sought([Indicator("URL", "http://h.example.com/"), Indicator("FQDN", "h.example.com")])
    shown = [entity("url", "http://h.example.com/x")]
    assert {match.indicator.type for match in sought.matches(shown)} == {"URL", "FQDN"}


_labels = st.lists(st.sampled_from(("a", "b", "evil", "example")), min_size=1, max_size=3)
_names = _labels.map(lambda labels: ".".join([*labels, "com"]))
_v4 = st.integers(0x08000000, 0x08000FFF).map(lambda number: str(ip_address(number)))
_paths = st.sampled_from(("", "/", "/x", "/x?y=1"))
_entities = st.one_of(
    _v4.map(lambda value: entity("ip", value)),
    _names.map(lambda value: entity("domain", value)),
    st.builds(lambda host, path: entity("url", f"http://{host}{path or '/'}"), _names | _v4, _paths),
)
_indicators = st.one_of(
    _v4.map(lambda value: Indicator("IP Address", value)),
    _names.map(lambda value: Indicator("FQDN", value)),
    st.builds(lambda host, path: Indicator("URL", f"https://{host}{path}"), _names, _paths),
    st.builds(
        lambda value, prefix: Indicator("CIDR Block", str(ip_network(f"{value}/{prefix}", strict=False))),
        _v4,
        st.integers(7, 31),
    ),
)


def meets(indicator: Indicator, shown: Entity) -> bool:
    """The same rules, each said for itself."""
    url = urlsplit(shown.value) if shown.kind == "url" else None
    host = (url.hostname or "") if url else shown.value
    is_address = host.replace(".", "").isdigit()
    match indicator.type:
        case "IP Address":
            return host == indicator.value
        case "CIDR Block":
            return is_address and ip_address(host) in ip_network(indicator.value)
        case "FQDN":
            return not is_address and f".{host}".endswith(f".{indicator.value}")
    wanted = urlsplit(indicator.value)
    if wanted.path.strip("/") == "" and not wanted.query:
        return host == wanted.hostname
    return url is not None and (host, url.path, url.query) == (wanted.hostname, wanted.path, wanted.query)


@given(st.lists(_indicators, max_size=8, unique_by=lambda one: one.key), st.lists(_entities, max_size=8))
def test_the_join_finds_exactly_what_the_rules_say_and_the_filter_loses_nothing(
    indicators: list[Indicator], shown: list[Entity]
) -> None:
    placed = [one._replace(place=str(at)) for at, one in enumerate(shown)]
    found = {(match.indicator.key, match.place) for match in Sought(indicators).matches(placed)}
    expected = {(one.key, seen.place) for one in indicators for seen in placed if meets(one, seen)}
    assert found == expected
    keys = KeyFilter()
    add_to_filter(placed, keys)
    sighted = {key for key, _ in found}
    assert all(may_be_seen(one, keys) for one in indicators if one.key in sighted)
