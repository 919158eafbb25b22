"""The Defender job: its tenants, what a record becomes there, and what a plan may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..errors import UsageError
from ..indicator import SEVERITIES
from .checks import at_least, check_unlike, one_of
from .connection import ConnectionSettings
from .limits import Limits
from .run import IntakeSettings, RunInfo

ACTIONS: Final = (
    "Allow",
    "Audit",
    "Alert",
    "Warn",
    "Block",
    "Alert and Block",
    "Block and Remediate",
)
"""The field's labels, from the mildest to the hardest."""

RELATED_CONTEXT: Final = ("descriptions", "malware", "adversaries")

TLP_LABELS: Final = ("clear", "green", "amber", "amber+strict", "red")
"""From the freest to the strictest."""


@dataclass(frozen=True, slots=True)
class ClassifySettings:
    """How an indicator becomes a row of Defender.

    Attributes:
        file_action, network_action: one of `ACTIONS`.
        default_severity: for indicators that bring none.
        generate_alert: whether Warn and Block raise alerts; Audit always does.
        related_context: which of `RELATED_CONTEXT` go into the description.
        max_tlp: strictest marking whose context may leave; above it the description is the lead line alone.
        details_host: ThreatQ host for the link to an indicator's page; empty for no link.
        max_description: characters.
        accept_allow: whether `Allow` may be used; an allowed value disarms blocks.
        collection: named in the lead line.
        expiration_days: expiry of records that bring none of their own; None is never.

    Raises:
        UsageError: a value is none of its choices or out of range, or the action is not for this family or needs
            `accept_allow`.
    """

    file_action: str = "Audit"
    network_action: str = "Audit"
    default_severity: str = "Medium"
    generate_alert: bool = False
    related_context: tuple[str, ...] = RELATED_CONTEXT
    max_tlp: str = "amber"
    details_host: str = ""
    max_description: int = 1_000
    accept_allow: bool = False
    collection: str = ""
    expiration_days: int | None = 90

    def __post_init__(self) -> None:
        for action in (self.file_action, self.network_action):
            one_of(action, ACTIONS, "--action")
        if "Allow" in (self.file_action, self.network_action) and not self.accept_allow:
            raise UsageError(
                "Allow disarms every block of the same value, also those of other owners.",
                option="--action",
                advice="Add --accept_allow if that is meant.",
            )
        one_of(self.default_severity, SEVERITIES, "--default_severity")
        for name in self.related_context:
            one_of(name, RELATED_CONTEXT, "--related_context")
        one_of(self.max_tlp, TLP_LABELS, "--max_tlp")
        if not 100 <= self.max_description <= 4_000:
            raise UsageError("must be from 100 to 4000.", option="--max_description")
        if self.expiration_days is not None:
            at_least(self.expiration_days, 1, "--expiration_days")
        if self.network_action == "Block and Remediate":
            raise UsageError(
                "Block and Remediate is for files only.",
                option="--action",
                advice="Give network=Block beside it.",
            )


@dataclass(frozen=True, slots=True)
class PlanPolicy(Limits):
    """What `planning.defender.plan` may do.

    Attributes:
        capacity: rows that the tenant may hold, of all owners.
        adopt: owners whose rows are taken over where the collection wants the same value: a display name, a
            sign-in name or an application id as the tenant's list shows it, or `iocbeam:COLLECTION`.
        recommended_actions, device_groups: sent with every row; no group means all devices.
    """

    capacity: int = 15_000
    adopt: tuple[str, ...] = ()
    recommended_actions: str = ""
    device_groups: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Written out: slots make a new class, which `super()` without arguments does not know.
        Limits.__post_init__(self)
        at_least(self.capacity, 1, "--capacity")


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """One tenant of a job.

    Attributes:
        alias: a person's name for it; the tenant id when none was given.
        never_block: files with values that must never be blocked.
        notices: what a person should know of how the options were read, shown with the plan.
    """

    alias: str
    connection: ConnectionSettings
    classify: ClassifySettings
    policy: PlanPolicy
    never_block: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def tenant_id(self) -> str:
        """The tenant's id, or its alias where a dry run was given no id."""
        return self.connection.tenant_id or self.alias


@dataclass(frozen=True, slots=True)
class DefenderJob:
    """Everything that `pipelines.defender` needs.

    Attributes:
        output: directory for dead letters, outcomes, plan and summary.
    """

    run: RunInfo
    intake: IntakeSettings
    tenants: tuple[TenantSettings, ...]
    output: str

    def __post_init__(self) -> None:
        check_unlike(self.tenants)
