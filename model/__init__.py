"""The model: what all other packages speak of. No Beam, no HTTP.

Everywhere `tenant_id` is the service's id of a tenant and `alias` a person's name for it; `outcome`, `reason`,
`message` and `key` are those of `Ended`; `type` is the indicator's. Times are epoch seconds, UTC.
"""

from .dead_letter import DEAD_LETTER_SCHEMA, OUTCOME_SCHEMA, DeadLetter
from .indicator import INDICATOR_TYPES, Indicator
from .outcome import OUTCOMES, REASONS, Ended, OutcomeRow, Reason, Tally, ended, filtered
from .plan import Change, DefenderPlan, DefenderRow, PlannedEnd, Withdrawal, WriteReport
from .record import ReadReport, Record
from .settings import (
    ClassifySettings,
    ConnectionSettings,
    DefenderJob,
    IntakeSettings,
    PlanPolicy,
    RunInfo,
    TenantSettings,
)

__all__ = [
    "DEAD_LETTER_SCHEMA",
    "INDICATOR_TYPES",
    "OUTCOMES",
    "OUTCOME_SCHEMA",
    "REASONS",
    "Change",
    "ClassifySettings",
    "ConnectionSettings",
    "DeadLetter",
    "DefenderJob",
    "DefenderPlan",
    "DefenderRow",
    "Ended",
    "Indicator",
    "IntakeSettings",
    "OutcomeRow",
    "PlanPolicy",
    "PlannedEnd",
    "ReadReport",
    "Reason",
    "Record",
    "RunInfo",
    "Tally",
    "TenantSettings",
    "Withdrawal",
    "WriteReport",
    "ended",
    "filtered",
]
