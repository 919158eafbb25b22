"""Whatever JSON a service sends, it becomes an event that the schemas accept."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import fastavro
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocsf_help import (
    ALERT,
    CONTEXT,
    FILES,
    GRAPH_ALERT,
    INDICATOR_ROW,
    LEGACY,
    MACHINE,
    QDM,
    SHA1,
    Schemas,
    changed,
    match,
    without_query_paths,
)

from iocbeam.model.ocsf import (
    Event,
    EventContext,
    defender_alert_event,
    graph_alert_event,
    indicator_event,
    machine_event,
)
from iocbeam.model.ocsf.packing import packer, unpacked
from iocbeam.model.ocsf.schema import avro_schema, schema_of

# Surrogates, long integers, infinities: all of it passes through Python's own JSON reader.
ATOMS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**40), max_value=10**40)
    | st.floats()
    | st.text(st.characters(), max_size=12)
    | st.sampled_from(["\ud800", "", "0001-01-01T00:00:00", "2026-09-20T25:00:00Z", "99999999999", "::1", "%"])
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MATCHES = (
    match("SHA-1", SHA1, "sha1", "evidence[0].sha1"),
    match("FQDN", "evil.example", "domain", "evidence[4].url"),
)


def _some_of(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The object with some of its fields, or all, replaced by anything."""
    return st.dictionaries(st.sampled_from([*whole, "new\udc00field"]), VALUES, min_size=1, max_size=4).map(
        lambda other: changed(whole, **other)
    )


def _evidence_of(whole: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The alert with anything in fields of its evidence."""

    def put(items: list[tuple[int, str, Any]]) -> dict[str, Any]:
        made = changed(whole)
        for at, name, value in items:
            made["evidence"][at][name] = value
        return made

    names = st.integers(0, len(whole["evidence"]) - 1).flatmap(
        lambda at: st.tuples(st.just(at), st.sampled_from(sorted(whole["evidence"][at])), VALUES)
    )
    return st.lists(names, min_size=1, max_size=3).map(put)


def through_avro(record: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The event that is read back of one that was written."""
    stream = BytesIO()
    fastavro.writer(stream, schema, [record], strict_allow_default=True)
    stream.seek(0)
    return unpacked(next(iter(fastavro.reader(stream))))


CASES: dict[str, tuple[Callable[[Any, EventContext], Event], st.SearchStrategy[Any]]] = {
    "machine": (lambda data, context: machine_event(data, context, MATCHES), _some_of(MACHINE)),
    "machine-interfaces": (
        lambda data, context: machine_event(data, context),
        st.lists(_some_of(MACHINE["ipAddresses"][0]) | VALUES, max_size=3).map(
            lambda items: changed(MACHINE, ipAddresses=items)
        ),
    ),
    "alert": (lambda data, context: defender_alert_event(data, context, MATCHES, FILES), _some_of(ALERT)),
    "alert-evidence": (
        lambda data, context: defender_alert_event(data, context, MATCHES, FILES),
        _evidence_of(ALERT),
    ),
    "alert-files": (
        lambda data, context: defender_alert_event(ALERT, context, MATCHES, data),
        st.lists(_some_of(FILES[0]) | VALUES, max_size=3),
    ),
    "graph-alert": (lambda data, context: graph_alert_event(data, context, MATCHES), _some_of(GRAPH_ALERT)),
    "graph-evidence": (
        lambda data, context: graph_alert_event(data, context, MATCHES),
        _evidence_of(GRAPH_ALERT),
    ),
    "indicator": (lambda data, context: indicator_event(data, context), _some_of(INDICATOR_ROW)),
    "no-object": (lambda data, context: machine_event(data, context), VALUES),
    "no-alert": (lambda data, context: defender_alert_event(data, context), VALUES),
}


@pytest.mark.parametrize("context", [CONTEXT, LEGACY, QDM], ids=lambda context: context.dialect)
@pytest.mark.parametrize("name", CASES)
def test_any_json_gives_an_event_that_the_schema_accepts(
    name: str, context: EventContext, ocsf_schemas: Schemas
) -> None:
    function, data = CASES[name]

    @given(data)
    def holds(value: Any) -> None:
        event = function(value, context)
        assert ocsf_schemas.faults(without_query_paths(event)) == []
        assert json.loads(orjson.dumps(event)) == event
        uid, dialect = schema_of(event)
        assert through_avro(packer(uid, dialect)(event), avro_schema(uid, dialect)) == event

    holds()
