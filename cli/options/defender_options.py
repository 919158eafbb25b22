"""Options of Defender alone: what a record becomes there, how many rows there may be."""

from __future__ import annotations

from typing import Final

from iocbeam.model.settings import RELATED_CONTEXT, TLP_LABELS

from .limit_options import LIMITS, default_severity_option
from .option import Kind, Option

_TLP_NAMES: Final = {f"tlp:{label}": label for label in TLP_LABELS} | {"white": "clear", "tlp:white": "clear"}

ROWS: Final = "What a record becomes in Defender"

CLASSIFY_OPTIONS: Final = (
    Option(
        "action",
        Kind.ACTION,
        "What Defender does: Allow, Audit, Alert, Warn, Block, Alert and Block, Block and Remediate. One label, "
        "or file=LABEL,network=LABEL (network: addresses, domains, URLs). Put quotes around spaces.",
        ROWS,
        "LABEL",
        default_text="Audit",
    ),
    Option(
        "accept_allow",
        Kind.FLAG,
        "Permit the action Allow, which disarms every block of the same value.",
        ROWS,
        default=False,
    ),
    Option(
        "expiration_days",
        Kind.COUNT,
        "Expiry of records that bring none of their own, counted from the run.",
        ROWS,
        "DAYS",
        default=90,
        excludes="never_expire",
    ),
    Option(
        "never_expire",
        Kind.FLAG,
        "Give records that bring no expiry none.",
        ROWS,
        default=False,
    ),
    default_severity_option(ROWS),
    Option("generate_alert", Kind.FLAG, "Raise an alert also for Warn and Block.", ROWS, default=False),
    Option(
        "recommended_actions",
        Kind.TEXT,
        "Text for the analyst who handles the alert, sent with every row.",
        ROWS,
        "TEXT",
        default_text="none",
    ),
    Option(
        "related_context",
        Kind.WORDS,
        "What of the record goes into the description: descriptions, malware, adversaries; or none.",
        ROWS,
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
        ROWS,
        "|".join(TLP_LABELS),
        default="amber",
        choices=TLP_LABELS,
        aliases=_TLP_NAMES,
    ),
    Option(
        "threatq_host",
        Kind.TEXT,
        "Host of the ThreatQ that holds the records, for a link to each one's page.",
        ROWS,
        "HOST",
        default_text="that of --threatq_url; no link for another source",
    ),
    Option("max_description", Kind.COUNT, "Length of the description, in characters.", ROWS, "N", default=1_000),
    Option(
        "device_groups",
        Kind.WORDS,
        "Device groups to which the rows apply.",
        ROWS,
        "GROUP,...",
        default=(),
        default_text="all devices",
    ),
)

CAPACITY_OPTION: Final = Option(
    "capacity", Kind.COUNT, "Defender rows that the tenant may hold, of all owners.", LIMITS, "N", default=15_000
)

ADOPT_OPTION: Final = Option(
    "adopt",
    Kind.TEXTS,
    "Owners whose Defender rows are taken over where the collection wants the same value: display name, sign-in "
    "name or application id as the tenant shows it, or iocbeam:COLLECTION for another collection.",
    LIMITS,
    "OWNER...",
    default=(),
    default_text="none",
)
