"""What each kind of value is asked for, and what is shown of it: over TLS, in a local tenant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from search_help import (
    ADDRESS_ALERT,
    FILE_ALERT,
    LAPTOP,
    MD5,
    OTHER_URL_ALERT,
    SERVER,
    SHA1,
    SHA256,
    URL_ALERT,
    Searcher,
    ago,
    alert,
    machine,
)

HUNT = "/v1.0/security/runHuntingQuery"
LIST = "/api/machines?lastSeen ge "
Search = Callable[..., Searcher]


def test_private_address(searcher: Search) -> None:
    search = searcher()
    said = search("10.1.2.7")
    assert said.status == 0
    assert search.asked == [
        "/api/machines/findbyip(ip='10.1.2.7',timestamp=NOW)",
        "/api/machines?lastIpAddress eq '10.1.2.7'",
        "/api/ips/10.1.2.7/alerts",
    ]
    assert "10.1.2.7 is a private IP address" in said.out
    assert "laptop-7.corp.example.com" in said.out
    assert "last address" in said.out
    assert "server-9" not in said.out
    assert "Alerts: none found." in said.out


def test_public_address_of_a_machine(searcher: Search) -> None:
    search = searcher()
    said = search("203.0.113.7")
    assert said.status == 0
    assert search.asked == [
        "/api/ips/203.0.113.7/stats",
        "/api/machines?lastIpAddress eq '203.0.113.7'",
        HUNT,
        f"/api/machines/{LAPTOP}",
        HUNT,
        "/api/ips/203.0.113.7/alerts",
    ]
    assert "laptop-7.corp.example.com" in said.out
    assert "public address" in said.out
    assert "High" in said.out
    assert "Spoken to by no machine of the organisation" in said.out


def test_public_address_that_a_machine_spoke_to(searcher: Search) -> None:
    search = searcher()
    said = search("203[.]0[.]113[.]66")
    assert said.status == 0
    assert "Spoken to by 1 machine of the organisation" in said.out
    assert "spoke to it" in said.out
    assert f"Title of {ADDRESS_ALERT}" in said.out
    assert "evidence[1].ipAddress" in said.out
    assert search.asked[-1] == f"/api/alerts/{ADDRESS_ALERT}"


def test_hostname(searcher: Search) -> None:
    search = searcher()
    said = search("Laptop-7")
    assert said.status == 0
    first, *others = search.asked
    assert first.startswith(LIST)
    assert others == [f"/api/machines/{LAPTOP}/alerts"]
    assert f"Title of {ADDRESS_ALERT}" in said.out
    assert f"Title of {URL_ALERT}" in said.out
    assert f"Title of {FILE_ALERT}" not in said.out
    assert "compared with those of the 2 machines that reported in the last 30 days" in said.out


@pytest.mark.parametrize("written", ["laptop-7", "LAPTOP-7", "Laptop-7"])
def test_case_does_not_count_in_a_hostname(searcher: Search, written: str) -> None:
    search = searcher()
    search.tenant.edit_machine(LAPTOP, computerDnsName="LAPTOP-7")
    search.tenant.seed_machines([machine("c3" * 20, "laptop-7.corp.example.com", "10.1.2.8", "203.0.113.8")])
    said = search(written)
    assert said.status == 0
    assert "Devices: 2" in said.out
    assert "LAPTOP-7 " in said.out
    assert "laptop-7.corp.example.com" in said.out


def test_the_beginning_of_a_hostname_is_another_name(searcher: Search) -> None:
    said = searcher()("laptop")
    assert said.status == 0
    assert "Devices: none found." in said.out
    assert "Alerts: not asked, as there is no machine of that name." in said.out


def test_a_bare_word_may_be_a_file(searcher: Search) -> None:
    search = searcher()
    assert "a file name as well: --kind file_name looks for that" in search("notepad").out
    assert "--kind" not in search("notepad", "--kind", "hostname").out


def test_the_list_of_machines_is_read_once_for_all_names(searcher: Search) -> None:
    search = searcher()
    said = search("LAPTOP-7", "server-9.corp.example.com", "203.0.113.7", "--hunting", "off")
    assert said.status == 0
    assert sum(call.startswith(LIST) for call in search.asked) == 1
    assert said.out.count("Devices: 1") == 3


def test_name_of_a_machine(searcher: Search) -> None:
    search = searcher()
    said = search("laptop-7.corp.example.com")
    assert said.status == 0
    first, second, *others = search.asked
    assert first == "/api/domains/laptop-7.corp.example.com/stats"
    assert second.startswith(LIST)
    assert others == [
        "/api/domains/laptop-7.corp.example.com/machines",
        "/api/domains/laptop-7.corp.example.com/alerts",
        f"/api/machines/{LAPTOP}/alerts",
    ]
    assert "Spoken to by no machine of the organisation" in said.out
    assert "Devices: 1" in said.out
    assert "Alerts: 2" in said.out


def test_case_does_not_count_in_the_name_of_a_machine(searcher: Search) -> None:
    search = searcher()
    search.tenant.edit_machine(LAPTOP, computerDnsName="LAPTOP-7.CORP.EXAMPLE.COM")
    said = search("laptop-7.corp.example.com")
    assert said.status == 0
    assert "Devices: 1" in said.out


def test_domain_that_machines_spoke_to(searcher: Search) -> None:
    search = searcher()
    said = search("bad.example")
    assert said.status == 0
    assert "Devices: 2" in said.out
    assert "spoke to it" in said.out
    assert "Alerts: 2" in said.out
    assert "evidence[0].url" in said.out
    assert "Names under bad.example are not asked for" in said.out
    assert not any(call.endswith(f"{LAPTOP}/alerts") for call in search.asked), "alerts of those that spoke to it"


def test_url_shows_only_alerts_with_this_url(searcher: Search) -> None:
    search = searcher()
    said = search("http://bad.example/a/b")
    assert said.status == 0
    assert f"Title of {URL_ALERT}" in said.out
    assert OTHER_URL_ALERT not in said.out
    assert "1 other alert shows the host bad.example, and not this URL" in said.out
    assert "/api/domains/bad.example/alerts" in search.asked


def test_url_of_an_address(searcher: Search) -> None:
    search = searcher()
    search.tenant.edit_alert(
        ADDRESS_ALERT,
        evidence=[
            {"entityType": "Ip", "ipAddress": "203.0.113.66"},
            {"entityType": "Url", "url": "http://203.0.113.66/x"},
        ],
    )
    said = search("http://203.0.113.66/x", "http://203.0.113.66/y")
    assert said.status == 0
    assert "/api/ips/203.0.113.66/alerts" in search.asked
    assert said.out.count(f"Title of {ADDRESS_ALERT}") == 1


@pytest.mark.parametrize(("kind", "value"), [("sha1", SHA1), ("sha256", SHA256)], ids=["sha1", "sha256"])
def test_hash_that_the_service_knows(searcher: Search, kind: str, value: str) -> None:
    search = searcher()
    said = search(value.upper())
    assert said.status == 0
    assert search.asked == [
        f"/api/files/{value}",
        f"/api/files/{SHA1}/stats",
        f"/api/files/{SHA1}/machines",
        f"/api/files/{SHA1}/alerts",
        f"/api/alerts/{FILE_ALERT}",
    ]
    assert f"{'SHA-256 ' + SHA256 if kind == 'sha1' else 'SHA-1 ' + SHA1}" in said.out
    assert "product Exemplar Suite" in said.out
    assert "Known as Dropper.EXE" in said.out
    assert "server-9.corp.example.com" in said.out
    assert f"evidence[0].{kind}" in said.out


def test_md5_is_looked_up_where_the_service_takes_it(searcher: Search) -> None:
    search = searcher(md5_lookup="found")
    said = search(MD5)
    assert said.status == 0
    assert HUNT not in search.asked
    assert f"Title of {FILE_ALERT}" in said.out


@pytest.mark.parametrize("lookup", ["invalid", "not_found"])
def test_md5_is_hunted_for_where_the_service_does_not_take_it(searcher: Search, lookup: str) -> None:
    search = searcher(md5_lookup=lookup)
    said = search(MD5)
    assert said.status == 0
    assert search.asked == [
        f"/api/files/{MD5}",
        HUNT,
        f"/api/machines/{SERVER}",
        f"/api/files/{SHA1}/stats",
        f"/api/files/{SHA1}/machines",
        f"/api/files/{SHA1}/alerts",
        f"/api/alerts/{FILE_ALERT}",
    ]
    assert f"Title of {FILE_ALERT}" in said.out


def test_every_file_of_an_md5_is_asked_about(searcher: Search) -> None:
    search = searcher()
    other = "c3" * 20
    file = {"entityType": "File", "sha1": other, "fileName": "twin.exe"}
    files = {"da6_1": [{"sha1": other, "md5": MD5}]}
    search.tenant.seed_alerts([alert("da6_1", LAPTOP, "laptop-7", 1, file)], files=files)
    said = search(MD5)
    assert said.status == 0
    assert "Alerts: 2" in said.out
    assert "Devices: 2" in said.out
    text = " ".join(said.out.split())
    assert "2 files have this MD5" in text
    top = text.partition("Devices:")[0]
    assert f"the statistics only of SHA-1 {SHA1}. The others: SHA-1 {other}" in top or (
        f"the statistics only of SHA-1 {other}. The others: SHA-1 {SHA1}" in top
    )
    assert "The same file" not in text


def test_file_name(searcher: Search) -> None:
    search = searcher()
    said = search(r"C:\Temp\DROPPER.exe")
    assert said.status == 0
    assert search.asked[0].startswith("/api/alerts?lastUpdateTime ge ")
    assert search.asked[1:] == [f"/api/alerts/{FILE_ALERT}/files", HUNT, f"/api/machines/{SERVER}"]
    assert "evidence[0].fileName" in said.out
    assert "has or had it" in said.out
    assert "Looked through 4 alerts of the last 30 days." in said.out


def test_name_of_a_product(searcher: Search) -> None:
    search = searcher()
    said = search("Exemplar Suite", "--kind", "file_name")
    assert said.status == 0
    assert "files[0].fileProductName" in said.out
    assert f"Title of {FILE_ALERT}" in said.out


def test_several_file_names_read_the_alerts_once(searcher: Search) -> None:
    search = searcher()
    said = search("dropper.exe", "other.exe", "dropper.exe")
    assert said.status == 0
    assert sum(call.startswith("/api/alerts?") for call in search.asked) == 1
    assert sum(call.endswith("/files") for call in search.asked) == 1
    assert said.out.count("is a file name") == 2
    assert said.out.count(f"Title of {FILE_ALERT}") == 1


def test_alerts_before_the_days_are_counted_and_not_shown(searcher: Search) -> None:
    search = searcher()
    said = search("203.0.113.66", "laptop-7", SHA1, "--days", "1")
    assert said.status == 0
    assert "Title of " + ADDRESS_ALERT not in said.out
    assert "Title of " + FILE_ALERT in said.out, "of 20 hours ago"
    text = " ".join(said.out.split())
    assert "1 older alert is not shown: not updated in the last day, see --days." in text
    assert "2 older alerts are not shown" in text
    assert f"/api/alerts/{ADDRESS_ALERT}" not in search.asked, "no call for what is not shown"


def test_an_old_alert_that_was_updated_lately_is_shown(searcher: Search) -> None:
    search = searcher()
    search.tenant.edit_alert(ADDRESS_ALERT, lastUpdateTime=ago(2))
    said = search("203.0.113.66", "--days", "1")
    assert "Title of " + ADDRESS_ALERT in said.out


def test_what_is_nowhere_is_no_failure(searcher: Search) -> None:
    search = searcher()
    said = search("203.0.113.200", "nowhere.example", "e" * 40, "nohost", "none.exe", "f" * 32)
    assert said.status == 0
    assert said.out.count("Devices: none found.") == 6
    assert said.out.count("Alerts: none found.") == 4
    assert "Alerts: not asked, as there is no machine of that name." in said.out
    assert "Alerts: not asked, as the SHA-1 of the file is not known." in said.out
    assert "Exit status 0: everything that can be asked was asked." in said.out
