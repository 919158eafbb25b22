"""Every machine and alert of an estate with all oddities is an event that the schemas accept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
from ocsf_help import CONTEXT, LEGACY, NOW, QDM, TENANT, Schemas, without_query_paths

from iocbeam.local_tenant.estates.estate import Estate, estate
from iocbeam.local_tenant.graph.alerts import graph_alert, graph_evidence
from iocbeam.model.entities import entities_of, file_entities
from iocbeam.model.ocsf import EventContext, event_of
from iocbeam.model.ocsf.packing import packer, unpacked
from iocbeam.model.ocsf.schema import schema_of
from iocbeam.model.sighting import ALERT, GRAPH_ALERT, MACHINE, Fetched


@lru_cache(maxsize=1)
def made() -> Estate:
    return estate(machines=300, alerts=1_500, now=NOW, tenant_id=TENANT)


def objects() -> Iterator[tuple[Fetched, list[Any]]]:
    """Each object of the estate, alerts as both services show them, with the files of the alert."""
    machines = {machine["id"]: machine for machine in made().machines}
    for machine in made().machines:
        yield Fetched(MACHINE, TENANT, "contoso", machine), []
    for alert in made().alerts:
        yield Fetched(ALERT, TENANT, "contoso", alert), made().files.get(str(alert["id"]), [])
        of_graph = graph_alert(alert) | {"evidence": graph_evidence(alert, machines.get(alert["machineId"]))}
        yield Fetched(GRAPH_ALERT, TENANT, "contoso", of_graph), []


@pytest.mark.parametrize("context", [CONTEXT, LEGACY, QDM], ids=lambda context: context.dialect)
def test_every_object_of_an_estate_is_a_valid_event(context: EventContext, ocsf_schemas: Schemas) -> None:
    for fetched, files in objects():
        event = event_of(fetched, context, files=files)
        assert ocsf_schemas.faults(without_query_paths(event)) == [], fetched
        assert unpacked(packer(*schema_of(event))(event)) == event


def test_every_entity_of_an_estate_is_an_observable() -> None:
    for fetched, files in objects():
        event = event_of(fetched, CONTEXT, files=files)
        shown = {one["value"].lower() for one in event.get("observables", ())}
        wanted = {one.observed.lower() for one in (*entities_of(fetched), *file_entities(files, "files"))}
        assert wanted <= shown, fetched
