"""The upload of STIX objects to a Microsoft Sentinel workspace."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from iocbeam.model.errors import ConfigurationError, Gone
from iocbeam.model.permissions import SENTINEL_CONTRIBUTOR
from iocbeam.model.settings import ConnectionSettings
from iocbeam.model.settings.sentinel import SentinelWorkspace

from ..connect import open_edge
from ..http.budget import Budget, Rate
from ..http.edge import Edge, NotDocumented
from ..http.retry import RetryPolicy
from ..http.service_client import ServiceClient
from ..http.waiting import Clock, Sleep
from ..login.clouds import endpoints

MAX_UPLOAD: Final = 100
"""STIX objects in an upload. Documented."""

UPLOAD_VERSION: Final = "2024-02-01-preview"

NEEDED_TO_UPLOAD: Final = f"the Azure role {SENTINEL_CONTRIBUTOR} on the workspace, assigned to the app"
"""Documented. Nothing of it shows in a token."""

UploadErrors = dict[int, tuple[str, ...]]
"""What is wrong with objects of an upload, by their places in it; an object that is not there was taken."""

_COUNTED_AS: Final = "/workspaces/{id}/threat-intelligence-stix-objects:upload"


class SentinelClient(ServiceClient):
    """Uploads to one workspace. Thread-safe; does not pickle, so build it where it is used.

    Args:
        edge: of the upload's host.
        workspace_id: GUID.
        budget: default: the documented rate, by the real clock.
    """

    def __init__(self, edge: Edge, workspace_id: str, budget: Budget | None = None) -> None:
        super().__init__(edge)
        self._workspace_id = workspace_id
        self._budget = budget or documented_uploads()

    def upload(self, source: str, objects: Sequence[Mapping[str, Any]]) -> UploadErrors:
        """Create or update STIX objects; both are one operation, and it may be repeated without harm.

        Args:
            source: whose they are; `Microsoft Sentinel` is reserved.
            objects: at most 100.

        Returns:
            What is wrong with some of them, by place. Documented: 200 with an empty body when all were taken, else
            200 with `{"errors": [{"recordIndex", "errorMessages"}]}`.

        Raises:
            ValueError: more than 100.
            ConfigurationError: there is no such workspace.
            Refused: the whole request; one object may be to blame for it.
            Stop, RetryLater: as `Edge.request`.
        """
        if len(objects) > MAX_UPLOAD:
            raise ValueError(f"at most {MAX_UPLOAD} in an upload, not {len(objects)}")
        if not objects:
            return {}
        try:
            errors: UploadErrors = self._edge.request(
                "POST",
                f"/workspaces/{self._workspace_id}/threat-intelligence-stix-objects:upload",
                params={"api-version": UPLOAD_VERSION},
                json={"sourcesystem": source, "stixobjects": list(objects)},
                budget=self._budget,
                shape=lambda body: upload_answer(body, len(objects)),
                gone=True,
                counted_as=_COUNTED_AS,
            )
        except Gone as error:
            raise no_workspace(error, "--sentinel_workspace_id") from error
        return errors


def upload_answer(body: Any, count: int) -> UploadErrors:
    """The errors in the answer to an upload of `count` objects.

    Raises:
        NotDocumented: it is anything but an empty body, or a list of errors that name objects of the upload.
    """
    if body is None:
        return {}
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        raise NotDocumented("the body has no list of errors")
    found: UploadErrors = {}
    for error in errors:
        index = error.get("recordIndex") if isinstance(error, dict) else None
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < count:
            raise NotDocumented("an error names no object of the upload")
        texts = error.get("errorMessages")
        words = tuple(text for text in texts if isinstance(text, str)) if isinstance(texts, list) else ()
        found[index] = (*found.get(index, ()), *words)
    return found


def documented_uploads(
    *, clock: Clock = time.monotonic, sleep: Sleep = time.sleep, cancel: threading.Event | None = None
) -> Budget:
    """100 uploads a minute. Documented."""
    return Budget(Rate(100, 60.0), clock=clock, sleep=sleep, cancel=cancel)


def connect_sentinel(
    connection: ConnectionSettings,
    workspace: SentinelWorkspace,
    *,
    dry_run: bool,
    clock: Clock = time.monotonic,
    sleep: Sleep = time.sleep,
    retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
    cancel: threading.Event | None = None,
    budget: Budget | None = None,
) -> SentinelClient:
    """A client that uploads to a workspace; it needs the workspace's id and nothing else of it.

    Args, Raises: as `connect_defender`.
    """
    workspace.require_upload()
    points = endpoints(connection)
    edge = open_edge(
        connection,
        points.sentinel_url,
        points.arm_scope,
        NEEDED_TO_UPLOAD,
        dry_run=dry_run,
        clock=clock,
        sleep=sleep,
        retry=retry,
        cancel=cancel,
        # Documented answers have no 403: an app without the role is told 401.
        advice=f"Needed: {NEEDED_TO_UPLOAD}. If it is there, check --cloud and --arm_scope.",
    )
    uploads = budget or documented_uploads(clock=clock, sleep=sleep, cancel=cancel)
    return SentinelClient(edge, workspace.workspace_id, uploads)


def no_workspace(error: Gone, option: str) -> ConfigurationError:
    """What a 404 of a whole workspace means; `option` names the one that leads there first."""
    return ConfigurationError(
        str(error), option=option, advice="Check the workspace's id, subscription, resource group and name."
    )
