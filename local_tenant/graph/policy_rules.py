"""The rules for one conditional access policy beyond the shape of its parts: what it needs, what excludes
what, and the entity that answers show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..server.timestamps import format_time
from .errors import GraphError, bad_request
from .json_shapes import Record, ShapeError, merged
from .object_versions import Entity
from .policy_shapes import policy_shape
from .profile import GraphProfile

_NEEDED = ("displayName", "state", "conditions")
_NEEDED_CONDITIONS = ("applications", "clientAppTypes")
_APPLICATION_RULES = (
    "includeApplications",
    "includeUserActions",
    "includeAuthenticationContextClassReferences",
    "applicationFilter",
)
_USER_RULES = ("includeUsers", "includeGroups", "includeRoles", "includeGuestsOrExternalUsers")
_CLIENT_RULES = ("includeServicePrincipals", "servicePrincipalFilter")
_GRANTS = ("builtInControls", "customAuthenticationFactors", "termsOfUse", "authenticationStrength")


class PolicyRules:
    """The rules under one profile. Observed: the numbers 1007, 1012 and 1032, and what they stand for; that
    1007 stands for every missing part is our choice."""

    def __init__(self, profile: GraphProfile) -> None:
        self._profile = profile
        self._shape = policy_shape(profile.cloud)

    def created(self, body: Mapping[str, Any], object_id: str, now: float) -> Entity:
        """The policy that a POST creates. Raises `GraphError`."""
        self._check_shape(body)
        _check_given(body)
        policy = self.entity({**body, "id": object_id}, now)
        self._check_parts(policy)
        return policy

    def updated(self, old: Entity, body: Mapping[str, Any], now: float) -> Entity:
        """The policy after a PATCH. Documented: what it leaves out stays. Our choice: the rules hold for the
        outcome, and an empty body is refused. Raises `GraphError`."""
        if not body:
            raise bad_request("The body names no property to change.")
        self._check_shape(body)
        policy = self.entity({**self._merged(old, body), "modifiedDateTime": format_time(now)}, now)
        self._check_parts(policy)
        return policy

    def entity(self, given: Mapping[str, Any], now: float) -> Entity:
        """A policy from the properties given, which are not checked. Documented: a collection that is not
        given is empty, any other property null, and a policy never changed has no time of change."""
        policy: Entity = {"id": None, "templateId": None, "displayName": None, "description": None}
        policy.update(createdDateTime=format_time(now), modifiedDateTime=None)
        if self._profile.cloud in ("global", "gcc"):
            # The schema of no other cloud has it.
            policy["deletedDateTime"] = None
        filled = self._shape.filled({name: value for name, value in given.items() if name != "@odata.type"})
        return {**policy, **filled}

    def names(self) -> set[str]:
        """Every property that a policy can have."""
        return {*self._shape.fields, *self.entity({}, 0.0)} - {"@odata.type"}

    def _merged(self, old: Entity, body: Mapping[str, Any]) -> Entity:
        changes = {name: value for name, value in body.items() if name != "@odata.type"}
        if self._profile.nested_patch == "replace":
            if "conditions" in changes:
                changes["conditions"] = {**(old["conditions"] or {}), **changes["conditions"]}
            return {**old, **changes}
        result: Entity = merged(old, changes)
        return result

    def _check_shape(self, body: Mapping[str, Any]) -> None:
        try:
            self._shape.check(body, "conditionalAccessPolicy")
        except ShapeError as error:
            raise bad_request(str(error)) from error

    def _check_parts(self, policy: Entity) -> None:
        conditions, grant, session = policy["conditions"] or {}, policy["grantControls"], policy["sessionControls"]
        _check_conditions(conditions)
        if session is not None and not _has_effect(session):
            # Observed: an object with nothing but defaults is refused, only null removes it.
            raise _invalid_controls("The session controls have no effect; send null.")
        granted = grant is not None and any(grant.get(name) for name in _GRANTS)
        if not granted and session is None:
            raise _incomplete("a grant control or a session control")
        if grant is not None:
            _check_grant(grant, conditions, risks_known="userRiskLevels" in _condition_names(self._shape))


def _has_effect(session: Mapping[str, Any]) -> bool:
    """Whether session controls do anything (our choice: one of them is switched on)."""
    if session.get("disableResilienceDefaults"):
        return True
    return any(isinstance(control, dict) and control.get("isEnabled") for control in session.values())


def _check_given(body: Mapping[str, Any]) -> None:
    """Documented: the parts that a new policy has to name, of `users` and `clientApplications` one."""
    for name in _NEEDED:
        if name not in body:
            raise _incomplete(name)
    for name in _NEEDED_CONDITIONS:
        if name not in body["conditions"]:
            raise _incomplete(f"conditions.{name}")


def _check_conditions(conditions: Mapping[str, Any]) -> None:
    """Documented: a policy has an application rule and a user rule. Observed: user actions exclude
    applications."""
    applications = conditions.get("applications") or {}
    if not any(applications.get(name) for name in _APPLICATION_RULES):
        raise _incomplete("an application rule")
    if applications.get("includeApplications") and applications.get("includeUserActions"):
        raise bad_request("The applications condition includes both applications and user actions.", 1012)
    users, clients = conditions.get("users") or {}, conditions.get("clientApplications") or {}
    if not any(users.get(name) for name in _USER_RULES) and not any(clients.get(name) for name in _CLIENT_RULES):
        raise _incomplete("a user rule")


def _check_grant(grant: Mapping[str, Any], conditions: Mapping[str, Any], *, risks_known: bool) -> None:
    """Documented: what a change of password goes with. Our choice: the operator is always needed, and a
    block has no other control beside it."""
    controls = set(grant.get("builtInControls") or ())
    if grant.get("operator") is None:
        raise _invalid_controls("The grant controls need an operator.")
    if "block" in controls and (len(controls) > 1 or any(grant.get(name) for name in _GRANTS[1:])):
        raise _invalid_controls("InvalidControls: block cannot be combined with another grant control.")
    if "passwordChange" in controls:
        fits = (
            controls == {"mfa", "passwordChange"}
            and grant["operator"] == "AND"
            and (conditions.get("applications") or {}).get("includeApplications") == ["All"]
            and (conditions.get("userRiskLevels") or not risks_known)
        )
        if not fits:
            raise _invalid_controls(
                "InvalidPasswordResetControl: a change of password needs multifactor"
                " authentication with AND, user risk levels and all applications."
            )


def _condition_names(shape: Record) -> set[str]:
    conditions = shape.fields["conditions"]
    return set(conditions.fields) if isinstance(conditions, Record) else set()


def _incomplete(part: str) -> GraphError:
    return bad_request(f"The policy does not match its schema: it needs {part}.", 1007)


def _invalid_controls(text: str) -> GraphError:
    return bad_request(f"Validation of the policy failed. {text}", 1032)
