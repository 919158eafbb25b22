"""What the elements of Beam YAML's collections are: rows whose fields Beam knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple, get_type_hints

import apache_beam as beam
from apache_beam.pvalue import PCollection
from apache_beam.typehints.row_type import RowTypeConstraint
from apache_beam.typehints.schemas import named_fields_from_element_type

from iocbeam.model.errors import UsageError
from iocbeam.model.indicator_row import IndicatorRow, indicator_row
from iocbeam.model.outcome import OutcomeRow
from iocbeam.model.record import ReadReport, Record
from iocbeam.model.sighting import Fetched


class Mapped(dict[str, Any]):
    """A mapping as a field of a row. Beam YAML's Flatten, which stands before every transform with several inputs,
    makes a list of the keys of any other one."""

    def _asdict(self) -> dict[str, Any]:
        return self


class EventRow(NamedTuple):
    """An event as an element of Beam YAML.

    Attributes:
        event: of the Open Cybersecurity Schema Framework, as JSON has it.
    """

    event: Any


def row_type(kind: Any) -> Any:
    """The type of rows with the fields of one of our flat classes."""
    # Our annotations are texts, which Beam does not read.
    hints = get_type_hints(kind)
    return RowTypeConstraint.from_fields(
        [(name, Sequence[str] if hint == tuple[str, ...] else hint) for name, hint in hints.items()]
    )


INDICATORS: Final = IndicatorRow
_MAPPINGS: Final = {Record: "fields", Fetched: "data", EventRow: "event"}
"""Kinds of rows with a mapping in them, and where."""
OUTCOMES: Final = row_type(OutcomeRow)
REPORTS: Final = row_type(ReadReport)


def shown_as(kind: Any) -> Callable[[Any], Any] | None:
    """What makes the rows that others are shown of elements of a kind; None where they are shown as they are."""
    if kind is IndicatorRow:
        return indicator_row
    field = _MAPPINGS.get(kind)
    return None if field is None else partial(_mapped, field)


def _mapped(field: str, row: Any) -> Any:
    return row._replace(**{field: Mapped(getattr(row, field))})


def typed(pcoll: PCollection[Any], kind: Any) -> PCollection[Any]:
    """The collection, whose elements Beam is told to be of this type."""
    pcoll.element_type = kind
    return pcoll


def field_names(pcoll: PCollection[Any]) -> tuple[str, ...] | None:
    """The fields of a collection's rows, None where Beam does not know them."""
    kind: Any = pcoll.element_type
    try:
        return tuple(name for name, _ in named_fields_from_element_type(kind))
    except (TypeError, ValueError):
        return None


def as_tuples(pcoll: PCollection[Any], kind: Any, makes: str) -> PCollection[Any]:
    """Rows with the fields of one of our named tuples, as that.

    Args:
        kind: the class.
        makes: the transform that makes such rows, for the message.

    Raises:
        UsageError: the rows have other fields.
    """
    names = field_names(pcoll)
    if names is not None and set(names) != set(kind._fields):
        raise UsageError(
            f"takes what {makes} gives, and rows with the fields {', '.join(names) or '(none)'} come in.",
            advice=f"Its fields are {', '.join(kind._fields)}.",
        )
    made: PCollection[Any] = pcoll | f"As{kind.__name__}" >> beam.Map(_as_tuple, kind).with_output_types(kind)
    return made


def _as_tuple(row: Any, kind: Any) -> Any:
    if type(row) is kind:
        return row
    values = (getattr(row, name) for name in kind._fields)
    return kind(*(tuple(value) if isinstance(value, list) else value for value in values))
