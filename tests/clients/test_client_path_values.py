"""Values in paths: none can reach another call than the one that it is for."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from requests import Request
from urllib3.util import parse_url

from iocbeam.clients.http.path_values import (
    address_part,
    alert_part,
    domain_part,
    hash_part,
    machine_part,
    sha1_part,
)

Part = Callable[[str], str]
PARTS: dict[str, tuple[Part, str]] = {
    "machine": (machine_part, "/api/machines/{}/alerts"),
    "alert": (alert_part, "/api/alerts/{}/files"),
    "domain": (domain_part, "/api/domains/{}/machines"),
    "address": (address_part, "/api/ips/{}/alerts"),
    "sha1": (sha1_part, "/api/files/{}/machines"),
    "hash": (hash_part, "/api/files/{}/stats"),
    "by_ip": (address_part, "/api/machines/findbyip(ip='{}',timestamp=2026-11-20T08:00:00Z)"),
}
SHARP = st.text(
    st.one_of(st.sampled_from("./\\?#%:;@&=+,()'\"~-_ \n\0é\u2024\u3002\uff0f"), st.characters()), max_size=12
)
NEAR = st.one_of(
    SHARP,
    st.sampled_from(
        ["..", ".", "%2e%2e", "..%2f", "findbyip(ip='203.0.113.7',timestamp=x)", "a/../b", "a%00", "%", ""]
    ),
    st.tuples(st.sampled_from(["host", "da63_1", "bad.example", "203.0.113.7", "2001:db8::1"]), SHARP).map(
        "".join
    ),
)


@pytest.mark.parametrize("name", PARTS)
@given(value=NEAR)
@example(value="..")
@example(value="2001:db8::1%eth0/..")
@example(value="203.0.113.7')/../alerts?x=('")
def test_no_value_reaches_another_path(name: str, value: str) -> None:
    """As it goes over the wire, after all that requests and urllib3 do to a URL."""
    part, template = PARTS[name]
    try:
        quoted = part(value)
    except ValueError:
        return
    url = Request("GET", f"https://host.example{template.format(quoted)}").prepare().url
    assert url is not None
    sent = parse_url(url)
    before, after = template.split("{}")
    assert (sent.host, sent.query, sent.fragment) == ("host.example", None, None)
    assert sent.path is not None
    path = sent.path
    assert path.startswith(before)
    assert path.endswith(after)
    middle = path[len(before) : len(path) - len(after)]
    assert middle.strip(".")
    assert re.fullmatch(r"(?:[A-Za-z0-9._~-]|%[89A-F][0-9A-F]|%3A)+", middle), "what could be read as a path"


@pytest.mark.parametrize(
    ("part", "value", "quoted"),
    [
        (machine_part, "ab" * 20, "ab" * 20),
        (machine_part, "WS-01_a.contoso.example", "WS-01_a.contoso.example"),
        (machine_part, "büro-1", "b%C3%BCro-1"),
        (alert_part, "da637472900382838869_1364969609", "da637472900382838869_1364969609"),
        (alert_part, "ar63_-9", "ar63_-9"),
        (domain_part, "Bad.Example.", "bad.example"),
        (domain_part, "_dmarc.xn--bro-hoa.example", "_dmarc.xn--bro-hoa.example"),
        (address_part, "203.0.113.7", "203.0.113.7"),
        (address_part, "2001:DB8:0::1", "2001%3Adb8%3A%3A1"),
        (sha1_part, "AB" * 20, "ab" * 20),
        (hash_part, "AB" * 32, "ab" * 32),
        (hash_part, "ab" * 16, "ab" * 16),
    ],
)
def test_what_services_use_is_taken(part: Part, value: str, quoted: str) -> None:
    assert part(value) == quoted


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (machine_part, ""),
        (machine_part, ".."),
        (machine_part, "a b"),
        (machine_part, "a/b"),
        (machine_part, "x" * 256),
        (machine_part, "findbyip"),
        (machine_part, "SoftwareInventoryByMachine"),
        (machine_part, "softwarevulnerabilitiesbymachine"),
        (alert_part, "a/../b"),
        (alert_part, ".."),
        (domain_part, "bad..example"),
        (domain_part, "büro.example"),
        (domain_part, "bad.example/stats"),
        (address_part, "203.0.113.07"),
        (address_part, "203.0.113.0/24"),
        (address_part, "fe80::1%eth0"),
        (sha1_part, "ab" * 32),
        (sha1_part, "zz" * 20),
        (hash_part, "ab" * 24),
        (hash_part, "ab" * 20 + "\n"),
    ],
)
def test_what_could_not_be_such_a_value_is_refused(part: Part, value: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(value)) + "|does not appear"):
        part(value)


def test_a_machine_may_be_called_after_another_call_as_long_as_it_is_not_its_name() -> None:
    assert machine_part("softwareinventory-01") == "softwareinventory-01"
