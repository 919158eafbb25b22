"""YAML files of `NAME: VALUE` entries, read with the line of each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from iocbeam.model.errors import ConfigurationError
from iocbeam.model.files import read_file

if TYPE_CHECKING:
    import yaml


class Entry(NamedTuple):
    """One `NAME: VALUE`.

    Attributes:
        name: as it is written; what is no text is written as Python writes it.
        value: what YAML makes of it.
        line: of its name, from 1.
    """

    name: str
    value: Any
    line: int


class Group(NamedTuple):
    """The entries of one mapping in a list, and its first line."""

    entries: list[Entry]
    line: int


def read_entries(path: str, option: str) -> list[Entry]:
    """The entries of a file that is one mapping; none of an empty file.

    Args:
        path: local, or on a filesystem that Beam knows.
        option: the option that names the file, for the messages.

    Raises:
        ConfigurationError: the file is missing or is not YAML of that shape; it names the line.
    """
    with _loaded(path, option) as (loader, top):
        return (
            [] if top is None else _mapping(loader, top, path, option, "Write one option a line: capacity: 15000")
        )


def read_groups(path: str, option: str) -> list[Group]:
    """The mappings of a file that is a list of mappings; none of an empty file.

    Args, Raises: as `read_entries`.
    """
    import yaml

    with _loaded(path, option) as (loader, top):
        if top is None:
            return []
        if not isinstance(top, yaml.SequenceNode):
            raise ConfigurationError(
                f"{path}, line {_line(top.start_mark)}: not a list.",
                option=option,
                advice="Begin each entry with a dash: - alias: NAME",
            )
        return [
            Group(
                _mapping(loader, node, path, option, "Write the first option behind the dash: - alias: NAME"),
                _line(node.start_mark),
            )
            for node in top.value
        ]


def _mapping(loader: yaml.SafeLoader, node: yaml.Node, path: str, option: str, advice: str) -> list[Entry]:
    import yaml

    if not isinstance(node, yaml.MappingNode):
        raise ConfigurationError(
            f"{path}, line {_line(node.start_mark)}: not a list of NAME: VALUE.", option=option, advice=advice
        )
    return [
        Entry(
            str(loader.construct_object(key, deep=True)),
            loader.construct_object(value, deep=True),
            _line(key.start_mark),
        )
        for key, value in node.value
    ]


@contextmanager
def _loaded(path: str, option: str) -> Iterator[tuple[yaml.SafeLoader, yaml.Node | None]]:
    """The file's one document; what YAML says of it within the block becomes an error of ours."""
    text = text_of(path, option)
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        yield loader, loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, option, error) from None
    except (yaml.YAMLError, ValueError):
        raise ConfigurationError(
            f"{path} is not YAML: it holds a character or a value that YAML does not have.", option=option
        ) from None
    except RecursionError:
        raise ConfigurationError(f"{path} is nested too deeply.", option=option) from None


def text_of(path: str, option: str = "") -> str:
    """The text of a file, local or on a filesystem that Beam knows.

    Raises:
        ConfigurationError: it cannot be read, or is not UTF-8.
    """
    try:
        return read_file(path, option).decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}.", option=option, advice="Check the path."
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8 text.", option=option) from None


def _not_yaml(path: str, option: str, error: yaml.MarkedYAMLError) -> ConfigurationError:
    import yaml

    mark = error.problem_mark or error.context_mark
    place = f", line {_line(mark)}" if mark else ""
    # The library's words for a tag or an alias quote the text that looks like one, which may be a secret.
    quotes_text = isinstance(error, yaml.composer.ComposerError | yaml.constructor.ConstructorError)
    problem = "a tag (!name) or an alias (*name) that means nothing here" if quotes_text else error.problem
    return ConfigurationError(
        f"{path}{place}: not YAML: {problem}.",
        option=option,
        advice="Put a value that holds special characters in quotes.",
    )


def _line(mark: yaml.Mark) -> int:
    return int(mark.line) + 1
