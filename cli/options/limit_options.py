"""Options that bound what a run may change in a tenant, whatever the target."""

from __future__ import annotations

from typing import Final

from iocbeam.model.indicator import SEVERITIES

from .option import Kind, Option

LIMITS: Final = "Limits and guards"

NEVER_BLOCK_OPTION: Final = Option(
    "never_block",
    Kind.TEXTS,
    "Files with values that must never be blocked, beside the built-in list: text, CSV, MISP warning-list JSON.",
    LIMITS,
    "FILE...",
    default=(),
    default_text="the built-in list only",
)

MAX_REJECTED_OPTION: Final = Option(
    "max_rejected_percent",
    Kind.COUNT,
    "When more of the records than this are rejected, the read counts as bad: nothing that is absent from "
    "it is withdrawn, and the exit status is 3.",
    LIMITS,
    "PERCENT",
    default=50,
)


def default_severity_option(group: str, more: str = "") -> Option:
    """The option for the severity of records without one.

    Args:
        group: heading in help.
        more: what the job uses it for, where that does not go without saying.
    """
    return Option(
        "default_severity",
        Kind.CHOICE,
        f"Severity of records that bring none that we know.{more}",
        group,
        "|".join(SEVERITIES),
        default="Medium",
        choices=SEVERITIES,
        aliases={"info": "Informational"},
    )


def change_limits(things: str) -> tuple[Option, ...]:
    """The options that bound creates, updates and withdrawals.

    Args:
        things: what is ours in a tenant: `rows`, `ranges`.
    """
    return (
        Option(
            "objects_per_run",
            Kind.COUNT,
            "Most records to create or update in one run; the rest are deferred.",
            LIMITS,
            "N",
            default_text="no limit",
        ),
        Option(
            "withdraw",
            Kind.FLAG,
            f"Delete {things} of ours that the collection no longer holds.",
            LIMITS,
            default=True,
            negatable=True,
        ),
        Option(
            "max_withdraw_percent",
            Kind.COUNT,
            f"When the {things} of ours that the collection no longer holds are more than this percentage, none "
            "of them is deleted and the exit status is 4.",
            LIMITS,
            "PERCENT",
            default=20,
        ),
        Option(
            "withdraw_floor",
            Kind.COUNT,
            "Up to this many withdrawals the percentage does not matter.",
            LIMITS,
            "N",
            default=50,
        ),
        MAX_REJECTED_OPTION,
    )
