"""Options that say where the collection is: in files, or in a service with options of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iocbeam.model.record import CANONICAL_FIELDS
from iocbeam.model.settings import INPUT_FORMATS

from .option import Kind, Option

_FILES = "Source: files"
_THREATQ = "Source: ThreatQ"
_TAXII = "Source: TAXII"
_MISP = "Source: MISP"

_REFERENCE: Final = "env:NAME, file:PATH or gcp-secret:projects/P/secrets/S/versions/V"

FILE_OPTIONS: Final = (
    Option(
        "input",
        Kind.TEXTS,
        "Files that hold the collection, or patterns in quotes. Plain, gzip, bzip2 or zstd; local or on any "
        "filesystem that Beam knows.",
        _FILES,
        "FILE...",
        default_text="none; needed for this source",
    ),
    Option(
        "input_format",
        Kind.CHOICE,
        "Format of the files: JSON lines, a JSON document, CSV, Avro, one value a line, a hosts file, a STIX "
        "bundle, a MISP event. auto looks at the content of each.",
        _FILES,
        "|".join(INPUT_FORMATS),
        default="auto",
        choices=INPUT_FORMATS,
    ),
    Option(
        "field_map",
        Kind.PAIRS,
        "The input's own names for our fields, for example value=ioc type=ioc_type.",
        _FILES,
        "FIELD=NAME...",
        default_text="common names are known",
        choices=CANONICAL_FIELDS,
    ),
)
"""A replay has dead letters in their place."""

_THREATQ_OPTIONS: Final = (
    Option(
        "threatq_url",
        Kind.TEXT,
        "The ThreatQ, such as https://threatq.example.com. Without --threatq_host, links in descriptions lead "
        "there too.",
        _THREATQ,
        "URL",
        default_text="none; needed for this source",
    ),
    Option(
        "threatq_collection",
        Kind.TEXT,
        "Hash of the data collection, or the name of the saved search.",
        _THREATQ,
        "HASH|NAME",
        default_text="none; needed for this source",
    ),
    Option(
        "threatq_client_id",
        Kind.TEXT,
        "Client id of the API credentials, or the one that goes with a user.",
        _THREATQ,
        "ID",
        default_text="none; needed for this source",
    ),
    Option(
        "threatq_client_secret",
        Kind.SECRET,
        f"Where the secret of the API credentials is: {_REFERENCE}. Never the secret itself.",
        _THREATQ,
        "REF",
        default_text="none",
    ),
    Option(
        "threatq_username",
        Kind.TEXT,
        "Sign-in name of a user, in place of API credentials.",
        _THREATQ,
        "NAME",
        default_text="none",
        excludes="threatq_client_secret",
    ),
    Option(
        "threatq_password",
        Kind.SECRET,
        "Where the user's password is; the same forms.",
        _THREATQ,
        "REF",
        default_text="none",
        excludes="threatq_client_secret",
    ),
    Option("threatq_page_size", Kind.COUNT, "Objects in a page.", _THREATQ, "N", default=500),
)

_TAXII_OPTIONS: Final = (
    Option(
        "taxii_url",
        Kind.TEXT,
        "API root of a TAXII 2.1 server, such as https://taxii.example.com/api1/.",
        _TAXII,
        "URL",
        default_text="none; needed for this source",
    ),
    Option(
        "taxii_collection",
        Kind.TEXT,
        "Id of the collection, as the server lists it.",
        _TAXII,
        "ID",
        default_text="none; needed for this source",
    ),
    Option(
        "taxii_username",
        Kind.TEXT,
        "Sign-in name, for a server that asks for one.",
        _TAXII,
        "NAME",
        default_text="none",
        excludes="taxii_token",
    ),
    Option(
        "taxii_password",
        Kind.SECRET,
        f"Where its password is: {_REFERENCE}. Never the password itself.",
        _TAXII,
        "REF",
        default_text="none",
        excludes="taxii_token",
    ),
    Option(
        "taxii_token",
        Kind.SECRET,
        "Where a bearer token is, in place of name and password; the same forms.",
        _TAXII,
        "REF",
        default_text="none",
    ),
    Option(
        "taxii_added_after",
        Kind.TEXT,
        "Only objects that were added later, such as 2026-10-01T00:00:00Z. That is a part of the collection, so "
        "nothing is withdrawn.",
        _TAXII,
        "TIME",
        default_text="all",
    ),
    Option("taxii_page_size", Kind.COUNT, "Objects asked for in a page.", _TAXII, "N", default=1_000),
)

_MISP_OPTIONS: Final = (
    Option(
        "misp_url",
        Kind.TEXT,
        "A MISP, or without --misp_key the directory of a feed in MISP's form: https://, or a path on any "
        "filesystem that Beam knows.",
        _MISP,
        "URL",
        default_text="none; needed for this source",
    ),
    Option(
        "misp_key",
        Kind.SECRET,
        f"Where the automation key is: {_REFERENCE}. Never the key itself.",
        _MISP,
        "REF",
        default_text="none; a feed is read",
    ),
    Option(
        "misp_published_within",
        Kind.TEXT,
        "Only attributes of events that were published that lately: 7d, 12h, or since a date. That is a part of "
        "the collection, so nothing is withdrawn.",
        _MISP,
        "WINDOW",
        default_text="no limit",
    ),
    Option(
        "misp_changed_within",
        Kind.TEXT,
        "Only attributes that were changed that lately; the same forms, and nothing is withdrawn either.",
        _MISP,
        "WINDOW",
        default_text="no limit",
    ),
    Option(
        "misp_tags",
        Kind.TEXTS,
        "Tags that an attribute or its event must have, all of them; one that begins with ! must not be there.",
        _MISP,
        "TAG...",
        default=(),
        default_text="any",
    ),
    Option(
        "misp_all_attributes",
        Kind.FLAG,
        "Take attributes without the IDS flag too.",
        _MISP,
        default=False,
    ),
    Option("misp_page_size", Kind.COUNT, "Attributes in a page.", _MISP, "N", default=1_000),
)

SOURCES: Final[Mapping[str, tuple[Option, ...]]] = {
    "files": FILE_OPTIONS,
    "threatq": _THREATQ_OPTIONS,
    "taxii": _TAXII_OPTIONS,
    "misp": _MISP_OPTIONS,
}
"""The options of each source, which cannot be given beside another one."""

SOURCE_OPTION: Final = Option(
    "source",
    Kind.CHOICE,
    "Where the collection is. Each has options of its own, listed below.",
    "Collection",
    "|".join(SOURCES),
    default="files",
    choices=tuple(SOURCES),
)

SERVICE_OPTIONS: Final = tuple(option for name, own in SOURCES.items() if name != "files" for option in own)
