"""How wide the columns of a table are, and which of them a narrow terminal has no room for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

GAP: Final = 1
"""Between two columns."""


class Column(NamedTuple):
    """A column of a table.

    Attributes:
        title: its heading.
        cells: a text for each row, of one line or several.
        least: columns that it has at least, if its texts are that long; they are folded in it.
        whole: whether no line of it may be broken, as whoever copies half an address finds nothing.
        order: columns with a number can be left out, the lowest first.
    """

    title: str
    cells: Sequence[str]
    least: int = 1
    whole: bool = False
    order: int = 0

    @property
    def longest(self) -> int:
        """Of its lines, in characters of a terminal."""
        from rich.cells import cell_len

        return max(cell_len(line) for text in (self.title, *self.cells) for line in text.split("\n"))

    @property
    def needed(self) -> int:
        """What it must have to be of use."""
        longest = self.longest
        return longest if self.whole else min(longest, max(self.least, *map(len, self.title.split())))


def fitted(columns: Sequence[Column], room: int) -> list[tuple[Column, int]]:
    """The columns that find room, each with its width.

    Args:
        room: characters of the terminal.
    """
    kept = list(columns)
    while sum(column.needed + GAP for column in kept) > room and any(column.order for column in kept):
        kept.remove(min((column for column in kept if column.order), key=lambda column: column.order))
    widths = [column.longest for column in kept]
    least = [column.needed for column in kept]
    over = sum(widths) + GAP * len(kept) - room
    for floor in (least, [width if column.whole else 1 for column, width in zip(kept, least, strict=True)]):
        while over > 0:
            spare = [at for at, width in enumerate(widths) if width > floor[at]]
            if not spare:
                break
            widths[max(spare, key=lambda at: widths[at])] -= 1
            over -= 1
    return list(zip(kept, widths, strict=True))
