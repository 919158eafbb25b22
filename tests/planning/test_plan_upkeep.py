"""When a row of ours is sent again: its expiry, and fields that are turned back."""

from __future__ import annotations

from typing import Any

import pytest
from plan_help import NOW, RUN, entity, ours, row, tenant, told

from iocbeam.model.actual import ActualRow
from iocbeam.model.indicator import Indicator
from iocbeam.model.plan import Change, DefenderRow
from iocbeam.model.settings import DAY, PlanPolicy, RunInfo
from iocbeam.planning import Desired, as_item, plan, read_row


def own_expiry(days: float) -> DefenderRow:
    at = NOW + int(days * DAY)
    return row(0, expires_at=at, indicator=Indicator("FQDN", "n0.example", expires_at=at))


def sent_again(wanted: DefenderRow, actual: ActualRow, days: int | None = 90) -> list[str]:
    """The fields that an update names; nothing when the row is in step."""
    made = plan(Desired([wanted]), tenant(actual, days=days), RUN)
    return [field for change in made.changes for field in change.fields]


def until(seconds: int | None) -> str | None:
    moment = row(0, expires_at=seconds)
    text: str | None = as_item(Change("created", moment, ""), PlanPolicy("drill"))["expirationTime"]
    return text


@pytest.mark.parametrize(
    ("off", "again"), [(DAY - 60, False), (DAY + 60, True), (-DAY + 60, False), (-DAY - 60, True)]
)
def test_an_expiry_of_the_records_own_is_sent_when_it_is_off_by_more_than_a_day(off: int, again: bool) -> None:
    wanted = own_expiry(40)
    actual = ours(wanted, expirationTime=until(NOW + 40 * DAY + off))
    assert sent_again(wanted, actual) == (["expirationTime"] if again else [])


def test_never_and_some_time_are_different() -> None:
    never = row(0, expires_at=None)
    assert sent_again(never, ours(never), days=None) == []
    assert sent_again(never, ours(never, expirationTime=until(NOW + DAY)), days=None) == ["expirationTime"]
    assert sent_again(row(0), ours(row(0), expirationTime=None)) == ["expirationTime"]
    assert sent_again(own_expiry(9), ours(own_expiry(9), expirationTime=None)) == ["expirationTime"]


def test_a_default_expiry_is_left_alone_in_the_first_half_of_its_life() -> None:
    for age in (0, 1, 30, 44):
        assert sent_again(row(0), ours(row(0), written_at=NOW - age * DAY)) == []


def test_every_default_expiry_is_renewed_before_three_quarters_of_its_life_are_over() -> None:
    for number in range(200):
        assert sent_again(row(number), ours(row(number), written_at=NOW - 68 * DAY)) == ["expirationTime"]


def test_a_default_expiry_that_is_earlier_now_is_sent_at_once() -> None:
    short = row(0, expires_at=NOW + 30 * DAY)
    assert sent_again(short, ours(row(0)), days=30) == ["expirationTime"]


def test_a_daily_run_sends_each_row_once_in_half_of_its_life_and_not_all_on_one_day() -> None:
    rows = [row(number) for number in range(1_000)]
    held = {one.value: ours(one) for one in rows}
    a_day: list[int] = []
    for day in range(1, 181):
        now = NOW + day * DAY
        run = RunInfo("run", now, "defender", "drill")
        wanted = [one._replace(expires_at=now + 90 * DAY) for one in rows]
        made = plan(Desired(wanted), tenant(*held.values()), run)
        a_day.append(len(made.changes))
        for change in made.changes:
            assert change.fields == ("expirationTime",)
            held[change.row.value] = read_row(
                {
                    **entity(change.row, change.row.value, change.mark),
                    "expirationTime": until(change.row.expires_at),
                    "lastUpdateTime": until(now),
                }
            )
    assert sum(a_day[:44]) == 0
    assert max(a_day) <= 120
    # 180 days are two to four lives of 45 to 68 days.
    assert 2_000 <= sum(a_day) <= 4_000


