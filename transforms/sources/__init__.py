"""Readers of collections: files in any of four formats, and the dead letters of earlier runs."""

from __future__ import annotations

from .avro import read_avro
from .dead_letters import ReadDeadLetters, dead_letter_inputs
from .delimited import read_delimited
from .detect import detect_format
from .entry import Entry, Reading, Unreadable
from .fields import FieldMap
from .files import FileReader, ReadCollection
from .inputs import check_inputs
from .jsonl import read_jsonl
from .outputs import Read
from .parsing import parse_record, read_entries
from .source import Part, Reader, ReadFrom, ReadPartFn
from .text import read_text

__all__ = [
    "Entry",
    "FieldMap",
    "FileReader",
    "Part",
    "Read",
    "ReadCollection",
    "ReadDeadLetters",
    "ReadFrom",
    "ReadPartFn",
    "Reader",
    "Reading",
    "Unreadable",
    "check_inputs",
    "dead_letter_inputs",
    "detect_format",
    "parse_record",
    "read_avro",
    "read_delimited",
    "read_entries",
    "read_jsonl",
    "read_text",
]
