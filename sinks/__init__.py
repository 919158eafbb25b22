"""The sinks: batch writers with one writer for each tenant, dead letters, and the run's documents."""

from .avro_files import WriteAvro
from .dead_letters import WriteDeadLetters, WriteOutcomes
from .defender import Write, WriteToDefender, plan_only, write_plan
from .defender_writer import DefenderWriter, Written
from .delivery import Delivered, Delivery
from .json_files import PLAN_FILE, SUMMARY_FILE, WritePlan, WriteSummary, plan_document

__all__ = [
    "PLAN_FILE",
    "SUMMARY_FILE",
    "DefenderWriter",
    "Delivered",
    "Delivery",
    "Write",
    "WriteAvro",
    "WriteDeadLetters",
    "WriteOutcomes",
    "WritePlan",
    "WriteSummary",
    "WriteToDefender",
    "Written",
    "plan_document",
    "plan_only",
    "write_plan",
]
