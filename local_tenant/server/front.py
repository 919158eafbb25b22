"""The front of the server: picks the service, lets scripted faults strike, keeps the log."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any, Protocol

import orjson
from werkzeug.wrappers import Request, Response

from ..defender.api_errors import JSON_TYPE, json_response
from ..login.tokens import claimed_tenant
from .call import Call
from .faults import Answer, Faults
from .request_log import LoggedRequest, RequestLog
from .transport import ConnectionDropped

_logger = logging.getLogger(__name__)


class Service(Protocol):
    """One of the services behind the front."""

    def __call__(self, call: Call) -> Response: ...

    def error(self, status: int) -> Response: ...


class Front:
    """`mounts` gives the services by the first segment of their paths; all other paths are login's."""

    def __init__(
        self,
        login: Service,
        mounts: Mapping[str, Service],
        faults: Faults,
        log: RequestLog,
        stopping: Event,
        *,
        keep_bodies: bool,
    ) -> None:
        self._login = login
        self._mounts = mounts
        self._faults = faults
        self._log = log
        self._stopping = stopping
        self._keep_bodies = keep_bodies

    def __call__(self, request: Request) -> Response:
        started, timer = time.time(), time.monotonic()
        segment = request.path.split("/")[1] if "/" in request.path else ""
        service = self._mounts.get(segment, self._login)
        is_login = service is self._login
        bearer = _bearer(request)
        tenant_id = segment.lower() if is_login else claimed_tenant(bearer)
        effects = self._faults.strike(request.method, request.path, tenant_id)
        call = Call(request, tenant_id, effects)
        status = 0
        try:
            response = self._answer(call, service)
            status = response.status_code
            return response
        finally:
            # Logged before the answer leaves, so that a test that has it finds it in the log.
            self._log.add(
                LoggedRequest(
                    method=request.method,
                    path=request.path,
                    query=request.query_string.decode("latin-1"),
                    status=status,
                    time=started,
                    seconds=time.monotonic() - timer,
                    items=0 if is_login else call.items,
                    tenant_id=tenant_id,
                    user_agent=request.headers.get("User-Agent", ""),
                    body=request.get_data() if self._keep_bodies and not is_login else None,
                    token=hashlib.sha256(bearer.encode()).hexdigest()[:12] if bearer else "",
                )
            )

    def _answer(self, call: Call, service: Service) -> Response:
        effects = call.effects
        if effects.delay:
            self._stopping.wait(effects.delay)
        try:
            effects.meanwhile()
            if effects.drop_before:
                raise ConnectionDropped
            instead = effects.answer(after_commit=False)
            if instead is not None:
                return _scripted(instead, service)
            response = _edited(service(call), effects.edits())
        except ConnectionDropped:
            raise
        except Exception:
            _logger.exception("%s %s failed", call.request.method, call.request.path)
            response = service.error(500)
        if effects.drop_after:
            raise ConnectionDropped
        instead = effects.answer(after_commit=True)
        if instead is not None:
            response = _scripted(instead, service)
        if effects.cut_off is not None:
            raise ConnectionDropped(response, effects.cut_off)
        return response


def _bearer(request: Request) -> str:
    return request.headers.get("Authorization", "").partition(" ")[2]


def _edited(response: Response, changes: Sequence[Callable[[Any], Any]]) -> Response:
    if not (200 <= response.status_code < 300 and response.get_data()):
        return response
    for change in changes:
        response.set_data(orjson.dumps(change(orjson.loads(response.get_data()))))
    return response


def _scripted(answer: Answer, service: Service) -> Response:
    if answer.body is None:
        response = service.error(answer.status)
    elif isinstance(answer.body, (bytes, str)):
        response = Response(answer.body, answer.status, content_type=JSON_TYPE)
    else:
        response = json_response(answer.body, answer.status)
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response
