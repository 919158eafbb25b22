"""Job settings: typed, checked once, then only read.

Only the command line knows options; everything below it gets these. Each class checks itself when it is
made and names the option that is wrong.
"""

from __future__ import annotations

from .checks import Called, at_least, check_unlike, one_of
from .connection import CLOUDS, FEDERATED_IDENTITIES, ConnectionSettings
from .defender import (
    ACTIONS,
    RELATED_CONTEXT,
    TLP_LABELS,
    ClassifySettings,
    DefenderJob,
    PlanPolicy,
    TenantSettings,
)
from .limits import Limits
from .run import DAY, FAIL_ON, INPUT_FORMATS, URL_WITHOUT_SCHEME, IntakeSettings, RunInfo

__all__ = [
    "ACTIONS",
    "CLOUDS",
    "DAY",
    "FAIL_ON",
    "FEDERATED_IDENTITIES",
    "INPUT_FORMATS",
    "RELATED_CONTEXT",
    "TLP_LABELS",
    "URL_WITHOUT_SCHEME",
    "Called",
    "ClassifySettings",
    "ConnectionSettings",
    "DefenderJob",
    "IntakeSettings",
    "Limits",
    "PlanPolicy",
    "RunInfo",
    "TenantSettings",
    "at_least",
    "check_unlike",
    "one_of",
]
