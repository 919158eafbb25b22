"""Files, processes, users and registry keys as OCSF's objects, made of values that any source may have."""

from __future__ import annotations

from typing import Any, Final

from .network import is_mail_address

MD5: Final = 1
SHA1: Final = 2
SHA256: Final = 3
_ALGORITHMS: Final = {MD5: "MD5", SHA1: "SHA-1", SHA256: "SHA-256"}


def hashes(sha1: str | None, sha256: str | None, md5: str | None = None) -> list[dict[str, Any]]:
    """Fingerprints of a file, in lower case."""
    return [
        {"algorithm_id": number, "algorithm": _ALGORITHMS[number], "value": value.lower()}
        for number, value in ((SHA1, sha1), (SHA256, sha256), (MD5, md5))
        if value
    ]


def file_object(
    name: str | None,
    folder: str | None,
    fingerprints: list[dict[str, Any]],
    size: int | None = None,
    product: str | None = None,
) -> dict[str, Any] | None:
    """A file as `file`, or None when nothing is known of it.

    OCSF demands a name: the product's stands in for one that is missing, then a hash (our choice).

    Args:
        folder: as both services give a path; one that ends in the name is the whole path.
        product: name of the product that the file belongs to.
    """
    shown = name or product or (fingerprints[0]["value"] if fingerprints else folder)
    if not shown:
        return None
    made: dict[str, Any] = {"name": shown, "type_id": 1, "type": "Regular File"}
    if folder:
        slash = "\\" if "\\" in folder else "/"
        if not name:
            made["parent_folder"] = folder
        elif folder.lower().endswith(f"{slash}{name.lower()}"):
            made["path"] = folder
            made["parent_folder"] = folder[: -len(name) - 1]
        else:
            made["path"] = f"{folder.rstrip(slash)}{slash}{name}"
            made["parent_folder"] = folder
    if fingerprints:
        made["hashes"] = fingerprints
    if size is not None:
        made["size"] = size
    if product:
        made["product"] = {"name": product}
    return made


def user_object(
    name: str | None,
    domain: str | None = None,
    sid: str | None = None,
    directory_uid: str | None = None,
    principal: str | None = None,
    display_name: str | None = None,
) -> dict[str, Any] | None:
    """A user as `user`, or None when nothing says who it is."""
    shown = name or principal or sid or directory_uid
    if not shown:
        return None
    made: dict[str, Any] = {"name": shown}
    if domain:
        made["domain"] = domain
    if sid or directory_uid:
        made["uid"] = sid or directory_uid
    if sid and directory_uid:
        made["uid_alt"] = directory_uid
    if principal:
        if is_mail_address(principal):
            made["email_addr"] = principal
        elif principal != shown:
            made["account"] = {"name": principal}
    if display_name:
        made["display_name"] = display_name
    return made


def process_object(
    pid: int | None,
    file: dict[str, Any] | None,
    created: int | None,
    command: str | None = None,
    user: dict[str, Any] | None = None,
    parent: dict[str, Any] | None = None,
) -> dict[str, Any] | None:
    """A process as `process`, or None when nothing is known of it."""
    made: dict[str, Any] = {}
    if pid is not None:
        made["pid"] = pid
    if file:
        made["name"] = file["name"]
        made["file"] = file
    if command:
        made["cmd_line"] = command
    if created is not None:
        made["created_time"] = created
    if user:
        made["user"] = user
    if parent:
        made["parent_process"] = parent
    return made or None


def registry_path(hive: str | None, key: str | None) -> str | None:
    """The whole path of a registry key."""
    return "\\".join(part for part in (hive, key) if part) or None
