"""The kinds of values that can be looked for, and their names. Nothing else, so that help answers at once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PRIVATE_IP: Final = "private_ip"
PUBLIC_IP: Final = "public_ip"
HOSTNAME: Final = "hostname"
FQDN: Final = "fqdn"
URL: Final = "url"
FILE_NAME: Final = "file_name"
MD5: Final = "md5"
SHA1: Final = "sha1"
SHA256: Final = "sha256"

KIND_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        PRIVATE_IP: "a private IP address",
        PUBLIC_IP: "a public IP address",
        HOSTNAME: "a hostname",
        FQDN: "a fully qualified domain name",
        URL: "a URL",
        FILE_NAME: "a file name",
        MD5: "an MD5 hash",
        SHA1: "a SHA-1 hash",
        SHA256: "a SHA-256 hash",
    }
)
"""Every kind, in words."""

HASH_KINDS: Final = frozenset((MD5, SHA1, SHA256))
