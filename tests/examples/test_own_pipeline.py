"""The examples run, and the documentation shows what they are."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import fastavro

ROOT = Path(__file__).resolve().parents[2]


def test_the_stages_work_in_a_pipeline_of_ones_own(tmp_path: Path) -> None:
    path = ROOT / "examples" / "own_pipeline.py"
    spec = importlib.util.spec_from_file_location("own_pipeline", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main(str(ROOT / "examples" / "collection.jsonl"), str(tmp_path / "good"), str(tmp_path / "rejected"))
    lines = [line for file in tmp_path.glob("good-*") for line in file.read_text().splitlines()]
    assert len(lines) > 30
    assert all(line.split(" ")[-1] for line in lines)
    letters = []
    for file in (tmp_path / "rejected").glob("deadletters-own-*.avro"):
        with file.open("rb") as stream:
            letters += list(fastavro.reader(stream))
    assert len(letters) > 10


def test_the_documentation_shows_the_example_as_it_is() -> None:
    shown = (ROOT / "docs" / "own-pipeline.md").read_text(encoding="utf-8")
    code = (ROOT / "examples" / "own_pipeline.py").read_text(encoding="utf-8")
    body = code[code.index("    run = RunInfo") : code.index("\n\nif __name__")]
    dedented = "\n".join(line[4:] for line in body.splitlines())
    assert dedented.strip() in shown
