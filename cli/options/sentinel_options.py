"""Options of Sentinel alone, and the one that names the targets."""

from __future__ import annotations

from typing import Final

from iocbeam.model.settings.sentinel import SENTINEL_CAPACITY
from iocbeam.model.settings.sync import DEFAULT_TARGETS, TARGETS

from .limit_options import LIMITS
from .option import Kind, Option

_RUN = "Run"
_TENANT = "Tenant and login"
_SENTINEL = "Sentinel workspace"

TARGETS_OPTION: Final = Option(
    "targets",
    Kind.WORDS,
    "What the collection is written to: defender, entra, sentinel. What another one needs is not needed then.",
    _RUN,
    "TARGET,...",
    default=DEFAULT_TARGETS,
    choices=TARGETS,
    aliases={"Microsoft Sentinel": "sentinel", "Azure Sentinel": "sentinel", "mde": "defender"},
)

SENTINEL_ACCESS: Final = (
    Option("sentinel_url", Kind.TEXT, "Another host of Sentinel's upload; /workspaces/ID is appended.", _TENANT,
           "URL", default_text="the cloud's"),
    Option("arm_url", Kind.TEXT, "Another host of Azure Resource Manager; /subscriptions/ID is appended.", _TENANT,
           "URL", default_text="the cloud's"),
    Option("arm_scope", Kind.TEXT, "Another token scope for Sentinel's upload and Azure Resource Manager. It "
           "never follows from a URL.", _TENANT, "SCOPE", default_text="the cloud's"),
)  # fmt: skip

WORKSPACE_OPTIONS: Final = (
    Option("sentinel_workspace_id", Kind.ID, "Id of the Log Analytics workspace, to which is uploaded.",
           _SENTINEL, "GUID", default_text="none; needed for Sentinel"),
    Option("sentinel_subscription", Kind.ID, "Id of the workspace's subscription. What the workspace holds is "
           "read by subscription, resource group and name.", _SENTINEL, "GUID",
           default_text="none; needed for Sentinel"),
    Option("sentinel_resource_group", Kind.TEXT, "Name of the workspace's resource group.", _SENTINEL, "NAME",
           default_text="none; needed for Sentinel"),
    Option("sentinel_workspace", Kind.TEXT, "Name of the workspace.", _SENTINEL, "NAME",
           default_text="none; needed for Sentinel"),
)  # fmt: skip

SENTINEL_CAPACITY_OPTION: Final = Option(
    "sentinel_capacity",
    Kind.COUNT,
    "Indicators of the collection that the workspace may hold; the best of them are kept.",
    LIMITS,
    "N",
    default=SENTINEL_CAPACITY,
)
