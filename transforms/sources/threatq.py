"""`ReadFromThreatQ`: the records of a data collection of ThreatQ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

from iocbeam.clients import RetryPolicy, ThreatQClient, connect_threatq
from iocbeam.model.errors import ConfigurationError, Refused
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.source import ThreatQSettings

from .entry import Entries, Reading
from .source import Part, Reader, ReadFrom
from .threatq_objects import threatq_entry


class ThreatQReader(Reader):
    """Reads one data collection. One that is named by its hash is one part; one that is named by its name has a
    part for about every twenty pages. No more than a page is in memory.

    Args:
        settings: where the collection is.
        retry: waits and deadline of every request.
    """

    def __init__(self, settings: ThreatQSettings, retry: RetryPolicy = RetryPolicy()) -> None:  # noqa: B008 - frozen
        self._settings = settings
        self._retry = retry

    def parts(self) -> Iterator[Part]:
        """The parts of the collection, once ThreatQ has shown that it is there.

        Raises:
            Stop: the credentials or the collection are refused, or a setting cannot be.
            RetryLater: ThreatQ does not answer.
        """
        settings = self._settings
        name = self._source()
        with closing(self._connect()) as client:
            try:
                stretches = client.stretches(settings.collection)
            except Refused as error:
                raise ConfigurationError(
                    f"ThreatQ refuses {settings.collection!r}: {error.message}",
                    option="--threatq_collection",
                    advice="Check the collection, that these credentials may read it, and --threatq_page_size.",
                ) from None
        for number, stretch in enumerate(stretches, 1):
            place = f", part {number} of {len(stretches)}" if len(stretches) > 1 else ""
            yield Part(name + place, stretch)

    def read(self, part: Part, reading: Reading) -> Entries:
        """The entries of one part. Null in a page is no entry."""
        source = self._source()
        try:
            with closing(self._connect()) as client:
                for page in client.pages(part.details):
                    for item in page:
                        yield threatq_entry(item, source, lambda: client.type_names, lambda: client.status_names)
        except Exception as error:  # noqa: BLE001 - what was given is good, whatever broke the reading off
            reading.stop(f"{part.name}: {error}")

    def _source(self) -> str:
        return f"threatq:{urlsplit(self._settings.host).netloc}/{self._settings.collection}"

    def _connect(self) -> ThreatQClient:
        return connect_threatq(self._settings, retry=self._retry)


class ReadFromThreatQ(ReadFrom):
    """The records of a data collection of ThreatQ. Applied to a pipeline, it gives a `Read`.

    Args:
        settings: where the collection is, and references to the credentials.
        run: for the dead letters.
    """

    def __init__(self, settings: ThreatQSettings, run: RunInfo) -> None:
        super().__init__(ThreatQReader(settings), run)
