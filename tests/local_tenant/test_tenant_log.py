"""The log of requests."""

from __future__ import annotations

import time

import pytest
import requests

from iocbeam.local_tenant import DropBefore, Fault


def test_log_tells_what_was_asked(client, item):
    client.tenant.clear_requests()
    before = time.time()
    client.session.headers["User-Agent"] = "a-client/1.0"
    client.post_import(item(1), item(2))
    client.list(top=5)
    client.batch_delete("1", "9")
    client.submit(item())
    logged = client.tenant.requests
    assert [(r.method, r.path, r.query, r.status, r.items) for r in logged] == [
        ("POST", "/api/indicators/import", "", 200, 2),
        ("GET", "/api/indicators", "%24top=5", 200, 0),
        ("POST", "/api/indicators/BatchDelete", "", 404, 2),
        ("POST", "/api/indicators", "", 200, 1),
    ]
    for request in logged:
        assert request.tenant_id == client.profile.tenant_id
        assert request.user_agent == "a-client/1.0"
        assert before <= request.time <= time.time()
        assert 0 <= request.seconds < 10
        assert request.body is None


def test_log_has_a_dropped_request_with_status_0(client, item):
    client.tenant.faults.add(Fault("/api/indicators/import", DropBefore()))
    with pytest.raises(requests.ConnectionError):
        client.post_import(item())
    assert (client.tenant.requests[-1].status, client.tenant.requests[-1].items) == (0, 1)


def test_log_keeps_bodies_on_request_but_never_of_login(start, item):
    client = start(keep_bodies=True)
    client.post_import(item())
    login, imported = client.tenant.requests
    assert login.path.endswith("/token")
    assert login.body is None
    assert item()["indicatorValue"].encode() in imported.body


def test_log_tells_clients_apart_by_their_tokens(client, item):
    client.post_import(item(1))
    client.list()
    client.sign_in()
    client.post_import(item(2))
    first, listed, _, second = client.tenant.requests[-4:]
    assert first.token == listed.token != second.token
    assert len(second.token) == 12
