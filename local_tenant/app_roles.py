"""The app roles that the APIs know, and which of them a token carries."""

from __future__ import annotations

from collections.abc import Sequence

SEE_ALL, SEE_OWN = "Ti.ReadWrite.All", "Ti.ReadWrite"
POLICY_READ = "Policy.Read.All"
POLICY_WRITE = "Policy.ReadWrite.ConditionalAccess"
APPLICATION_READ = "Application.Read.All"

DEFAULT_ROLES = (SEE_ALL, POLICY_READ, POLICY_WRITE, APPLICATION_READ)
"""Everything that the product needs: documented for the indicators, and for policies by the older pages."""

_GRAPH_FAMILIES = ("Policy.", "Application.", "Directory.")


def roles_for(roles: Sequence[str], audience: str, *, defender: Sequence[str], graph: Sequence[str]) -> list[str]:
    """The roles that a token for `audience` carries.

    Documented: those of the API that the token is for. Our choice: a role of Graph is told by its family,
    every other one is Defender's; a token for any other audience, such as the server's own address, has all.
    """
    if audience in graph:
        return [role for role in roles if role.startswith(_GRAPH_FAMILIES)]
    if audience in defender:
        return [role for role in roles if not role.startswith(_GRAPH_FAMILIES)]
    return list(roles)
