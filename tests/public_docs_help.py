"""Public names, their docstrings and what these say: what `test_public_docs` looks at."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import itertools
import re
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from test_public_names import PACKAGES

from iocbeam.model import errors

OUR_ERRORS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type)}
BEAMS_OWN = {
    "expand",
    "process",
    "setup",
    "teardown",
    "start_bundle",
    "finish_bundle",
    "default_label",
    "infer_output_type",
}
"""Methods that Beam calls and no user does."""

SECTIONS = re.compile(r"^(Args|Attributes|Returns|Raises|Yields|Example|Examples|Note):$", re.M)


class Documented(NamedTuple):
    """A public thing: its package, qualified name, itself, its docstring, and the parameters that a user gives."""

    package: str
    name: str
    thing: Any
    text: str
    parameters: tuple[str, ...]


def things(package_name: str) -> Iterator[Documented]:
    """The public classes and functions of a package, with the public methods and properties of the classes."""
    package = importlib.import_module(package_name)
    for key in package.__all__:
        value = getattr(package, key, None)
        if not isinstance(value, type | types.FunctionType) or isinstance(value, types.GenericAlias):
            continue
        if not value.__module__.startswith("iocbeam."):
            continue
        name = f"{package_name}.{key}"
        yield Documented(package_name, name, value, text_of(value), parameters_of(value))
        if isinstance(value, type):
            yield from members(package_name, name, value)


def members(package: str, name: str, kind: type) -> Iterator[Documented]:
    """What a class has of its own that a user may call or read."""
    for key, member in vars(kind).items():
        if key.startswith("_") or key in BEAMS_OWN:
            continue
        function = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if isinstance(function, property | functools.cached_property):
            yield Documented(package, f"{name}.{key}", function, inspect.getdoc(function) or "", ())
        elif isinstance(function, types.FunctionType) and "<locals>" not in function.__qualname__:
            # What a method does may be said by the method that it overrides.
            yield Documented(
                package,
                f"{name}.{key}",
                function,
                inspect.getdoc(getattr(kind, key)) or "",
                parameters_of(function),
            )


def text_of(value: Any) -> str:
    """The docstring that somebody wrote; not the one that a dataclass, a tuple or an enum makes up."""
    text = value.__dict__.get("__doc__") if isinstance(value, type) else value.__doc__
    made_up = isinstance(value, type) and (text or "").startswith(f"{value.__name__}(")
    return "" if made_up else inspect.cleandoc(text or "")


def parameters_of(value: Any) -> tuple[str, ...]:
    """Names of what a user gives to a function, or to a class when it is made."""
    if isinstance(value, type):
        maker = value.__new__ if issubclass(value, tuple) else value.__init__
        if getattr(value, "_is_protocol", False) or not getattr(maker, "__module__", "").startswith(
            ("iocbeam", "namedtuple")
        ):
            return ()
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return ()
    return tuple(
        name
        for name, parameter in signature.parameters.items()
        if name not in ("self", "cls")
        and not name.startswith("_")
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    )


def listed(text: str) -> dict[str, str]:
    """Names in the sections that list parameters, and the section of each."""
    found: dict[str, str] = {}
    section = ""
    for line in text.splitlines():
        if SECTIONS.match(line):
            section = line.rstrip(":")
        elif line and not line.startswith(" "):
            section = ""
        elif section in ("Args", "Attributes") and re.match(r"    \S", line):
            names, _, _ = line.strip().partition(":")
            # Fields that are alike may share a line, parameters may not: their table has a row for each.
            for name in names.split(", ") if section == "Attributes" else [names]:
                found[name] = section
    return found


def speaks_of(one: Documented, name: str) -> bool:
    """Whether a parameter is explained: in a list, by its name in a sentence, or by its type, a class of ours with
    a docstring of its own."""
    words = r"[ _-]".join(map(re.escape, name.split("_")))
    text = "\n".join(texts(one))
    if isinstance(one.thing, type) and name in texts_of_fields(one.thing):
        return True
    if name in listed(text) or re.search(rf"\b{words}(s|es)?\b", text, re.I):
        return True
    annotation = str(inspect.signature(one.thing).parameters[name].annotation)
    return any(word in OUR_CLASSES for word in re.findall(r"\w+", annotation))


def texts_of_fields(kind: type) -> set[str]:
    """The fields of a class that have a text of their own below them, or below a group that they begin."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: set[str] = set()
    for field, below in itertools.pairwise(body.body):
        told = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if told and isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            found.add(field.target.id)
    return found


