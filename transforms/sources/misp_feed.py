"""A MISP feed: a directory of event files with a manifest, local, on a bucket or over HTTPS."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any, Final

import orjson
from apache_beam.io.filesystems import FileSystems

from iocbeam.clients.http.retry import RetryPolicy
from iocbeam.clients.misp.feed import MispFeedClient
from iocbeam.model.errors import ConfigurationError, Gone, IocbeamError, Refused
from iocbeam.model.settings.source import MispSettings, NetworkSettings
from iocbeam.model.values import read_time

from .compression import decompressed
from .entry import ByteStream, Entries, Reading
from .fields import FieldMap
from .files import read_path
from .inputs import open_raw
from .misp_events import read_misp
from .misp_filter import MispFilter
from .source import Part, Reader

_MANIFEST: Final = "manifest.json"
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class MispFeedReader(Reader):
    """Reads a feed (documented: MISP book, "Managing feeds"). Each event is a part; one that is missing or damaged
    is incomplete, and the others are read all the same.

    Args:
        settings: where the feed is.
        wanted: which attributes give records. Events that the manifest shows to have none are not fetched.
        retry: of every file over HTTPS.
    """

    def __init__(
        self,
        settings: MispSettings,
        wanted: MispFilter,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    ) -> None:
        self._settings = settings
        self._url = settings.url.rstrip("/") or settings.url
        self._is_https = self._url.lower().startswith("https://")
        self._wanted = wanted
        self._retry = retry

    def parts(self) -> Iterator[Part]:
        """The event files that `manifest.json` names; the manifest itself if that is none.

        Raises:
            Stop, RetryLater: there is no manifest that can be read.
        """
        manifest = self._manifest()
        files = [uuid for uuid, event in manifest.items() if self._may_have_any(event)]
        if not files:
            yield Part(self._path(_MANIFEST))
        for uuid in files:
            yield Part(self._path(f"{uuid}.json"), uuid)

    def read(self, part: Part, reading: Reading) -> Entries:
        """The entries of one event file."""
        if part.details is None:
            return
        if not _UUID.fullmatch(part.details):
            # It becomes part of a path, so it must not be able to name another one.
            reading.stop(f"{part.name}:0: the manifest names an event whose id is no UUID")
            return

        def parse(stream: ByteStream) -> Entries:
            return read_misp(decompressed(stream), part.name, FieldMap(), reading, self._wanted)

        if not self._is_https:
            yield from read_path(part.name, parse, reading)
            return
        try:
            content = self._fetch(f"{part.details}.json")
        except IocbeamError as error:
            reading.stop(f"{part.name}:0: cannot be fetched: {error}")
            return
        yield from parse(io.BytesIO(content))

    def _manifest(self) -> dict[str, Any]:
        """`{"<uuid>": {"info": …, "timestamp": …}}` (documented)."""
        path = f"{self._url}/{_MANIFEST}"
        try:
            if self._is_https:
                content = self._fetch(_MANIFEST)
            else:
                with closing(open_raw(self._path(_MANIFEST))) as file:
                    content = file.read()
            manifest = orjson.loads(content)
        except (Gone, Refused) as error:
            raise _no_feed(str(error)) from None
        except IocbeamError:
            raise
        except orjson.JSONDecodeError as error:
            raise _no_feed(f"{path}: not JSON: {error.msg}, line {error.lineno}.") from None
        except Exception as error:
            raise _no_feed(f"{path}: cannot be read: {error}") from error
        if not isinstance(manifest, dict):
            raise _no_feed(f"{path}: not a JSON object.")
        return manifest

    def _may_have_any(self, event: object) -> bool:
        """Whether an event may hold an attribute that is wanted, by its line of the manifest.

        An event's time is at least that of its attributes. Its tags say nothing certain: an attribute has its own.
        """
        begin = self._wanted.changed_since
        changed = read_time(event.get("timestamp")) if isinstance(event, dict) else None
        return begin is None or changed is None or changed >= begin

    def _fetch(self, name: str) -> bytes:
        return _client(self._url, self._settings.network, self._retry).get(name)

    def _path(self, name: str) -> str:
        return f"{self._url}/{name}" if self._is_https else FileSystems.join(self._url, name)


# The events of a feed are thousands of small files: a worker keeps the connection for them.
@lru_cache(maxsize=4)
def _client(url: str, network: NetworkSettings, retry: RetryPolicy) -> MispFeedClient:
    return MispFeedClient(url, network, retry=retry)


def _no_feed(message: str) -> ConfigurationError:
    return ConfigurationError(
        message,
        option="--misp_url",
        advice="Name the directory of a feed, which holds manifest.json, or a MISP and --misp_key.",
    )
