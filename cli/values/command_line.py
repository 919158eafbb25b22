"""From the command line to values. Our own options are consumed first; Beam gets only what is Beam's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from iocbeam.model.errors import UsageError

from ..options.option import LIST_KINDS, Kind, Option, by_name
from .given_text import shown
from .labels import nearest
from .precedence import check_exclusions
from .texts import read_value


@dataclass(slots=True)
class Parsed:
    """A command line.

    Attributes:
        values: what was given, by option name, in canonical form. Defaults are not in it.
        paths: arguments that belong to no option.
        beam_args: options that are Beam's, in Beam's form.
    """

    values: dict[str, Any] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    beam_args: list[str] = field(default_factory=list)


def parse(argv: Sequence[str], options: Sequence[Option], *, paths: bool = False, beam: bool = False) -> Parsed:
    """The values that a command line gives.

    Args:
        argv: without the command's name.
        options: the command's.
        paths: whether the command takes arguments beside its options.
        beam: whether options that a Beam class declares are taken.

    Raises:
        UsageError: an option is unknown, or its value is missing or cannot be.
    """
    reader = _Reader(argv, options, beam)
    while reader.left:
        argument = reader.left.pop(0)
        if argument == "--":
            reader.take_paths(reader.left, paths)
            reader.left = []
        elif argument.startswith("--"):
            reader.take_option(argument)
        elif argument.startswith("-") and len(argument) > 1:
            raise UsageError(f"{shown(argument)} is not an option.", advice="Options begin with two dashes.")
        else:
            reader.take_paths([argument], paths)
    if reader.parsed.beam_args:
        from ..options.beam_options import check_beam_args

        check_beam_args(reader.parsed.beam_args)
    check_exclusions(reader.parsed.values, options)
    return reader.parsed


class _Reader:
    def __init__(self, argv: Sequence[str], options: Sequence[Option], beam: bool) -> None:
        self.left = list(argv)
        self.parsed = Parsed()
        self._options = by_name(options)
        self._negations = {f"no_{option.name}": option for option in options if option.negatable}
        self._beam = beam
        self._last: Option | None = None

    def take_option(self, argument: str) -> None:
        written, equals, text = argument[2:].partition("=")
        name = written.replace("-", "_")
        if name in self._negations:
            self._take_negation(self._negations[name], name, equals)
        elif name in self._options:
            self._take(self._options[name], text if equals else None)
        else:
            self._take_beams(written, name, text if equals else None)

    def take_paths(self, texts: Sequence[str], allowed: bool) -> None:
        if texts and not allowed:
            # After a secret's reference it may be the rest of a secret.
            secret = self._last is not None and self._last.kind is Kind.SECRET
            what = "one argument" if secret else shown(texts[0])
            after = f" after {self._last.flag}" if self._last else ""
            raise UsageError(
                f"{what}{after} belongs to no option.", advice="Put a value that holds spaces in quotes."
            )
        self.parsed.paths += texts

    def _take_negation(self, option: Option, name: str, equals: str) -> None:
        if equals:
            raise UsageError("takes no value.", option=f"--{name}")
        self.parsed.values[option.name] = False
        self._last = option

    def _take(self, option: Option, text: str | None) -> None:
        self._last = option
        if option.kind is Kind.FLAG:
            self.parsed.values[option.name] = True if text is None else read_value(option, [text])
            return
        texts = [text] if text is not None else self._following(option.kind in LIST_KINDS)
        if not texts and self.left and self.left[0].startswith("-") and not self.left[0].startswith("--"):
            raise UsageError(
                "needs a value.",
                option=option.flag,
                advice=f"If the value begins with a dash, write {option.flag}=VALUE.",
            )
        value = read_value(option, texts)
        if option.kind in LIST_KINDS and option.name in self.parsed.values:
            value = self._added(option, self.parsed.values[option.name], value)
        self.parsed.values[option.name] = value

    @staticmethod
    def _added(option: Option, earlier: Any, value: Any) -> Any:
        """A list that is given again goes on where it was."""
        if option.kind is not Kind.PAIRS:
            return tuple(dict.fromkeys((*earlier, *value)))
        twice = earlier.keys() & value.keys()
        if twice:
            raise UsageError(f"names {min(twice)} twice.", option=option.flag)
        return {**earlier, **value}

    def _following(self, several: bool) -> list[str]:
        """The values that stand after an option: one, or all up to the next option."""
        texts: list[str] = []
        while self.left and not _is_option(self.left[0]) and (several or not texts):
            texts.append(self.left.pop(0))
        return texts

    def _take_beams(self, written: str, name: str, text: str | None) -> None:
        near = nearest(name, (*self._options, *self._negations))
        if self._beam:
            from ..options.beam_options import beam_arity

            arity = beam_arity()
            if name in arity:
                self.parsed.beam_args.append(f"--{name}" if text is None else f"--{name}={text}")
                if text is None and arity[name] != 0:
                    self.parsed.beam_args += self._following(arity[name] is None)
                return
            # Beam has so many names that one of them is always a little like any other.
            near = near or nearest(name, arity, likeness=0.8)
        raise UsageError(f"--{written[:80]} is not an option.", advice=f"Did you mean --{near}?" if near else None)


def _is_option(argument: str) -> bool:
    return argument[:1] == "-" and len(argument) > 1 and not argument[1].isdigit()
