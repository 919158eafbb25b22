"""`ReadFromMisp`: the attributes of a MISP or of a feed in MISP's form."""

from __future__ import annotations

from contextlib import closing
from typing import Final

import orjson

from iocbeam.clients.http.retry import RetryPolicy
from iocbeam.clients.misp.attributes import MispClient, MispQuery, connect_misp
from iocbeam.clients.misp.paging import Attribute
from iocbeam.model.errors import ConfigurationError, Refused
from iocbeam.model.settings import RunInfo
from iocbeam.model.settings.source import MispSettings

from .entry import Entries, Reading
from .misp_attributes import INDICATOR_TYPES, EventContext, attribute_entries
from .misp_feed import MispFeedReader
from .misp_filter import MispFilter
from .misp_seen import SeenIds
from .source import Part, Reader, ReadFrom

_NO_EVENT: Final = EventContext()


class MispReader(Reader):
    """Reads a MISP by its search for attributes. There is one part: its pages follow on one another.

    Attributes without the IDS flag, deleted ones and those of other types are not asked for.

    Args:
        settings: where the MISP is, with a key.
        wanted: tags and windows. MISP itself applies them.
        retry: of every page.
    """

    def __init__(
        self,
        settings: MispSettings,
        wanted: MispFilter,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    ) -> None:
        self._settings = settings
        # MISP knows patterns of tags, and when its events were published; it is not judged again here.
        self._wanted = MispFilter(all_attributes=wanted.all_attributes)
        self._query = MispQuery(
            tuple(INDICATOR_TYPES),
            flagged_only=not wanted.all_attributes,
            tags=wanted.tags,
            changed_since=wanted.changed_since,
            published_since=wanted.published_since,
        )
        self._retry = retry

    def parts(self) -> list[Part]:
        """The MISP, once it has answered a search.

        Raises:
            Stop, RetryLater: it does not: a wrong key, no MISP at that address ...
        """
        with closing(self._connect()) as client:
            try:
                client.search(self._query, page=1, limit=1)
            except Refused as error:
                raise ConfigurationError(
                    f"{self._settings.url} refuses a search: {error.status}, {error.message}",
                    option="--misp_url",
                    advice="Check that it is a MISP, and that its tags are written as there.",
                ) from None
        return [Part(self._settings.url.rstrip("/"))]

    def read(self, part: Part, reading: Reading) -> Entries:
        """The entries of all pages, those of an attribute that comes twice once. Their locations are
        `URL:UUID`."""
        number = 0
        try:
            with closing(self._connect()) as client, closing(SeenIds()) as seen:
                for page in client.pages(self._query, self._settings.page_size):
                    for attribute in page:
                        key = _key(attribute)
                        if not seen.add(key):
                            continue
                        number += 1
                        location = f"{part.name}:{key[:80]}"
                        found = attribute_entries(attribute, _NO_EVENT, location, part.name, self._wanted)
                        reading.expanded += len(found) - 1
                        yield from found
        except Exception as error:  # noqa: BLE001 - what was given is good, whatever broke the reading off
            reading.stop(f"{part.name}:{number}: reading broke off after this attribute: {error}")

    def _connect(self) -> MispClient:
        return connect_misp(self._settings, retry=self._retry)


class ReadFromMisp(ReadFrom):
    """The records of a MISP, or of a feed if no key is given. Applied to a pipeline, it gives a `Read`.

    Events that are not published count as well: an event that is edited counts as unpublished until somebody
    publishes it again, and what is in it must not be withdrawn meanwhile. `published_within` leaves out what was
    never published.

    Args:
        settings: where, what, and how to log in.
        run: for the dead letters, and for the windows, which are counted from its start.

    Raises:
        UsageError: a window is none.
    """

    def __init__(self, settings: MispSettings, run: RunInfo) -> None:
        super().__init__(misp_reader(settings, run.started_at), run)


def misp_reader(settings: MispSettings, started_at: int) -> Reader:
    """The reader of a MISP, or of a feed if no key is given.

    Raises:
        UsageError: a window is none.
    """
    wanted = MispFilter.of(settings, started_at)
    return MispReader(settings, wanted) if settings.key else MispFeedReader(settings, wanted)


def _key(attribute: Attribute) -> str:
    """What an attribute is told from others by."""
    uuid = attribute.get("uuid")
    return uuid if isinstance(uuid, str) and uuid else orjson.dumps(attribute).decode()
