"""What is asked for, by entity: which field of a service ends in which attribute. A test for each row."""

from __future__ import annotations

from typing import Any

import pytest
from ocsf_help import ALERT, CONTEXT, FILES, GRAPH_ALERT, LEGACY, MACHINE, MD5, QDM, SHA1, SHA256, changed

from iocbeam.model.ocsf import Event, EventContext, defender_alert_event, graph_alert_event, machine_event


def at(event: Event, path: str) -> list[Any]:
    """All values at a path; a list in between is walked."""
    values: list[Any] = [event]
    for name in path.split("."):
        values = [value[name] for value in values if isinstance(value, dict) and name in value]
        values = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return values


def alert(context: EventContext) -> Event:
    return defender_alert_event(ALERT, context, files=FILES)


@pytest.mark.parametrize(
    ("event", "path", "expected"),
    [
        pytest.param(machine_event(MACHINE, CONTEXT), "device.ip", "10.1.2.3", id="lastIpAddress"),
        pytest.param(
            machine_event(changed(MACHINE, lastIpAddress=""), CONTEXT),
            "device.ip",
            "203.0.113.7",
            id="lastExternalIpAddress-alone",
        ),
        pytest.param(
            machine_event(MACHINE, CONTEXT),
            "unmapped.lastExternalIpAddress",
            "203.0.113.7",
            id="lastExternalIpAddress-beside-the-other",
        ),
        pytest.param(
            machine_event(MACHINE, CONTEXT), "observables.value", "203.0.113.7", id="external-observable"
        ),
        pytest.param(machine_event(MACHINE, QDM), "device.ip", "10.1.2.3", id="qdm-lastIpAddress"),
        pytest.param(machine_event(MACHINE, QDM), "device.ip", "203.0.113.7", id="qdm-lastExternalIpAddress"),
        pytest.param(machine_event(MACHINE, CONTEXT), "device.hostname", "host.contoso.example", id="hostname"),
        pytest.param(alert(CONTEXT), "device.hostname", "host.contoso.example", id="alert-hostname"),
        pytest.param(alert(CONTEXT), "evidences.file.name", "evil.exe", id="fileName"),
        pytest.param(alert(CONTEXT), "evidences.file.name", "Other Product", id="fileProductName-alone"),
        pytest.param(alert(CONTEXT), "evidences.file.product.name", "Contoso Updater", id="fileProductName"),
        pytest.param(alert(LEGACY), "evidence.file.name", "evil.exe", id="legacy-fileName"),
        pytest.param(alert(QDM), "file.name", "evil.exe", id="qdm-fileName"),
        pytest.param(alert(QDM), "file.name", "Contoso Updater", id="qdm-fileProductName"),
        pytest.param(
            graph_alert_event(GRAPH_ALERT, CONTEXT), "evidences.file.name", "hidden.exe", id="graph-name"
        ),
        *(
            pytest.param(alert(context), path, value, id=f"{context.dialect}-{name}")
            for context, path in (
                (CONTEXT, "evidences.file.hashes.value"),
                (LEGACY, "evidence.file.hashes.value"),
                (QDM, "file.signature.digest.value"),
            )
            for name, value in (("sha1", SHA1), ("sha256", SHA256), ("md5", MD5))
        ),
        pytest.param(alert(CONTEXT), "finding_info.uid", ALERT["id"], id="alert-id"),
        pytest.param(alert(CONTEXT), "finding_info.types", "Execution", id="alert-type"),
        pytest.param(alert(CONTEXT), "severity_id", 4, id="alert-severity"),
        pytest.param(alert(CONTEXT), "status_id", 1, id="alert-status"),
        pytest.param(alert(CONTEXT), "action_id", 4, id="alert-action"),
        pytest.param(alert(CONTEXT), "disposition", "Corrected", id="alert-disposition"),
        pytest.param(alert(LEGACY), "finding.types", "Execution", id="legacy-type"),
        pytest.param(alert(LEGACY), "severity_id", 4, id="legacy-severity"),
        pytest.param(alert(LEGACY), "state_id", 1, id="legacy-status"),
        pytest.param(alert(LEGACY), "action", "Modified", id="legacy-action"),
        pytest.param(
            graph_alert_event(GRAPH_ALERT, CONTEXT), "finding_info.types", "DefenseEvasion", id="graph-type"
        ),
        pytest.param(graph_alert_event(GRAPH_ALERT, CONTEXT), "severity", "Low", id="graph-severity"),
        pytest.param(graph_alert_event(GRAPH_ALERT, CONTEXT), "status", "In Progress", id="graph-status"),
        pytest.param(graph_alert_event(GRAPH_ALERT, CONTEXT), "disposition", "Blocked", id="graph-action"),
    ],
)
def test_a_field_is_where_it_was_asked_for(event: Event, path: str, expected: Any) -> None:
    assert expected in at(event, path)
