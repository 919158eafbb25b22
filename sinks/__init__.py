"""The sinks: batch writers with one writer for each tenant, dead letters, and the run's documents.

`collection` is the name of the run's, and `cancel` an event that stops a writer: it sends nothing more and says
so.
"""

from . import remote_files as remote_files
from .defender.delivery import Delivered, Delivery
from .defender.sink import Write, WriteToDefender, plan_only, write_plan
from .defender.writer import DefenderWriter, Written
from .entra.location_writer import LocationsWritten, LocationWriter
from .entra.policy_writer import PolicyWriter
from .entra.sink import (
    WriteConditionalAccessPolicy,
    WriteLocations,
    WritePolicy,
    WriteToNamedLocations,
    write_locations,
    write_policy,
)
from .fail_on import FAILED_MARK, FailOn
from .files.avro_files import WriteAvro
from .files.dead_letters import WriteDeadLetters, WriteOutcomes
from .files.events import WriteEvents
from .files.json_files import PLAN_FILE, SUMMARY_FILE, Target, WritePlans, WriteSummary
from .files.plan_documents import defender_document, entra_document, sentinel_document
from .sentinel.plans import WriteSentinel, WriteSentinelPlans, write_sentinel
from .sentinel.report import SentinelWritten
from .sentinel.sink import WriteToSentinel
from .sentinel.writer import SentinelWriter

__all__ = [
    "FAILED_MARK",
    "PLAN_FILE",
    "SUMMARY_FILE",
    "DefenderWriter",
    "Delivered",
    "Delivery",
    "FailOn",
    "LocationWriter",
    "LocationsWritten",
    "PolicyWriter",
    "SentinelWriter",
    "SentinelWritten",
    "Target",
    "Write",
    "WriteAvro",
    "WriteConditionalAccessPolicy",
    "WriteDeadLetters",
    "WriteEvents",
    "WriteLocations",
    "WriteOutcomes",
    "WritePlans",
    "WritePolicy",
    "WriteSentinel",
    "WriteSentinelPlans",
    "WriteSummary",
    "WriteToDefender",
    "WriteToNamedLocations",
    "WriteToSentinel",
    "Written",
    "defender_document",
    "entra_document",
    "plan_only",
    "sentinel_document",
    "write_locations",
    "write_plan",
    "write_policy",
    "write_sentinel",
]
