"""What the command line knows about one option. No Beam, so that help answers at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """How an option's text becomes a value."""

    TEXT = "text"
    """One text, as given."""
    SECRET = "secret"  # noqa: S105 - a kind of option
    """One reference to a secret. What was given is never repeated."""
    CHOICE = "choice"
    """One label."""
    COUNT = "count"
    """One whole number."""
    FLAG = "flag"
    """No value: given is true. `--NAME=false` takes back what a configuration file says."""
    TEXTS = "texts"
    """Several texts, not split: a path or a name may hold a comma."""
    WORDS = "words"
    """Several texts, each split at commas."""
    ID = "id"
    """One object id of a directory: a GUID."""
    IDS = "ids"
    """Several object ids and words of the choices, each text split at commas."""
    RANGES = "ranges"
    """Several addresses or ranges in CIDR form, each text split at commas."""
    PAIRS = "pairs"
    """Several `NAME=TEXT`."""
    ACTION = "action"
    """One label, or `file=LABEL,network=LABEL`."""


LIST_KINDS = frozenset((Kind.TEXTS, Kind.WORDS, Kind.IDS, Kind.RANGES, Kind.PAIRS))


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    Attributes:
        name: snake_case, without dashes.
        kind: how its text becomes a value.
        help: what it does, one or two sentences. The default is added when it is shown.
        group: heading under which help lists it.
        metavar: stands for the value in help.
        default: its value when it is not given.
        default_text: how help says the default, where the value itself does not.
        choices: canonical labels of a `CHOICE`, of the words of a `WORDS` or `IDS`, or of the names of a `PAIRS`.
        aliases: other spellings of the choices.
        none_word: a word that empties a `WORDS`, for a list whose default is not empty.
        negatable: a `FLAG` that is on by default and is turned off by `--no_NAME`.
        required: for help only; what is missing is found when the job is made.
        excludes: name of an option that cannot be given beside this one.
        hidden: taken and not shown in help.
    """

    name: str
    kind: Kind
    help: str
    group: str = "Options"
    metavar: str = ""
    default: Any = None
    default_text: str = ""
    choices: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    none_word: str = ""
    negatable: bool = False
    required: bool = False
    excludes: str = ""
    hidden: bool = False

    @property
    def flag(self) -> str:
        """As it is written on the command line."""
        return f"--{self.name}"


def with_defaults(values: Mapping[str, Any], options: Iterable[Option]) -> dict[str, Any]:
    """A value for every option: the given one, else its default."""
    return {**{option.name: option.default for option in options}, **values}


def by_name(options: Iterable[Option]) -> dict[str, Option]:
    """The options by their names."""
    return {option.name: option for option in options}
