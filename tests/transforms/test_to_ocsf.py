"""What was fetched as events, in a pipeline of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from ocsf_help import ALERT, GRAPH_ALERT, INDICATOR_ROW, MACHINE, NOW, TENANT

from iocbeam.model.settings import RunInfo
from iocbeam.model.sighting import ALERT as ALERT_KIND
from iocbeam.model.sighting import GRAPH_ALERT as GRAPH_KIND
from iocbeam.model.sighting import HUNTING_ROW, Fetched
from iocbeam.model.sighting import INDICATOR_ROW as INDICATOR_KIND
from iocbeam.model.sighting import MACHINE as MACHINE_KIND
from iocbeam.transforms import ToOcsf, to_ocsf

RUN = RunInfo("run", NOW, "sightings", "feed")
FETCHED = [
    Fetched(kind, TENANT, "contoso", data)
    for kind, data in (
        (MACHINE_KIND, MACHINE),
        (ALERT_KIND, ALERT),
        (GRAPH_KIND, GRAPH_ALERT),
        (INDICATOR_KIND, INDICATOR_ROW),
    )
]


@pytest.mark.parametrize(
    ("dialect", "classes"),
    [
        ("ocsf", [5001, 2004, 2004, 5021]),
        ("ocsf_legacy", [5001, 2001, 2001, 5021]),
        ("qdm", [5001, 2001, 2001, 5021]),
    ],
)
def test_objects_become_events_of_their_classes(
    dialect: Any, classes: list[int], test_pipeline: Callable[..., Any]
) -> None:
    expected = [to_ocsf(fetched, NOW, dialect) for fetched in FETCHED]
    assert [event["class_uid"] for event in expected] == classes
    with test_pipeline() as pipeline:
        assert_that(pipeline | beam.Create(FETCHED) | ToOcsf(RUN, dialect), equal_to(expected))


def test_an_event_says_whose_it_is_and_when_it_was_collected() -> None:
    about = to_ocsf(FETCHED[0], NOW)["metadata"]
    assert (about["tenant_uid"], about["logged_time"]) == (TENANT, NOW * 1_000)
    assert about["tags"] == [{"name": "tenant_alias", "value": "contoso"}]


def test_objects_that_have_no_event_are_refused() -> None:
    with pytest.raises(ValueError, match="hunting_row have no event"):
        to_ocsf(Fetched(HUNTING_ROW, TENANT, "contoso", {}), NOW)
