"""Canonical values: one spelling for each hash, address, range, name and URL.

Every function takes a `text` that has been trimmed and refanged, with a `kind`, one of the types of
`model.indicator`, and gives the canonical value or an `Ended` that says why there is none. None of them raises
on any text.
"""

from .addresses import canonical_address, canonical_range, eight_segments, is_public
from .canonical import canonical_value, detect_type
from .defender_form import DEFENDER_TYPES, key_of_row, keys_of_plan_key, plan_key, sent_value, slash_as_in
from .domains import canonical_domain
from .hashes import canonical_hash
from .names import canonical_file_name
from .refang import refang
from .times import TIME_FORMATS, read_time
from .types import type_of_name
from .urls import canonical_url, url_host

__all__ = [
    "DEFENDER_TYPES",
    "TIME_FORMATS",
    "canonical_address",
    "canonical_domain",
    "canonical_file_name",
    "canonical_hash",
    "canonical_range",
    "canonical_url",
    "canonical_value",
    "detect_type",
    "eight_segments",
    "is_public",
    "key_of_row",
    "keys_of_plan_key",
    "plan_key",
    "read_time",
    "refang",
    "sent_value",
    "slash_as_in",
    "type_of_name",
    "url_host",
]
