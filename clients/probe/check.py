"""What a test of a connection finds out, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

OK: Final = "ok"
REMARK: Final = "remark"
WARNING: Final = "warning"
FAILED: Final = "failed"
NOT_TRIED: Final = "not tried"

STATES: Final = (OK, REMARK, WARNING, FAILED, NOT_TRIED)
"""As it should be · works, and a person may want to know · works in part, or could not be looked at · does not
work · left out, since something before it failed."""

LOGIN: Final = "login"
AUDIENCE: Final = "audience"
TENANT: Final = "tenant"
APP: Final = "app"
EXPIRY: Final = "expiry"
CONSENT: Final = "consent"
ROLE: Final = "role"
NEEDLESS: Final = "needless roles"
READ: Final = "read"

CHECKS: Final = (LOGIN, AUDIENCE, TENANT, APP, EXPIRY, CONSENT, ROLE, NEEDLESS, READ)
"""What is looked at, in this order: whether a new token is given; whom it is for, four times; whether the app was
given any permission, and each that is needed; what it could do without; and a read."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        api: one of `iocbeam.model.permissions.APIS`.
        check: one of `CHECKS`.
        subject: what exactly: the scope, the role, the call.
        state: one of `STATES`.
        message: what was found, for a person. Never a secret or a token.
        advice: what to do; empty where nothing is to be done.
        code: what was found, for a program: an error's own code (`AADSTS7000215`, `DisabledFeature`), an HTTP
            status, or a word of ours (`role_missing`); empty where all is well.
        jobs: the jobs that it concerns.
    """

    api: str
    check: str
    subject: str
    state: str
    message: str = ""
    advice: str = ""
    code: str = ""
    jobs: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it is in nobody's way."""
        return self.state not in (FAILED, NOT_TRIED)
