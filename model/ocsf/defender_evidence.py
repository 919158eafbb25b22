"""Evidence of Defender's alerts as OCSF's `evidences`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from .alert_files import AlertFiles
from .evidence import file_object, hashes, process_object, registry_path, user_object
from .fields import Rest, fit, is_object, left, rest_of, take_integer, take_text, take_time
from .network import take_address, url_object

Evidences = list[dict[str, Any]]


def defender_evidences(items: Iterable[Any], files: Iterable[Any]) -> tuple[Evidences, list[Any]]:
    """Evidence, and the items for which OCSF has no object, as they are.

    What an item says beyond its object is the evidence's `data`.

    Args:
        items: `evidence` of an alert.
        files: of the alert, as `/api/alerts/{id}/files` gives them. Each adds its MD5, size and product to the
            evidence of the same SHA-1 or SHA-256, or is an evidence of its own.
    """
    known = AlertFiles(files)
    found: Evidences = []
    unknown: list[Any] = []
    for item in items:
        made = _evidence(item, known)
        if made is None:
            unknown.append(fit(item))
        else:
            found.append(made)
    return found + known.others(), unknown


def _evidence(item: Any, known: AlertFiles) -> dict[str, Any] | None:
    if not is_object(item):
        return None
    kind = item.get("entityType")
    reader = _READERS.get(kind.lower()) if type(kind) is str else None
    if reader is None:
        return None
    rest = rest_of(item)
    made = reader(rest, known)
    if not made:
        return None
    del rest["entityType"]
    data = left(rest)
    if data:
        made["data"] = data
    return made


def _file(rest: Rest, known: AlertFiles) -> dict[str, Any]:
    file = _file_of(rest, known)
    return {"file": file} if file else {}


def _process(rest: Rest, known: AlertFiles) -> dict[str, Any]:
    parent = process_object(
        take_integer(rest, "parentProcessId"),
        file_object(take_text(rest, "parentProcessFileName"), take_text(rest, "parentProcessFilePath"), []),
        take_time(rest, "parentProcessCreationTime"),
    )
    made = process_object(
        take_integer(rest, "processId"),
        _file_of(rest, known),
        take_time(rest, "processCreationTime"),
        take_text(rest, "processCommandLine"),
        _user_of(rest),
        parent,
    )
    return {"process": made} if made else {}


def _user(rest: Rest, known: AlertFiles) -> dict[str, Any]:
    user = _user_of(rest)
    return {"user": user} if user else {}


def _address(rest: Rest, known: AlertFiles) -> dict[str, Any]:
    address = take_address(rest, "ipAddress")
    return {"src_endpoint": {"ip": address}} if address else {}


def _url(rest: Rest, known: AlertFiles) -> dict[str, Any]:
    url = take_text(rest, "url") or take_text(rest, "domainName")
    return {"url": url_object(url)} if url else {}


def _registry(rest: Rest, known: AlertFiles) -> dict[str, Any]:
    path = registry_path(take_text(rest, "registryHive"), take_text(rest, "registryKey"))
    if not path:
        return {}
    made: dict[str, Any] = {"reg_key": {"path": path}}
    if name := take_text(rest, "registryValueName"):
        made["reg_value"] = {"name": name, "path": path}
    return made


_READERS: Final[dict[str, Callable[[Rest, AlertFiles], dict[str, Any]]]] = {
    "file": _file,
    "process": _process,
    "user": _user,
    "ip": _address,
    "url": _url,
    "registry": _registry,
    "registrykey": _registry,
    "registryvalue": _registry,
}
"""By `entityType`: the first three are documented, the others inferred from the fields that there are."""


def _user_of(rest: Rest) -> dict[str, Any] | None:
    return user_object(
        take_text(rest, "accountName"),
        take_text(rest, "domainName"),
        take_text(rest, "userSid"),
        take_text(rest, "aadUserId"),
        take_text(rest, "userPrincipalName"),
    )


def _file_of(rest: Rest, known: AlertFiles) -> dict[str, Any] | None:
    name, folder = take_text(rest, "fileName"), take_text(rest, "filePath")
    prints = hashes(take_text(rest, "sha1"), take_text(rest, "sha256"), take_text(rest, "md5"))
    size, product = known.join(rest, prints)
    return file_object(name, folder, prints, size, product)
