"""Hosts files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_help import read

from iocbeam.model.record import MAX_RECORD, Record
from iocbeam.transforms.sources import detect_format

HEAD = (
    b"# a list\r\n127.0.0.1 localhost\r\n::1 localhost ip6-loopback\n255.255.255.255\tbroadcasthost\n"
    b"fe80::1%lo0 localhost\nff02::1 ip6-allnodes\n0.0.0.0 0.0.0.0\n\n"
)
labels = st.text("abcdefghij", min_size=1, max_size=6)


def test_names_that_lead_nowhere_are_the_entries() -> None:
    got = read(
        HEAD + b"0.0.0.0 a.example\n0.0.0.0\tb.example  c.example # two\n:: d.example#x\n127.0.0.1 e.example\n"
    )
    assert got.values == ["a.example", "b.example", "c.example", "d.example", "e.example"]
    assert [record.location for record in got.records] == ["in:9", "in:10", "in:10", "in:11", "in:12"]
    assert got.records[0] == Record(
        {"type": "FQDN", "value": "a.example"}, b"0.0.0.0 a.example", "in:9", "in", "hosts", ""
    )
    assert [record.raw for record in got.records[1:3]] == [b"b.example", b"c.example"]
    assert (got.reading.complete, got.reading.expanded) == (True, 1)


@given(st.lists(st.lists(labels.map("{}.example".format), min_size=1, max_size=4), min_size=1, max_size=20))
def test_every_name_is_a_record_at_its_line(lines: list[list[str]]) -> None:
    got = read("\n".join(f"0.0.0.0 {' '.join(names)}" for names in lines).encode())
    assert got.values == [name for names in lines for name in names]
    assert [record.location for record in got.records] == [
        f"in:{number}" for number, names in enumerate(lines, 1) for _ in names
    ]
    assert len(got.entries) - got.reading.expanded == len(lines)


def test_the_machines_own_names_beside_others() -> None:
    assert read(b"127.0.0.1 localhost bad.example\n", "hosts").values == ["bad.example"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"192.0.2.7 nas.example", "malformed_record"),
        (b"192.0.2.7 nas.example nas2.example", "malformed_record"),
        (b"0.0.0.0", "malformed_record"),
        (b"0.0.0.0 a\0b", "malformed_record"),
        (b"0.0.0.0 a\xff.example", "invalid_utf8"),
        (b"0.0.0.0 " + b"a" * MAX_RECORD, "too_long"),
        (b"0.0.0.0" + b" a.example" * 200_000, "too_long"),
    ],
)
def test_a_bad_line_costs_itself_alone(line: bytes, reason: str) -> None:
    got = read(b"0.0.0.0 before.example\n" + line + b"\n0.0.0.0 after.example\n", "hosts")
    assert got.values == ["before.example", "after.example"]
    (bad,) = got.rejected
    assert (bad.reason, bad.location, bad.format) == (reason, "in:2", "hosts")


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (HEAD, "hosts"),
        (b"0.0.0.0 a.example\n", "hosts"),
        (b"127.0.0.1\ta b c\n", "hosts"),
        (b"198.51.100.7\n0.0.0.0\n", "text"),
        (b"a.example\n" * 9 + b"0.0.0.0 b.example\n", "text"),
        (b"ip,name\n0.0.0.0,a\n", "csv"),
    ],
)
def test_a_hosts_file_is_told_by_its_content(head: bytes, expected: str) -> None:
    assert detect_format(head, "in") == expected
