"""Machines and alerts for a local tenant, on which some of a collection is seen."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, Final

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.indicator import FQDN, IP, IPV6, MD5, SHA1, SHA256, URL
from iocbeam.model.outcome import Ended
from iocbeam.model.values import canonical_value, detect_type, refang, type_of_name

if TYPE_CHECKING:
    from iocbeam.local_tenant import Estate

MACHINES: Final = 60
ALERTS: Final = 80

_KINDS: Final = {
    IP: "ip",
    IPV6: "ip",
    FQDN: "domain",
    URL: "url",
    MD5: "md5",
    SHA1: "sha1",
    SHA256: "sha256",
}
_EACH: Final = 3
"""Values of each type that are seen."""


def example_estate(path: str, option: str) -> Estate:
    """A small estate that shows a few values of each type of a collection in JSON lines, plain or gzip.

    Args:
        option: names the file, for the message.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    from iocbeam.local_tenant import estate

    found: dict[str, list[str]] = {}
    try:
        with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", errors="replace") as file:
            for line in file:
                kind, value = _value(line)
                values = found.setdefault(kind, [])
                if kind in _KINDS and value not in values and len(values) < _EACH:
                    values.append(value)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: {error.strerror or error}.",
            option=option,
            advice="Name a collection in JSON lines, such as examples/collection.jsonl.",
        ) from None
    sighted: list[Any] = [(_KINDS[kind], value) for kind in _KINDS for value in found.get(kind, ())]
    return estate(MACHINES, ALERTS, sighted=sighted)


def _value(line: str) -> tuple[str, str]:
    """Type and canonical value of a line, or nothing twice."""
    try:
        record = json.loads(line)
    except ValueError:
        return "", ""
    value = record.get("value") if isinstance(record, dict) else None
    if not isinstance(value, str):
        return "", ""
    text, named = refang(value.strip()), record.get("type")
    kind = type_of_name(named) if isinstance(named, str) else detect_type(text)
    found = canonical_value(kind, text) if kind else None
    return ("", "") if found is None or isinstance(found, Ended) else found
