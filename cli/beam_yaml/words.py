"""What Beam YAML says of a pipeline that it cannot build, in words for whoever wrote the file."""

from __future__ import annotations

import re
from typing import Final

from iocbeam.model.errors import IocbeamError, Stop, UsageError

from ..values.labels import nearest
from ..views.console import cut, safe

_place = re.compile(r'(?:"(?P<name>[^"]*)" )?at line (?P<line>\d+)')
_wrapper = re.compile(
    r'(?:Invalid transform specification at|Error applying transform) (?:"[^"]*" )?at line \d+: '
)
_unknown_type = re.compile(r"Unknown type or missing provider for type (?P<type>\S+)")
_internal_type = re.compile(r"-(python|javascript|generic|sql|calcite)\b")

_MOST: Final = 1_200


def build_error(error: Exception, path: str, known: frozenset[str] = frozenset()) -> Stop:
    """An error that building a pipeline raised, as one of ours that names the file and, where known, the line.

    Args:
        path: of the pipeline.
        known: types of transforms, for the nearest one.
    """
    place = _innermost_place(error)
    found = _ours(error)
    if found is not None:
        kind = type(found) if isinstance(found, Stop) else UsageError
        return kind(f"{path}{place}: {found}")
    if type(error).__module__.startswith("jinja2"):
        return _template_error(error, path)
    message = str(getattr(error, "message", None) or error)
    text = _wrapper.sub("", message)
    unknown = _unknown_type.search(text)
    advice = None
    if unknown:
        near = nearest(unknown["type"], known)
        text = f"there is no transform {unknown['type']}"
        advice = f"Did you mean {near}?" if near else "iocbeam yaml providers lists those of iocbeam."
    return UsageError(f"{path}{place}: {_cleaned(text)}.", advice=advice)


def run_error(error: Exception, path: str) -> str:
    """What to say of an error that is none of ours and that a pipeline raised when it ran: most often it is of the
    user's own expressions."""
    first = next(iter(str(error).splitlines()), "")
    return (
        f"{path}: the pipeline failed: {type(error).__name__}: {cut(safe(first), 400)}\n"
        "An error of an expression leaves by error_handling, where the transform has one. --debug shows more."
    )


def _ours(error: BaseException) -> IocbeamError | None:
    """The outermost error of ours: what a provider made of the one that it met."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, IocbeamError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return None


def _innermost_place(error: BaseException) -> str:
    """`, line 12, NAME` of the transform that Beam YAML was at."""
    found = None
    cause: BaseException | None = error
    while cause is not None:
        for match in _place.finditer(str(getattr(cause, "message", None) or cause)[:4_000]):
            found = match
        cause = cause.__cause__ or cause.__context__
    if found is None:
        around = re.search(r"around line (\d+)", str(getattr(error, "message", None) or error))
        return f", line {around[1]}" if around else ""
    name = f", {_internal_type.sub('', found['name'])}" if found["name"] else ""
    return f", line {found['line']}{name}"


def _template_error(error: Exception, path: str) -> Stop:
    undefined = re.match(r"'(\w+)' is undefined", str(error))
    if undefined:
        name = undefined[1]
        return UsageError(f"{path}: nothing says what {name} is.", advice=f"Give it with --set {name}=VALUE.")
    line = getattr(error, "lineno", None)
    place = f", line {line}" if line else ""
    return UsageError(f"{path}{place}: {_cleaned(str(error))}.")


def _cleaned(text: str) -> str:
    text = re.sub(r" ?(?:around|at) line \d+", "", text)
    text = re.sub(r"See https?://\S+", "", text)
    return cut(safe(_internal_type.sub("", " ".join(text.split())).rstrip(". ")), _MOST)
