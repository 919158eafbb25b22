"""Evidence of Graph's alerts (alerts_v2) as OCSF's `evidences`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from .device import graph_device, has_identity
from .evidence import file_object, hashes, process_object, registry_path, user_object
from .fields import Rest, fit, is_object, left, rest_of, take_integer, take_text, take_time
from .network import take_address, url_object
from .words import VERDICT, word

Evidences = list[dict[str, Any]]


def graph_evidences(items: Iterable[Any]) -> tuple[Evidences, list[Any]]:
    """Evidence, and the items for which OCSF has no object, as they are.

    What an item says beyond its object is the evidence's `data`.
    """
    found: Evidences = []
    unknown: list[Any] = []
    for item in items:
        made = _evidence(item)
        if made is None:
            unknown.append(fit(item))
        else:
            found.append(made)
    return found, unknown


def _evidence(item: Any) -> dict[str, Any] | None:
    if not is_object(item):
        return None
    kind = item.get("@odata.type")
    reader = _READERS.get(kind.rpartition(".")[2].lower()) if type(kind) is str else None
    if reader is None:
        return None
    rest = rest_of(item)
    made = reader(rest)
    if not made:
        return None
    del rest["@odata.type"]
    if verdict := take_text(rest, "verdict"):
        made["verdict_id"], made["verdict"] = word(VERDICT, verdict)
    data = left(rest)
    if data:
        made["data"] = data
    return made


def _device(rest: Rest) -> dict[str, Any]:
    device = graph_device(rest)
    return {"device": device} if has_identity(device) else {}


def _file(rest: Rest) -> dict[str, Any]:
    file = _file_in(rest, "fileDetails")
    return {"file": file} if file else {}


def _process(rest: Rest) -> dict[str, Any]:
    parent = process_object(
        take_integer(rest, "parentProcessId"),
        _file_in(rest, "parentProcessImageFile"),
        take_time(rest, "parentProcessCreationDateTime"),
    )
    made = process_object(
        take_integer(rest, "processId"),
        _file_in(rest, "imageFile"),
        take_time(rest, "processCreationDateTime"),
        take_text(rest, "processCommandLine"),
        _user_in(rest),
        parent,
    )
    return {"process": made} if made else {}


def _user(rest: Rest) -> dict[str, Any]:
    user = _user_in(rest)
    return {"user": user} if user else {}


def _address(rest: Rest) -> dict[str, Any]:
    address = take_address(rest, "ipAddress")
    return {"src_endpoint": {"ip": address}} if address else {}


def _url(rest: Rest) -> dict[str, Any]:
    url = take_text(rest, "url")
    return {"url": url_object(url)} if url else {}


def _registry_key(rest: Rest) -> dict[str, Any]:
    path = registry_path(take_text(rest, "registryHive"), take_text(rest, "registryKey"))
    return {"reg_key": {"path": path}} if path else {}


def _registry_value(rest: Rest) -> dict[str, Any]:
    made = _registry_key(rest)
    if made and (name := take_text(rest, "registryValueName")):
        made["reg_value"] = {"name": name, "path": made["reg_key"]["path"]}
    return made


_READERS: Final[dict[str, Callable[[Rest], dict[str, Any]]]] = {
    "deviceevidence": _device,
    "fileevidence": _file,
    "processevidence": _process,
    "userevidence": _user,
    "ipevidence": _address,
    "urlevidence": _url,
    "registrykeyevidence": _registry_key,
    "registryvalueevidence": _registry_value,
}
"""By the last part of `@odata.type`, which is `#microsoft.graph.security.fileEvidence` and the like."""


def _file_in(rest: Rest, key: str) -> dict[str, Any] | None:
    value = rest.get(key)
    if not is_object(value):
        return None
    details = rest_of(value)
    name, folder = take_text(details, "fileName"), take_text(details, "filePath")
    prints = hashes(take_text(details, "sha1"), take_text(details, "sha256"), take_text(details, "md5"))
    made = file_object(name, folder, prints, take_integer(details, "fileSize"))
    if made:
        rest[key] = left(details)
    return made


def _user_in(rest: Rest) -> dict[str, Any] | None:
    value = rest.get("userAccount")
    if not is_object(value):
        return None
    account = rest_of(value)
    made = user_object(
        take_text(account, "accountName"),
        take_text(account, "domainName"),
        take_text(account, "userSid"),
        take_text(account, "azureAdUserId"),
        take_text(account, "userPrincipalName"),
        take_text(account, "displayName"),
    )
    if made:
        rest["userAccount"] = left(account)
    return made
