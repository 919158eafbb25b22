"""One cheap read of a service, and what its answer means."""

from __future__ import annotations

from typing import Final, NamedTuple

from iocbeam.model.errors import RetryLater, Stop
from iocbeam.model.permissions import (
    APIS,
    SENTINEL,
    SENTINEL_CONTRIBUTOR,
    SENTINEL_READER,
    ApiCall,
    listed,
)

from ..http.edge import bearer
from ..http.retry import Fault, RetryPolicy, keep_trying
from ..http.service_words import service_words
from ..http.transport import Response, Transport
from ..http.user_agent import USER_AGENT
from ..http.waiting import Clock, Sleep
from .check import FAILED, OK, READ, Check

_MACHINES: Final = "/api/machines"
_MACHINES_ADVICE: Final = " If it lasts: some pages name Machine.ReadWrite.All alone for this call."
_SHOWN: Final = 300
"""Characters of a service's own words."""


class Read(NamedTuple):
    """A call to try.

    Attributes:
        path: the call's path with its values filled in.
        jobs: those that make the call.
    """

    call: ApiCall
    path: str
    jobs: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """As it is shown."""
        return f"{self.call.method} {self.path}?{self.call.probe}"


class Reader:
    """Tries calls of one service.

    Args:
        url: scheme, host and port.
        transport: must not be able to write.
        token: of the service.
        roles: those that the token names; None where it cannot be read.
        options: the options that could name another host or scope, for advice.
        retry: of each call; a 429 is not waited for.
    """

    def __init__(
        self,
        url: str,
        transport: Transport,
        token: str,
        roles: tuple[str, ...] | None,
        *,
        options: str,
        retry: RetryPolicy,
        clock: Clock,
        sleep: Sleep,
    ) -> None:
        self._url = url
        self._transport = transport
        self._token = token
        self._roles = roles
        self._options = options
        self._retry = retry
        self._clock = clock
        self._sleep = sleep

    def read(self, read: Read) -> Check:
        """Make the call; what came of it."""
        try:
            response = keep_trying(lambda: self._send(read), self._retry, clock=self._clock, wait=self._sleep)
        except RetryLater as error:
            return _check(read, FAILED, error.message, error.advice, str(error.status or "no_answer"))
        except Stop as error:
            advice = f"{error.option}: {error.advice}" if error.option else error.advice or ""
            return _check(read, FAILED, error.message, advice, "cannot_call")
        return self._judge(read, response)

    def _send(self, read: Read) -> Response:
        name, _, value = read.call.probe.partition("=")
        headers = {**bearer(self._token), "Accept": "application/json", "User-Agent": USER_AGENT}
        response = self._transport.send(read.call.method, self._url + read.path, headers, {name: value}, None)
        if response.status == 408 or response.status >= 500:
            what = f"{read.call.method} {read.path}: the service answered {response.status}."
            raise Fault(what, status=response.status)
        return response

    def _judge(self, read: Read, response: Response) -> Check:
        status = response.status
        if 200 <= status < 300:
            return _check(read, OK, "answers")
        if status == 429:
            return _check(read, OK, "429: reachable, and at its rate limit at the moment", code="429")
        words = service_words(response, self._token)
        code = words.code or str(status)
        said = f"{status} {words.code}: {words.message}" if words.code else f"{status}, {words.message}"
        said = said[:_SHOWN]
        if status == 401:
            return _check(
                read,
                FAILED,
                f"the token is refused ({said})",
                f"It is for another service or cloud, or its tenant is in another one: check {self._options}.",
                code,
            )
        if status == 403:
            return self._forbidden(read, code, said)
        if status == 404 and read.path == _MACHINES and words.code:
            # Documented: without any recent machine the list is not found.
            return _check(read, OK, "404: empty, no machine has reported lately", code="404")
        if status == 404 and words.code and read.call.api == SENTINEL:
            return _check(
                read,
                FAILED,
                f"there is no such workspace, or the app may not see it ({said})",
                "Check --sentinel_subscription, --sentinel_resource_group and --sentinel_workspace, and the app's "
                "role there.",
                code,
            )
        if 300 <= status < 400 or (status == 404 and not words.code):
            return _check(
                read, FAILED, f"the service is not at {self._url} ({said})", f"Check {self._options}.", code
            )
        return _check(read, FAILED, f"refused ({said})", "", code)

    def _forbidden(self, read: Read, code: str, said: str) -> Check:
        if code == "DisabledFeature":
            return _check(
                read,
                FAILED,
                f"the feature is off in this tenant, or not licensed ({said})",
                "Turn it on in the Defender portal's settings, and check the tenant's licences.",
                code,
            )
        needs, api = listed(read.call.needs), APIS[read.call.api]
        if read.call.api == SENTINEL:
            return _check(
                read,
                FAILED,
                f"the app has no role on the workspace ({said})",
                f"Assign it {SENTINEL_CONTRIBUTOR} there (Access control), or {SENTINEL_READER} if it is only to "
                "read; it can take some minutes.",
                code,
            )
        if self._roles is not None and not read.call.allowed(self._roles):
            # What to do about it is said where the token's roles are looked at.
            return _check(read, FAILED, f"the role is not granted ({said})", "", code)
        if self._roles is not None:
            return _check(
                read,
                FAILED,
                f"refused, though the token names {needs} ({said})",
                "A new consent can take some minutes to arrive here. Check also the tenant's licences."
                + (_MACHINES_ADVICE if read.path == _MACHINES else ""),
                code,
            )
        return _check(
            read,
            FAILED,
            f"refused, and the token's roles are not known ({said})",
            f"Needed: {needs} of {api}, as an application permission with admin consent; a new consent can take "
            "some minutes.",
            code,
        )


def _check(read: Read, state: str, message: str, advice: str = "", code: str = "") -> Check:
    return Check(read.call.api, READ, read.subject, state, message, advice, code, read.jobs)
