"""Whatever a field says, the event says it somewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
from ocsf_help import ALERT, CONTEXT, FILES, GRAPH_ALERT, INDICATOR_ROW, LEGACY, MACHINE, QDM, changed

from iocbeam.model.ocsf import (
    Event,
    EventContext,
    defender_alert_event,
    graph_alert_event,
    indicator_event,
    machine_event,
)

MARK = "marker-4711"

Way = tuple[str | int, ...]


def ways(value: Any, way: Way = ()) -> Iterator[Way]:
    """All places in an object, those of lists and objects too."""
    if way:
        yield way
    if isinstance(value, dict):
        for name, item in value.items():
            yield from ways(item, (*way, name))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from ways(item, (*way, at))


def with_mark(whole: Any, way: Way, mark: Any) -> Any:
    made = changed({"whole": whole})
    at: Any = made
    for step in ("whole", *way[:-1]):
        at = at[step]
    at[way[-1]] = mark
    return made["whole"]


CASES: dict[str, tuple[Any, Callable[[Any, EventContext], Event]]] = {
    "machine": (MACHINE, machine_event),
    "alert": (ALERT, defender_alert_event),
    "files": (FILES, lambda files, context: defender_alert_event(ALERT, context, files=files)),
    "graph": (GRAPH_ALERT, graph_alert_event),
    "indicator": (INDICATOR_ROW, indicator_event),
}


@pytest.mark.parametrize("mark", [MARK, {"deep": [MARK]}, [MARK, 1]], ids=["text", "object", "list"])
@pytest.mark.parametrize("context", [CONTEXT, LEGACY, QDM], ids=lambda context: context.dialect)
@pytest.mark.parametrize("name", CASES)
def test_any_value_in_any_field_is_in_the_event(name: str, context: EventContext, mark: Any) -> None:
    whole, function = CASES[name]
    lost = [
        way
        for way in ways(whole)
        if MARK.encode() not in orjson.dumps(function(with_mark(whole, way, mark), context))
    ]
    assert lost == []
