"""Steps of the user's own in a job: found by name and checked."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import apache_beam as beam

from iocbeam.model.errors import ConfigurationError, Stop, UsageError
from iocbeam.model.settings import RunInfo
from iocbeam.transforms import Step

from .run_ends import file_name

OPTION: Final = "--transforms"
_STEPS: Final = "a step is Change(NAME, function), Keep(NAME, function) or Through(NAME, transform)"


def own_steps(names: Iterable[str], run: RunInfo, steps: Iterable[Step] = ()) -> tuple[Step, ...]:
    """The steps of a run, in order: those found by name, then those that were handed over.

    Args:
        names: `MODULE:NAME` each, see `load_steps`.
        run: handed to what makes steps.
        steps: made by the caller.

    Raises:
        UsageError: a name stands for no steps, or two steps have names that are alike in names of files.
        ConfigurationError: a module cannot be imported, or what makes steps failed.
    """
    found = [step for name in names for step in load_steps(name, run)]
    found += [step for given in steps for step in _as_steps("steps", given)]
    files: dict[str, str] = {}
    for step in found:
        file = file_name(step.name)
        if file in files:
            raise UsageError(f"two steps are named alike: {files[file]} and {step.name}.", option=OPTION)
        files[file] = step.name
    return tuple(found)


def load_steps(name: str, run: RunInfo) -> tuple[Step, ...]:
    """The steps that `MODULE:NAME` stands for.

    Args:
        name: of an installed module, and of what it calls a step, a sequence of steps, or a function that makes
            one of these from the run.
        run: handed to that function.

    Raises:
        UsageError: it has another form, the module has no such name, or it is no step.
        ConfigurationError: the module is not there or fails when it is imported, or the function fails.
    """
    module_name, colon, attribute = name.partition(":")
    if not (colon and attribute.isidentifier() and all(part.isidentifier() for part in module_name.split("."))):
        raise UsageError(
            f"{name!r} is not MODULE:NAME.", option=OPTION, advice="For example acme_intel.transforms:steps."
        )
    module = _import(module_name)
    if not hasattr(module, attribute):
        near = get_close_matches(attribute, vars(module), n=1)
        where = getattr(module, "__file__", None) or ", ".join(getattr(module, "__path__", ()))
        raise UsageError(
            f"{module_name} has no {attribute!r} ({where}).",
            option=OPTION,
            advice=f"Is {near[0]} meant?" if near else "Is another package of that name found first?",
        )
    found = getattr(module, attribute)
    if callable(found) and not isinstance(found, Step | beam.PTransform | type):
        try:
            found = found(run)
        except Stop:
            raise
        except Exception as error:
            raise ConfigurationError(
                f"{name} was called with the run and raised {type(error).__name__}: {error}.",
                option=OPTION,
                advice=f"What is called must make steps; a function of indicators is none by itself: {_STEPS}.",
            ) from error
    return _as_steps(name, found)


def _as_steps(name: str, found: Any) -> tuple[Step, ...]:
    steps = tuple(found) if isinstance(found, list | tuple) else (found,)
    for step in steps:
        if not isinstance(step, Step):
            raise UsageError(
                f"{name} gives {step!r:.80}, which is not a step.", option=OPTION, advice=f"In short: {_STEPS}."
            )
    return steps


def _import(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Stop:
        raise
    except Exception as error:
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        if missing and (name == missing or name.startswith(f"{missing}.")):
            raise ConfigurationError(
                f"there is no module {missing} in the Python environment {sys.prefix}.",
                option=OPTION,
                advice=f"Install the package that has it there: {sys.executable} -m pip install PATH_OR_NAME.",
            ) from None
        raise ConfigurationError(
            f"the module {name} cannot be imported: {type(error).__name__}: {error}.",
            option=OPTION,
            advice=f"Try it with {sys.executable} -c 'import {name}'.",
        ) from error
