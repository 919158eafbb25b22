"""Never-block lists: what must not be blocked whatever a collection says."""

from .built_in import BUILT_IN
from .entries import Entry, parse_list
from .match import BUILT_IN_LABEL, NeverBlock

__all__ = ["BUILT_IN", "BUILT_IN_LABEL", "Entry", "NeverBlock", "parse_list"]
