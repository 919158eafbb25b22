"""`--tenants`: a YAML file with several tenants, each with options of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from iocbeam.model.errors import ConfigurationError, UsageError

from ..options.login_options import ALIAS_OPTION
from ..options.tables import JobOptions
from .file_values import entry_value, entry_values, option_name, place_of, with_negations
from .given_text import shown
from .precedence import check_exclusions
from .yaml_entries import Group, read_groups

_OPTION: Final = "--tenants"
_is_alias = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,39}").fullmatch
_punctuation: Final = str.maketrans("", "", "._- ")


@dataclass(frozen=True, slots=True)
class TenantEntry:
    """One tenant of the file.

    Attributes:
        alias: a person's name for it, unlike every other of the file.
        values: what the entry gives, by option name, in canonical form. Defaults are not in it.
        place: file and line, for messages.
    """

    alias: str
    values: Mapping[str, Any]
    place: str


def read_tenants(path: str, options: JobOptions) -> tuple[TenantEntry, ...]:
    """The tenants of a file, in its order; at least one.

    Args:
        path: local, or on a filesystem that Beam knows.
        options: of the job.

    Raises:
        ConfigurationError: the file is missing, is not YAML of the right shape or names no tenant.
        UsageError: an entry has no alias or that of another one, a key is no option of a tenant, or its value
            cannot be; it names file, line and alias.
    """
    tenants: list[TenantEntry] = []
    for group in read_groups(path, _OPTION):
        tenant = _tenant(path, group, options)
        _check_unlike(tenants, tenant)
        tenants.append(tenant)
    if not tenants:
        raise ConfigurationError(
            f"{path} names no tenant.",
            option=_OPTION,
            advice="Begin each tenant with a line of its own: - alias: NAME",
        )
    return tuple(tenants)


def _tenant(path: str, group: Group, options: JobOptions) -> TenantEntry:
    alias = _alias(path, group)
    whose = f"tenant {alias}"
    own = with_negations((ALIAS_OPTION, *options.tenant))
    general = with_negations(option for option in options.all if option not in options.tenant)
    for entry in group.entries:
        if option_name(entry) in general:
            raise UsageError(
                f"{place_of(path, entry.line, whose)}: {shown(entry.name)} is the same for all tenants.",
                option=_OPTION,
                advice="It cannot stand in an entry; give it on the command line.",
            )
    values = entry_values(group.entries, own, path, _OPTION, whose)
    place = place_of(path, group.line)
    check_exclusions(values, options.tenant, f"{place}, {whose}")
    del values[ALIAS_OPTION.name]
    return TenantEntry(alias, values, place)


def _alias(path: str, group: Group) -> str:
    """The entry's alias, which every message about the entry names."""
    entry = next((entry for entry in group.entries if option_name(entry) == ALIAS_OPTION.name), None)
    if entry is None:
        raise UsageError(
            f"{place_of(path, group.line)}: this tenant has no alias.",
            option=_OPTION,
            advice="Give every tenant a name of its own: - alias: NAME",
        )
    place = place_of(path, entry.line)
    alias = str(entry_value(ALIAS_OPTION, entry, place)).strip()
    if not _is_alias(alias):
        raise UsageError(
            f"{place}: {shown(alias)} is not an alias.",
            option=_OPTION,
            advice="Use 1 to 40 of a-z, A-Z, 0-9, '.', '_', '-' and space, starting with a letter or digit.",
        )
    return alias


def _check_unlike(earlier: Sequence[TenantEntry], tenant: TenantEntry) -> None:
    """Refuse a tenant that is called like an earlier one, or is the same."""
    for other in earlier:
        if _folded(other.alias) == _folded(tenant.alias):
            same = "its alias differs in case and punctuation at most from that of"
        elif _tenant_id(other) and _tenant_id(other) == _tenant_id(tenant):
            same = "its tenant_id is that of"
        else:
            continue
        raise UsageError(
            f"{tenant.place}, tenant {tenant.alias}: {same} {other.alias} ({other.place}).", option=_OPTION
        )


def _folded(alias: str) -> str:
    return alias.translate(_punctuation).lower()


def _tenant_id(tenant: TenantEntry) -> str:
    return str(tenant.values.get("tenant_id", "")).lower()
