"""The examples of docs/sentinel.md do what they say, against the local tenant."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.testing.util import assert_that, equal_to
from sentinel_sink_help import SentinelSite

from iocbeam.model.indicator import Indicator
from iocbeam.model.settings.sightings import ReadTenant

DOCUMENT = Path(__file__).parents[2] / "docs" / "sentinel.md"
VALUES = ["bad.malware-test.example", "worse.malware-test.example"]


def examples() -> dict[str, Any]:
    """What the blocks of the document define."""
    made: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL):
        exec(block, made)  # noqa: S102 - of our own documentation
    return made


def test_what_is_uploaded_is_read_again(sentinel: Callable[..., SentinelSite], test_pipeline: Any) -> None:
    here, made = sentinel(), examples()
    with test_pipeline() as p:
        indicators = p | beam.Create([Indicator("FQDN", value) for value in VALUES], reshuffle=False)
        made["upload"](indicators, here.run, here.connection, here.workspace.workspace_id)
    with test_pipeline() as p:
        tenant = ReadTenant("tenant", here.connection)
        shown = made["patterns"](p, (tenant,), {tenant.tenant_id: here.workspace})
        assert_that(shown, equal_to([f"[domain-name:value = '{value}']" for value in VALUES]))


def test_the_document_can_be_read_in_one_sitting() -> None:
    assert len(DOCUMENT.read_text().splitlines()) <= 80
