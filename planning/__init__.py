"""Planning: what is to be done in a tenant, decided from data alone."""

from .defender import ActualRow, Desired, as_item, mark, owner_of_mark, plan

__all__ = ["ActualRow", "Desired", "as_item", "mark", "owner_of_mark", "plan"]
