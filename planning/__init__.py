"""Planning: what is to be done in a tenant, decided from data alone."""

from .defender.actual import read_row
from .defender.desired import Desired
from .defender.items import as_item
from .defender.plan import plan
from .defender.room import Room
from .marks import Mark, read_mark

__all__ = ["Desired", "Mark", "Room", "as_item", "plan", "read_mark", "read_row"]
