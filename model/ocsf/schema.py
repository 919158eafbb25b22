"""Every attribute that the mapping gives, with its type: the schemas of Avro and Parquet files.

One description for each class; `avro_schema` makes Avro of it, and other columnar schemas follow from that. All
attributes may be null. Parts of free form (`unmapped`, the data of enrichments and of evidence) are JSON text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ..errors import ConfigurationError
from .context import OCSF, QDM, QDM_LABEL, Dialect
from .envelope import DETECTION_FINDING, DEVICE_INVENTORY, OSINT_INVENTORY, SECURITY_FINDING, EventClass

TEXT: Final = "string"
INTEGER: Final = "long"
BOOLEAN: Final = "boolean"
JSON: Final = "json"

Form = str | dict[str, Any] | list[Any]
"""A type's name, an object's attributes, or a list of one form."""


def _texts(*names: str) -> dict[str, Form]:
    return dict.fromkeys(names, TEXT)


def _member(name: str) -> dict[str, Form]:
    """An enumeration's number and its text."""
    return {f"{name}_id": INTEGER, name: TEXT}


_NAMED: Final[dict[str, Form]] = {"name": TEXT}
_GROUPS: Final[list[Form]] = [_texts("name", "uid")]
_PRODUCT: Final[dict[str, Form]] = {**_texts("name", "vendor_name"), "feature": _NAMED}
_HASHES: Final[list[Form]] = [{**_member("algorithm"), "value": TEXT}]
_FILE: Final[dict[str, Form]] = {
    **_texts("name", "path", "parent_folder"),
    **_member("type"),
    "hashes": _HASHES,
    "size": INTEGER,
    "product": _NAMED,
}
_USER: Final[dict[str, Form]] = {
    **_texts("name", "domain", "uid", "uid_alt", "email_addr", "display_name"),
    "account": _NAMED,
}
_PARENT: Final[dict[str, Form]] = {"pid": INTEGER, "name": TEXT, "file": _FILE, "created_time": INTEGER}
_PROCESS: Final[dict[str, Form]] = {**_PARENT, "cmd_line": TEXT, "user": _USER, "parent_process": _PARENT}
_DEVICE: Final[dict[str, Form]] = {
    **_texts("uid", "uid_alt", "hostname", "name", "domain", "ip"),
    **_member("type"),
    "os": {**_texts("name", "version", "build"), **_member("type"), "cpu_bits": INTEGER},
    "first_seen_time": INTEGER,
    "last_seen_time": INTEGER,
    "network_interfaces": [{**_texts("ip", "mac"), **_member("type")}],
    "groups": _GROUPS,
    **_member("risk_level"),
    "agent_list": [{**_texts("name", "vendor_name", "version"), **_member("type")}],
    "is_managed": BOOLEAN,
}
_EVENT: Final[dict[str, Form]] = {
    "class_uid": INTEGER,
    "class_name": TEXT,
    "category_uid": INTEGER,
    "category_name": TEXT,
    "activity_id": INTEGER,
    "activity_name": TEXT,
    "type_uid": INTEGER,
    "type_name": TEXT,
    **_member("severity"),
    "time": INTEGER,
    "metadata": {
        **_texts("version", "uid", "tenant_uid", "original_time", "correlation_uid"),
        "product": _PRODUCT,
        "logged_time": INTEGER,
        "profiles": [TEXT],
        "labels": [TEXT],
        "tags": [_texts("name", "value")],
    },
    "observables": [{**_texts("name", "type", "value"), "type_id": INTEGER}],
    "enrichments": [{**_texts("name", "value", "type", "provider"), "data": JSON}],
    "unmapped": JSON,
}
_EVIDENCE: Final[list[Form]] = [
    {
        "file": _FILE,
        "process": _PROCESS,
        "user": _USER,
        "src_endpoint": {"ip": TEXT},
        "url": _texts("url_string", "hostname"),
        "device": _DEVICE,
        "reg_key": {"path": TEXT},
        "reg_value": _texts("name", "path"),
        **_member("verdict"),
        "data": JSON,
    }
]
_ATTACKS: Final[list[Form]] = [{"technique": {"uid": TEXT}, "sub_technique": {"uid": TEXT}}]
_ANALYTIC: Final[dict[str, Form]] = {**_texts("uid", "name"), **_member("type")}
_INFO: Final[dict[str, Form]] = {
    **_texts("uid", "title", "desc", "src_url"),
    "types": [TEXT],
    "created_time": INTEGER,
    "modified_time": INTEGER,
    "first_seen_time": INTEGER,
    "last_seen_time": INTEGER,
}
_FINDING: Final[dict[str, Form]] = {
    **_EVENT,
    "message": TEXT,
    "is_alert": BOOLEAN,
    "start_time": INTEGER,
    "end_time": INTEGER,
    "device": _DEVICE,
    "actor": {"user": _USER},
    **_member("action"),
    **_member("disposition"),
    "malware": [{"name": TEXT, "classification_ids": [INTEGER], "classifications": [TEXT]}],
}
_SECURITY: Final[dict[str, Form]] = {
    **_FINDING,
    "finding": {**_INFO, "remediation": {"desc": TEXT}},
    **_member("state"),
    "attacks": _ATTACKS,
    "analytic": _ANALYTIC,
    "evidence": _EVIDENCE,
}
_DEVICE_OF_QUERY: Final[dict[str, Form]] = {**_DEVICE, "ip": [TEXT]}
_SIGNATURE_OF_QUERY: Final[dict[str, Form]] = {"algorithm_id": INTEGER, "digest": _HASHES}
_FILE_OF_QUERY: Final[dict[str, Form]] = {
    **_texts("name", "path"),
    **_member("type"),
    "size": INTEGER,
    "signature": _SIGNATURE_OF_QUERY,
}

