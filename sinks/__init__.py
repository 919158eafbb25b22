"""The sinks: batch writers with one writer for each tenant, dead letters, and the run's documents.

`collection` is the name of the run's, and `cancel` an event that stops a writer: it sends nothing more and says
so.
"""

from . import remote_files as remote_files
from .avro_files import WriteAvro
from .dead_letters import WriteDeadLetters, WriteOutcomes
from .defender import Write, WriteToDefender, plan_only, write_plan
from .defender_writer import DefenderWriter, Written
from .delivery import Delivered, Delivery
from .entra import (
    WriteConditionalAccessPolicy,
    WriteLocations,
    WritePolicy,
    WriteToNamedLocations,
    write_locations,
    write_policy,
)
from .events import WriteEvents
from .fail_on import FAILED_MARK, FailOn
from .json_files import PLAN_FILE, SUMMARY_FILE, Target, WritePlans, WriteSummary
from .location_writer import LocationsWritten, LocationWriter
from .plan_documents import defender_document, entra_document, sentinel_document
from .policy_writer import PolicyWriter
from .sentinel import WriteToSentinel
from .sentinel_plans import WriteSentinel, WriteSentinelPlans, write_sentinel
from .sentinel_report import SentinelWritten
from .sentinel_writer import SentinelWriter

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
