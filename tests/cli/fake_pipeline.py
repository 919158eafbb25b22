"""A stand-in for the one call that commands make into a pipeline."""

from __future__ import annotations

from typing import Any

from iocbeam.cli.jobs.kinds import Job

LOGIN = ["--tenant_id=t", "--client_id=c", "--client_secret=env:S"]


class FakePipeline:
    """Stands for the modules of `iocbeam.pipelines`: remembers their names and the jobs, answers with `summary` or
    raises `error`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.jobs: list[Any] = []
        self.beam_args: list[str] = []
        self.runner = ""
        self.summary: dict[str, Any] = {"run_id": "r", "collection": "feed", "exit_code": 0, "tenants": []}
        self.error: BaseException | None = None

    def run(self, name: str, job: Job, beam_args: list[str], runner: str) -> dict[str, Any]:
        self.names.append(name)
        self.jobs.append(job)
        self.beam_args, self.runner = beam_args, runner
        if self.error:
            raise self.error
        return self.summary

    @property
    def job(self) -> Any:
        (job,) = self.jobs
        return job
