"""The server: TLS on the loopback address, kept connections, many threads, start and stop."""

from __future__ import annotations

import concurrent.futures
import http.client
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import requests

import iocbeam.local_tenant as local_tenant
from iocbeam.local_tenant import LocalTenant, TenantProfile
from iocbeam.local_tenant.server.transport import TlsServer


def test_public_names_are_pinned():
    assert set(local_tenant.__all__) == {
        "DOCUMENTED_GRAPH_RATE",
        "DOCUMENTED_RATE_LIMITS",
        "DOCUMENTED_UPLOAD_RATE",
        "EXPORT_HASH",
        "EXPORT_NAME",
        "LOGIN_PAGE",
        "Answer",
        "App",
        "CutOff",
        "Delay",
        "DropAfter",
        "DropBefore",
        "EditAnswer",
        "Estate",
        "FailItems",
        "Fault",
        "Faults",
        "FederatedCredential",
        "GraphProfile",
        "LocalMetadata",
        "LocalMisp",
        "LocalTenant",
        "LocalThreatQ",
        "LoggedRequest",
        "Meanwhile",
        "MispStore",
        "OmitResults",
        "Poison",
        "RateLimit",
        "ReadProfile",
        "SentinelProfile",
        "Sighted",
        "TenantProfile",
        "ThreatQProfile",
        "TokenLifetime",
        "estate",
        "options_for",
        "serve",
    }


def test_import_brings_in_no_other_part_of_the_product():
    code = (
        "import sys, iocbeam.local_tenant\n"
        "print([m for m in sys.modules if m.startswith(('iocbeam.', 'apache_beam'))"
        " and not m.startswith('iocbeam.local_tenant')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_address_than_loopback_is_refused(host):
    with pytest.raises(ValueError, match="loopback"):
        TlsServer(host, 0, lambda request: None, ssl.create_default_context())


def test_server_listens_on_loopback(client):
    assert client.tenant.url.startswith("https://127.0.0.1:")
    assert client.tenant.login_url == client.tenant.defender_url == client.tenant.url
    assert client.tenant.graph_url == client.tenant.url


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_certificate_is_valid_for_both_names(client, host):
    url = client.tenant.url.replace("127.0.0.1", host)
    assert client.session.get(f"{url}/api/indicators", timeout=10).status_code == 200


def test_client_that_does_not_trust_the_ca_is_refused(client):
    with requests.Session() as session:
        session.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            session.get(client.tenant.url, timeout=10)


def test_plain_http_gets_no_answer(client):
    with pytest.raises(requests.ConnectionError):
        requests.get(client.tenant.url.replace("https", "http"), timeout=10)
    assert client.list().status_code == 200


def connect(tenant):
    host, port = tenant.url.removeprefix("https://").split(":")
    context = ssl.create_default_context(cafile=tenant.ca_bundle)
    return http.client.HTTPSConnection(host, int(port), context=context, timeout=10)


def test_connection_is_kept_for_further_requests(client):
    connection = connect(client.tenant)
    connection.request("GET", "/nowhere/at/all")
    assert connection.getresponse().read()
    used = connection.sock
    connection.request("DELETE", "/api/indicators/1")
    assert connection.getresponse().status == 401
    assert connection.sock is used
    connection.close()


def test_connection_is_kept_after_an_answer_without_a_body(client, item):
    client.results(item(1), item(2))
    connection = connect(client.tenant)
    headers = {"Authorization": client.session.headers["Authorization"]}
    for row_id in ("1", "2"):
        connection.request("DELETE", f"/api/indicators/{row_id}", headers=headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
    connection.close()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Transfer-Encoding": "chunked"}, 411),
        ({"Content-Length": "x"}, 400),
        ({"Content-Length": "99999999"}, 413),
    ],
)
def test_body_of_no_plain_length_is_refused(client, headers, status):
    connection = connect(client.tenant)
    connection.putrequest("POST", "/api/indicators")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()


