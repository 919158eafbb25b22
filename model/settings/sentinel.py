"""Settings of the Sentinel target: the workspace that the indicators go to, and the tenant it is in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ..errors import UsageError
from .checks import at_least, check_unlike
from .connection import ConnectionSettings
from .defender import ClassifySettings
from .limits import Limits
from .run import IntakeSettings, RunInfo

SENTINEL_CAPACITY: Final = 50_000
"""Indicators of one collection in a workspace, unless told otherwise. The service documents no limit; this bounds
our memory, and the time: at the documented rate so many take five minutes."""

_is_guid = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I | re.A).fullmatch
_is_group = re.compile(r"[\w().-]{0,89}[\w()-]").fullmatch
_is_workspace = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]", re.A).fullmatch


@dataclass(frozen=True, slots=True)
class SentinelWorkspace:
    """A Log Analytics workspace with Microsoft Sentinel. Both of its names are needed: uploads go to its id, and
    what it holds is read by its place in Azure.

    Attributes:
        workspace_id: GUID.
        subscription: GUID.
        resource_group, name: as Azure has them.
    """

    workspace_id: str = ""
    subscription: str = ""
    resource_group: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        for option, text, right, form in (
            ("--sentinel_workspace_id", self.workspace_id, _is_guid, "a GUID; the workspace's overview shows it"),
            ("--sentinel_subscription", self.subscription, _is_guid, "the subscription's id, a GUID"),
            ("--sentinel_resource_group", self.resource_group, _is_group, "the name of a resource group"),
            ("--sentinel_workspace", self.name, _is_workspace, "a workspace's name: 4 to 63 letters, digits or -"),
        ):
            if text and not right(text):
                raise UsageError(f"{text[:90]!r} is not {form}.", option=option)

    def require_upload(self) -> None:
        """Raise a `UsageError` when the id is missing."""
        if not self.workspace_id:
            raise UsageError(
                "is missing.",
                option="--sentinel_workspace_id",
                advice="It is the id on the overview of the Log Analytics workspace.",
            )

    def require_query(self) -> None:
        """Raise a `UsageError` that names what is missing to read the workspace."""
        for option, text in (
            ("--sentinel_subscription", self.subscription),
            ("--sentinel_resource_group", self.resource_group),
            ("--sentinel_workspace", self.name),
        ):
            if not text:
                raise UsageError(
                    "is missing.",
                    option=option,
                    advice="What the workspace holds is read by subscription, resource group and name.",
                )

    @property
    def resource(self) -> str:
        """The workspace as a path of Azure Resource Manager. Documented."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.name}"
        )


def check_no_allow(*actions: str | None) -> None:
    """Raise a `UsageError` when one of the actions is Allow, whatever family it is for."""
    if "Allow" in actions:
        raise UsageError(
            "Allow says that values are harmless, and what Sentinel is sent counts there as malicious.",
            option="--action",
            advice="Leave sentinel out of --targets for this collection, or give another action.",
        )


@dataclass(frozen=True, slots=True)
class SentinelTenantSettings:
    """One tenant of a job that writes to Sentinel. With a login all of the workspace is needed: what it holds is
    read before anything is written.

    Attributes:
        alias: a person's name for it; the tenant id when none was given.
        classify: how an indicator is described, and the default expiry. No action may be Allow: what is uploaded
            counts as malicious. Else they are not looked at.
        limits: what a run may change.
        capacity: indicators of the collection that the workspace may hold.
        never_block: files with values that must never be blocked.
        notices: what a person should know of how the options were read, shown with the plan.
    """

    alias: str
    connection: ConnectionSettings
    workspace: SentinelWorkspace
    classify: ClassifySettings
    limits: Limits
    capacity: int = SENTINEL_CAPACITY
    never_block: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        at_least(self.capacity, 1, "--sentinel_capacity")
        check_no_allow(self.classify.file_action, self.classify.network_action)
        if self.connection.has_login:
            self.workspace.require_upload()
            self.workspace.require_query()

    @property
    def tenant_id(self) -> str:
        """The tenant's id, or its alias where a dry run was given no id."""
        return self.connection.tenant_id or self.alias


@dataclass(frozen=True, slots=True)
class SentinelJob:
    """Everything that the Sentinel target of `pipelines.sync` needs.

    Attributes:
        output: directory for dead letters, outcomes, plan and summary.
    """

    run: RunInfo
    intake: IntakeSettings
    tenants: tuple[SentinelTenantSettings, ...]
    output: str

    def __post_init__(self) -> None:
        check_unlike(self.tenants)
        named: dict[str, str] = {}
        for tenant in self.tenants:
            workspace_id = tenant.workspace.workspace_id.lower()
            other = named.setdefault(workspace_id, tenant.alias) if workspace_id else tenant.alias
            if other != tenant.alias:
                raise UsageError(
                    f"tenants {other} and {tenant.alias} name the same workspace, {workspace_id}.",
                    option="--sentinel_workspace_id",
                    advice="Give each its own, or leave one of them out: each would undo what the other does.",
                )
