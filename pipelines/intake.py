"""The intake of every job: the collection, read and cleaned once for all tenants and targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.model.indicator import Indicator
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import IntakeSettings, RunInfo
from iocbeam.model.settings.source import MispSettings, TaxiiSettings, ThreatQSettings
from iocbeam.transforms import Expire, FixUrlScheme, Step, Validate
from iocbeam.transforms.sources import (
    ReadCollection,
    ReadDeadLetters,
    ReadFrom,
    ReadFromMisp,
    ReadFromTaxii,
    ReadFromThreatQ,
)

from .own_steps import own_steps
from .run_ends import RunEnds


class Intake(NamedTuple):
    """What targets start from.

    Attributes:
        indicators: those that are wanted, the same for every tenant.
        protected_keys: keys of Whitelisted records; see `Validate.protected_keys`.
        reads: one `ReadReport` for each input.
        told: labels of the stages whose ends say of some records that their rows are not to stay.
    """

    indicators: PCollection[Indicator]
    protected_keys: PCollection[bytes]
    reads: PCollection[ReadReport]
    told: tuple[str, ...]


def read_intake(
    pipeline: beam.Pipeline,
    run: RunInfo,
    settings: IntakeSettings,
    ends: RunEnds,
    steps: Sequence[Step] = (),
    *,
    fix_url_scheme: bool = True,
) -> Intake:
    """Wires source, shared stages and the user's own steps onto a pipeline.

    Args:
        steps: behind those that the settings name.
        fix_url_scheme: False where a URL may go on as it is, with a scheme or without.

    Raises:
        Stop: the settings name steps that cannot be had, or two steps are named alike.
    """
    own = own_steps(settings.transforms, run, steps)
    source = pipeline | ends.of("Read", source_of(run, settings))
    validate = Validate(run, settings.statuses)
    indicators = source.records | ends.of("Validate", validate)
    if fix_url_scheme:
        indicators = indicators | ends.of("Fix URL scheme", FixUrlScheme(run, settings.url_without_scheme))
    indicators = indicators | ends.of("Expire", Expire(run))
    for step in own:
        name = f"Transform {step.name}"
        indicators = indicators | ends.of(name, step.stage(run, schemeless=not fix_url_scheme))
    # Not what a step of the user's own ends: a mistake in it is no word of the source, and the guard counts it.
    return Intake(indicators, validate.protected_keys, source.reports, ("Validate", "Expire"))


def source_of(run: RunInfo, settings: IntakeSettings) -> ReadFrom:
    """The transform that reads what these settings name.

    Raises:
        UsageError: a setting cannot be.
    """
    if run.replay:
        return ReadDeadLetters(settings.inputs, run)
    match settings.source:
        case None:
            return ReadCollection(settings.inputs, run, settings.input_format, settings.field_map)
        case ThreatQSettings() as threatq:
            return ReadFromThreatQ(threatq, run)
        case TaxiiSettings() as taxii:
            return ReadFromTaxii(taxii, run)
        case MispSettings() as misp:
            return ReadFromMisp(misp, run)
