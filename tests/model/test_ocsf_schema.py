"""The schemas of Avro and Parquet files hold what the mapping gives, and the mapping gives what they hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fastavro
import pytest
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
    changed,
    evidence,
    match,
)

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.ocsf import Event, defender_alert_event, graph_alert_event, indicator_event, machine_event
from iocbeam.model.ocsf.packing import packer, unpacked
from iocbeam.model.ocsf.schema import Form, avro_schema, event_form, schema_of

_MATCH = match("SHA-1", SHA1, "sha1", "evidence[0].sha1")
# What the samples leave out.
_MORE = [
    evidence("User", accountName="jdoe", userPrincipalName="other"),
    evidence("Registry", registryHive="HKLM", registryKey="X", registryValueName="run"),
]
_FULL_ALERT = changed(ALERT, evidence=ALERT["evidence"] + _MORE, recommendedAction="Look at it.")
_GRAPH_DEVICE = changed(GRAPH_ALERT)
_GRAPH_DEVICE["evidence"][0] |= {"firstSeenDateTime": "2026-09-01T00:00:00Z", "azureAdDeviceId": "a-1"}
_GRAPH_DEVICE["evidence"][2]["userAccount"] |= {
    "azureAdUserId": "u-1",
    "displayName": "J. Doe",
    "userPrincipalName": "jdoe@contoso.example",
}
_GRAPH_DEVICE["assignedTo"] = "analyst"

EVENTS: dict[str, list[Event]] = {
    "5001": [machine_event(MACHINE, CONTEXT, [_MATCH])],
    "5001-qdm": [machine_event(MACHINE, QDM, [_MATCH])],
    "2004": [
        defender_alert_event(_FULL_ALERT, CONTEXT, [_MATCH], FILES),
        graph_alert_event(_GRAPH_DEVICE, CONTEXT, [_MATCH]),
    ],
    "2001": [
        defender_alert_event(_FULL_ALERT, LEGACY, [_MATCH], FILES),
        graph_alert_event(_GRAPH_DEVICE, LEGACY, [_MATCH]),
    ],
    "2001-qdm": [
        defender_alert_event(_FULL_ALERT, QDM, [_MATCH], FILES),
        graph_alert_event(_GRAPH_DEVICE, QDM, [_MATCH]),
    ],
    "5021": [indicator_event(changed(INDICATOR_ROW, externalId="iocbeam:feed:1"), CONTEXT)],
}

NEVER = {
    "is_managed",  # of a machine, never of a device in an alert
    "agent_list",
    "last_seen_time",
}
"""Of the device of a machine, which the devices in alerts share the description with."""


def paths(form: Form, path: str = "") -> Iterator[str]:
    """All attributes of a description that hold a value."""
    if isinstance(form, dict):
        for name, part in form.items():
            yield from paths(part, f"{path}.{name}" if path else name)
    elif isinstance(form, list):
        yield from paths(form[0], path)
    else:
        yield path


def filled(value: Any, form: Form, path: str = "") -> Iterator[str]:
    """All attributes of a description that an event fills."""
    if isinstance(form, dict):
        for name, item in value.items():
            yield from filled(item, form[name], f"{path}.{name}" if path else name)
    elif isinstance(form, list):
        for item in value:
            yield from filled(item, form[0], path)
    else:
        yield path


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_the_same_after_packing_and_unpacking(name: str) -> None:
    for event in EVENTS[name]:
        assert unpacked(packer(*schema_of(event))(event)) == event


@pytest.mark.parametrize("name", EVENTS)
def test_the_schema_is_one_that_avro_takes_and_describes_the_event(name: str) -> None:
    for event in EVENTS[name]:
        schema = fastavro.parse_schema(avro_schema(*schema_of(event)))
        assert fastavro.validate(packer(*schema_of(event))(event), schema, strict=False)


@pytest.mark.parametrize("name", ["5001", "5001-qdm", "5021"])
def test_the_schema_has_nothing_that_the_mapping_never_gives(name: str) -> None:
    form = event_form(*schema_of(EVENTS[name][0]))
    given = {path for event in EVENTS[name] for path in filled(event, form)}
    missing = set(paths(form)) - given
    # What all classes share; an indicator's event shows nothing but the indicator.
    shared = ("metadata.", "observables.", "enrichments.") if name == "5021" else ("metadata.",)
    assert {path for path in missing if not path.startswith(shared)} == set()


@pytest.mark.parametrize("name", ["2004", "2001", "2001-qdm"])
def test_the_schema_of_findings_has_little_that_the_mapping_never_gives(name: str) -> None:
    form = event_form(*schema_of(EVENTS[name][0]))
    given = {path for event in EVENTS[name] for path in filled(event, form)}
    missing = {
        path
        for path in set(paths(form)) - given
        # Users and files stand at several places, of which each source fills some of the attributes.
        if not any(part in path for part in (".user.", ".process.file.", ".parent_process.", "metadata.", ".mac"))
        and not NEVER.intersection(path.split("."))
    }
    assert {path for path in missing if ".device." not in path and not path.startswith("device.")} == set()


@pytest.mark.parametrize("path", ["surprise", "device.surprise", "metadata.product.surprise"])
def test_an_attribute_that_the_schema_does_not_have_is_an_error_that_names_it(path: str) -> None:
    event = machine_event(MACHINE, CONTEXT)
    at = event
    *way, last = path.split(".")
    for name in way:
        at = at[name]
    at[last] = 1
    with pytest.raises(ConfigurationError, match=f"attribute {path} .*jsonl"):
        packer(*schema_of(event))(event)


def test_a_class_that_the_mapping_does_not_give_has_no_schema() -> None:
    with pytest.raises(ConfigurationError, match="class 1001"):
        avro_schema(1001)
