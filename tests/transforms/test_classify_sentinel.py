"""What an indicator becomes in Sentinel."""

from __future__ import annotations

from typing import Any

import pytest

from iocbeam.model.indicator import FQDN, INDICATOR_TYPES, SEVERITIES, Indicator
from iocbeam.model.outcome import Ended
from iocbeam.model.packed import pack_row, unpack_row
from iocbeam.model.sentinel_plan import SentinelRow
from iocbeam.model.settings import DAY, ClassifySettings
from iocbeam.transforms import classify_sentinel
from iocbeam.transforms.classify_sentinel import CONFIDENCE, MAX_LABELS

NOW = 1_790_000_000


def made(settings: ClassifySettings | None = None, **fields: Any) -> SentinelRow:
    indicator = Indicator(**{"type": FQDN, "value": "bad.malware-test.example", **fields})
    row = classify_sentinel(indicator, settings or ClassifySettings(collection="drill"), NOW)
    assert isinstance(row, SentinelRow)
    return row


@pytest.mark.parametrize("kind", INDICATOR_TYPES)
def test_every_type_is_taken(kind: str) -> None:
    assert made(type=kind, value="x").key == (kind, "x")


def test_the_name_of_a_file_is_not_sent() -> None:
    end = classify_sentinel(Indicator("File Name", "dropper.exe"), ClassifySettings(), NOW)
    assert isinstance(end, Ended)
    assert (end.outcome, end.reason) == ("unsupported", "type_not_taken")


@pytest.mark.parametrize("severity", SEVERITIES)
def test_confidence_rises_with_severity(severity: str) -> None:
    row = made(severity=severity, score=9.5)
    assert (row.severity, row.confidence) == (severity, CONFIDENCE[severity])
    assert list(CONFIDENCE.values()) == sorted(CONFIDENCE.values())


def test_what_brings_no_severity_takes_the_default() -> None:
    assert made(ClassifySettings(default_severity="High")).confidence == CONFIDENCE["High"]


@pytest.mark.parametrize(
    ("days", "own", "expires_at"),
    [
        (90, None, NOW + 90 * DAY),
        (None, None, None),
        (90, NOW + 5 * DAY, NOW + 5 * DAY),
        (None, NOW + 5 * DAY, NOW + 5 * DAY),
    ],
)
def test_an_expiry_of_its_own_goes_before_the_default(
    days: int | None, own: int | None, expires_at: int | None
) -> None:
    assert made(ClassifySettings(expiration_days=days), expires_at=own).expires_at == expires_at


@pytest.mark.parametrize(
    ("fields", "context", "labels"),
    [
        ({}, None, ()),
        ({"malware": ("Emotet",), "adversaries": ("Bear",)}, None, ("malware:Emotet", "adversary:Bear")),
        ({"malware": ("Emotet",), "adversaries": ("Bear",)}, ("adversaries",), ("adversary:Bear",)),
        ({"malware": ("Emotet",)}, ("descriptions",), ()),
        ({"malware": ("Emotet", "Emotet")}, None, ("malware:Emotet",)),
        ({"tlp": "green", "malware": ("Emotet",)}, None, ("tlp:green", "malware:Emotet")),
        ({"tlp": "amber", "malware": ("Emotet",)}, None, ("tlp:amber", "malware:Emotet")),
        ({"tlp": "red", "malware": ("Emotet",)}, None, ("tlp:red",)),
        ({"tlp": "unheard-of", "malware": ("Emotet",)}, None, ("tlp:unheard-of",)),
    ],
    ids=str,
)
def test_labels(fields: dict[str, Any], context: tuple[str, ...] | None, labels: tuple[str, ...]) -> None:
    settings = ClassifySettings() if context is None else ClassifySettings(related_context=context)
    assert made(settings, **fields).labels == labels


def test_labels_are_bounded() -> None:
    row = made(malware=tuple(f"{number}{'x' * 500}" for number in range(500)))
    assert len(row.labels) == MAX_LABELS
    assert max(map(len, row.labels)) == 200


def test_above_the_marking_that_may_leave_nothing_of_the_record_does() -> None:
    row = made(tlp="red", title="secret", description="secret", source="secret", malware=("secret",))
    assert "secret" not in repr(row._replace(indicator=Indicator(FQDN, "x")))
    assert row.title == "bad.malware-test.example"


def test_a_title_of_its_own_is_kept() -> None:
    assert made(title="Seen in June").title == "Seen in June"


def test_a_row_packs_and_unpacks() -> None:
    row = made(malware=("Emotet",), tags=("a",))
    assert unpack_row(pack_row(row), SentinelRow) == row
