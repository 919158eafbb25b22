"""What becomes of a policy, in words."""

from __future__ import annotations

from typing import Final

EFFECTS: Final = {
    "none": "none: the policy applies to no one, or to no application",
    "disabled": "disabled: the policy is turned off",
    "report_only": "report_only: the policy only logs what it would block",
    "enforced": "enforced: the policy blocks sign-ins",
}
"""Every effect of a policy with its meaning."""

NO_EFFECT: Final = "none"
"""The effect of a policy that is easily taken for protection and is none."""
