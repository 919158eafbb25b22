"""The clients of Sentinel, against the local tenant over TLS."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake_time import FakeTime

from iocbeam.clients import (
    Budget,
    Rate,
    RetryPolicy,
    SentinelClient,
    SentinelReader,
    connect_sentinel,
    connect_sentinel_reader,
    endpoints,
)
from iocbeam.clients.http.edge import NotDocumented
from iocbeam.clients.http.retry import seconds_in_text
from iocbeam.clients.sentinel.reader import indicators_page, skip_token
from iocbeam.clients.sentinel.upload import upload_answer
from iocbeam.local_tenant import (
    Answer,
    DropAfter,
    EditAnswer,
    Fault,
    LocalTenant,
    Poison,
    RateLimit,
    SentinelProfile,
)
from iocbeam.model.errors import (
    AuthenticationError,
    ConfigurationError,
    PermissionDenied,
    Refused,
    RetryLater,
    Stop,
    UsageError,
)
from iocbeam.model.settings import CLOUDS, ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace

UPLOAD = "/workspaces/*"
QUERY = "*/queryIndicators"


def stix(number: int = 0, **changes: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-02T00:00:00.000Z",
        "pattern": f"[domain-name:value = 'n{number}.malware-test.example']",
        "pattern_type": "stix",
        "valid_from": "2026-01-01T00:00:00.000Z",
        **changes,
    }


def workspace_of(tenant: LocalTenant, **changes: str) -> SentinelWorkspace:
    profile = tenant.profiles[0].sentinel
    known = {
        "workspace_id": profile.workspace_id,
        "subscription": profile.subscription,
        "resource_group": profile.resource_group,
        "name": profile.workspace,
    }
    return SentinelWorkspace(**{**known, **changes})


class Workspace:
    """A local tenant with its two clients, which wait in fake time."""

    def __init__(
        self, tenant: LocalTenant, settings: Callable[..., ConnectionSettings], time: FakeTime, **changes: str
    ) -> None:
        self.tenant = tenant
        self.time = time
        self.connection = settings(tenant, sentinel_url=tenant.sentinel_url, arm_url=tenant.arm_url)
        where = workspace_of(tenant, **changes)
        known = {"clock": time.clock, "sleep": time.sleep, "retry": RetryPolicy(deadline=100.0)}
        self.writer: SentinelClient = connect_sentinel(self.connection, where, dry_run=False, **known)
        self.reader: SentinelReader = connect_sentinel_reader(self.connection, where, **known)

    def names(self, *sources: str, page_size: int = 1_000) -> list[str]:
        pages = list(self.reader.pages(sources, page_size))
        assert all(pages)
        return [row["properties"]["externalId"][-4:] for page in pages for row in page]


@pytest.fixture
def open_workspace(
    start: Callable[..., LocalTenant], settings: Callable[..., ConnectionSettings], time: FakeTime
) -> Iterator[Callable[..., Workspace]]:
    """`open_workspace(role="reader")` with switches of `SentinelProfile`; no rate limit unless given."""

    opened: list[Workspace] = []

    def make(where: dict[str, str] | None = None, **switches: Any) -> Workspace:
        profile = SentinelProfile(**{"upload_rate": None, **switches})
        opened.append(Workspace(start(sentinel=profile), settings, time, **(where or {})))
        return opened[-1]

    yield make
    for one in opened:
        one.writer.close()
        one.reader.close()


@pytest.fixture
def here(open_workspace: Callable[..., Workspace]) -> Workspace:
    return open_workspace()


def test_what_is_uploaded_is_read_back(here: Workspace) -> None:
    assert here.writer.upload("Feed", [stix(1), stix(2)]) == {}
    assert here.names() == ["0001", "0002"]
    assert here.writer.requests == {"POST /workspaces/{id}/threat-intelligence-stix-objects:upload": {"200": 1}}
    assert here.reader.requests == {"POST /{workspace}/threatIntelligence/main/queryIndicators": {"200": 1}}


def test_errors_come_by_the_place_of_their_objects(here: Workspace) -> None:
    errors = here.writer.upload("Feed", [stix(1), stix(2, pattern="[x]"), stix(3), stix(4, confidence=200)])
    assert set(errors) == {1, 3}
    assert "Property=pattern" in errors[1][0]
    assert here.names() == ["0001", "0003"]


def test_nothing_sent_is_no_call_and_too_much_is_an_error(here: Workspace) -> None:
    assert here.writer.upload("Feed", []) == {}
    with pytest.raises(ValueError, match="at most 100"):
        here.writer.upload("Feed", list(map(stix, range(101))))
    assert here.tenant.requests == []


def test_the_wait_is_taken_from_the_words_of_a_429(here: Workspace) -> None:
    words = {"statusCode": 429, "message": "Rate limit is exceeded. Try again in 37 seconds."}
    here.tenant.faults.add(Fault(UPLOAD, Answer(429, words), nth=1))
    started = here.time.clock()
    assert here.writer.upload("Feed", [stix()]) == {}
    assert here.time.clock() - started == pytest.approx(37)
    assert here.writer.throttled_seconds == pytest.approx(37)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Rate limit is exceeded. Try again in 37 seconds.", 37),
        ("try again IN 1 second", 1),
        ("try again in 0 seconds", None),
        ("try again within 5 seconds", None),
        ("Please TRY AGAIN IN 100 seconds", 100),
        ("Try again in 101 seconds.", None),
        ("You have made more than 45 requests in 60 seconds.", None),
        ("Limit of 1500 calls in 3600 seconds exceeded", None),
        ("Too many requests.", None),
        ("", None),
    ],
)
def test_seconds_in_words(text: str, seconds: float | None) -> None:
    assert seconds_in_text(text, 100.0) == seconds


@pytest.mark.parametrize(
    ("words", "headers", "waited"),
    [
        ("Try again in 37 seconds.", {}, 37),
        ("Try again in 37 seconds.", {"Retry-After": "5"}, 5),
        ("Try again in 3600 seconds.", {}, None),
        ("More than 45 requests in 60 seconds.", {}, None),
    ],
    ids=["by its words", "the header goes first", "longer than the deadline", "other words"],
)
def test_a_rate_is_waited_for(here: Workspace, words: str, headers: dict[str, str], waited: int | None) -> None:
    body = {"statusCode": 429, "message": words}
    here.tenant.faults.add(Fault(UPLOAD, Answer(429, body=body, headers=headers), nth=1))
    assert here.writer.upload("Feed", [stix(1)]) == {}
    (seconds,) = here.time.slept
    assert seconds == waited if waited else seconds < 3


def test_the_documented_rate_is_kept_to(
    start: Callable[..., LocalTenant], settings: Callable[..., ConnectionSettings], time: FakeTime
) -> None:
    tenant = start(sentinel=SentinelProfile(upload_rate=RateLimit(100, 60.0)), clock=lambda: 1e9 + time.clock())
    here = Workspace(tenant, settings, time)
    started = time.clock()
    for number in range(120):
        here.writer.upload("Feed", [stix(number)])
    assert here.writer.requests == {"POST /workspaces/{id}/threat-intelligence-stix-objects:upload": {"200": 120}}
    assert 60 <= time.clock() - started < 120


def test_a_lost_answer_is_sent_again(here: Workspace) -> None:
    here.tenant.faults.add(Fault(UPLOAD, DropAfter(), nth=1))
    assert here.writer.upload("Feed", [stix(1)]) == {}
    assert here.names() == ["0001"]


def test_a_refusal_of_all_has_the_services_words(here: Workspace) -> None:
    here.tenant.faults.add(Fault(UPLOAD, Poison(lambda item: True, message="The format is wrong.")))
    with pytest.raises(Refused, match=r"The format is wrong."):
        here.writer.upload("Feed", [stix()])


def test_an_unknown_workspace_stops_and_names_the_option(open_workspace: Callable[..., Workspace]) -> None:
    here = open_workspace({"workspace_id": "00000000-0000-4000-8000-000000000000", "name": "another"})
    with pytest.raises(ConfigurationError, match="--sentinel_workspace_id"):
        here.writer.upload("Feed", [stix()])
    with pytest.raises(ConfigurationError, match="--sentinel_workspace"):
        here.names()


@pytest.mark.parametrize(
    ("denied", "error"), [(401, AuthenticationError), (403, PermissionDenied)], ids=["401", "403"]
)
def test_without_the_role_the_message_names_it(
    open_workspace: Callable[..., Workspace], denied: int, error: type[Stop]
) -> None:
    here = open_workspace(role="reader", denied=denied)
    with pytest.raises(error, match="Microsoft Sentinel Contributor"):
        here.writer.upload("Feed", [stix()])
    assert here.names() == []


def test_without_any_role_reading_names_the_role(open_workspace: Callable[..., Workspace]) -> None:
    with pytest.raises(PermissionDenied, match="Microsoft Sentinel Reader"):
        open_workspace(role="none").names()


def test_a_dry_run_reads_and_cannot_write(here: Workspace) -> None:
    writer = connect_sentinel(here.connection, workspace_of(here.tenant), dry_run=True)
    with pytest.raises(Stop, match="may not send POST"):
        writer.upload("Feed", [stix()])
    writer.close()
    assert here.tenant.sentinel_objects() == []
    assert here.names() == []


@pytest.mark.parametrize("next_page", ["body", "link", "both"])
@pytest.mark.parametrize("count", [0, 3, 4, 5])
def test_pages_are_followed_in_either_way(
    open_workspace: Callable[..., Workspace], next_page: str, count: int
) -> None:
    here = open_workspace(next_page=next_page, max_page_size=2)
    here.writer.upload("Feed", list(map(stix, range(count))))
    assert here.names("Feed") == [f"{number:04}" for number in range(count)]


@pytest.mark.parametrize("switch", ["kept", "ignored"])
def test_other_sources_are_left_out_whatever_the_service_does(
    open_workspace: Callable[..., Workspace], switch: str
) -> None:
    here = open_workspace(sources_filter=switch)
    here.writer.upload("Feed", [stix(1)])
    here.writer.upload("Other", [stix(2)])
    assert (here.names("Feed"), here.names()) == (["0001"], ["0001", "0002"])


def test_what_came_of_other_sources_is_counted(open_workspace: Callable[..., Workspace]) -> None:
    here = open_workspace(sources_filter="ignored")
    here.writer.upload("Feed", [stix(1)])
    here.writer.upload("Other", [stix(2), stix(3)])
    assert here.names("fEED") == ["0001"]
    assert here.reader.other_sources == 2


def test_a_list_that_goes_in_circles_is_never_taken_for_whole(
    open_workspace: Callable[..., Workspace],
) -> None:
    here = open_workspace(max_page_size=1)
    here.writer.upload("Feed", list(map(stix, range(3))))
    first = f"{here.tenant.url}{here.tenant.profiles[0].sentinel.resource}/x?$skipToken=1"
    here.tenant.faults.add(Fault(QUERY, EditAnswer(lambda body: {**body, "nextLink": first})))
    with pytest.raises(RetryLater, match="does not end"):
        here.names()


def test_a_link_to_another_host_gets_no_token(open_workspace: Callable[..., Workspace]) -> None:
    here = open_workspace(max_page_size=1)
    here.writer.upload("Feed", list(map(stix, range(3))))
    here.tenant.faults.add(
        Fault(QUERY, EditAnswer(lambda body: {**body, "nextLink": "https://evil.example/?x=1"}))
    )
    with pytest.raises(ConfigurationError, match="another host"):
        here.names()


def test_metrics_are_the_cheap_read(here: Workspace) -> None:
    assert here.reader.metrics()["value"][0]["properties"]["sourceMetrics"] == []


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"value": []},
        {"errors": {}},
        {"errors": [{"recordIndex": 2}]},
        {"errors": [{"recordIndex": True}]},
        {"errors": ["x"]},
    ],
    ids=str,
)
def test_an_answer_of_another_form_is_tried_again(body: object) -> None:
    with pytest.raises(NotDocumented):
        upload_answer(body, 2)


def test_an_object_may_have_several_errors() -> None:
    body = {"errors": [{"recordIndex": 0, "errorMessages": ["a", 5]}, {"recordIndex": 0, "errorMessages": None}]}
    assert upload_answer(body, 1) == {0: ("a",)}
    assert upload_answer({"errors": []}, 1) == upload_answer(None, 1) == {}


@pytest.mark.parametrize(
    "body",
    [None, {}, {"value": 1}, {"value": [5]}, {"value": [{"name": ""}]}, {"value": [], "nextLink": 5}],
    ids=str,
)
def test_a_page_of_another_form_is_tried_again(body: object) -> None:
    with pytest.raises(NotDocumented):
        indicators_page(body)


@pytest.mark.parametrize(
    ("link", "token"),
    [
        ("https://h/x?api-version=1&$skipToken=abc", "abc"),
        ("https://h/x?%24skiptoken=a%2Bb", "a+b"),
        ("https://h/x?skipToken=5", "5"),
        ("https://h/x?page=2", ""),
        ("", ""),
    ],
)
def test_the_token_of_a_link(link: str, token: str) -> None:
    assert skip_token(link) == token


@pytest.mark.parametrize("missing", ["subscription", "resource_group", "name"])
def test_reading_needs_the_place_in_azure(here: Workspace, missing: str) -> None:
    option = {"name": "workspace"}.get(missing, missing)
    with pytest.raises(UsageError, match=f"--sentinel_{option} is missing"):
        connect_sentinel_reader(here.connection, workspace_of(here.tenant, **{missing: ""}))


def test_uploading_needs_the_id_alone(here: Workspace) -> None:
    only = SentinelWorkspace(workspace_id=here.tenant.profiles[0].sentinel.workspace_id)
    writer = connect_sentinel(here.connection, only, dry_run=False, budget=Budget(Rate(100, 1.0)))
    assert writer.upload("Feed", [stix(1)]) == {}
    writer.close()
    with pytest.raises(UsageError, match="--sentinel_workspace_id is missing"):
        connect_sentinel(here.connection, SentinelWorkspace(), dry_run=False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("workspace_id", "siem"),
        ("subscription", "Pay as you go"),
        ("resource_group", "a/b"),
        ("resource_group", "ends."),
        ("name", "a b"),
        ("name", "abc"),
    ],
)
def test_a_name_that_azure_cannot_have_is_refused(field: str, value: str) -> None:
    with pytest.raises(UsageError, match="--sentinel_"):
        SentinelWorkspace(**{field: value})


def test_every_cloud_has_its_hosts() -> None:
    hosts = {}
    for cloud in CLOUDS:
        points = endpoints(ConnectionSettings(cloud=cloud))
        assert points.arm_scope == f"{points.arm_url}/.default"
        hosts[cloud] = (points.sentinel_url, points.arm_url)
    assert hosts == {
        "global": ("https://api.ti.sentinel.azure.com", "https://management.azure.com"),
        "gcc": ("https://api.ti.sentinel.azure.com", "https://management.azure.com"),
        "gcc_high": ("https://api.ti.sentinel.azure.us", "https://management.usgovcloudapi.net"),
        "dod": ("https://api.ti.sentinel.azure.us", "https://management.usgovcloudapi.net"),
        "china": ("https://api.ti.sentinel.azure.cn", "https://management.chinacloudapi.cn"),
    }


def test_hosts_and_scope_can_be_replaced() -> None:
    points = endpoints(
        ConnectionSettings(
            sentinel_url="https://a.example",
            arm_url="https://b.example:8443/",
            arm_scope="https://c.example/.default",
        )
    )
    assert (points.sentinel_url, points.arm_url, points.arm_scope) == (
        "https://a.example",
        "https://b.example:8443",
        "https://c.example/.default",
    )
    with pytest.raises(UsageError, match="--arm_url"):
        ConnectionSettings(arm_url="http://b.example")
    with pytest.raises(UsageError, match="--sentinel_url"):
        endpoints(ConnectionSettings(sentinel_url="https://a.example/path"))
