"""The transforms of iocbeam for Beam YAML, each loaded by its dotted name as a provider of `type: python`."""

from .provider import Provider
from .row_stages import Classify, ClassifyRange, ClassifySentinel, Protect, ProtectRange, Select, ToOcsf
from .sinks import WriteDeadLetters, WriteEvents, WriteOutcomes
from .sources import AsRecords, ReadCollection, ReadDeadLetters, ReadFromMisp, ReadFromTaxii, ReadFromThreatQ
from .stages import AsIndicators, Expire, FixUrlScheme, Keep, Transform, Validate
from .targets import FindSightings, WriteToDefender, WriteToEntra, WriteToSentinel
from .tenant_sources import (
    ReadDefenderAlerts,
    ReadDefenderIndicators,
    ReadDefenderMachines,
    ReadGraphAlerts,
    ReadHunting,
    ReadSentinelIndicators,
)

PROVIDERS: tuple[Provider, ...] = (
    ReadCollection,
    ReadFromThreatQ,
    ReadFromTaxii,
    ReadFromMisp,
    ReadDeadLetters,
    AsRecords,
    Validate,
    FixUrlScheme,
    Expire,
    Keep,
    Transform,
    AsIndicators,
    WriteToDefender,
    WriteToEntra,
    WriteToSentinel,
    FindSightings,
    Classify,
    ClassifyRange,
    ClassifySentinel,
    Protect,
    ProtectRange,
    Select,
    ReadDefenderMachines,
    ReadDefenderAlerts,
    ReadGraphAlerts,
    ReadDefenderIndicators,
    ReadSentinelIndicators,
    ReadHunting,
    ToOcsf,
    WriteEvents,
    WriteDeadLetters,
    WriteOutcomes,
)
"""All of them, in the order of the documentation."""

__all__ = [
    "PROVIDERS",
    "AsIndicators",
    "AsRecords",
    "Classify",
    "ClassifyRange",
    "ClassifySentinel",
    "Expire",
    "FindSightings",
    "FixUrlScheme",
    "Keep",
    "Protect",
    "ProtectRange",
    "Provider",
    "ReadCollection",
    "ReadDeadLetters",
    "ReadDefenderAlerts",
    "ReadDefenderIndicators",
    "ReadDefenderMachines",
    "ReadFromMisp",
    "ReadFromTaxii",
    "ReadFromThreatQ",
    "ReadGraphAlerts",
    "ReadHunting",
    "ReadSentinelIndicators",
    "Select",
    "ToOcsf",
    "Transform",
    "Validate",
    "WriteDeadLetters",
    "WriteEvents",
    "WriteOutcomes",
    "WriteToDefender",
    "WriteToEntra",
    "WriteToSentinel",
]
