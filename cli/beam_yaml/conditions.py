"""Conditions on indicators as texts of Python: what `Keep` takes."""

from __future__ import annotations

import ast
import builtins
import re
from typing import Any, Final

from apache_beam.utils.python_callable import PythonCallableWithSource

from iocbeam.model.errors import UsageError
from iocbeam.model.indicator import Indicator

from ..values.labels import nearest

_FIELDS: Final = Indicator.__slots__


class Condition:
    """An expression over the fields of an indicator, such as `type == 'FQDN' and 'phishing' in tags`.

    Args:
        text: of Python; the fields of an indicator are its names.

    Raises:
        UsageError: it is no expression, or has names that nothing has.
    """

    def __init__(self, text: str) -> None:
        _check(text)
        lines = [f"  {name} = __row__.{name}" for name in _FIELDS if re.search(rf"\b{name}\b", text)]
        source = "\n".join(["def condition(__row__):", *lines, f"  return bool({text.strip()}\n  )"])
        self._function = PythonCallableWithSource(source)

    def __call__(self, indicator: Any) -> bool:
        """Whether it holds."""
        return bool(self._function(indicator))


def _check(text: str) -> None:
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        raise UsageError(
            f"keep is no expression of Python: {what}.", advice="Such as keep: \"type == 'FQDN'\"."
        ) from None
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    own = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    own |= {argument.arg for node in ast.walk(tree) if isinstance(node, ast.Lambda) for argument in node.args.args}
    for node in names:
        if node.id not in _FIELDS and node.id not in own and not hasattr(builtins, node.id):
            near = nearest(node.id, _FIELDS)
            raise UsageError(
                f"keep names {node.id}, which is no field of an indicator.",
                advice=f"Is {near} meant?" if near else f"The fields are {', '.join(_FIELDS)}.",
            )
