"""`ReadDeadLetters`: records that an earlier run could not use or deliver, once more."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import orjson

from iocbeam.model.dead_letter import DEAD_LETTER_SCHEMA
from iocbeam.model.files import is_remote
from iocbeam.model.record import CANONICAL_FIELDS, Record
from iocbeam.model.settings import RunInfo

from .avro import AvroFile
from .compression import decompressed
from .entry import BrokenStream, ByteStream, Entries, Entry, Reading, Unreadable
from .files import read_path
from .inputs import match_files
from .parsing import parse_record
from .source import Part, Reader, ReadFrom

PATTERN: Final = "deadletters-*.avro"
"""Names of dead-letter files in a run's output directory."""

_NEEDED: Final = ("source", "location", "format", "mapping", "truncated", "record", "indicator")
_READ_AS: Final = {
    **DEAD_LETTER_SCHEMA,
    "fields": [field for field in DEAD_LETTER_SCHEMA["fields"] if field["name"] in _NEEDED],
}


class DeadLetterReader(Reader):
    """Reads files of dead letters.

    Args:
        inputs: files or patterns.
    """

    def __init__(self, inputs: Sequence[str]) -> None:
        self._inputs = tuple(inputs)

    def parts(self) -> Iterator[Part]:
        """The files."""
        return map(Part, match_files(self._inputs))

    def read(self, part: Part, reading: Reading) -> Entries:
        """The entries of one file."""

        def parse(stream: ByteStream) -> Entries:
            return read_dead_letters(stream, part.name, reading)

        return read_path(part.name, parse, reading)


class ReadDeadLetters(ReadFrom):
    """The records of dead-letter files. Applied to a pipeline, it gives a `Read`.

    Args:
        paths: files, patterns, or directories, which stand for their files named `PATTERN`.
        run: of the replay, for records that are rejected again.
    """

    def __init__(self, paths: Sequence[str], run: RunInfo) -> None:
        super().__init__(DeadLetterReader(dead_letter_inputs(paths)), run)


def dead_letter_inputs(paths: Sequence[str]) -> tuple[str, ...]:
    """The patterns of these paths, for `check_inputs` too.

    On filesystems that know no directories one is told by its name: it neither ends in `.avro` nor is a pattern.
    """
    return tuple(os.path.join(path, PATTERN) if _is_directory(path) else path for path in paths)


def _is_directory(path: str) -> bool:
    if path.endswith("/"):
        return True
    if is_remote(path):
        return not (path.endswith(".avro") or any(c in path for c in "*?["))
    return os.path.isdir(path)


def read_dead_letters(stream: ByteStream, name: str, reading: Reading) -> Entries:
    """An entry per dead letter of an Avro stream; its location and source are the original ones.

    Args:
        stream: the bytes as they are stored.
        name: the file's name, for errors.
        reading: told whether the stream was read to its end, or refused as no file of dead letters.
    """
    number = 0
    try:
        letters = AvroFile(decompressed(stream), _READ_AS)
        missing = set(_NEEDED).difference(letters.fields)
        if missing:
            reading.stop(f"{name}:0: no file of dead letters: it has no field {min(missing)!r}.")
            return
        for letter in letters:
            number += 1
            yield entry_of(letter)
    except BrokenStream as error:
        reading.stop(f"{name}:{number}: reading broke off after this dead letter: {error}")


def entry_of(letter: Mapping[str, Any]) -> Entry:
    """The record of one dead letter: parsed from its bytes, else made from its indicator."""
    raw = letter["record"]
    source, location = letter["source"], letter["location"]
    if letter["truncated"]:
        message = "only its beginning was kept; replay cannot make it whole."
        return Unreadable("too_long", message, raw, location, source, letter["format"], letter["mapping"], True)
    if raw:
        return parse_record(raw, letter["format"], letter["mapping"], location, source)
    try:
        indicator = orjson.loads(letter["indicator"] or "null")
        raw = orjson.dumps(_fields_of(indicator))
    except (ValueError, TypeError, LookupError, AttributeError):
        text = (letter["indicator"] or "").encode("utf-8", "surrogateescape")
        message = "the dead letter holds neither a record nor an indicator."
        return Unreadable("malformed_record", message, text, location, source, "jsonl", "")
    return Record(orjson.loads(raw), raw, location, source, "jsonl", "")


def _fields_of(indicator: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record that becomes this indicator again."""
    fields = {name: indicator[name] for name in CANONICAL_FIELDS if indicator.get(name) not in (None, "", [])}
    if indicator.get("source_id"):
        fields["id"] = indicator["source_id"]
    if "attributes" in fields:
        fields["attributes"] = [
            {"name": pair[0], "value": pair[1]} if isinstance(pair, list) else pair
            for pair in fields["attributes"]
        ]
    if "value" not in fields:
        raise KeyError("value")
    return fields
