"""Trying again: what is worth it, how long to wait, and when to give up."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timezone
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential, wait_random

from iocbeam.model.errors import RetryLater

from .waiting import Clock

T = TypeVar("T")

_SECONDS: Final = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_IN_WORDS: Final = re.compile(r"\btry again in (\d{1,6}) seconds?\b", re.ASCII | re.IGNORECASE)


NOTICEABLE: Final = 5.0
"""Seconds of a wait that a person should be told of."""


class Fault(RetryLater):
    """One attempt failed in a way that may pass. Never leaves this package: it is tried again or given up."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Jittered exponential waits with a deadline, all in seconds.

    Attributes:
        first_wait: doubled with every attempt up to `longest_wait`.
        jitter: up to this much is added at random, so that parallel calls do not come back together.
        deadline: no wait goes beyond this much after the first attempt. Waiting for a budget does not count.
    """

    first_wait: float = 1.0
    longest_wait: float = 60.0
    jitter: float = 1.0
    deadline: float = 300.0


def keep_trying(
    attempt: Callable[[], T],
    policy: RetryPolicy,
    *,
    clock: Clock,
    wait: Callable[[float], None],
    not_counted: Callable[[], float] = lambda: 0.0,
    on_wait: Callable[[Fault, float], None] = lambda fault, seconds: None,
) -> T:
    """Call `attempt` until it does not raise a `Fault`.

    A fault's `retry_after` is kept to; without one the wait grows exponentially.

    Args:
        not_counted: seconds spent so far that the deadline leaves out.
        on_wait: told the fault and the seconds of every wait.

    Raises:
        RetryLater: the next wait would go beyond the deadline. Whatever else `attempt` raises goes through.
    """
    started = clock()
    growing = wait_exponential(multiplier=policy.first_wait, max=policy.longest_wait) + wait_random(
        0, policy.jitter
    )
    attempts = 0

    def fault_of(state: RetryCallState) -> Fault:
        fault = state.outcome.exception() if state.outcome else None
        if not isinstance(fault, Fault):
            raise TypeError("waiting without a fault")
        return fault

    def pause(state: RetryCallState) -> float:
        return fault_of(state).retry_after or growing(state)

    def is_late(state: RetryCallState) -> bool:
        nonlocal attempts
        attempts = state.attempt_number
        return clock() - started - not_counted() + state.upcoming_sleep > policy.deadline

    def announce(state: RetryCallState) -> None:
        on_wait(fault_of(state), state.upcoming_sleep)

    try:
        return Retrying(
            retry=retry_if_exception_type(Fault),
            wait=pause,
            stop=is_late,
            sleep=wait,
            before_sleep=announce,
            reraise=True,
        )(attempt)
    except Fault as fault:
        raise RetryLater(
            f"{fault.message} Given up after {attempts} attempts.",
            retry_after=fault.retry_after,
            status=fault.status,
            attempts=attempts,
            advice=fault.advice,
        ) from None


def retry_after_seconds(headers: Mapping[str, str], now: Clock) -> float | None:
    """Seconds that an answer asks to wait; None if it does not say, or nothing usable.

    The header holds seconds or an HTTP date (RFC 9110, 10.2.3). A date is counted from the answer's own
    `Date`, so that a clock that is off here does no harm, and from `now` (epoch seconds) without one.

    Args:
        headers: names in lower case.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text) or None
    until = _http_date(text)
    if until is None:
        return None
    answered = _http_date(headers.get("date", ""))
    seconds = until - (now() if answered is None else answered)
    return seconds if seconds > 0 else None


def seconds_in_text(message: str, most: float = math.inf) -> float | None:
    """Seconds that the words of a 429 ask to wait, as in "Try again in 12 seconds"; None if they do not say.

    For services that send no Retry-After (documented for Sentinel's upload).

    Args:
        most: seconds; words that ask for more are not gone by. A text is no promise, and must not end a run.
    """
    found = _IN_WORDS.search(message)
    seconds = float(found[1]) if found else 0.0
    return seconds if 0 < seconds <= most else None


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
