"""What is the same for every target: the run, and what it takes in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ..errors import UsageError
from .checks import one_of
from .source import SourceSettings

DAY: Final = 86_400
"""Seconds."""

INPUT_FORMATS: Final = ("auto", "jsonl", "json", "csv", "avro", "text", "hosts", "stix", "misp")

URL_WITHOUT_SCHEME: Final = ("skip", "http", "https")

FAIL_ON: Final = ("never", "failed", "any")
"""Never; when something failed (exit status 1 or 3); when anything but 0 is the exit status."""

_COLLECTION: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What is fixed when a run is constructed; no stage asks the clock or makes up an id.

    Attributes:
        run_id: unique for the run.
        started_at: epoch seconds, UTC.
        job: `defender`, `entra` ...
        collection: name of the collection, the owner mark in the tenant.
        dry_run: plan only.
        replay: the input is dead letters: nothing is ever withdrawn.
        fail_on: one of `FAIL_ON`: after which ends the job itself fails, once its summary is written.

    Raises:
        UsageError: the collection has no name that can be one, or a value is none of its choices.
    """

    run_id: str
    started_at: int
    job: str
    collection: str
    dry_run: bool = False
    replay: bool = False
    fail_on: str = "never"

    def __post_init__(self) -> None:
        one_of(self.fail_on, FAIL_ON, "--fail_on")
        if not _COLLECTION.fullmatch(self.collection):
            raise UsageError(
                f"{self.collection!r} is not a collection name.",
                option="--collection",
                advice="Use 1 to 40 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit.",
            )


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """How the collection is read and what counts as one of its indicators. The same for every tenant.

    Attributes:
        inputs: files or globs, on any filesystem that Beam knows; dead letters in a replay.
        input_format: one of `INPUT_FORMATS`.
        field_map: canonical field to the input's own name, for example `{"value": "ioc"}`.
        statuses: statuses that are exported, compared without case.
        url_without_scheme: `skip`, `http` or `https`.
        source: the service that holds the collection, in the place of `inputs`.
        transforms: steps of the user's own, `MODULE:NAME` each, in their order.

    Raises:
        UsageError: there is no input or more than one kind, no status, or a value is none of its choices.
    """

    inputs: tuple[str, ...] = ()
    input_format: str = "auto"
    field_map: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[str, ...] = ("Active",)
    url_without_scheme: str = "skip"
    source: SourceSettings | None = None
    transforms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.inputs and self.source is not None:
            raise UsageError("give --input, or a --source other than files, not both.")
        if not self.inputs and self.source is None:
            raise UsageError("is missing.", option="--input", advice="Name the files that hold the collection.")
        one_of(self.input_format, INPUT_FORMATS, "--input_format")
        one_of(self.url_without_scheme, URL_WITHOUT_SCHEME, "--url_without_scheme")
        if not self.statuses:
            raise UsageError("names no status.", option="--statuses")
