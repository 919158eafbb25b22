"""`ReadFromTaxii`: the indicators of a collection on a TAXII 2.1 server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from iocbeam.clients import RetryPolicy, TaxiiClient, connect_taxii
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.source import TaxiiSettings

from .entry import Entries, Reading
from .source import Part, Reader, ReadFrom
from .stix_objects import TYPES, read_objects


class TaxiiReader(Reader):
    """Reads one collection, which is one part: what its objects refer to may be on any page.

    Args:
        settings: where the collection is.
        retry: waits and deadline of every request.
    """

    def __init__(self, settings: TaxiiSettings, retry: RetryPolicy = RetryPolicy()) -> None:  # noqa: B008 - frozen
        self._settings = settings
        self._retry = retry

    def parts(self) -> Iterator[Part]:
        """The collection, once the server has shown that it is there.

        Raises:
            Stop, Refused: the login or the collection are refused, or a setting cannot be.
            RetryLater: the server does not answer.
        """
        settings = self._settings
        with closing(self._connect()) as client:
            client.check()
        yield Part(f"{settings.api_root.rstrip('/')}/collections/{settings.collection}")

    def read(self, part: Part, reading: Reading) -> Entries:
        """The entries of the collection, when all pages have been read.

        With `added_after` they are a part of it; whoever withdraws what is absent must know that
        (`TaxiiSettings.is_part`).
        """
        yield from read_objects(self._objects(part, reading), part.name, reading)

    def _objects(self, part: Part, reading: Reading) -> Iterator[Any]:
        settings = self._settings
        number = 0
        try:
            with closing(self._connect()) as client:
                for page in client.objects(settings.added_after, settings.page_size, TYPES):
                    number += len(page)
                    yield from page
        except Exception as error:  # noqa: BLE001 - what was given is good, whatever broke the reading off
            reading.stop(f"{part.name}:{number}: reading broke off after this object: {error}")

    def _connect(self) -> TaxiiClient:
        return connect_taxii(self._settings, retry=self._retry)


class ReadFromTaxii(ReadFrom):
    """The indicators of a TAXII 2.1 collection. Applied to a pipeline, it gives a `Read`.

    Args:
        settings: where the collection is, and references to the credentials.
        run: for the dead letters.
    """

    def __init__(self, settings: TaxiiSettings, run: RunInfo) -> None:
        super().__init__(TaxiiReader(settings), run)
