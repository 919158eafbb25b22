"""MISP's event files, token by token: an event of 200 MB takes no more memory than a small one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import Any, Final

import ijson
from ijson.common import ObjectBuilder

from .entry import BrokenStream, ByteStream
from .lines import BOM, CHUNK
from .misp_attributes import EventContext, event_context, is_set, scalar
from .misp_tags import tag_names
from .peek import Peeked

_EVENTS: Final = ("Event", "item.Event", "response.item.Event")
"""Where events are: in a feed's file, in an answer that was saved, in a list of events."""
_ANSWER: Final = "response"
"""A saved answer of a search for attributes, `{"response": {"Attribute": […]}}`, counts as one event."""
_IN_MEMORY: Final = 8 << 20
_SCALARS: Final = ("type", "value", "to_ids", "uuid", "timestamp", "comment", "deleted", "first_seen")
_OPENING: Final = frozenset(("start_map", "start_array"))
_CLOSING: Final = frozenset(("end_map", "end_array"))


class ScannedEvent:
    """One event. Its attributes wait in a file, since what it says of them all may stand behind them.

    Attributes:
        context: what it says of them all.
    """

    def __init__(self) -> None:
        self.context = EventContext()
        self._said: dict[str, Any] = {"Tag": [], "Galaxy": []}
        self._waiting = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by `attributes`
        self._object = 0
        self._deleted_objects: set[int] = set()

    def attributes(self) -> Iterator[object]:
        """The attributes, once, those of its objects included; what is deleted with its object is marked so."""
        with self._waiting as lines:
            lines.seek(0)
            for line in lines:
                number, attribute = json.loads(line)
                if number in self._deleted_objects and isinstance(attribute, dict):
                    attribute["deleted"] = True
                yield attribute

    def take(self, name: str, value: Any) -> None:
        """Take a part of the event that has been read: `Attribute`, `Object.Attribute`, `Tag`, `info` ..."""
        if name in ("Attribute", "Object.Attribute"):
            number = self._object if name == "Object.Attribute" else 0
            # ASCII with escapes: what no encoding can write, JSON can spell.
            self._waiting.write(json.dumps((number, _slim(value))).encode() + b"\n")
        elif name == "Object.deleted":
            if is_set(value):
                self._deleted_objects.add(self._object)
        elif name in ("Tag", "Galaxy"):
            self._said["Tag"] += tag_names({name: [value]})
        else:
            self._said[name] = value

    def next_object(self) -> None:
        """The attributes that follow are of another object."""
        self._object += 1

    def end(self, whole: bool) -> None:
        """There is no more of it."""
        self.context = event_context(self._said)._replace(whole=whole)


def scan_events(stream: ByteStream) -> Iterator[ScannedEvent]:
    """The events of a file, one after the other; `{"Event": …}`, several of these, an array of these or
    `{"response": [{"Event": …}]}`; also `{"response": {"Attribute": […]}}`.

    Raises:
        BrokenStream: the file is damaged, cut off, or holds no event. An event that broke off has been given.
    """
    begin = Peeked(stream, len(BOM))
    if begin.head == BOM:
        begin.read(len(BOM))
    scan = _Scan()
    try:
        for prefix, kind, value in ijson.parse(begin, multiple_values=True, buf_size=CHUNK):
            done = scan.token(prefix, kind, value)
            if done is not None:
                yield done
    except Exception as error:  # every filesystem and decompressor has exceptions of its own
        cut = scan.event
        if cut is not None:
            cut.end(whole=False)
            yield cut
        raise BrokenStream(" ".join(str(error).split())[:200] or type(error).__name__) from error
    if not scan.found:
        raise BrokenStream("there is no MISP event in it")


class _Scan:
    """Where in a file the tokens are.

    Attributes:
        event: the one that is being read.
        found: whether anything of MISP's form has been there.
    """

    def __init__(self) -> None:
        self.event: ScannedEvent | None = None
        self.found = False
        self._base = ""
        self._names: dict[str, str] = {}
        self._building: Any = None
        self._built = ""
        self._depth = 0

    def token(self, prefix: str, kind: str, value: Any) -> ScannedEvent | None:
        """Take a token; the event that it ends, else None."""
        if self._building is not None:
            self._build(kind, value)
            return None
        if self.event is None:
            self._outside(prefix, kind)
            return None
        if prefix == self._base and kind == "end_map":
            done, self.event = self.event, None
            done.end(whole=True)
            return done
        name = self._names.get(prefix)
        if name is None or kind in _CLOSING or kind == "map_key":
            return None
        if name == "Object":
            self.event.next_object()
        elif kind in _OPENING:
            self._building, self._built, self._depth = ObjectBuilder(), name, 0
            self._build(kind, value)
        else:
            self.event.take(name, value)
        return None

    def _outside(self, prefix: str, kind: str) -> None:
        if prefix == _ANSWER and kind == "start_array":
            self.found = True
        if kind == "start_map" and (prefix in _EVENTS or prefix == _ANSWER):
            self.found = True
            self.event = ScannedEvent()
            self._base = prefix
            self._names = {f"{prefix}.{path}": name for path, name in _PLACES.items()}

    def _build(self, kind: str, value: Any) -> None:
        self._building.event(kind, value)
        self._depth += (kind in _OPENING) - (kind in _CLOSING)
        if self._depth == 0:
            built, self._building = self._building.value, None
            if self.event is not None:
                self.event.take(self._built, built)


_PLACES: Final = {
    "Attribute.item": "Attribute",
    "Object.item": "Object",
    "Object.item.deleted": "Object.deleted",
    "Object.item.Attribute.item": "Object.Attribute",
    "Tag.item": "Tag",
    "Galaxy.item": "Galaxy",
    "Orgc": "Orgc",
    "info": "info",
    "publish_timestamp": "publish_timestamp",
}
"""What of an event is looked at. The events that it is related to are not, nor what others propose for it."""


def _slim(attribute: object) -> object:
    """What is needed of an attribute; a sample that is attached to it is not."""
    if not isinstance(attribute, dict):
        return attribute if isinstance(attribute, str | int | None) else str(attribute)[:1_000]
    slim: dict[str, Any] = {name: attribute[name] for name in _SCALARS if name in attribute}
    slim = {name: value if isinstance(value, bool) else scalar(value) for name, value in slim.items()}
    slim["Tag"] = tag_names(attribute)
    event = attribute.get("Event")
    if isinstance(event, dict):
        context = event_context(event)
        slim["Event"] = {
            "info": context.info,
            "Orgc": {"name": context.org},
            "Tag": context.tags,
            "publish_timestamp": scalar(context.published),
        }
    return slim
