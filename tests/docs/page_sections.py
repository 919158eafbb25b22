"""Pages of the documentation whose sections are made from the code. `python tests/docs/page_sections.py` prints
all of them into the documents again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"

Sections = Mapping[str, Callable[[], str]]
"""What makes each section, by its name."""


def section(text: str, name: str) -> str:
    """What stands in a document under that name."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n?<!-- /{name} -->", text, re.DOTALL)
    assert found is not None, f"the document has no section {name}"
    return found[1]


def with_sections(text: str, sections: Sections) -> str:
    """The document with every section as it is now."""
    for name, make in sections.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(begin)
        assert found, f"the document has no section {name}"
        text = f"{before}{begin}{make()}\n{end}{rest.partition(end)[2]}"
    return text


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of Markdown; no cell may hold a bar."""
    head = tuple(head)
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in rows:
        cells = tuple(row)
        assert len(cells) == len(head), cells
        assert not any("|" in cell or "\n" in cell for cell in cells), cells
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def attributes_of(described: Any) -> dict[str, str]:
    """What the docstring of a class says of its attributes, by their names."""
    _, _, listed = (described.__doc__ or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in listed.splitlines():
        begins = re.match(r" {4,8}([a-z_]+(?:, [a-z_]+)*): (.*)", line)
        if begins:
            names = begins[1].split(", ")
            found |= dict.fromkeys(names, begins[2])
        elif line.strip():
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
        else:
            break
    return found


def main() -> None:
    """Every page, printed again."""
    import options_page
    import outcomes_page

    for page in (options_page, outcomes_page):
        page.DOCUMENT.write_text(with_sections(page.DOCUMENT.read_text(), page.SECTIONS))


if __name__ == "__main__":
    main()