_FORMS: Final[dict[tuple[int, bool], dict[str, Form]]] = {
    (DEVICE_INVENTORY.uid, False): {**_EVENT, "device": _DEVICE},
    (DEVICE_INVENTORY.uid, True): {**_EVENT, "device": _DEVICE_OF_QUERY},
    (DETECTION_FINDING.uid, False): {
        **_FINDING,
        "finding_info": {**_INFO, "attacks": _ATTACKS, "analytic": _ANALYTIC},
        **_member("status"),
        **_member("verdict"),
        "assignee": _NAMED,
        "remediation": {"desc": TEXT},
        "evidences": _EVIDENCE,
    },
    (SECURITY_FINDING.uid, False): _SECURITY,
    (SECURITY_FINDING.uid, True): {**_SECURITY, "device": _DEVICE_OF_QUERY, "file": [_FILE_OF_QUERY]},
    (OSINT_INVENTORY.uid, False): {
        **_EVENT,
        "osint": [
            {
                **_texts("uid", "value", "name", "desc", "external_uid", "vendor_name"),
                **_member("type"),
                **_member("severity"),
                "created_time": INTEGER,
                "modified_time": INTEGER,
                "expiration_time": INTEGER,
            }
        ],
    },
}
_CLASSES: Final[dict[int, EventClass]] = {
    one.uid: one for one in (DEVICE_INVENTORY, DETECTION_FINDING, SECURITY_FINDING, OSINT_INVENTORY)
}


def schema_of(event: Mapping[str, Any]) -> tuple[int, Dialect]:
    """What decides on the schema of an event: its class, and whether it has Query's paths."""
    labels = (event.get("metadata") or {}).get("labels") or ()
    return event.get("class_uid", 0), QDM if QDM_LABEL in labels else OCSF


def event_form(class_uid: int, dialect: Dialect = OCSF) -> dict[str, Form]:
    """The attributes of a class in a dialect.

    Raises:
        ConfigurationError: the mapping gives no events of this class.
    """
    form = _FORMS.get((class_uid, dialect == QDM)) or _FORMS.get((class_uid, False))
    if form is None:
        raise ConfigurationError(
            f"There is no schema for events of the class {class_uid}.", advice="Write them as jsonl."
        )
    return form


def avro_schema(class_uid: int, dialect: Dialect = OCSF) -> dict[str, Any]:
    """The Avro schema of a class. Each nested object is a record that is named after its path.

    Raises:
        ConfigurationError: the mapping gives no events of this class.
    """
    made = _avro(event_form(class_uid, dialect), _CLASSES[class_uid].name)
    return {**made, "namespace": "iocbeam.ocsf"}


def _avro(form: Form, path: str) -> Any:
    if isinstance(form, dict):
        fields = [
            {"name": name, "type": ["null", _avro(part, f"{path}_{name}")], "default": None}
            for name, part in form.items()
        ]
        return {"type": "record", "name": path, "fields": fields}
    if isinstance(form, list):
        return {"type": "array", "items": _avro(form[0], path)}
    return TEXT if form == JSON else form
