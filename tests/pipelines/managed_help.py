"""Runners that behave towards us as Dataflow does, with Beam's own results and errors; no service is asked."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from apache_beam.options.pipeline_options import GoogleCloudOptions
from apache_beam.runners.dataflow.dataflow_runner import DataflowPipelineResult, DataflowRuntimeException
from apache_beam.runners.dataflow.internal.apiclient import DataflowJobAlreadyExistsError
from apache_beam.runners.portability.fn_api_runner.fn_runner import FnApiRunner
from apache_beam.runners.runner import PipelineRunner
from google.api_core.exceptions import AlreadyExists
from google.cloud.dataflow import JobState

SUBMITTED: list[Any] = []
"""Options of the pipelines that got to a runner."""


def _ended(state: JobState, runner: Any, options: Any) -> DataflowPipelineResult:
    job = SimpleNamespace(id="2026-11-22_01_15_00-123", current_state=state)
    return DataflowPipelineResult(job, runner, options)


class _Dataflow(PipelineRunner):
    def run_pipeline(self, pipeline: Any, options: Any) -> Any:
        SUBMITTED.append(options.view_as(GoogleCloudOptions))
        return self.answer(pipeline, options)

    def answer(self, pipeline: Any, options: Any) -> Any:
        """What comes of it."""
        raise NotImplementedError


class LauncherDataflowRunner(_Dataflow):
    """Within the launcher of a template there is no job."""

    def answer(self, pipeline: Any, options: Any) -> Any:
        return DataflowPipelineResult(None, self, options)


class DoneDataflowRunner(_Dataflow):
    """The job runs and is waited for."""

    def answer(self, pipeline: Any, options: Any) -> Any:
        FnApiRunner().run_pipeline(pipeline, options)
        return _ended(JobState.JOB_STATE_DONE, self, options)


class FailedDataflowRunner(_Dataflow):
    """The job runs; when a step of it raises, the service gives a text and a state."""

    def answer(self, pipeline: Any, options: Any) -> Any:
        try:
            FnApiRunner().run_pipeline(pipeline, options)
        except Exception as error:  # noqa: BLE001 - as the service does
            self.last_error_msg = f"Traceback (most recent call last):\n  File …\n{type(error).__name__}: {error}"
        return _ended(JobState.JOB_STATE_FAILED, self, options)


class CancelledDataflowRunner(_Dataflow):
    """Somebody cancels the job before it does anything."""

    def answer(self, pipeline: Any, options: Any) -> Any:
        result = _ended(JobState.JOB_STATE_CANCELLED, self, options)
        raise DataflowRuntimeException("Dataflow pipeline failed. State: CANCELLED, Error:\nNone", result)


class ActiveDataflowRunner(_Dataflow):
    """There is an active job of that name, and Beam's client has noticed."""

    def answer(self, pipeline: Any, options: Any) -> Any:
        raise DataflowJobAlreadyExistsError("There is already active job named x with id: y.")


class ConflictDataflowRunner(_Dataflow):
    """The same, as the service itself says it."""

    def answer(self, pipeline: Any, options: Any) -> Any:
        raise AlreadyExists("The workflow could not be created.")


class InterruptedDataflowRunner(_Dataflow):
    """Whoever waits for the job loses patience."""

    def answer(self, pipeline: Any, options: Any) -> Any:
        return _Unawaited(SimpleNamespace(id="1", current_state=JobState.JOB_STATE_RUNNING), self, options)


class _Unawaited(DataflowPipelineResult):
    def wait_until_finish(self, duration: Any = None) -> Any:
        raise KeyboardInterrupt


class SlowDataflowRunner(_Dataflow):
    """Whoever submits the job loses patience before that is done."""

    def answer(self, pipeline: Any, options: Any) -> Any:
        raise KeyboardInterrupt


def runner(kind: type[_Dataflow]) -> str:
    """What `--runner` names."""
    return f"{__name__}.{kind.__name__}"