def texts(one: Documented) -> Iterator[str]:
    """The docstring, those of the classes or methods that it inherits from, and those that it refers to."""
    yield one.text
    # What is the same for everything in a package is said once, by the package.
    yield sys.modules[one.package].__doc__ or ""
    name = getattr(one.thing, "__name__", "")
    owner = vars(sys.modules[one.thing.__module__]) if hasattr(one.thing, "__module__") else {}
    outer = (
        owner.get(one.thing.__qualname__.partition(".")[0])
        if "." in getattr(one.thing, "__qualname__", "")
        else None
    )
    for base in (
        outer if isinstance(outer, type) else one.thing if isinstance(one.thing, type) else object
    ).__mro__[1:]:
        found = base if isinstance(one.thing, type) else getattr(base, name, None)
        if getattr(found, "__module__", "").startswith("iocbeam."):
            yield found.__doc__ or ""
    for reference in re.findall(r"\b(?:[Ss]ee|[Ll]ike|[Aa]s|of) `([\w.]+)`", one.text):
        found = owner.get(reference.split(".")[0]) or getattr(outer, reference, None)
        for part in reference.split(".")[1:]:
            found = getattr(found, part, None)
        if found is not None and found is not one.thing:
            yield inspect.getdoc(found) or ""


def all_parameters(value: Any) -> tuple[str, ...]:
    """Every parameter, also those that Beam or nobody gives."""
    if isinstance(value, property | functools.cached_property):
        return ()
    try:
        return tuple(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return ()


def has(kind: type, name: str) -> bool:
    """Whether its instances have such an attribute."""
    if any(name in vars(base) or name in vars(base).get("__annotations__", {}) for base in kind.__mro__):
        return True
    return any(
        re.search(rf"\bself\.{re.escape(name)}\b", inspect.getsource(base))
        for base in kind.__mro__
        if base.__module__.startswith("iocbeam.")
    )


def raised_by(value: Any) -> set[str]:
    """Names of our errors that a function, or a class when it is made, raises by itself."""
    functions = [value]
    if isinstance(value, type):
        functions = [vars(value).get(name) for name in ("__init__", "__post_init__")]
    elif isinstance(value, property):
        functions = [value.fget]
    elif isinstance(value, functools.cached_property):
        functions = [value.func]
    found: set[str] = set()
    for function in functions:
        if isinstance(function, types.FunctionType) and function.__module__.startswith("iocbeam."):
            try:
                tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
            except OSError:  # a dataclass writes such a function itself
                continue
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Raise)
                    and isinstance(node.exc, ast.Call)
                    and isinstance(node.exc.func, ast.Name)
                ):
                    found.add(node.exc.func.id)
    return found & OUR_ERRORS.keys()


@functools.cache
def texts_of_constants(path: Path) -> frozenset[str]:
    """Names that a module assigns with a text of their own below."""
    body = ast.parse(path.read_text("utf-8")).body
    found = set()
    for statement, below in itertools.pairwise(body):
        if (
            isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
            and isinstance(below.value.value, str)
        ):
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                found.add(statement.target.id)
            elif isinstance(statement, ast.Assign):
                found |= {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return frozenset(found)


def modules_below(package: types.ModuleType) -> Iterator[Path]:
    """The files of a package, and of those that it takes names from."""
    for folder in package.__path__:
        yield from sorted(Path(folder).rglob("*.py"))
    if package.__name__ != "iocbeam.model":
        yield from modules_below(importlib.import_module("iocbeam.model"))


ALL = [one for package in PACKAGES for one in things(package)]
OUR_CLASSES = frozenset(
    name
    for module in list(sys.modules)
    if module.startswith("iocbeam.")
    for name, value in vars(sys.modules[module]).items()
    if isinstance(value, type) and value.__module__.startswith("iocbeam.") and text_of(value)
)
"""What a parameter's type may be without the parameter being explained once more."""
