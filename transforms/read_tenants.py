"""Asking several tenants at the same time what they hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Generic, TypeVar

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

_MOST_AT_ONCE: Final = 8
"""Tenants read at the same time: taking lists apart keeps one processor busy, and each page needs memory."""

Settings = TypeVar("Settings")
Held = TypeVar("Held")


class ReadTenantsFn(beam.DoFn, Generic[Settings, Held]):
    """A tenant's settings to what it holds, one each.

    Args:
        read: reads one tenant; ends early once the event is set.
        unreadable: what stands for a tenant that could not be read, by the reason.
        alone: whether there is only one: it then raises when it cannot be read.
    """

    def __init__(
        self,
        read: Callable[[Settings, threading.Event], Held],
        unreadable: Callable[[Settings, str], Held],
        alone: bool,
    ) -> None:
        super().__init__()
        self._read = read
        self._unreadable = unreadable
        self._alone = alone

    def start_bundle(self) -> None:
        self._cancel = threading.Event()
        self._pool = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="iocbeam-list")
        self._running: list[tuple[Settings, Future[Held]]] = []

    def process(self, element: Settings) -> None:
        self._running.append((element, self._pool.submit(self._read, element, self._cancel)))

    def finish_bundle(self) -> Iterator[Any]:
        window = GlobalWindow()
        try:
            for tenant, future in self._running:
                yield WindowedValue(self._result(tenant, future), window.max_timestamp(), (window,))
        except BaseException as error:
            self._cancel.set()
            self._pool.shutdown(wait=not isinstance(error, KeyboardInterrupt), cancel_futures=True)
            raise
        self._pool.shutdown()

    def _result(self, tenant: Settings, future: Future[Held]) -> Held:
        try:
            return future.result()
        except Exception as error:
            # Alone, a tenant that cannot be read is a run that cannot start; one of several is not.
            if self._alone:
                raise
            return self._unreadable(tenant, str(error))
