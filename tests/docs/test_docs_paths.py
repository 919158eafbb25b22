"""What the documentation points to in the repository is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent == ROOT], ids=_id)
def test_links_of_the_front_pages_lead_somewhere(page: Path) -> None:
    """Those inside of the site are the site's own to check."""
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text("utf-8"))
    assert not [link for link in links if "://" not in link and not (ROOT / link).is_file()]


@pytest.mark.parametrize("page", PAGES, ids=_id)
def test_files_that_a_page_names_are_in_the_repository(page: Path) -> None:
    named = re.findall(
        r"(?<![\w./-])((?:examples|tests|docs|deploy|benchmarks)/[\w./-]*\w)", page.read_text("utf-8")
    )
    assert not [name for name in named if not (ROOT / name).exists()]


def test_the_front_page_stays_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 150
