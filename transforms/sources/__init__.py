"""Readers of collections: files in any of the formats, services, and the dead letters of earlier runs.

`started_at` is the run's start, epoch seconds, UTC; `raise_errors` says whether a rejected record raises, since
nothing takes it; an `error` says what broke the reading off and where.
"""

from __future__ import annotations

from .avro import read_avro
from .dead_letters import ReadDeadLetters, dead_letter_inputs
from .defender_data import ReadDefenderAlerts, ReadDefenderMachines
from .defender_indicators import ReadDefenderIndicators
from .delimited import read_delimited
from .detect import detect_format
from .entry import Entry, Reading, Unreadable
from .fetch import FetchedObjects, FetchFrom, Fetching, FetchPart, FetchReader
from .fields import FieldMap
from .files import FileReader, ReadCollection
from .graph_alerts import ReadGraphAlerts
from .hosts import read_hosts
from .hunting import ReadHunting
from .inputs import check_inputs
from .json_document import read_json
from .jsonl import read_jsonl
from .misp import MispReader, ReadFromMisp
from .misp_events import read_misp
from .misp_feed import MispFeedReader
from .misp_filter import MispFilter
from .outputs import Read
from .parsing import parse_record, read_entries
from .rows import AsRecords
from .sentinel_indicators import ReadSentinelIndicators
from .source import Part, Reader, ReadFrom, ReadPartFn
from .stix_bundle import read_stix
from .stix_files import ReadStix
from .stix_pattern import values_of
from .stix_taxii import ReadFromTaxii, TaxiiReader
from .text import read_text
from .threatq import ReadFromThreatQ, ThreatQReader

__all__ = [
    "AsRecords",
    "Entry",
    "FetchFrom",
    "FetchPart",
    "FetchReader",
    "FetchedObjects",
    "Fetching",
    "FieldMap",
    "FileReader",
    "MispFeedReader",
    "MispFilter",
    "MispReader",
    "Part",
    "Read",
    "ReadCollection",
    "ReadDeadLetters",
    "ReadDefenderAlerts",
    "ReadDefenderIndicators",
    "ReadDefenderMachines",
    "ReadFrom",
    "ReadFromMisp",
    "ReadFromTaxii",
    "ReadFromThreatQ",
    "ReadGraphAlerts",
    "ReadHunting",
    "ReadPartFn",
    "ReadSentinelIndicators",
    "ReadStix",
    "Reader",
    "Reading",
    "TaxiiReader",
    "ThreatQReader",
    "Unreadable",
    "check_inputs",
    "dead_letter_inputs",
    "detect_format",
    "parse_record",
    "read_avro",
    "read_delimited",
    "read_entries",
    "read_hosts",
    "read_json",
    "read_jsonl",
    "read_misp",
    "read_stix",
    "read_text",
    "values_of",
]
