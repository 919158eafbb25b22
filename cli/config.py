"""`--config`: a YAML file of options by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from iocbeam.model.errors import ConfigurationError, UsageError

from .job_options import COMMON
from .labels import nearest
from .option import LIST_KINDS, Kind, Option, by_name
from .parse import check_exclusions, is_set
from .values import actions_value, pairs_value, read_value, shown

if TYPE_CHECKING:
    import yaml

_OPTION = "--config"
_NOT_IN_A_FILE = frozenset(("config", *by_name(COMMON)))


def with_config(values: Mapping[str, Any], options: Sequence[Option]) -> dict[str, Any]:
    """Values of the command line over those of the file that it names, if it names one.

    Raises:
        UsageError, ConfigurationError: as `read_config`.
    """
    given = {name: value for name, value in values.items() if name != "config"}
    path = values.get("config")
    if not path:
        return given
    from_file = read_config(path, options)
    for option in options:
        # An option on the command line also goes before the one of the file that it excludes.
        for one, other in ((option.name, option.excludes), (option.excludes, option.name)):
            if one and is_set(given, one):
                from_file.pop(other, None)
    return {**from_file, **given}


def read_config(path: str, options: Sequence[Option]) -> dict[str, Any]:
    """The values that a file gives, in canonical form.

    Raises:
        ConfigurationError: the file is missing or is not YAML of the right shape; it names the line.
        UsageError: a key is no option, or its value cannot be; it names key, file and line.
    """
    known = {name: option for name, option in by_name(options).items() if name not in _NOT_IN_A_FILE}
    known |= {f"no_{option.name}": option for option in known.values() if option.negatable}
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value, line in _entries(path):
        name = key.replace("-", "_")
        option = known.get(name)
        if option is None:
            near = nearest(name, known)
            advice = f"Did you mean {near}?" if near else "Options of Beam's own go on the command line."
            raise UsageError(f"{path}, line {line}: {shown(key)} is not an option.", option=_OPTION, advice=advice)
        if option.name in lines:
            raise UsageError(
                f"{path}, line {line}: {option.name} is given in line {lines[option.name]} already.",
                option=_OPTION,
            )
        lines[option.name] = line
        try:
            found = _value(option, value)
        except UsageError as error:
            raise UsageError(
                f"{error.message} ({path}, line {line})", option=error.option, advice=error.advice
            ) from None
        values[option.name] = not found if name != option.name else found
    check_exclusions(values, options)
    return values


def _entries(path: str) -> list[tuple[str, Any, int]]:
    """Key, value and line number of each entry at the top of the file."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error.strerror}.", option=_OPTION, advice="Check the path."
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8 text.", option=_OPTION) from None
    import yaml

    try:
        loader = yaml.SafeLoader(text)
        top = loader.get_single_node()
        if top is None:
            return []
        if not isinstance(top, yaml.MappingNode):
            raise ConfigurationError(
                f"{path}, line {_line(top.start_mark)}: not a list of NAME: VALUE.",
                option=_OPTION,
                advice="Write one option a line, for example capacity: 15000",
            )
        return [
            (
                str(loader.construct_object(key, deep=True)),
                loader.construct_object(value, deep=True),
                _line(key.start_mark),
            )
            for key, value in top.value
        ]
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(path, error) from None
    except (yaml.YAMLError, ValueError):
        raise ConfigurationError(
            f"{path} is not YAML: it holds a character or a value that YAML does not have.", option=_OPTION
        ) from None
    except RecursionError:
        raise ConfigurationError(f"{path} is nested too deeply.", option=_OPTION) from None


def _not_yaml(path: str, error: yaml.MarkedYAMLError) -> ConfigurationError:
    import yaml

    mark = error.problem_mark or error.context_mark
    place = f", line {_line(mark)}" if mark else ""
    # The library's words for a tag or an alias quote the text that looks like one, which may be a secret.
    quotes_text = isinstance(error, yaml.composer.ComposerError | yaml.constructor.ConstructorError)
    problem = "a tag (!name) or an alias (*name) that means nothing here" if quotes_text else error.problem
    return ConfigurationError(
        f"{path}{place}: not YAML: {problem}.",
        option=_OPTION,
        advice="Put a value that holds special characters in quotes.",
    )


def _line(mark: yaml.Mark) -> int:
    return int(mark.line) + 1


def _value(option: Option, value: Any) -> Any:
    if isinstance(value, dict):
        texts = {str(name): _scalar(option, text) for name, text in value.items()}
        if option.kind is Kind.PAIRS:
            return pairs_value(option, list(texts.items()))
        if option.kind is Kind.ACTION:
            return actions_value(option, texts)
        raise UsageError("takes no mapping.", option=option.flag)
    if isinstance(value, list):
        if option.kind not in LIST_KINDS:
            raise UsageError("takes one value, not a list.", option=option.flag)
        return read_value(option, [_scalar(option, item) for item in value], split=False)
    return read_value(option, [_scalar(option, value)])


def _scalar(option: Option, value: Any) -> str:
    """What the file says as a text, which is then read like the command line's."""
    if isinstance(value, bool):
        # YAML takes a bare yes, no, on and off for a truth value, whatever it was meant to be.
        if option.kind is Kind.FLAG:
            return "true" if value else "false"
    elif isinstance(value, str):
        return value
    elif isinstance(value, int) and option.kind is not Kind.SECRET:
        return str(value)
    elif value is None:
        return ""
    raise UsageError("is not a text to YAML.", option=option.flag, advice="Put the value in quotes.")
