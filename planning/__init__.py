"""Planning: what is to be done in a tenant, decided from data alone."""

from .actual import read_row
from .defender import plan
from .desired import Desired
from .items import as_item
from .marks import Mark, read_mark
from .room import Room

__all__ = ["Desired", "Mark", "Room", "as_item", "plan", "read_mark", "read_row"]
