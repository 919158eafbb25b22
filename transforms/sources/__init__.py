"""Readers of collections: files in any of the formats, services, and the dead letters of earlier runs."""

from __future__ import annotations

from .avro import read_avro
from .dead_letters import ReadDeadLetters, dead_letter_inputs
from .delimited import read_delimited
from .detect import detect_format
from .entry import Entry, Reading, Unreadable
from .fields import FieldMap
from .files import FileReader, ReadCollection
from .hosts import read_hosts
from .inputs import check_inputs
from .json_document import read_json
from .jsonl import read_jsonl
from .misp import MispReader, ReadFromMisp
from .misp_events import read_misp
from .misp_feed import MispFeedReader
from .misp_filter import MispFilter
from .outputs import Read
from .parsing import parse_record, read_entries
from .source import Part, Reader, ReadFrom, ReadPartFn
from .stix_bundle import read_stix
from .stix_files import ReadStix
from .stix_pattern import values_of
from .stix_taxii import ReadFromTaxii, TaxiiReader
from .text import read_text
from .threatq import ReadFromThreatQ, ThreatQReader

__all__ = [
    "Entry",
    "FieldMap",
    "FileReader",
    "MispFeedReader",
    "MispFilter",
    "MispReader",
    "Part",
    "Read",
    "ReadCollection",
    "ReadDeadLetters",
    "ReadFrom",
    "ReadFromMisp",
    "ReadFromTaxii",
    "ReadFromThreatQ",
    "ReadPartFn",
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
