"""Never-block lists: what must not be blocked whatever a collection says."""

from .built_in import BUILT_IN
from .entries import Entry, parse_list
from .match import NeverBlock

__all__ = ["BUILT_IN", "Entry", "NeverBlock", "parse_list"]
