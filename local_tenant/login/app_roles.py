"""The app roles that the APIs know, which of them a token carries, and which call they allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

SEE_ALL, SEE_OWN = "Ti.ReadWrite.All", "Ti.ReadWrite"
TI_READ = "Ti.Read.All"
MACHINE_READ, MACHINE_WRITE = "Machine.Read.All", "Machine.ReadWrite.All"
ALERT_READ = "Alert.Read.All"
FILE_READ = "File.Read.All"
IP_READ = "Ip.Read.All"
URL_READ = "Url.Read.All"
USER_READ = "User.Read.All"
SCORE_READ = "Score.Read.All"
HUNTING_READ = "AdvancedQuery.Read.All"
"""Of Defender for Endpoint. Documented; `Ti.Read.All` is offered by the portal only."""

POLICY_READ = "Policy.Read.All"
POLICY_WRITE = "Policy.ReadWrite.ConditionalAccess"
APPLICATION_READ = "Application.Read.All"
SECURITY_ALERT_READ = "SecurityAlert.Read.All"
SECURITY_EVENTS_READ = "SecurityEvents.Read.All"
GRAPH_HUNTING_READ = "ThreatHunting.Read.All"
"""Of Graph. Documented; `SecurityEvents.Read.All` is the one of the retired alerts."""

DEFAULT_ROLES = (
    SEE_ALL,
    MACHINE_READ,
    ALERT_READ,
    FILE_READ,
    IP_READ,
    URL_READ,
    USER_READ,
    SCORE_READ,
    HUNTING_READ,
    POLICY_READ,
    POLICY_WRITE,
    APPLICATION_READ,
    SECURITY_ALERT_READ,
    GRAPH_HUNTING_READ,
)
"""Everything that the product needs for all its jobs: documented, and for policies by the older pages."""

_GRAPH_FAMILIES = (
    "policy.",
    "application.",
    "directory.",
    "securityalert.",
    "securityevents.",
    "securityincident.",
    "threathunting.",
    "threatindicators.",
)
_FAMILIES_OF_BOTH = ("user.",)


def roles_for(roles: Sequence[str], audience: str, *, defender: Sequence[str], graph: Sequence[str]) -> list[str]:
    """The roles that a token for `audience` carries.

    Documented: those of the API that the token is for. Our choice: a role of Graph is told by its family,
    `User.Read.All` is of both (both APIs have one), every other role is Defender's; a token for any other
    audience, such as the server's own address, has all.
    """
    if audience in graph:
        return [role for role in roles if role.lower().startswith((*_GRAPH_FAMILIES, *_FAMILIES_OF_BOTH))]
    if audience in defender:
        return [role for role in roles if not role.lower().startswith(_GRAPH_FAMILIES)]
    return list(roles)


def holds(roles: Iterable[str], needed: str) -> bool:
    """Whether one of `roles` allows what `needed` does.

    Compared without case: the portal and the documentation spell some differently (`Url.Read.All`,
    `URL.Read.All`). `X.ReadWrite.All` allows what `X.Read.All` does (documented for most).
    """
    wanted = needed.lower()
    accepted = {wanted, wanted.replace(".read.", ".readwrite.")}
    return any(role.lower() in accepted for role in roles)
