"""Which error a run that ended early is told by: ours, in our words, and not one that was handled on the way."""

from __future__ import annotations

import apache_beam as beam
import pytest

from iocbeam.model.errors import ConfigurationError, IocbeamError, Stop
from iocbeam.pipelines.beam_run import original_error


class _Raises(beam.DoFn):
    def __init__(self, how: str) -> None:
        super().__init__()
        self._how = how

    def process(self, element: int) -> None:
        try:
            raise Stop("what was met first")
        except IocbeamError as error:
            match self._how:
                case "the same":
                    raise
                case "in other words":
                    raise ConfigurationError("words for a person") from None
                case "for a reason":
                    raise ConfigurationError("words for a person") from error
                case "a bug":
                    raise KeyError("a bug") from None
                case "a bug met it":
                    raise KeyError("a bug")  # noqa: B904 - an error by mistake has the handled one as its context


@pytest.mark.parametrize(
    ("how", "kind", "words"),
    [
        ("the same", Stop, "what was met first"),
        ("in other words", ConfigurationError, "words for a person"),
        ("for a reason", ConfigurationError, "words for a person"),
        ("a bug", KeyError, "a bug"),
        ("a bug met it", KeyError, "a bug"),
    ],
)
def test_the_error_of_a_run_is_told_in_the_words_that_were_chosen_for_it(
    how: str, kind: type[Exception], words: str
) -> None:
    with pytest.raises(Exception) as told, beam.Pipeline(runner="FnApiRunner") as pipeline:  # noqa: PT011 - any
        _ = pipeline | beam.Create([1]) | beam.ParDo(_Raises(how))
    found = original_error(told.value)
    assert isinstance(found, kind)
    assert words in str(found)
    assert "what was met" in str(found) or kind is not Stop


def _interrupted() -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        raise RuntimeError("a runner's own")  # noqa: B904 - as a runner leaves it


def test_an_interruption_goes_before_what_it_broke() -> None:
    with pytest.raises(RuntimeError) as told:
        _interrupted()
    assert isinstance(original_error(told.value), KeyboardInterrupt)
