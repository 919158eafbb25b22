"""Options that Beam's own classes declare. Imports Beam: asked only for a name that is not ours."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import lru_cache
from typing import NoReturn

from apache_beam.options.pipeline_options import PipelineOptions, _BeamArgumentParser

from iocbeam.model.errors import UsageError


class _Parser(_BeamArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}.", advice="It is an option of Beam's; see Beam's documentation.")


@lru_cache(maxsize=1)
def _parser() -> _Parser:
    parser = _Parser(allow_abbrev=False, add_help=False)
    for options in PipelineOptions.__subclasses__():
        options._add_argparse_args(parser)
    return parser


def beam_arity() -> dict[str, int | None]:
    """Names without dashes to how many values follow: 0, 1, or None for any number."""
    arity: dict[str, int | None] = {}
    # argparse has no public way to ask which options a parser knows.
    for action in _parser()._actions:
        values = 0 if action.nargs == 0 else 1 if action.nargs in (None, 1, argparse.OPTIONAL) else None
        arity.update((name[2:], values) for name in action.option_strings if name.startswith("--"))
    return arity


def check_beam_args(args: Sequence[str]) -> None:
    """Raise a `UsageError` when Beam would not take these."""
    _parser().parse_args(list(args))
