"""The option tables of the jobs, in the order in which help shows them."""

from __future__ import annotations

from typing import Final

from iocbeam.model.indicator import SEVERITIES
from iocbeam.model.settings import RELATED_CONTEXT, TLP_LABELS

from .job_options import (
    COLLECTION_OPTION,
    COMMON,
    CONNECTION_OPTIONS,
    INPUT_OPTIONS,
    INTAKE_OPTIONS,
    LOGIN_OPTIONS,
    RUN_OPTIONS,
    TENANTS_OPTION,
)
from .option import Kind, Option

_TLP_NAMES: Final = {f"tlp:{label}": label for label in TLP_LABELS} | {"white": "clear", "tlp:white": "clear"}

_ROWS = "What a record becomes in Defender"
_LIMITS = "Limits and guards"

_CLASSIFY: Final = (
    Option(
        "action",
        Kind.ACTION,
        "What Defender does: Allow, Audit, Alert, Warn, Block, Alert and Block, Block and Remediate. One label, "
        "or file=LABEL,network=LABEL (network: addresses, domains, URLs). Put quotes around spaces.",
        _ROWS,
        "LABEL",
        default_text="Audit",
    ),
    Option(
        "accept_allow",
        Kind.FLAG,
        "Permit the action Allow, which disarms every block of the same value.",
        _ROWS,
        default=False,
    ),
    Option(
        "expiration_days",
        Kind.COUNT,
        "Expiry of records that bring none of their own, counted from the run.",
        _ROWS,
        "DAYS",
        default=90,
        excludes="never_expire",
    ),
    Option(
        "never_expire",
        Kind.FLAG,
        "Give records that bring no expiry none.",
        _ROWS,
        default=False,
    ),
    Option(
        "default_severity",
        Kind.CHOICE,
        "Severity of records that bring none that we know.",
        _ROWS,
        "|".join(SEVERITIES),
        default="Medium",
        choices=SEVERITIES,
        aliases={"info": "Informational"},
    ),
    Option("generate_alert", Kind.FLAG, "Raise an alert also for Warn and Block.", _ROWS, default=False),
    Option(
        "recommended_actions",
        Kind.TEXT,
        "Text for the analyst who handles the alert, sent with every row.",
        _ROWS,
        "TEXT",
        default_text="none",
    ),
    Option(
        "related_context",
        Kind.WORDS,
        "What of the record goes into the description: descriptions, malware, adversaries; or none.",
        _ROWS,
        "WORD,...",
        default=RELATED_CONTEXT,
        choices=RELATED_CONTEXT,
        aliases={"description": "descriptions", "adversary": "adversaries"},
        none_word="none",
    ),
    Option(
        "max_tlp",
        Kind.CHOICE,
        "Strictest TLP marking whose context may leave; above it the description is one bare line.",
        _ROWS,
        "|".join(TLP_LABELS),
        default="amber",
        choices=TLP_LABELS,
        aliases=_TLP_NAMES,
    ),
    Option(
        "threatq_host",
        Kind.TEXT,
        "Host of the ThreatQ that holds the records, for a link to each one's page.",
        _ROWS,
        "HOST",
        default_text="no link",
    ),
    Option("max_description", Kind.COUNT, "Length of the description, in characters.", _ROWS, "N", default=1_000),
    Option(
        "device_groups",
        Kind.WORDS,
        "Device groups to which the rows apply.",
        _ROWS,
        "GROUP,...",
        default=(),
        default_text="all devices",
    ),
)

_GUARDS: Final = (
    Option(
        "never_block",
        Kind.TEXTS,
        "Files with values that must never be blocked, beside the built-in list: text, CSV, MISP warning-list "
        "JSON.",
        _LIMITS,
        "FILE...",
        default=(),
        default_text="the built-in list only",
    ),
    Option("capacity", Kind.COUNT, "Rows that the tenant may hold, of all owners.", _LIMITS, "N", default=15_000),
    Option(
        "objects_per_run",
        Kind.COUNT,
        "Most rows to create or update in one run; the rest are deferred.",
        _LIMITS,
        "N",
        default_text="no limit",
    ),
    Option(
        "withdraw",
        Kind.FLAG,
        "Delete rows of ours that the collection no longer holds.",
        _LIMITS,
        default=True,
        negatable=True,
    ),
    Option(
        "max_withdraw_percent",
        Kind.COUNT,
        "When the rows of ours that the collection no longer holds are more than this percentage, none of them is "
        "deleted and the exit status is 4.",
        _LIMITS,
        "PERCENT",
        default=20,
    ),
    Option(
        "withdraw_floor",
        Kind.COUNT,
        "Up to this many withdrawals the percentage does not matter.",
        _LIMITS,
        "N",
        default=50,
    ),
    Option(
        "max_rejected_percent",
        Kind.COUNT,
        "When more of the records than this are rejected, the read counts as bad: nothing that is absent from it "
        "is withdrawn, and the exit status is 3.",
        _LIMITS,
        "PERCENT",
        default=50,
    ),
    Option(
        "adopt",
        Kind.TEXTS,
        "Owners whose rows are taken over where the collection wants the same value: display name, sign-in name "
        "or application id as the tenant shows it, or iocbeam:COLLECTION for another collection.",
        _LIMITS,
        "OWNER...",
        default=(),
        default_text="none",
    ),
)

TENANT: Final = (*LOGIN_OPTIONS, *CONNECTION_OPTIONS, *_CLASSIFY, *_GUARDS)
"""What each tenant of a job may have for itself."""

_AFTER_INPUT: Final = (
    *INTAKE_OPTIONS,
    *TENANT,
    TENANTS_OPTION,
    *RUN_OPTIONS,
    *COMMON,
)

DEFENDER: Final = (COLLECTION_OPTION, *INPUT_OPTIONS, *_AFTER_INPUT)
REPLAY: Final = (COLLECTION_OPTION, *_AFTER_INPUT)
