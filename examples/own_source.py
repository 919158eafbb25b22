"""A source of your own: a list behind a small JSON API. Keeps what is valid and writes it as text.

python examples/own_source.py https://lists.contoso.example/api/indicators good rejected
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import apache_beam as beam
import orjson
import requests
from apache_beam.transforms.error_handling import ErrorHandler

from iocbeam.model import RunInfo
from iocbeam.sinks import WriteDeadLetters
from iocbeam.transforms import Validate
from iocbeam.transforms.sources import Entry, Part, Reader, ReadFrom, Reading, parse_record

MAPPING = '{"field_map": {"value": "observable", "type": "kind"}}'


class ListReader(Reader):
    """`GET URL?page=1` answers `{"pages": 2, "items": [{"observable": "bad.example", "kind": "domain"}]}`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def parts(self) -> Iterator[Part]:
        for page in range(1, self._page(1)["pages"] + 1):
            yield Part(f"{self._url}?page={page}", page)

    def read(self, part: Part, reading: Reading) -> Iterator[Entry]:
        number = 0
        try:
            for number, item in enumerate(self._page(part.details)["items"], 1):
                yield parse_record(orjson.dumps(item), "jsonl", MAPPING, f"{part.name}:{number}", self._url)
        except Exception as error:  # noqa: BLE001 - what was read before is good
            reading.stop(f"{part.name}:{number}: reading broke off after this item: {error}")

    def _page(self, page: int) -> Any:
        answer = requests.get(self._url, params={"page": page}, timeout=60)
        answer.raise_for_status()
        return answer.json()


def main(url: str, good: str, rejected: str) -> None:
    """Writes `TYPE VALUE` lines to `good-*`, a report of each page to `good-reports-*`, the rest to `rejected`."""
    run = RunInfo("example", started_at=1_790_000_000, job="own", collection="example")
    with (
        beam.Pipeline(runner="FnApiRunner") as pipeline,
        ErrorHandler(WriteDeadLetters(rejected, "own")) as handler,
    ):
        read = pipeline | ReadFrom(ListReader(url), run).with_error_handler(handler)
        _ = (
            read.records
            | Validate(run).with_error_handler(handler)
            | beam.Map(lambda indicator: f"{indicator.type} {indicator.value}")
            | beam.io.WriteToText(good)
        )
        _ = read.reports | "Reports" >> beam.io.WriteToText(f"{good}-reports")


if __name__ == "__main__":
    main(*sys.argv[1:])