def test_client_that_stalls_in_the_handshake_holds_up_no_other(client):
    port = int(client.tenant.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)):
        assert client.call("GET", "/api/indicators", headers={"Connection": "close"}).status_code == 200
        with requests.Session() as session:
            session.verify, session.trust_env = client.tenant.ca_bundle, False
            assert session.get(f"{client.tenant.url}/api/indicators", timeout=5).status_code == 401


def test_twenty_threads_at_once_lose_nothing(client, item):
    def work(thread):
        with requests.Session() as session:
            session.verify, session.trust_env = client.tenant.ca_bundle, False
            session.headers["Authorization"] = client.session.headers["Authorization"]
            for step in range(5):
                items = [item(thread * 1000 + step * 10 + n) for n in range(10)]
                url = f"{client.tenant.url}/api/indicators"
                assert session.post(f"{url}/import", json={"Indicators": items}, timeout=10).status_code == 200
                assert session.get(url, timeout=10).status_code == 200

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        for done in [pool.submit(work, thread) for thread in range(20)]:
            done.result(timeout=30)
    rows = client.tenant.rows()
    assert len({row["indicatorValue"] for row in rows}) == len({row["id"] for row in rows}) == 1000


def test_500_items_are_imported_well_under_100_ms(client, item):
    times = []
    for batch in range(5):
        answer = client.post_import(*(item(batch * 500 + n, description="x" * 300) for n in range(500)))
        times.append(answer.elapsed.total_seconds())
    assert min(times) < 0.1


def test_full_tenant_lists_ten_thousand_rows_fast(client, item):
    client.tenant.seed(item(n) for n in range(15_000))
    answer = client.list(top=10_000)
    assert len(answer.json()["value"]) == 10_000
    assert answer.elapsed.total_seconds() < 1


def test_stop_ends_kept_connections(client):
    assert client.list().status_code == 200
    client.tenant.stop()
    with pytest.raises(requests.ConnectionError):
        client.list()


def test_stopping_twice_is_nothing(client):
    client.tenant.stop()
    client.tenant.stop()


def test_starting_again_keeps_address_trust_and_rows(client, item):
    client.results(item())
    url, bundle = client.tenant.url, client.tenant.ca_bundle
    client.tenant.stop()
    client.tenant.start()
    assert (client.tenant.url, client.tenant.ca_bundle) == (url, bundle)
    assert len(client.list().json()["value"]) == 1


def test_starting_twice_is_an_error(client):
    with pytest.raises(RuntimeError, match="running"):
        client.tenant.start()


def test_there_is_no_address_before_the_start():
    with pytest.raises(RuntimeError, match="start"):
        _ = LocalTenant().url


def test_taken_port_is_an_os_error(client):
    port = int(client.tenant.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="use"):
        LocalTenant(port=port).start()


def test_two_profiles_of_one_tenant_are_refused():
    with pytest.raises(ValueError, match="tenant_id"):
        LocalTenant(TenantProfile(), TenantProfile())


@pytest.mark.parametrize(
    "fields",
    [
        {"key_model": "x"},
        {"mark": "x"},
        {"paging": "x"},
        {"page_size": 10_001},
        {"page_size": 0},
        {"capacity": -1},
        {"tenant_id": "AAAA"},
    ],
)
def test_profile_refuses_what_no_switch_knows(fields):
    with pytest.raises(ValueError, match=r"must|lower"):
        TenantProfile(**fields)


def test_profile_does_not_show_its_secret():
    assert "s3cret" not in repr(TenantProfile(client_secret="s3cret"))


def test_ca_is_written_where_told(start, tmp_path):
    client = start(ca_dir=tmp_path / "new")
    assert Path(client.tenant.ca_bundle).parent == tmp_path / "new"
    assert b"PRIVATE" not in Path(client.tenant.ca_bundle).read_bytes()


def test_temporary_ca_goes_with_the_tenant():
    tenant = LocalTenant()
    bundle = Path(tenant.ca_bundle)
    assert bundle.exists()
    del tenant
    assert not bundle.parent.exists()
