"""The list: pages, filters, options that are refused."""

from __future__ import annotations

import pytest

OPTIONS = [{"top": "x"}, {"top": -1}, {"skip": "x"}, {"skip": -1}, {"top": 10_001}]


def error(answer):
    return answer.status_code, answer.json()["error"]["code"]


def numbers(answer):
    assert answer.status_code == 200, answer.text
    return [int(row["indicatorValue"], 16) for row in answer.json()["value"]]


@pytest.fixture
def five(start, item):
    """A tenant with the rows 0 to 4, and pages of two rows at most."""

    def run(**switches):
        client = start(page_size=2, **switches)
        client.results(*map(item, range(5)))
        return client

    return run


def test_list_has_its_context_and_rows_by_id(client, item):
    client.results(*map(item, range(3)))
    answer = client.list()
    assert list(answer.json()) == ["@odata.context", "value"]
    assert answer.json()["@odata.context"] == f"{client.tenant.defender_url}/api/$metadata#Indicators"
    assert numbers(answer) == [0, 1, 2]


def test_empty_tenant_lists_nothing(client):
    assert client.list().json()["value"] == []


def test_versioned_path_lists_too(client, item):
    client.results(item(1))
    assert numbers(client.call("GET", "/api/v1.0/indicators")) == [1]


def test_top_and_skip(client, item):
    client.results(*map(item, range(5)))
    assert numbers(client.list(top=2)) == [0, 1]
    assert numbers(client.list(top=2, skip=3)) == [3, 4]
    assert numbers(client.list(skip=9)) == []
    assert numbers(client.list(top=0)) == []


def test_page_size_limits_top(five):
    assert numbers(five().list(top=10_000)) == [0, 1]


def test_following_next_links_gives_every_row_once(five):
    client = five()
    seen, pages = [], 0
    answer = client.list(filter="action eq 'Block'")
    while True:
        seen += numbers(answer)
        pages += 1
        link = answer.json().get("@odata.nextLink")
        if link is None:
            break
        assert link.startswith(f"{client.tenant.defender_url}/api/indicators?")
        answer = client.session.get(link, timeout=10)
    assert (seen, pages) == ([0, 1, 2, 3, 4], 3)


@pytest.mark.parametrize("query", [{"skip": 3}, {"top": 0}, {"skip": 9}])
def test_last_or_empty_page_has_no_next_link(five, query):
    assert "@odata.nextLink" not in five().list(**query).json()


def test_next_link_keeps_filter_and_top(five):
    link = five().list(filter="action eq 'Block'", top=1).json()["@odata.nextLink"]
    assert "$filter=action+eq+%27Block%27" in link
    assert "$top=1" in link
    assert "$skip=1" in link


def test_next_link_stays_on_the_host_that_was_asked(five):
    client = five()
    url = client.tenant.defender_url.replace("127.0.0.1", "localhost")
    link = client.session.get(f"{url}/api/indicators", timeout=10).json()["@odata.nextLink"]
    assert link.startswith(f"{url}/")


def test_skip_only_never_gives_a_next_link(five):
    client = five(paging="skip_only")
    assert "@odata.nextLink" not in client.list().json()
    assert numbers(client.list(skip=4)) == [4]


def test_ten_thousand_is_the_largest_top(client):
    assert client.list(top=10_000).status_code == 200
    assert error(client.list(top=10_001)) == (400, "ODataError")


@pytest.mark.parametrize("query", [*OPTIONS, {"orderby": "id"}, {"select": "id"}, {"count": "true"}, {"stop": 5}])
def test_option_that_is_not_documented_or_no_number(client, query):
    assert error(client.list(**query)) == (400, "ODataError")


@pytest.mark.parametrize(
    ("clause", "found"),
    [
        ("indicatorValue eq '{value}'", [1]),
        ("indicatorType eq 'DomainName'", []),
        ("action eq 'Allowed'", [1]),
        ("severity eq 'Low'", [0]),
        ("createdBy eq '{client_id}'", [0, 1]),
        ("creationTimeDateTimeUtc eq '2027-01-15T08:00:00.0000000Z'", [0, 1]),
        ("action eq 'Block' and severity eq 'Low'", [0]),
        ("action eq 'Allowed' and severity eq 'Low'", []),
        ("action eq 'block'", []),
    ],
)
def test_filter_on_each_documented_field(start, item, clock, clause, found):
    client = start(clock=clock)
    client.results(item(0, severity="Low"), item(1, action="Allowed"))
    text = clause.format(value=item(1)["indicatorValue"], client_id=client.profile.client_id)
    assert numbers(client.list(filter=text)) == found


def test_quote_in_a_filter_value_is_doubled(client, item):
    value = "https://bad.example/it's"
    client.results(item(indicatorType="Url", indicatorValue=value))
    [row] = client.list(filter="indicatorValue eq 'https://bad.example/it''s'").json()["value"]
    assert row["indicatorValue"] == value


@pytest.mark.parametrize(
    "name", ["externalId", "title", "application", "expirationTime", "rbacGroupNames", "generateAlert", "Action"]
)
def test_filter_on_another_field_is_an_odata_error(client, name):
    assert error(client.list(filter=f"{name} eq 'x'")) == (400, "ODataError")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "action",
        "action eq Block",
        "action ne 'Block'",
        "action eq 'Block' or action eq 'Warn'",
        "(action eq 'Block')",
        "action eq 'Block' and",
        "action eq 'Block",
        "action eq 'it's'",
    ],
)
def test_filter_that_is_not_understood_is_an_odata_error(client, text):
    assert error(client.list(filter=text)) == (400, "ODataError")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/indicators/1", 405),
        ("PATCH", "/api/indicators/1", 405),
        ("PUT", "/api/indicators", 405),
        ("GET", "/api/indicators/import", 405),
        ("POST", "/api/Indicators", 404),
        ("POST", "/api/indicators/Import/1", 404),
        ("GET", "/api/machines", 404),
        ("POST", "/api/$batch", 404),
        ("GET", "/api/indicators/", 404),
    ],
)
def test_what_is_no_operation(client, item, method, path, status):
    client.results(item())
    answer = client.call(method, path, json={})
    assert answer.status_code == status
    assert "target" in answer.json()["error"]
    assert len(client.tenant.rows()) == 1


def test_405_names_the_methods_that_are_allowed(client):
    assert client.call("GET", "/api/indicators/1").headers["Allow"] == "DELETE"


def test_full_tenant_is_listed_fast(client, item):
    """The bound is some fifty times what it takes."""
    client.tenant.seed(item(number, description="d" * 150, externalId="e" * 40) for number in range(15_000))
    client.tenant.clear_requests()
    assert len(client.list(top=10_000).json()["value"]) == 10_000
    assert len(client.list(top=10_000, skip=10_000).json()["value"]) == 5_000
    assert sum(call.seconds for call in client.tenant.requests) < 1.0
