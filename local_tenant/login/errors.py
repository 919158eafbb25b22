"""A refusal of the login service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class LoginError(Exception):
    """A refusal of the login service: HTTP status, OAuth error, AADSTS number and text."""

    status: int
    error: str
    number: int
    text: str


def assertion_error(number: int, text: str) -> LoginError:
    """The refusal of an assertion that does not prove who the app is."""
    return LoginError(401, "invalid_client", number, text)
