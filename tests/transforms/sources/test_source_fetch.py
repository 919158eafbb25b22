"""What the sources of tenants' own data share."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator

import apache_beam as beam
import pytest
from apache_beam.pvalue import TaggedOutput
from apache_beam.testing.util import assert_that, equal_to

from iocbeam.model.errors import AuthenticationError, ConfigurationError
from iocbeam.model.record import ReadReport
from iocbeam.model.sighting import ALERT, MACHINE, Fetched
from iocbeam.model.sighting_report import FetchReport
from iocbeam.transforms.sources import FetchFrom, Fetching, FetchPart, FetchReader
from iocbeam.transforms.sources.fetch import FetchPartFn


class Counting(FetchReader):
    """Gives as many objects as the details of a part say; from a negative number on it breaks."""

    def __init__(self, *parts: FetchPart, polite: bool = False) -> None:
        self._parts = parts
        self._polite = polite

    def parts(self) -> Iterator[FetchPart]:
        yield from self._parts

    def fetch(self, part: FetchPart, reading: Fetching) -> Iterator[Fetched]:
        for number in range(abs(part.details) if part.details else 0):
            yield Fetched(part.kind, part.tenant_id, "Contoso", {"id": number})
        reading.requests = {"GET /api/alerts": {"200": 1}}
        reading.throttled_seconds = 2.5
        if part.details is None:
            raise AuthenticationError("the secret has expired.")
        if part.details < 0:
            if not self._polite:
                raise ConfigurationError("the link broke.")
            reading.stop("alerts of Contoso: the link broke.")


def part(details: int | None, tenant: str = "t1", kind: str = ALERT) -> FetchPart:
    return FetchPart("alerts of Contoso", tenant, kind, details)


def fetched(element: FetchPart, alone: bool, polite: bool = False) -> tuple[int, FetchReport]:
    """How many objects, and the report that comes after all of them."""
    *objects, last = FetchPartFn(Counting(element, polite=polite)).process((element, alone))
    assert all(isinstance(one, Fetched) for one in objects)
    assert isinstance(last, TaggedOutput)
    return len(objects), last.value


CALLS = {"GET /api/alerts": {"200": 1}}


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "one_of_several"])
def test_a_part_gives_its_objects_and_then_its_report(alone: bool) -> None:
    report = ReadReport("alerts of Contoso", 3, 3, True)
    assert fetched(part(3), alone) == (3, FetchReport("t1", ALERT, report, CALLS, 2.5))


@pytest.mark.parametrize("polite", [True, False], ids=["by_stop", "by_raising"])
@pytest.mark.parametrize("alone", [True, False], ids=["alone", "one_of_several"])
def test_what_breaks_a_part_off_leaves_what_was_given(alone: bool, polite: bool) -> None:
    report = ReadReport("alerts of Contoso", 2, 2, False, "alerts of Contoso: the link broke.")
    assert fetched(part(-2), alone, polite) == (2, FetchReport("t1", ALERT, report, CALLS, 2.5))


def test_one_of_several_that_cannot_be_read_says_so() -> None:
    report = ReadReport("alerts of Contoso", 0, 0, False, "alerts of Contoso: the secret has expired.")
    assert fetched(part(None), alone=False) == (0, FetchReport("t1", ALERT, report, CALLS, 2.5))


def test_alone_a_tenant_that_cannot_be_read_raises() -> None:
    with pytest.raises(AuthenticationError, match="expired"):
        fetched(part(None), alone=True)


def test_an_empty_tenant_is_complete() -> None:
    count, report = fetched(part(0), alone=True)
    assert (count, report.report.complete, report.report.error) == (0, True, "")


def test_a_part_pickles() -> None:
    assert pickle.loads(pickle.dumps(part(3))) == part(3)  # noqa: S301 - our own bytes


def test_every_part_is_read_and_the_others_go_on(pipeline: Callable[[], beam.Pipeline]) -> None:
    reader = Counting(part(2, "t1"), part(None, "t2"), part(1, "t3", MACHINE))
    with pipeline() as p:
        read = p | FetchFrom(reader)
        seen = read.objects | beam.Map(lambda one: (one.tenant_id, one.kind, one.data["id"]))
        ended = read.reports | beam.Map(lambda one: (one.tenant_id, one.report.records, one.report.complete))
        assert_that(seen, equal_to([("t1", ALERT, 0), ("t1", ALERT, 1), ("t3", MACHINE, 0)]), label="objects")
        assert_that(ended, equal_to([("t1", 2, True), ("t2", 0, False), ("t3", 1, True)]), label="reports")


def test_a_run_over_one_tenant_that_cannot_be_read_ends_with_the_error(
    pipeline: Callable[[], beam.Pipeline],
) -> None:
    reader = Counting(part(2, kind=MACHINE), part(None))
    with pytest.raises(Exception, match="the secret has expired"), pipeline() as p:
        p | FetchFrom(reader)


def test_nothing_to_read_gives_nothing(pipeline: Callable[[], beam.Pipeline]) -> None:
    with pipeline() as p:
        read = p | FetchFrom(Counting())
        assert_that(read.objects, equal_to([]), label="objects")
        assert_that(read.reports, equal_to([]), label="reports")
