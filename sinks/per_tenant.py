"""One writer for each tenant, all tenants at the same time: what the sinks share.

`process` hands each tenant's work to a thread, `finish_bundle` collects: N tenants take as long as the slowest.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, Generic, TypeVar

import apache_beam as beam
from apache_beam.metrics.metric import Metrics
from apache_beam.pvalue import PCollection, TaggedOutput
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from iocbeam.model.errors import IocbeamError
from iocbeam.model.outcome import Tally

ENDED: Final = "ended"
ERRORS: Final = "errors"
TALLIES: Final = "tallies"
MAIN: Final = "main"

Element = TypeVar("Element")
Result = TypeVar("Result")


class Undelivered(IocbeamError):
    """Records could not be delivered by a sink that has no error handler."""


class PerTenantFn(beam.DoFn, Generic[Element, Result]):
    """Works on each element in a thread of its own.

    Args:
        alone: whether there is one tenant: an error then ends the run; one of several tenants tells it.
        threads: at most so many at the same time.
    """

    def __init__(self, alone: bool, threads: int) -> None:
        super().__init__()
        self._alone = alone
        self._threads = max(1, threads)

    @abstractmethod
    def work(self, element: Element, cancel: threading.Event) -> Callable[[], Result]:
        """What is to be done for a tenant; called at once, and what it gives in a thread."""

    @abstractmethod
    def could_not_start(self, element: Element, why: str) -> Result:
        """The result when nothing could be written."""

    @abstractmethod
    def outputs(self, element: Element, result: Result) -> Iterator[Any]:
        """What leaves the sink for a result."""

    def start_bundle(self) -> None:
        self._cancel = threading.Event()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="iocbeam-tenant")
        self._running: list[tuple[Element, Future[Result]]] = []

    def process(self, element: Element) -> None:
        try:
            work = self.work(element, self._cancel)
        except BaseException:
            self._give_up()
            raise
        self._running.append((element, self._pool.submit(work)))

    def _give_up(self) -> None:
        self._cancel.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def finish_bundle(self) -> Iterator[Any]:
        running, self._running = self._running, []
        try:
            for element, future in running:
                yield from self.outputs(element, self._result(element, future))
        except KeyboardInterrupt:
            # Whoever interrupts does not want to wait for a request that may take minutes to time out.
            self._cancel.set()
            self._pool.shutdown(wait=False, cancel_futures=True)
            raise
        except BaseException:
            self._give_up()
            raise
        self._pool.shutdown()

    def teardown(self) -> None:
        # A bundle that failed in another step is never finished.
        if getattr(self, "_running", None):
            self._give_up()

    def _result(self, element: Element, future: Future[Result]) -> Result:
        try:
            return future.result()
        except Exception as error:
            # Alone, a tenant that could not start is a run that could not start; one of several is not.
            if self._alone:
                raise
            return self.could_not_start(element, str(error))


def in_window(element: Any) -> WindowedValue:
    """An element as `finish_bundle` must hand it out."""
    window = GlobalWindow()
    return WindowedValue(element, window.max_timestamp(), (window,))


def tagged(tag: str, element: Any) -> Any:
    """The same for a side output."""
    return TaggedOutput(tag, in_window(element))


class OnePerTenant(beam.PTransform[Any, Any]):
    """Elements with a `tenant_id` to the same elements, brought together by tenant: there may be one of each.

    Args:
        kind: their type, for Beam.
    """

    def __init__(self, kind: type) -> None:
        super().__init__()
        self._kind = kind

    def expand(self, pcoll: PCollection[Any]) -> Any:
        return (
            pcoll
            | "OneWriter" >> beam.Map(_keyed).with_output_types(tuple[str, self._kind])  # type: ignore[name-defined]
            | "ByTenant" >> beam.GroupByKey()
            | "Plans" >> beam.FlatMap(_only_one).with_output_types(self._kind)
        )


def _keyed(element: Any) -> tuple[str, Any]:
    return (element.tenant_id, element)


def _only_one(keyed: tuple[str, Iterable[Any]]) -> Sequence[Any]:
    found = list(keyed[1])
    if len(found) != 1:
        raise ValueError(f"tenant {keyed[0]} has {len(found)} plans; it may have one")
    return found


def connect_ends(outputs: Any, handler: Any, outcomes: Any) -> None:
    """Connects a sink's side outputs to its error handler and its collector."""
    if handler is not None:
        handler.add_error_pcollection(outputs[ERRORS])
    if outcomes is not None:
        outcomes.add(outputs[ENDED], outputs[TALLIES])
    else:
        _ = outputs[TALLIES] | "CountOutcomes" >> beam.Map(_count_as_metrics)


def _count_as_metrics(tally: Tally) -> None:
    Metrics.counter("iocbeam", f"{tally.outcome}.{tally.reason}").inc(tally.records)


def raise_undelivered(failed: int) -> None:
    """Raise `Undelivered` when any record failed."""
    if failed:
        raise Undelivered(
            f"{failed} records could not be delivered. "
            "Give the transform an error handler to keep them as dead letters."
        )
