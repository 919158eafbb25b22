"""What each package offers is what its `__init__` lists."""

from __future__ import annotations

import importlib
import pkgutil
import types

import pytest

PACKAGES = (
    "iocbeam.cli",
    "iocbeam.cli.beam_yaml",
    "iocbeam.clients",
    "iocbeam.local_tenant",
    "iocbeam.model",
    "iocbeam.model.never_block",
    "iocbeam.model.ocsf",
    "iocbeam.model.values",
    "iocbeam.pipelines",
    "iocbeam.planning",
    "iocbeam.sinks",
    "iocbeam.transforms",
    "iocbeam.transforms.sources",
)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_lists_its_public_names(name: str) -> None:
    package = importlib.import_module(name)
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    public = {
        key
        for key, value in vars(package).items()
        if not key.startswith("_") and key not in modules and not isinstance(value, types.ModuleType)
    } - {"annotations"}
    assert set(package.__all__) - modules == public


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_says_what_it_is(name: str) -> None:
    package = importlib.import_module(name)
    for key in package.__all__:
        # A package may name a module of its own that nothing has imported yet.
        value = getattr(package, key, None) or importlib.import_module(f"{name}.{key}")
        if isinstance(value, type | types.FunctionType) and not isinstance(value, types.GenericAlias):
            assert (value.__doc__ or "").strip(), f"{name}.{key} has no docstring"
