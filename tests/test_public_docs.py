"""What the public names say of themselves: a docstring on each, its parameters, and the errors that it raises."""

from __future__ import annotations

import importlib
import re
import types

import pytest
from public_docs_help import (
    ALL,
    OUR_ERRORS,
    all_parameters,
    has,
    listed,
    modules_below,
    raised_by,
    speaks_of,
    texts,
    texts_of_constants,
    things,
)
from test_public_names import PACKAGES


def test_there_are_public_names() -> None:
    assert len(ALL) > 400


@pytest.mark.parametrize("package", PACKAGES)
def test_everything_public_has_a_docstring(package: str) -> None:
    assert [one.name for one in things(package) if not one.text] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_parameter_is_spoken_of(package: str) -> None:
    silent = [
        f"{one.name}({name})" for one in things(package) for name in one.parameters if not speaks_of(one, name)
    ]
    assert silent == []


@pytest.mark.parametrize("package", PACKAGES)
def test_what_is_listed_is_there(package: str) -> None:
    """Sections have the form that the documentation is built from, a name, a colon, words; and nothing in them is
    gone."""
    wrong = []
    for one in things(package):
        given = set(all_parameters(one.thing))
        for name in listed(one.text):
            is_field = isinstance(one.thing, type) and (name in given or has(one.thing, name))
            if name.lstrip("*") not in given and not is_field:
                wrong.append(f"{one.name}: {name}")
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_errors_that_are_raised_are_told(package: str) -> None:
    untold = []
    for one in things(package):
        text = "\n".join(texts(one))
        for name in sorted(raised_by(one.thing)):
            kinds = [kind.__name__ for kind in OUR_ERRORS[name].__mro__ if kind.__name__ in OUR_ERRORS]
            if not any(re.search(rf"[Rr]aise[sd]?\b[\s\S]*\b{kind}\b", text) for kind in kinds):
                untold.append(f"{one.name}: {name}")
    assert untold == []


@pytest.mark.parametrize("package_name", PACKAGES)
def test_every_public_constant_has_a_text_below_it(package_name: str) -> None:
    """As the documentation shows it; the text of a type alias too."""
    package = importlib.import_module(package_name)
    silent = []
    for key in package.__all__:
        value = getattr(package, key, None)
        is_alias = isinstance(value, types.GenericAlias | types.UnionType) or hasattr(value, "__origin__")
        if not is_alias and (value is None or callable(value) or isinstance(value, types.ModuleType)):
            continue
        if not any(key in texts_of_constants(module) for module in modules_below(package)):
            silent.append(f"{package_name}.{key}")
    assert silent == []
