"""What an event lists as observable is compared with the collection: nothing is shown that was not looked at."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ocsf_help import ALERT as DEFENDER_ALERT_SAMPLE
from ocsf_help import GRAPH_ALERT as GRAPH_ALERT_SAMPLE
from ocsf_help import MACHINE as MACHINE_SAMPLE

from iocbeam.local_tenant import estate
from iocbeam.model.entities import entities_of
from iocbeam.model.observed import observed_address, observed_name, observed_url
from iocbeam.model.ocsf import EventContext, event_of
from iocbeam.model.sighting import ALERT, GRAPH_ALERT, MACHINE, Fetched
from iocbeam.model.values.names import canonical_file_name
from iocbeam.planning.sightings.join import keys_of_entity

HOSTNAME, ADDRESS, URL, FILE_NAME, HASH = 1, 2, 6, 7, 8


def comparable(kind: int, value: str) -> str:
    """The value as an indicator would have it; empty for one that none can have, such as a private address."""
    if kind == ADDRESS:
        return observed_address(value)
    if kind == HOSTNAME:
        return observed_name(value)
    if kind == URL:
        found = observed_url(value)
        return keys_of_entity(*found)[0].value if found else ""
    if kind == FILE_NAME:
        name = canonical_file_name(value)
        # A folder or a hash stands in for a file without a name.
        return name if isinstance(name, str) and "." in name else ""
    return value.lower() if kind == HASH else ""


def objects() -> Iterator[Any]:
    made = estate(60, 250, seed=3, now=1_790_000_000)
    for kind, data in (
        (MACHINE, [MACHINE_SAMPLE, *made.machines]),
        (ALERT, [DEFENDER_ALERT_SAMPLE, *made.alerts]),
        (GRAPH_ALERT, [GRAPH_ALERT_SAMPLE]),
    ):
        yield pytest.param(kind, data, id=kind)


@pytest.mark.parametrize(("kind", "data"), objects())
def test_every_observable_that_an_indicator_can_be_is_an_entity(kind: str, data: list[dict[str, Any]]) -> None:
    compared = 0
    for one in data:
        fetched = Fetched(kind, "t", "t", one)
        keys = {key.value for entity in entities_of(fetched) for key in keys_of_entity(entity.kind, entity.value)}
        for observable in event_of(fetched, EventContext("t", 1_790_000_000)).get("observables", ()):
            wanted = comparable(observable["type_id"], observable.get("value") or "")
            if wanted:
                compared += 1
                assert wanted in keys, observable
    assert compared
