"""Files of a stage that a runner ran again: each element is there once, whatever was published before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import apache_beam as beam
import pytest

from iocbeam.sinks.files.shard_files import WriteShards, _Publish, _WriteShard


class Lines:
    """A format for tests: a line for each element."""

    suffix = ".txt"

    def open(self, stream: BinaryIO) -> LineWriter:
        return LineWriter(stream)


class LineWriter:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, element: Any) -> None:
        self._stream.write(f"{element}\n".encode())

    def close(self) -> None:
        self._stream.flush()


def attempt(directory: Path, *bundles: Sequence[str], prefix: str = "good") -> list[str]:
    """What a runner does: bundles, then the files' names brought together. Gives the names that were published."""
    paths = []
    for bundle in bundles:
        step = _WriteShard(str(directory), prefix, Lines())
        step.start_bundle()
        for element in bundle:
            step.process(element)
        paths += [value.value[1] for value in step.finish_bundle()]
    return [Path(name).name for name in _Publish(str(directory), Lines.suffix).process((prefix, paths))]


def held(directory: Path) -> dict[str, list[str]]:
    return {path.name: path.read_text().split() for path in sorted(directory.iterdir())}


@pytest.mark.parametrize(
    ("again", "names"),
    [
        ((["a", "b"],), ["good-00000-of-00001.txt"]),
        ((["a"], ["b"]), ["good-00000-of-00002.txt", "good-00001-of-00002.txt"]),
        (([], ["a", "b"]), ["good-00000-of-00001.txt"]),
        (([],), []),
    ],
    ids=["in-one-bundle", "in-two-bundles", "one-without-elements", "without-elements"],
)
def test_only_the_last_attempts_files_stay(tmp_path: Path, again: tuple[list[str], ...], names: list[str]) -> None:
    attempt(tmp_path, ["a"], ["b"])
    attempt(tmp_path, ["x"], prefix="good-others")
    (tmp_path / "good-00000-of-00001.txt.kept").write_text("by a person")
    assert attempt(tmp_path, *again) == names
    found = held(tmp_path)
    assert found.pop("good-others-00000-of-00001.txt") == ["x"]
    assert found.pop("good-00000-of-00001.txt.kept")
    assert sorted(found) == names
    assert sorted(element for elements in found.values() for element in elements) == (["a", "b"] if names else [])


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    step = _WriteShard(str(tmp_path), "good", Lines())
    step.start_bundle()
    step.process("a")
    paths = [value.value[1] for value in step.finish_bundle()]
    publish = _Publish(str(tmp_path), Lines.suffix)
    assert list(publish.process(("good", paths))) == list(publish.process(("good", paths)))
    assert held(tmp_path) == {"good-00000-of-00001.txt": ["a"]}


def test_no_elements_no_file(tmp_path: Path, test_pipeline: Callable[..., Any]) -> None:
    (tmp_path / "good-00000-of-00001.txt").write_text("of an earlier attempt")
    with test_pipeline() as pipeline:
        _ = (
            pipeline
            | beam.Create(["a"])
            | beam.Filter(bool)
            | "None" >> beam.Filter(lambda _: False)
            | WriteShards(str(tmp_path), "good", Lines())
        )
    assert held(tmp_path) == {}


def test_a_directory_whose_name_looks_like_a_pattern_clears_no_other(tmp_path: Path) -> None:
    other, odd = tmp_path / "out1", tmp_path / "out[1]"
    other.mkdir()
    odd.mkdir()
    attempt(other, ["a"], ["b"])
    before = held(other)
    attempt(odd, ["c"])
    assert held(other) == before
