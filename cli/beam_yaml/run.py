"""Building a pipeline of Beam YAML with our transforms, running it, and showing what it did."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam
import yaml
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions
from apache_beam.yaml import yaml_provider, yaml_transform
from apache_beam.yaml.yaml_utils import SafeLineLoader

from iocbeam.model.errors import IocbeamError, RunFailed, UsageError
from iocbeam.model.files import read_file
from iocbeam.model.outcome import DEAD_LETTER_OUTCOMES, meaning_of
from iocbeam.model.summary import EXIT_COULD_NOT_RUN, EXIT_DONE, EXIT_FAILED
from iocbeam.pipelines.beam_run import IN_PROCESS, original_error, runner_name
from iocbeam.pipelines.flow import Flow, RunStart
from iocbeam.pipelines.memory import rare_collections
from iocbeam.sinks import FAILED_MARK, PLAN_FILE, SUMMARY_FILE
from iocbeam.sinks.per_tenant import Undelivered
from iocbeam.transforms import RejectedRecord

from ..values.yaml_entries import text_of
from ..views.console import make_console, progress, safe
from ..views.plan_view import show_plan
from ..views.sightings_view import show_sightings
from ..views.summary_view import show_summary
from .counts import counted
from .files import PROVIDERS_FILE
from .start import RUN_START, run_start
from .words import build_error, run_error


def run_yaml(
    path: str,
    variables: Mapping[str, str],
    beam_args: Sequence[str],
    runner: str | None,
    start: RunStart,
    *,
    debug: bool,
) -> int:
    """Build, run, show; the exit status.

    Args:
        path: of the pipeline.
        variables: for its template.
        beam_args: options for Beam.
        runner: `direct`, or the name of a Beam runner; None takes what the file says, else direct.
        start: of the run, for every transform.
        debug: whether errors that are none of ours come out as they are.

    Raises:
        UsageError: the file is not a pipeline that can be built; it names the line and the transform.
        Stop, RetryLater: what a transform of ours met.
    """
    token = RUN_START.set(start)
    try:
        pipeline = build(path, variables, beam_args, runner)
    finally:
        RUN_START.reset(token)
    flow = Flow.of(pipeline, run_start)
    try:
        with progress(f"Running {os.path.basename(path)} ({start.run_id})"), rare_collections():
            result = pipeline.run()
            if _is_handed_over(pipeline):
                return _show_handed_over(flow.outputs)
            result.wait_until_finish()
    except Exception as error:
        found = original_error(error)
        if isinstance(found, RunFailed) or FAILED_MARK in str(error):
            # What `fail_on` asks for comes after the summaries.
            return _show_targets(flow.outputs)
        if isinstance(found, RejectedRecord | Undelivered):
            raise type(found)(str(found).replace("an error handler", "error_handling: {output: NAME}")) from None
        if isinstance(found, IocbeamError):
            raise found from None
        if debug:
            raise
        sys.stderr.write(f"iocbeam: {run_error(error, path)}\n")
        return EXIT_COULD_NOT_RUN
    if flow.outputs:
        return _show_targets(flow.outputs)
    _show_counts(result)
    return EXIT_DONE


def build(path: str, variables: Mapping[str, str], beam_args: Sequence[str], runner: str | None) -> beam.Pipeline:
    """The pipeline that a file describes. Arguments as those of `run_yaml`.

    Raises:
        UsageError: it describes none; it names the line and the transform.
        ConfigurationError: it cannot be read.
    """
    text = text_of(path)
    providers = yaml_provider.merge_providers(list(yaml_provider.load_providers(str(PROVIDERS_FILE))))
    try:
        expanded = yaml_transform.expand_jinja(text, dict(variables), [FileSystems.split(path)[0] or "."])
        spec = yaml.load(expanded, Loader=SafeLineLoader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise _not_yaml(path, error) from None
    except Exception as error:  # of the template, in a dozen types of its library
        raise build_error(error, path) from error
    if not isinstance(spec, dict) or "pipeline" not in spec:
        raise UsageError(f"{path}: there is no pipeline in it.", advice="Begin with the line: pipeline:")
    try:
        own = SafeLineLoader.strip_metadata(spec.get("options", {}))
        named = own.pop("runner", None)
        engine = runner_name(runner or named or "direct")
        options = PipelineOptions([*beam_args, f"--runner={engine}"], **{"pickle_library": "cloudpickle", **own})
        pipeline = beam.Pipeline(options=options)
        yaml_transform.expand_pipeline(pipeline, spec, providers=providers, pipeline_path=path)
    except Exception as error:  # Beam YAML raises all kinds, from deep inside of what a user has written
        known = frozenset((*providers, *yaml_provider.standard_providers()))
        raise build_error(error, path, known) from error
    return pipeline


def _not_yaml(path: str, error: yaml.YAMLError) -> UsageError:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark else ""
    return UsageError(
        f"{path}{line}: not YAML: {getattr(error, 'problem', None) or 'a character that YAML does not have'}.",
        advice="Put a value that holds special characters in quotes.",
    )


def _is_handed_over(pipeline: beam.Pipeline) -> bool:
    """Whether nobody here waits for the run to end."""
    options = pipeline.options.view_as(StandardOptions)
    return options.runner != IN_PROCESS and bool(options.no_wait_until_finish)


def _show_handed_over(outputs: Sequence[str]) -> int:
    sys.stdout.write("The runner has taken the pipeline, and nobody here waits for its end.\n")
    for output in outputs:
        sys.stdout.write(f"It will write {FileSystems.join(output, SUMMARY_FILE)}\n")
    return EXIT_DONE


def _show_targets(outputs: Sequence[str]) -> int:
    """Print what each target did; the exit status of all."""
    console = make_console()
    codes = []
    for number, output in enumerate(outputs):
        if number:
            console.print()
        summary = _document(output, SUMMARY_FILE)
        if summary.get("job") == "sightings":
            show_sightings(summary, output, console)
        else:
            if summary.get("dry_run"):
                show_plan(_document(output, PLAN_FILE), console)
            show_summary(summary, output, console)
        codes.append(int(summary.get("exit_code", EXIT_COULD_NOT_RUN)))
    return worst(codes)


def worst(codes: Sequence[int]) -> int:
    """The exit status of several targets: 1 only if none could run, else 3 before 4."""
    if all(code == EXIT_COULD_NOT_RUN for code in codes):
        return EXIT_COULD_NOT_RUN
    if EXIT_COULD_NOT_RUN in codes or EXIT_FAILED in codes:
        return EXIT_FAILED
    return max(codes)


def _document(output: str, name: str) -> dict[str, Any]:
    return dict(json.loads(read_file(FileSystems.join(output, name), "--output")))


def _show_counts(result: Any) -> None:
    """Where there is no target, and so no summary: what the stages have counted."""
    read, ends = counted(result)
    if not read and not ends:
        return
    console = make_console()
    lines = [f"{read:,} records read. What ended on the way:" if ends else f"{read:,} records read."]
    for (outcome, reason), count in ends.items():
        where = ", in the error output" if outcome in DEAD_LETTER_OUTCOMES else ""
        lines.append(f"{count:>9,}  {outcome}, {safe(reason)}{where}: {meaning_of(reason)}")
    for line in lines:
        console.print(line, soft_wrap=True)
