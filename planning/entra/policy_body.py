"""A conditional access policy as Graph takes it: copied from what it shows, compared, and with options laid on.

Property names and values are Graph's (v1.0 conditionalAccessPolicy), in exact case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from iocbeam.model.entra_plan import FieldChange
from iocbeam.model.settings.entra import (
    ALL,
    ALL_KINDS,
    NONE,
    POLICY_STATES,
    PolicySettings,
)

Body = dict[str, Any]

BLOCK: Final = "block"
REPORT_ONLY: Final = POLICY_STATES["report_only"]

_SET_BY_SERVICE: Final = frozenset(
    ("id", "createdDateTime", "modifiedDateTime", "deletedDateTime", "templateId", "partialEnablementStrategy")
)


class ListField(NamedTuple):
    """A list in `conditions` that an option adds to.

    Attributes:
        option: without dashes; also the name of the field of `PolicySettings`.
        group: the object in `conditions`, empty where the list stands there itself.
        name: of the list.
        all_word: makes every other entry pointless, empty where there is none.
        none_word: stands for an empty list beside nothing else, empty where there is none.
    """

    option: str
    group: str
    name: str
    all_word: str = ""
    none_word: str = ""

    @property
    def path(self) -> str:
        """As a person is shown it."""
        return ".".join(part for part in ("conditions", self.group, self.name) if part)


LIST_FIELDS: Final = (
    ListField("include_apps", "applications", "includeApplications", ALL, NONE),
    ListField("exclude_apps", "applications", "excludeApplications"),
    ListField("client_app_types", "", "clientAppTypes", ALL_KINDS),
    ListField("include_platforms", "platforms", "includePlatforms", ALL_KINDS),
    ListField("exclude_platforms", "platforms", "excludePlatforms", ALL_KINDS),
    ListField("sign_in_risk", "", "signInRiskLevels"),
    ListField("include_users", "users", "includeUsers", ALL, NONE),
    ListField("exclude_users", "users", "excludeUsers"),
    ListField("include_groups", "users", "includeGroups"),
    ListField("exclude_groups", "users", "excludeGroups"),
    ListField("include_roles", "users", "includeRoles"),
    ListField("exclude_roles", "users", "excludeRoles"),
)
_FIELDS: Final = {one.option: one for one in LIST_FIELDS}
INCLUDE_LOCATIONS: Final = ListField("location_name", "locations", "includeLocations", ALL)
EXCLUDE_LOCATIONS: Final = ListField("exclude_location", "locations", "excludeLocations")

_OPTION_OF: Final = {
    **{one.path: one.option for one in (*LIST_FIELDS, INCLUDE_LOCATIONS, EXCLUDE_LOCATIONS)},
    "state": "policy_state",
    "displayName": "policy_name",
}


def copied(found: Mapping[str, Any]) -> Body:
    """A policy as it came, as it can be sent: without what the service sets, annotations and what is empty."""
    body: Body = _clean({name: value for name, value in found.items() if name not in _SET_BY_SERVICE})
    grant = body.get("grantControls")
    if isinstance(grant, dict) and isinstance(grant.get("authenticationStrength"), dict):
        # It comes expanded and is taken by its id alone (observed).
        grant["authenticationStrength"] = {"id": grant["authenticationStrength"].get("id")}
    if not _says_something(body.get("sessionControls")):
        # With nothing but defaults it is shown and not taken (observed).
        body.pop("sessionControls", None)
    return body


def _says_something(value: Any) -> bool:
    return any(map(_says_something, value.values())) if isinstance(value, Mapping) else bool(value)


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        kept = (name for name in value if name == "@odata.type" or not ("@" in name or name.startswith("#")))
        cleaned = {name: _clean(value[name]) for name in kept}
        return {name: one for name, one in cleaned.items() if one is not None and one != {}}
    return [_clean(one) for one in value] if isinstance(value, list) else value


def new_policy(settings: PolicySettings, *, knows_risks: bool) -> Body:
    """A policy that blocks, with the defaults of what is not given: reported only, and for no user.

    Args:
        knows_risks: whether the cloud's policies have conditions on risks.
    """
    users: Body = {}
    if not (settings.include_users or settings.include_groups or settings.include_roles):
        users["includeUsers"] = [NONE]
    conditions: Body = {"applications": {}, "users": users, "clientAppTypes": [ALL_KINDS]}
    if settings.client_app_types:
        conditions["clientAppTypes"] = []
    if knows_risks:
        # The documentation calls them required and its samples leave them out.
        conditions["signInRiskLevels"] = []
        conditions["userRiskLevels"] = []
    return {
        "displayName": settings.name,
        "state": REPORT_ONLY,
        "conditions": conditions,
        "grantControls": {"operator": "OR", "builtInControls": [BLOCK]},
    }


def lay_options(body: Body, settings: PolicySettings) -> list[str]:
    """Lays what was given on a policy, in place. Lists are added to: what an administrator put there stays.

    Returns:
        What a person should know: entries that stay beside those of an option.
    """
    notices: list[str] = []
    if settings.name:
        body["displayName"] = settings.name
    if settings.state is not None:
        body["state"] = settings.state
    for one in LIST_FIELDS:
        given: Sequence[str] | None = getattr(settings, one.option)
        if given is None:
            continue
        before = read_list(body, one)
        after = added(before, given, one)
        write_list(body, one, after)
        wanted = {word.lower() for word in given}
        kept = [word for word in after if word.lower() not in wanted and word != one.none_word]
        if kept:
            notices.append(
                f"{one.path} of the policy keeps {_shown(kept)}, which --{one.option} does not name. What is "
                "there stays; take it out in the portal if it is not meant."
            )
        elif len(after) < len(given):
            notices.append(f"{one.path}: {after[0]} covers what else --{one.option} names.")
    _settle(body, settings)
    return notices


def _settle(body: Body, settings: PolicySettings) -> None:
    """Puts right what lists that were given mean for others beside them."""
    include_users, groups, roles = (_FIELDS[one] for one in ("include_users", "include_groups", "include_roles"))
    if settings.include_users or settings.include_groups or settings.include_roles:
        users = read_list(body, include_users)
        if NONE in users and (read_list(body, groups) or read_list(body, roles)):
            write_list(body, include_users, [word for word in users if word != NONE])
    platforms = _FIELDS["include_platforms"]
    if settings.exclude_platforms and not read_list(body, platforms):
        # No condition on platforms means all of them, and must go on to mean it.
        write_list(body, platforms, [ALL_KINDS])


def added(before: Sequence[str], given: Sequence[str], of: ListField) -> list[str]:
    """The entries that are there and those that are given, each once; the word for all stands alone."""
    words: dict[str, str] = {}
    for word in (*before, *given):
        words.setdefault(word.lower(), word)
    together = list(words.values())
    if of.all_word and of.all_word in together:
        return [of.all_word]
    if of.none_word and len(together) > 1:
        return [word for word in together if word != of.none_word]
    return together


def read_list(body: Mapping[str, Any], of: ListField) -> list[str]:
    """The entries of a list; none where it or what holds it is missing."""
    holder = body.get("conditions") or {}
    if of.group:
        holder = holder.get(of.group) or {}
    return list(holder.get(of.name) or ())


def write_list(body: Body, of: ListField, entries: Iterable[str]) -> None:
    """Puts a list in its place, with what must hold it."""
    holder = body.setdefault("conditions", {})
    if of.group:
        holder = holder.setdefault(of.group, {})
    holder[of.name] = list(entries)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """What differs between two policies, leaf by leaf. Lists are compared as sets, null and empty are the same."""
    return tuple(_differences("", before, after))


def _differences(path: str, before: Any, after: Any) -> Iterable[FieldChange]:
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        one, other = before or {}, after or {}
        for name in dict.fromkeys((*one, *other)):
            yield from _differences(f"{path}.{name}" if path else name, one.get(name), other.get(name))
    elif _comparable(before) != _comparable(after):
        yield FieldChange(path, before, after)


def _comparable(value: Any) -> Any:
    if isinstance(value, list):
        return frozenset(one.lower() if isinstance(one, str) else str(one) for one in value)
    return frozenset() if value is None else value


def options_of(fields: Iterable[FieldChange]) -> tuple[str, ...]:
    """The options, with dashes, that had a part in these changes."""
    found = (_OPTION_OF.get(one.path) for one in fields)
    return tuple(dict.fromkeys(f"--{option}" for option in found if option))


def _shown(words: Sequence[str]) -> str:
    return ", ".join(words[:5]) + (f" and {len(words) - 5} more" if len(words) > 5 else "")
