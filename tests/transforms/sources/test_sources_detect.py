"""The format of an input by its content."""

from __future__ import annotations

import pytest
from source_help import avro, read

from iocbeam.model.errors import ConfigurationError
from iocbeam.transforms.sources import FieldMap, detect_format
from iocbeam.transforms.sources.detect import HEAD


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"value":"a"}\n', "jsonl"),
        (b' \n\t{"value":"a"}\n', "jsonl"),
        (b'[\n{"value":"a"}]', "json"),
        (b"\xef\xbb\xbf{}", "jsonl"),
        (avro([]), "avro"),
        (b"type,ioc\nip,1.2.3.4\n", "csv"),
        (b"ioc\n1.2.3.4\n", "csv"),
        (b"ip;category\n1.2.3.4;x\n", "csv"),
        (b"# type,ioc\nip,1.2.3.4\n", "csv"),
        (b"value,type", "csv"),
        (b"", "text"),
        (b"\n\n# only\n", "text"),
        (b"1.2.3.4\n", "text"),
        (b"[2001:db8::1]:443\n", "text"),
        (b"1.2.3.4 ; SBL1\n1.2.3.5 ; SBL2\n", "text"),
        (b"http://x.example/a,b\nhttp://y.example/\nhttp://z.example/\n", "text"),
        (b"Phishing domains\n\nbad.example\n", "text"),
    ],
)
def test_formats(head: bytes, expected: str) -> None:
    assert detect_format(head, "in") == expected


@pytest.mark.parametrize(
    ("head", "error"),
    [
        (b"when,what\n2026,x\n", "in:1: none of the columns 'when', 'what' is known to hold the value"),
        (b"# c\n\n1.2.3.4,x\n1.2.3.5,y\n", "in:3: columns without a header line; the first row is '1.2.3.4', 'x'"),
        (b"PK\x03\x04....", "in:1: a zip archive"),
        (b"\xfd7zXZ\x00", "in:1: compressed by xz"),
        ("value\n".encode("utf-16"), "in:1: UTF-16 text"),
        (b"\x7fELF\0\0\n", "in:1: binary data"),
        (",".join(f"c{n}" for n in range(90)).encode(), "and 70 more is known"),
    ],
)
def test_refusals_say_what_they_saw(head: bytes, error: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        detect_format(head, "in")
    assert error in caught.value.message
    assert caught.value.advice
    got = read(head)
    assert (got.entries, got.reading.complete) == ([], False)
    assert error in got.reading.error


def test_a_head_that_ends_within_a_line() -> None:
    rows = b"1.2.3.4\n" * 10 + b"1,2"
    assert detect_format(rows, "in", whole=False) == "text"
    big = b"value,type\n" + b"a.example,FQDN\n" * (HEAD // 10)
    assert len(read(big).records) == HEAD // 10


def test_field_map_makes_a_header() -> None:
    assert detect_format(b"when,what\n2026,x\n", "in", FieldMap({"value": "what"})) == "csv"
