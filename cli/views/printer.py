"""Lines, lists and tables, with every text made safe for the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from .console import safe

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

LISTED: Final = 20
"""Lines of one list that are shown."""


class Printer:
    """What the views print with.

    Args:
        console: where to.
        whole: the file that holds what is not shown.
    """

    def __init__(self, console: Console, whole: str) -> None:
        self.console = console
        self._whole = whole

    @property
    def width(self) -> int:
        """In characters."""
        return self.console.width

    def blank(self) -> None:
        """An empty line."""
        self.console.print()

    def heading(self, text: str) -> None:
        """A line that stands over others."""
        self.line(text, "bold")

    def line(self, text: str | Text, style: str = "") -> None:
        """One line of text, wrapped where it is too long."""
        from rich.text import Text

        self.console.print(Text(text, style=style) if isinstance(text, str) else text)

    def item(self, text: str, style: str = "") -> None:
        """One line of a list, wrapped under itself."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        row = Table.grid(padding=(0, 1, 0, 0))
        row.add_row("-", Text(text, style=style))
        self.console.print(Padding(row, (0, 0, 0, 2), expand=False))

    def items(self, heading: str, items: Iterable[Any], style: str = "") -> None:
        """A list under its heading, cut to `LISTED` lines; nothing where it is empty."""
        texts = [safe(item) for item in items]
        if not texts:
            return
        self.line(heading, style)
        for text in texts[:LISTED]:
            self.item(text)
        if len(texts) > LISTED:
            self.item(f"and {len(texts) - LISTED:,} more, in {self._whole}")

    def table(self, gap: int = 2) -> Table:
        """An empty table without lines, its columns that many characters apart."""
        from rich.table import Table

        return Table(box=None, padding=(0, gap, 0, 0), header_style="bold", show_edge=False)
