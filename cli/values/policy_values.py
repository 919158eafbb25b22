"""From values to the conditional access policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from iocbeam.model.errors import UsageError
from iocbeam.model.settings.entra import ALL, ALL_KINDS, NONE, POLICY_STATES, PolicySettings

from ..options.policy_options import ACCEPT_LOCKOUT_RISK_OPTION, POLICY_OPTIONS
from ..views.tenant_names import named
from .precedence import is_set

_NAMES: Final = ("policy_name", "policy_id")
_DETAILS: Final = tuple(
    option.name for option in (*POLICY_OPTIONS, ACCEPT_LOCKOUT_RISK_OPTION) if option.name not in _NAMES
)
"""Options that say what the policy is like."""

_FOR_ALL: Final = {
    "include_apps": ALL,
    "include_users": ALL,
    "include_platforms": ALL_KINDS,
    "client_app_types": ALL_KINDS,
}
"""Lists in which one word stands for everything, and that word."""
_FOR_NONE: Final = frozenset(("include_apps", "include_users"))
"""Lists that know `NONE`."""


def policy_of(given: Mapping[str, Any]) -> tuple[PolicySettings | None, list[str]]:
    """The policy that these values describe, None where they name none; and what a person should know of it.

    Args:
        given: a value for every option of the job.

    Raises:
        UsageError: they say what the policy is like and not which it is, or a value cannot be.
    """
    if not (given["policy_name"] or given["policy_id"]):
        details = [f"--{name}" for name in _DETAILS if given[name] is not None and is_set(given, name)]
        if details:
            raise UsageError(
                f"{named(details)}: no policy is named to which this could apply.",
                advice="Give --policy_name or --policy_id; without them only the locations are written.",
            )
        return None, []
    notices: list[str] = []
    words = {name: given[name] for name in _DETAILS if name.startswith(("include_", "exclude_"))}
    words |= {name: given[name] for name in ("client_app_types", "sign_in_risk")}
    settled = {name: _settled(name, list_, notices) for name, list_ in words.items()}
    return (
        PolicySettings(
            name=given["policy_name"] or "",
            id=given["policy_id"] or "",
            state=POLICY_STATES[given["policy_state"]] if given["policy_state"] else None,
            recreate=given["recreate_policy"],
            accept_lockout_risk=given["accept_lockout_risk"],
            **settled,
        ),
        notices,
    )


def _settled(name: str, words: tuple[str, ...] | None, notices: list[str]) -> tuple[str, ...] | None:
    """The words that count: everything leaves nothing else to name, and none goes before any."""
    if words is None or len(words) < 2:
        return words
    everything = _FOR_ALL.get(name)
    if everything in words:
        ignored = tuple(word for word in words if word != everything)
        notices.append(f"--{name}: {everything} stands for everything; beside it {named(ignored)} was ignored.")
        return (everything,)
    if name in _FOR_NONE and NONE in words:
        notices.append(f"--{name}: {NONE} was ignored beside the others.")
        return tuple(word for word in words if word != NONE)
    return words
