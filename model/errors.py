"""One exception tree, by consequence: stop, retry, dead letter, skip.

Every error that iocbeam raises on purpose is one of these, so that whoever catches it knows what to do
without reading its text.
"""

from __future__ import annotations

from collections.abc import Iterator

_VERBS = ("is ", "must ", "needs ", "names ")


class IocbeamError(Exception):
    """Root of the tree."""


class Stop(IocbeamError):
    """Nothing of this kind can succeed until a person changes something.

    Args:
        message: what happened and to what.
        option: the option that it is about, for example `--client_secret`.
        advice: what to do next.
    """

    def __init__(self, message: str, *, option: str | None = None, advice: str | None = None) -> None:
        super().__init__(message, option, advice)
        self.message = message
        self.option = option
        self.advice = advice

    def __str__(self) -> str:
        text = self.message
        if self.option:
            # `--collection is missing.` is one sentence, `--input: feed.jsonl: no such file.` is not.
            text = f"{self.option} {text}" if text.startswith(_VERBS) else f"{self.option}: {text}"
        return f"{text} {self.advice}" if self.advice else text

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_stop, (type(self), self.message, self.option, self.advice))


def _rebuild_stop(kind: type[Stop], message: str, option: str | None, advice: str | None) -> Stop:
    return kind(message, option=option, advice=advice)


class UsageError(Stop):
    """An option is missing, unknown or has a value that it cannot have. Exit status 2."""


class ConfigurationError(Stop):
    """A file, secret or host that an option names is not there or not usable. Exit status 1."""


class AuthenticationError(Stop):
    """The login service refused the credentials."""


class PermissionDenied(Stop):
    """The token lacks the role that this call needs, or the feature is off in the tenant."""


class RetryLater(IocbeamError):
    """The service could not answer this time; the same call may succeed later.

    Args:
        message: what happened.
        retry_after: seconds that the service asked us to wait, when it did.
        status: HTTP status, when there was an answer.
        attempts: how often the call was made before it was given up.
        advice: what a person can look at, where it is known.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        attempts: int = 1,
        advice: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after
        self.status = status
        self.attempts = attempts
        self.advice = advice


class Unanswered(RetryLater):
    """A request that must not be made twice got no usable answer: whether it was done is not known. Look first."""


class Refused(IocbeamError):
    """The service understood the request and refuses it as it is: dead letter.

    Args:
        message: the service's own words.
        code: the service's error code, for example `InvalidInput`.
        status: HTTP status.
    """

    def __init__(self, message: str, *, code: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


class RunFailed(IocbeamError):
    """The run came to its end and wrote its summary; `--fail_on` asks that its job counts as failed."""


class Gone(IocbeamError):
    """What should have been changed or deleted is not there any more: skip."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came of, outermost first; without what was left out on purpose (`from None`)."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
