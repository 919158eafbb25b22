"""Files as inputs of a pipeline."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.internal import cloudpickle_pickler
from apache_beam.testing.util import assert_that, equal_to
from source_help import Taken, avro, emitted

import iocbeam.transforms.sources as sources
from iocbeam.model.dead_letter import DeadLetter
from iocbeam.model.errors import ConfigurationError, UsageError
from iocbeam.model.outcome import OutcomeRow, Tally
from iocbeam.model.record import ReadReport
from iocbeam.model.settings import RunInfo
from iocbeam.transforms.sources import FileReader, Part, ReadCollection, ReadPartFn, check_inputs
from iocbeam.transforms.sources.inputs import match_files


def test_several_inputs_of_several_formats(tmp_path: Path, run: RunInfo, pipeline) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"value":"a.example"}\n{"value":\n'))
    (tmp_path / "b.csv").write_bytes(b"ioc,colour\nb.example,red\n")
    (tmp_path / "c.txt").write_bytes(b"0.0.0.0 c.example d.example\n")
    (tmp_path / "d.avro").write_bytes(avro([{"value": "e.example"}]))
    (tmp_path / "e.csv").write_bytes(b"when,what\n1,2\n")
    (tmp_path / "f.txt").write_bytes(b"")
    a, e, gone = (str(tmp_path / name) for name in ("a.jsonl.gz", "e.csv", "gone.txt"))
    with pipeline() as p:
        taken = Taken()
        source = ReadCollection([a, str(tmp_path / "*"), gone], run)
        read = p | source.with_error_handler(taken).with_outcomes(taken)
        values = read.records | "Values" >> beam.Map(lambda record: (record.fields["value"], record.format))
        assert_that(
            values,
            equal_to(
                [
                    ("a.example", "jsonl"),
                    ("b.example", "csv"),
                    ("c.example", "hosts"),
                    ("d.example", "hosts"),
                    ("e.example", "jsonl"),
                ]
            ),
            label="records",
        )
        shapes = read.reports | "Shapes" >> beam.Map(
            lambda r: (os.path.basename(r.location), r.entries, r.records, r.complete, r.unused_fields)
        )
        expected = [
            ("a.jsonl.gz", 2, 2, True, ()),
            ("b.csv", 1, 1, True, ("colour",)),
            ("c.txt", 1, 2, True, ()),
            ("d.avro", 1, 1, True, ()),
            ("e.csv", 0, 0, False, ()),
            ("f.txt", 0, 0, True, ()),
            ("gone.txt", 0, 0, False, ()),
        ]
        assert_that(shapes, equal_to(expected), label="reports")
        errors = read.reports | "Errors" >> beam.Map(lambda report: report.error[:40])
        begin = [f"{e}:1: none of", f"{gone}:0: cannot be opened"]
        assert_that(errors, equal_to([""] * 5 + [text[:40] for text in begin]), label="errors of reports")
        letter = DeadLetter(
            run_id="run-1",
            occurred_at=1_790_000_000,
            job="defender",
            stage="Read",
            reason="malformed_record",
            message="not JSON: unexpected end of data, column 10.",
            retriable=False,
            attempts=0,
            http_status=None,
            tenant_id="",
            source=a,
            location=f"{a}:2",
            format="jsonl",
            mapping="",
            truncated=False,
            record=b'{"value":',
            indicator=None,
        )
        assert_that(taken.errors, equal_to([letter]), label="errors")
        row = OutcomeRow("", "rejected", "malformed_record", "Read", "", '{"value":', a, "", f"{a}:2")
        assert_that(taken.ended, equal_to([row]), label="ended")
        tally = Tally("", "Read", "rejected", "malformed_record", "", 1)
        assert_that(taken.tallies, equal_to([tally]), label="tallies")


def test_the_dofn_pickles_as_its_settings(tmp_path: Path, run: RunInfo) -> None:
    path = str(tmp_path / "in.csv")
    Path(path).write_bytes(b"Data\nbad.example\n")
    do_fn = cloudpickle_pickler.loads(
        cloudpickle_pickler.dumps(ReadPartFn(FileReader((), "csv", {"value": "Data"}), run))
    )
    got = emitted(list(do_fn.process(Part(path))))
    assert [record.fields for record in got.records] == [{"value": "bad.example"}]
    assert got.reports == [ReadReport(path, 1, 1, True)]


def test_nothing_is_remembered_from_one_file_to_the_next(tmp_path: Path, run: RunInfo) -> None:
    for name, column in (("a", "colour"), ("b", "shape")):
        (tmp_path / name).write_text(f'{{"value":"x","{column}":1}}\n')
    do_fn = ReadPartFn(FileReader(()), run)
    reports = [emitted(list(do_fn.process(Part(str(tmp_path / name))))).reports[0] for name in ("a", "b")]
    assert [report.unused_fields for report in reports] == [("colour",), ("shape",)]


def test_a_file_that_fails_while_it_is_read(tmp_path: Path, run: RunInfo) -> None:
    got = emitted(list(ReadPartFn(FileReader(()), run).process(Part(str(tmp_path)))))
    assert got.records == []
    assert "directory" in got.reports[0].error.lower()


def test_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sub").mkdir()
    for name in ("b.txt", "a.txt", "odd[1].txt", "sub/c.txt"):
        Path(name).write_text("x")
    assert match_files(["a.txt"]) == ["a.txt"]
    assert match_files(["*.txt"]) == ["a.txt", "b.txt", "odd[1].txt"]
    assert match_files(["./*.txt", "sub/*"]) == ["./a.txt", "./b.txt", "./odd[1].txt", "sub/c.txt"]
    assert match_files(["b.txt", "*.txt", "b.txt"]) == ["b.txt", "a.txt", "odd[1].txt"]
    assert match_files(["odd[1].txt"]) == ["odd[1].txt"]
    assert match_files(["none*"]) == ["none*"]
    assert match_files([str(tmp_path / "sub" / "*")]) == [str(tmp_path / "sub" / "c.txt")]


def test_inputs_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("x")
    check_inputs(["a.txt", "*.txt", str(tmp_path / "a.txt")])
    for pattern, message in (
        ("gone.txt", "gone.txt: no such file. Paths start from"),
        ("gone*", "gone[*]: no such file. Quote"),
        (str(tmp_path / "x" / "y"), "no such file"),
        (str(tmp_path), "a directory. Name its files"),
        ("nowhere://x/y", "nowhere://x/y: Unable to get filesystem"),
        ("", "no such file"),
    ):
        with pytest.raises(ConfigurationError, match=message) as caught:
            check_inputs(["a.txt", pattern])
        assert caught.value.option == "--input"


def test_an_input_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("iocbeam.transforms.sources.inputs.open_raw", refuse)
    with pytest.raises(ConfigurationError, match="Permission denied"):
        check_inputs([str(path)])


def test_settings_are_checked_when_the_transform_is_made(run: RunInfo) -> None:
    with pytest.raises(UsageError, match="--input_format"):
        ReadCollection(["x"], run, "xml")
    with pytest.raises(UsageError, match="--field_map"):
        ReadCollection(["x"], run, field_map={"nope": "x"})


def test_the_package_offers_what_it_lists() -> None:
    assert sorted(sources.__all__) == sources.__all__
    assert all(hasattr(sources, name) for name in sources.__all__)
