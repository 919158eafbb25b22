"""Reading never-block lists: plain text, CSV, and the JSON of MISP's warning lists."""

from __future__ import annotations

import csv
import ipaddress
import json
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ..errors import ConfigurationError
from ..indicator import URL
from ..values import canonical_url, detect_type, refang, type_of_name
from ..values.domains import canonical_host, is_top_level
from ..values.hashes import hash_type

_WHOLE_HOST: Final = "/*"
_scheme = re.compile(r"https?://", re.I)
_comment = re.compile(r"\s#")
_VALUE_COLUMNS: Final = ("value", "indicator", "ioc", "domain", "host", "hostname", "fqdn", "ip", "url", "hash")


class Entry(NamedTuple):
    """One line of a list.

    Attributes:
        kind: `name`, `network`, `hash`, `url`, `whole_host`: a name that protects every URL on it, or
            `whole_domain`: also every URL on the hosts under it.
        value: canonical.
    """

    kind: str
    value: str


def parse_list(text: str, path: str) -> tuple[list[Entry], list[str]]:
    """The entries of a list and the lines that were not understood.

    Args:
        text: the whole file.
        path: its name, for errors.

    Raises:
        ConfigurationError: the file is no list of ours, or a MISP list of a kind that cannot be kept exactly.
    """
    body = text.lstrip("\ufeff \t\r\n")
    values = _misp(body, path) if body[:1] == "{" else _lines(body, path)
    entries: list[Entry] = []
    unknown: list[str] = []
    for value in values:
        entry = parse_entry(value)
        if entry is None:
            unknown.append(value[:200])
        else:
            entries.append(entry)
    if unknown and not entries:
        raise ConfigurationError(
            f"{path}: none of its {len(unknown)} lines is a name, address, range, hash or URL.",
            option="--never_block",
            advice=f"The first is {unknown[0]!r}. Put one value on a line, or give a CSV with a column 'value'.",
        )
    return entries, unknown


def parse_entry(value: str) -> Entry | None:
    """One value of a list, or None when it is none that could stand for an indicator.

    `host/*` protects every URL on that host, `*.host/*` also those on the hosts under it. `.host` and `*.host`
    are the same as `host`, which already covers what is under it.
    """
    text = refang(value.strip())
    if text.endswith(_WHOLE_HOST):
        # Everything under a path cannot be kept exactly: no entry, rather than the whole host.
        written = _scheme.sub("", text[: -len(_WHOLE_HOST)])
        kind = "whole_domain" if written[:2] == "*." else "whole_host"
        host = canonical_host(written.removeprefix("*."))
        return Entry(kind, host) if isinstance(host, str) else None
    if hash_type(text):
        return Entry("hash", text.lower())
    try:
        return Entry("network", str(ipaddress.ip_network(text, strict=False)))
    except ValueError:
        pass  # not an address: one of the forms below
    name = canonical_host(text.removeprefix("*").removeprefix("."))
    if isinstance(name, str):
        return Entry("name", name)
    if is_top_level(text):
        return Entry("name", text.strip(".").lower())
    if detect_type(text) == URL:
        url = canonical_url(text)
        return Entry("url", url) if isinstance(url, str) else None
    return None


def _misp(body: str, path: str) -> Iterator[str]:
    try:
        content = json.loads(body)
    except ValueError as error:
        raise ConfigurationError(f"{path}: not valid JSON: {error}", option="--never_block") from error
    entries = content.get("list") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise ConfigurationError(f"{path}: JSON without a member 'list'.", option="--never_block")
    kind = content.get("type", "string")
    if kind not in ("hostname", "string", "cidr"):
        raise ConfigurationError(
            f"{path}: a MISP list of type {kind!r}; only hostname, string and cidr can be kept exactly.",
            option="--never_block",
        )
    return (entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)


def _lines(body: str, path: str) -> Iterator[str]:
    lines = [line for line in body.splitlines() if line.strip() and line[:1] != "#"]
    try:
        names = [name.strip().lower() for name in next(csv.reader(lines[:1]), [])]
        column = next((names.index(name) for name in _VALUE_COLUMNS if name in names), None)
        if column is None or (len(names) > 1 and any(type_of_name(n) is None and "." in n for n in names)):
            for line in lines:
                yield _comment.split(line, maxsplit=1)[0].strip()
            return
        for row in csv.reader(lines[1:]):
            # A row without its value is told of, not passed over.
            yield row[column] if len(row) > column and row[column].strip() else f"(no value) {','.join(row)}"
    except csv.Error as error:
        raise ConfigurationError(f"{path}: not CSV: {error}.", option="--never_block") from error
