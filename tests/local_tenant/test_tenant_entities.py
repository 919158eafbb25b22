"""The calls that look up a domain, an IP address or a file."""

from __future__ import annotations

import pytest

SHA1, SHA256, MD5 = "a" * 40, "b" * 64, "c" * 32
UNKNOWN = "0" * 40


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


def ids(answer):
    assert answer.status_code == 200, answer.text
    return [entity["id"] for entity in answer.json()["value"]]


@pytest.fixture
def shown(start_read, machine, alert):
    """A tenant where alert 1, on machine 1, shows an address, a URL and a file, and alert 2 the URL's host."""

    def run(**switches):
        client = start_read(clock=lambda: 1_800_000_000.0, **switches)
        client.tenant.seed_machines([machine(1), machine(2)])
        evidence = [
            {"entityType": "Ip", "ipAddress": "2001:DB8:0::9"},
            {"entityType": "Url", "url": "http://bad.example/path"},
            {"entityType": "File", "sha1": SHA1.upper(), "sha256": SHA256, "fileName": "a.exe"},
        ]
        file = {"sha1": SHA1, "sha256": SHA256, "md5": MD5, "globalPrevalence": 7}
        other = alert(2, evidence[1], firstEventTime="2026-12-20T00:00:00Z", lastEventTime="2026-12-21T00:00:00Z")
        client.tenant.seed_alerts([alert(1, *evidence), other], files={"da1_-1": [file]})
        return client

    return run


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("ips/2001:db8::9/alerts", ["da1_-1"]),
        ("ips/203.0.113.1/alerts", []),
        ("domains/bad.example/alerts", ["da1_-1", "da2_-1"]),
        ("domains/BAD.example/alerts", ["da1_-1", "da2_-1"]),
        ("domains/example/alerts", []),
        ("domains/unknown.example/alerts", []),
        (f"files/{SHA1}/alerts", ["da1_-1"]),
        (f"files/{UNKNOWN}/alerts", []),
        ("domains/bad.example/machines", [f"{1:040x}", f"{2:040x}"]),
        ("domains/unknown.example/machines", []),
        (f"files/{SHA1}/machines", [f"{1:040x}"]),
        (f"files/{UNKNOWN}/machines", []),
    ],
)
def test_what_shows_a_value(shown, path, found):
    assert ids(shown().read(path)) == found


def test_alerts_of_a_value_come_without_evidence(shown):
    assert [alert["evidence"] for alert in shown().read("domains/bad.example/alerts").json()["value"]] == [[], []]


def test_machines_of_a_domain_are_capped(shown):
    assert ids(shown(domain_machines=1).read("domains/bad.example/machines")) == [f"{1:040x}"]


@pytest.mark.parametrize("part", ["alerts", "stats"])
@pytest.mark.parametrize("text", ["203.0.113.256", "bad.example", "203.0.113"])
def test_what_is_no_address_is_400(shown, text, part):
    assert error(shown().read(f"ips/{text}/{part}")) == (400, "InvalidIpAddress")


@pytest.mark.parametrize("part", ["alerts", "machines"])
@pytest.mark.parametrize("text", [SHA256, MD5, "g" * 40, "a.exe"], ids=["sha256", "md5", "no-hex", "name"])
def test_alerts_and_machines_of_a_file_are_by_sha1_only(shown, text, part):
    assert error(shown().read(f"files/{text}/{part}")) == (400, "InvalidHashValue")


@pytest.mark.parametrize("text", [SHA1, SHA1.upper(), SHA256])
def test_file_by_sha1_and_by_sha256(shown, text):
    answer = shown().read(f"files/{text}").json()
    assert (answer["sha1"], answer["md5"]) == (SHA1, MD5)


@pytest.mark.parametrize("text", [UNKNOWN, "0" * 64])
@pytest.mark.parametrize("part", ["", "/stats"])
def test_unknown_file_is_404(shown, text, part):
    assert error(shown().read(f"files/{text}{part}")) == (404, "ResourceNotFound")


@pytest.mark.parametrize("text", ["a.exe", "a" * 41, "x" * 64])
def test_what_is_no_hash_is_400(shown, text):
    assert error(shown().read(f"files/{text}")) == (400, "InvalidHashValue")


@pytest.mark.parametrize(("switch", "status"), [("invalid", 400), ("not_found", 404), ("found", 200)])
def test_file_by_md5(shown, switch, status):
    client = shown(md5_lookup=switch)
    assert client.read(f"files/{MD5}").status_code == status
    assert client.read(f"files/{'d' * 32}").status_code == (400 if switch == "invalid" else 404)


def test_file_of_evidence_alone_is_known_too(start_read, alert):
    client = start_read()
    client.tenant.seed_alerts([alert(1, {"entityType": "File", "sha1": SHA1, "sha256": SHA256})])
    assert client.read(f"files/{SHA256}").json()["sha1"] == SHA1


def test_prevalence_of_a_domain(shown):
    answer = shown().read("domains/bad.example/stats").json()
    del answer["@odata.context"]
    assert answer == {
        "host": "bad.example",
        "organizationPrevalence": 2,
        "orgFirstSeen": "2026-12-20T00:00:00Z",
        "orgLastSeen": "2027-01-10T07:30:00Z",
    }


@pytest.mark.parametrize(("hours", "machines"), [(720, 2), (240, 1), (1, 0)])
def test_prevalence_looks_back_so_many_hours(shown, hours, machines):
    answer = shown().call("GET", f"/api/domains/bad.example/stats?lookBackHours={hours}").json()
    assert answer["organizationPrevalence"] == machines


@pytest.mark.parametrize("hours", ["721", "0", "-1", "many"])
def test_other_hours_are_refused(shown, hours):
    for path in ("domains/bad.example", "ips/203.0.113.1", f"files/{SHA1}"):
        assert error(shown().call("GET", f"/api/{path}/stats?lookBackHours={hours}")) == (400, "ODataError")


@pytest.mark.parametrize("path", ["domains/unknown.example", "ips/203.0.113.1"])
def test_unknown_value_has_a_prevalence_of_zero(shown, path):
    answer = shown().read(f"{path}/stats").json()
    assert (answer["organizationPrevalence"], answer["orgFirstSeen"], answer["orgLastSeen"]) == (0, None, None)


def test_prevalence_of_an_address(shown):
    answer = shown().read("ips/2001:db8:0:0::9/stats").json()
    assert (answer["ipAddress"], answer["organizationPrevalence"]) == ("2001:db8:0:0::9", 1)


def test_prevalence_of_a_file(shown):
    answer = shown().read(f"files/{SHA256}/stats").json()
    assert (answer["sha1"], answer["organizationPrevalence"], answer["globallyPrevalence"]) == (SHA1, 1, 7)
    assert answer["topFileNames"] == ["a.exe"]


def test_lookups_follow_the_data(shown):
    client = shown()
    assert ids(client.read("domains/bad.example/alerts")) == ["da1_-1", "da2_-1"]
    client.tenant.remove_alert("da1_-1")
    assert ids(client.read("domains/bad.example/alerts")) == ["da2_-1"]
    client.tenant.edit_alert("da2_-1", evidence=[])
    assert ids(client.read("domains/bad.example/alerts")) == []
