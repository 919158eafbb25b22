"""The source of one's own runs, and its guide shows it as it is."""

from __future__ import annotations

import importlib.util
import json
import pickle
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apache_beam as beam
import fastavro
import pytest
from apache_beam.testing.util import assert_that, equal_to
from apache_beam.transforms.error_handling import ErrorHandler

from iocbeam.model import Record, RunInfo
from iocbeam.sinks import WriteDeadLetters
from iocbeam.transforms.sources import ReadDeadLetters, Reading, Unreadable

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "own_source.py"
GUIDE = ROOT / "docs" / "add-a-source.md"

PAGES: dict[str, list[Any]] = {
    "1": [
        {"observable": "one[.]malware-test.example", "kind": "domain"},
        {"observable": "10.0.0.1", "kind": "ip"},
        "no object",
    ],
    "2": [{"observable": "https://two.malware-test.example/x", "kind": "url"}],
    "3": [],
}
"""The fourth one is not there."""


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        items = PAGES.get(self.path.partition("?page=")[2])
        body = json.dumps({"pages": 4, "items": items}).encode()
        self.send_response(404 if items is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/list"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, under a name by which workers find its classes again."""
    spec = importlib.util.spec_from_file_location("own_source", EXAMPLE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "own_source", module)
    spec.loader.exec_module(module)
    return module


def test_it_works_without_a_pipeline(example: Any, url: str) -> None:
    reader = pickle.loads(pickle.dumps(example.ListReader(url)))  # noqa: S301 - our own bytes
    parts = list(reader.parts())
    assert [part.name for part in parts] == [f"{url}?page={page}" for page in (1, 2, 3, 4)]
    reading = Reading()
    first, second, third = reader.read(parts[0], reading)
    assert isinstance(first, Record)
    assert first.fields == {"value": "one[.]malware-test.example", "type": "domain"}
    assert (first.location, first.source) == (f"{url}?page=1:1", url)
    assert isinstance(second, Record)
    assert isinstance(third, Unreadable)
    assert (reading.complete, reading.error) == (True, "")


def test_what_breaks_off_is_said_and_not_raised(example: Any, url: str) -> None:
    reading = Reading()
    assert list(example.ListReader(url).read(example.Part(f"{url}?page=4", 4), reading)) == []
    assert not reading.complete
    assert reading.error.startswith(f"{url}?page=4:0: reading broke off after this item: 404")


def test_its_records_go_through_the_stages_and_its_dead_letters_can_be_replayed(
    example: Any, url: str, tmp_path: Path
) -> None:
    example.main(url, str(tmp_path / "good"), str(tmp_path / "rejected"))

    def lines(pattern: str) -> list[str]:
        return sorted(line for file in tmp_path.glob(pattern) for line in file.read_text().splitlines())

    assert lines("good-0*") == ["FQDN one.malware-test.example", "URL https://two.malware-test.example/x"]
    reports = lines("good-reports-*")
    assert ["complete=True" in report for report in reports] == [True, True, True, False]
    letters = []
    for file in (tmp_path / "rejected").glob("deadletters-own-*.avro"):
        with file.open("rb") as stream:
            letters += [dict(letter) for letter in fastavro.reader(stream)]  # type: ignore[arg-type]
    assert {(letter["reason"], letter["location"]) for letter in letters} == {
        ("not_public", f"{url}?page=1:2"),
        ("malformed_record", f"{url}?page=1:3"),
    }
    run = RunInfo("again", started_at=1_790_000_000, job="own", collection="example", replay=True)
    again = [f"{tmp_path}/rejected/deadletters-own-*.avro"]
    with (
        beam.Pipeline(runner="FnApiRunner") as pipeline,
        ErrorHandler(WriteDeadLetters(str(tmp_path / "again"), "own")) as handler,
    ):
        read = pipeline | ReadDeadLetters(again, run).with_error_handler(handler)
        values = read.records | beam.Map(lambda record: (record.fields["value"], record.location))
        assert_that(values, equal_to([("10.0.0.1", f"{url}?page=1:2")]))


def test_the_guide_shows_the_example_as_it_is() -> None:
    code = EXAMPLE.read_text(encoding="utf-8")
    guide = GUIDE.read_text(encoding="utf-8")
    shown = code[code.index("MAPPING = ") : code.index("\n\n\ndef main")]
    assert f"```python\n{shown}\n```" in guide
    assert len(shown.splitlines()) <= 30
