"""What a provider is: called with a transform's config, it gives the transform.

Beam YAML loads a provider of `type: python` by its dotted name, in its own process, and calls it with the keys of
`config` as keyword arguments. Everything that is wrong with them is told there, by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final

import apache_beam as beam
from apache_beam.pvalue import PCollection

from iocbeam.model.error_row import ErrorRow, error_row
from iocbeam.model.errors import Stop, UsageError
from iocbeam.pipelines.flow import Flow
from iocbeam.transforms import OutcomeCollector

from ..options.option import Option
from .broken import BrokenFn
from .call import Call, Errors, Made, note, together
from .config import ERRORS, OUTCOMES, REPORTS, in_words_of_yaml, read_config
from .rows import OUTCOMES as OUTCOME_ROWS
from .rows import REPORTS as REPORT_ROWS
from .rows import shown_as, typed
from .start import run_start

GOOD: Final = "good"
"""Name of the main output where there are others; Beam YAML finds it by itself beside an error output."""


Build = Callable[[Call, Any], Made]


class Provider:
    """A transform of Beam YAML.

    Args:
        name: of the transform.
        group: heading in the documentation.
        does: what it does, in a sentence or two.
        takes: what comes in; empty for a source.
        gives: what goes out.
        build: builds it, given the call and what comes in.
        options: of the option tables of the commands.
        own: options that only Beam YAML has.
        tags: those of `config.TAGS` that it takes.
        counted: whether its records are to be noted for the sums; not those of what only looks or writes, or notes
            them itself.
    """

    def __init__(
        self,
        name: str,
        group: str,
        does: str,
        build: Build,
        *,
        takes: str = "",
        gives: str = "",
        options: tuple[Option, ...] = (),
        own: tuple[Option, ...] = (),
        tags: tuple[str, ...] = (ERRORS, OUTCOMES),
        counted: bool = True,
    ) -> None:
        self.name = name
        self.group = group
        self.does = does
        self.takes = takes
        self.gives = gives
        self.build = build
        self.options = options
        self.own = own
        self.tags = tags
        self.counted = counted
        # What Beam YAML looks at.
        self._yaml_requires_inputs = bool(takes)
        self.__name__ = name
        self.__doc__ = _doc(self)
        self.__signature__ = inspect.Signature(
            [
                inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Any)
                for key in (*(option.name for option in (*options, *own)), *tags)
            ]
        )

    def __call__(self, **config: Any) -> beam.PTransform[Any, Any]:
        """The transform with this config.

        Raises:
            UsageError: a key is unknown, missing, or has a value that it cannot have.
        """
        try:
            values, outputs = read_config(config, (*self.options, *self.own), self.tags)
            for option in self.own:
                if option.required and option.name not in values:
                    raise UsageError(f"needs {option.name}.", advice=option.help)
        except Stop as error:
            raise _told(error) from None
        return _Configured(self, values, outputs)

    def __repr__(self) -> str:
        return f"<Beam YAML provider {self.name}>"


class _Configured(beam.PTransform[Any, Any]):
    """A provider's transform, ready for its input."""

    def __init__(self, provider: Provider, values: Mapping[str, Any], outputs: Mapping[str, str]) -> None:
        super().__init__(provider.name)
        self._provider = provider
        self._values = values
        self._outputs = outputs

    def expand(self, pvalue: Any) -> Any:
        try:
            if not hasattr(pvalue, "pipeline"):
                raise UsageError("takes one input.", advice="Several are one as a list: input: [A, B].")
            return self._expand(pvalue, Flow.of(pvalue.pipeline, run_start))
        except Stop as error:
            raise _told(error) from error

    def _expand(self, pvalue: Any, flow: Flow) -> Any:
        errors = Errors() if ERRORS in self._outputs else None
        outcomes = OutcomeCollector()
        call = Call(self._provider.name, self._values, flow, errors, outcomes)
        made = self._provider.build(call, pvalue)
        reads, broken = made.reads, None
        if reads is not None and (errors is not None or REPORTS not in self._outputs):
            broken = reads | "Broken off" >> beam.ParDo(BrokenFn(call.run(), raises=errors is None))
            broken.element_type = ErrorRow
        if self._provider.counted:
            note(flow, self._provider.name, made, errors, outcomes)
        main = self._shown(made, flow)
        if not self._outputs:
            return main
        return {GOOD: main, **self._further(call, reads, broken)}

    @staticmethod
    def _shown(made: Made, flow: Flow) -> PCollection[Any]:
        """The main output as others are shown it."""
        shown = shown_as(made.rows)
        if shown is None:
            return made.main if made.rows is None else typed(made.main, made.rows)
        rows: PCollection[Any] = made.main | "Rows" >> beam.Map(shown).with_output_types(made.rows)
        flow.show(made.main, rows)
        return rows

    def _further(self, call: Call, reads: Any, broken: Any) -> dict[str, Any]:
        outputs: dict[str, Any] = {}
        for key, name in self._outputs.items():
            if key == OUTCOMES:
                ends = [rows for collector in call.all_outcomes for rows in collector.rows]
                outputs[name] = typed(together(ends, "Outcomes"), OUTCOME_ROWS)
            elif key == REPORTS:
                outputs[name] = typed(reads, REPORT_ROWS)
            else:
                letters = [one for errors in call.all_errors for one in errors.letters]
                rows = [
                    one | f"Error rows {number}" >> beam.Map(error_row).with_output_types(ErrorRow)
                    for number, one in enumerate(letters)
                ]
                outputs[name] = typed(together([*rows, *([] if broken is None else [broken])], "Errors"), ErrorRow)
        return outputs


def _told(error: Stop) -> Stop:
    """The same error in words of YAML."""
    return type(error)(in_words_of_yaml(error))


def _doc(provider: Provider) -> str:
    keys = "\n".join(f"    {option.name}: {option.help}" for option in (*provider.options, *provider.own))
    return f"{provider.does}\n\nArgs:\n{keys}\n" if keys else provider.does
