"""The rules for one submitted indicator, from field names to expiry."""

from __future__ import annotations

from dataclasses import dataclass

from ..profile import TenantProfile
from ..server.timestamps import format_expiry, parse_time
from .api_errors import InvalidIndicator
from .indicator_fields import Entity, read_fields, stored_form
from .indicator_values import INDICATOR_TYPES, check_value, is_compressed_ipv6

_NETWORK = frozenset({"Allowed", "Audit", "Warn", "Block"})
_FILE = _NETWORK | {"BlockAndRemediate"}
_ACTIONS_BY_TYPE = {
    **dict.fromkeys(("FileMd5", "FileSha1", "FileSha256"), _FILE),
    **dict.fromkeys(("IpAddress", "DomainName", "Url"), _NETWORK),
    "CertificateThumbprint": frozenset({"Allowed", "BlockAndRemediate"}),
}
_LEGACY_ACTIONS = frozenset({"Alert", "AlertAndBlock"})
_SEVERITIES = frozenset({"Informational", "Low", "Medium", "High"})


@dataclass(frozen=True)
class Submission:
    """A checked indicator, its fields as they are to be stored. `warning` is empty unless the tenant
    tolerates something."""

    fields: Entity
    warning: str


def check_submission(item: object, profile: TenantProfile, now: float) -> Submission:
    """Raises `InvalidIndicator` for the first rule broken. `now` is in epoch seconds."""
    fields = read_fields(item)
    _check_lengths(fields, profile)
    _check_enums(fields)
    _check_action(fields, profile)
    _check_expiry(fields, profile, now)
    indicator_type, value = fields["indicatorType"], fields["indicatorValue"]
    check_value(indicator_type, value, scheme_required=profile.url_without_scheme == "reject")
    warning = ""
    if indicator_type == "IpAddress" and is_compressed_ipv6(value):
        if profile.compressed_ipv6 == "reject":
            raise InvalidIndicator("InvalidIpAddress", f"IP address {value} is invalid.")
        warning = f"IPv6 address {value} is not written with eight segments."
    return Submission(stored_form(fields, profile.stored_as), warning)


def _check_lengths(fields: Entity, profile: TenantProfile) -> None:
    for name, allowed in profile.max_lengths.items():
        if len(fields.get(name, "")) > allowed:
            raise InvalidIndicator("InvalidInput", f"Parameter {name} is longer than {allowed} characters.")


def _check_enums(fields: Entity) -> None:
    """Documented values in their exact case."""
    choices = {
        "indicatorType": INDICATOR_TYPES,
        "action": _FILE | _LEGACY_ACTIONS,
        "severity": _SEVERITIES,
    }
    for name, allowed in choices.items():
        if name in fields and fields[name] not in allowed:
            raise InvalidIndicator("InvalidInput", f"Value {fields[name]} is not valid for {name}.")


def _check_action(fields: Entity, profile: TenantProfile) -> None:
    """Documented: the actions per type, the alert that Audit needs, where a support URL shows.

    That a support URL elsewhere is refused rather than ignored is our choice.
    """
    action, indicator_type = fields["action"], fields["indicatorType"]
    allowed = _ACTIONS_BY_TYPE[indicator_type]
    if profile.legacy_actions == "accept":
        allowed = allowed | _LEGACY_ACTIONS
    if action not in allowed:
        raise InvalidIndicator("InvalidInput", f"Action {action} is not supported for {indicator_type}.")
    if action == "Audit" and fields.get("generateAlert") is not True:
        raise InvalidIndicator("InvalidInput", "Action Audit requires generateAlert to be true.")
    if fields.get("educateUrl") and not (indicator_type == "Url" and action in ("Warn", "Block")):
        raise InvalidIndicator("InvalidInput", "educateUrl needs a Url indicator with Warn or Block.")


def _check_expiry(fields: Entity, profile: TenantProfile, now: float) -> None:
    text = fields.get("expirationTime")
    if text is None:
        return
    try:
        expires_at = parse_time(text)
        format_expiry(expires_at)
    except (ValueError, OverflowError):
        message = f"Value {text} is not valid for expirationTime."
        raise InvalidIndicator("InvalidInput", message) from None
    if expires_at <= now and profile.past_expiration == "reject":
        raise InvalidIndicator("InvalidInput", f"expirationTime {text} is in the past.")