class Service:
    """A tenant with one row that stores some fields in its own way, or in which somebody edits it."""

    def __init__(self, **stored_as: Any) -> None:
        self.stored_as = stored_as
        self.row: dict[str, Any] | None = None
        self.day = 0

    def run(self, wanted: DefenderRow, days: int | None = 90) -> tuple[list[str], tuple[str, ...]]:
        """One daily run: what it sent, and what it said."""
        now = NOW + self.day * DAY
        self.day += 1
        if wanted.expires_at is not None and wanted.indicator.expires_at is None and days:
            wanted = wanted._replace(expires_at=now + days * DAY)
        actual = [read_row(self.row)] if self.row else []
        made = plan(Desired([wanted]), tenant(*actual, days=days), RunInfo("run", now, "defender", "drill"))
        for change in made.changes:
            item = as_item(change, PlanPolicy("drill"))
            shown = {name: store(item[name], now) for name, store in self.stored_as.items()}
            self.row = {"id": "1", **item, **shown, "lastUpdateTime": until(now)}
        return [f"{change.kind} {' '.join(change.fields)}".strip() for change in made.changes], made.conflicts


@pytest.mark.parametrize(
    ("field", "store"),
    [
        ("description", lambda text, now: text[:3]),
        ("severity", lambda text, now: "Informational"),
        ("title", lambda text, now: f" {text}"),
        ("generateAlert", lambda flag, now: not flag),
        ("expirationTime", lambda text, now: until(now + 30 * DAY)),
        ("expirationTime", lambda text, now: None),
    ],
)
def test_a_field_that_the_service_rewrites_is_named_after_two_rounds(field: str, store: Any) -> None:
    service = Service(**{field: store})
    assert service.run(row(0)) == (["created"], ())
    assert service.run(row(0)) == ([f"updated {field}"], ())
    for _ in range(5):
        sent, conflicts = service.run(row(0))
        assert sent == []
        assert field in conflicts[0]
        assert "n0.example" in conflicts[0]


def test_a_rewritten_field_does_not_hide_another_change() -> None:
    service = Service(description=lambda text, now: text[:3])
    for _ in range(3):
        service.run(row(0))
    assert service.run(row(0, severity="Low"))[0] == ["updated severity description"]
    assert service.run(row(0, severity="Low"))[0] == ["updated description"]
    assert service.run(row(0, severity="Low"))[0] == []


def test_a_rewritten_field_does_not_stop_the_renewal_of_the_expiry() -> None:
    service = Service(description=lambda text, now: text[:3])
    renewals = [day for day in range(200) if "updated expirationTime" in service.run(row(0))[0]]
    assert 2 <= len(renewals) <= 4


def test_what_a_person_edits_is_put_right_each_time_it_is_something_else() -> None:
    service = Service()
    service.run(row(0))
    for words in ("one", "two", "three"):
        assert service.row is not None
        service.row["title"] = words
        assert service.run(row(0)) == (["updated title"], ())
        assert service.run(row(0)) == ([], ())


def test_an_expiry_that_a_person_shortens_is_put_right() -> None:
    service = Service()
    service.run(row(0))
    assert service.row is not None
    service.row["expirationTime"] = until(NOW + 5 * DAY)
    assert service.run(row(0))[0] == ["updated expirationTime"]
    assert service.run(row(0))[0] == []


def test_a_spelling_of_the_mark_that_holds_no_digest_is_ours_all_the_same() -> None:
    made = plan(Desired([row(0)]), tenant(ours(row(0), externalId="iocbeam:drill:older-form")), RUN)
    assert told(made) == ["unchanged n0.example"]


def test_a_url_without_a_path_is_updated_in_the_spelling_that_stands_there() -> None:
    bare = DefenderRow(
        "Url", "http://a.example", "Block", "High", "t", "d", None, False, Indicator("URL", "http://a.example")
    )
    slashed = bare._replace(value="http://a.example/")
    made = plan(Desired([bare]), tenant(ours(slashed, title="old"), days=None), RUN)
    assert [(change.row.value, change.fields) for change in made.changes] == [("http://a.example/", ("title",))]


def test_a_row_whose_expiry_the_service_cuts_short_never_lapses_and_is_not_sent_every_day() -> None:
    service = Service(expirationTime=lambda text, now: until(now + 30 * DAY))
    sent = 0
    for _ in range(200):
        sent += len(service.run(row(0))[0])
        assert service.row is not None
        assert (read_row(service.row).expires_at or 0) > NOW + service.day * DAY
    assert sent <= 2 + 200 / 27 + 1
