"""The page about feeds says what the sources do with real ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from feed_table import FeedRow, feed_rows, render

PAGE = Path(__file__).resolve().parents[3] / "docs" / "feeds.md"

REFUSED = {
    "falsepositives__permanent__domains.list": "named 'falsepositives'",
    "DUCKTAIL__iocs.csv": "'Indicator type', 'Data'",
    "diamondfox__diamondfox_panels.txt": "columns without a header line",
    "gorgon__hashes.csv": "columns without a header line",
    "keybase__keybase_panels.txt": "columns without a header line",
    "macro_loader__iocs.csv": "'SHA256', 'Download URL'",
    "mystic_stealer__grand_cluster_domains.txt": "separated by white space",
    "qakbot__payload_urls.txt": "two values seem to stand on one line",
}


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[FeedRow]:
    raw = shared / "data" / "raw"
    if not raw.is_dir():
        pytest.skip(f"no real feeds: {raw} is not there")
    return feed_rows(raw)


def test_the_page_is_what_the_code_does(rows: list[FeedRow]) -> None:
    expected = render(rows)
    assert PAGE.read_text(encoding="utf-8") == expected, "run python tests/transforms/sources/feed_table.py"


def test_exactly_these_are_refused_and_for_these_reasons(rows: list[FeedRow]) -> None:
    refused = {row.name.partition("/")[2]: row for row in rows if not row.complete}
    assert set(refused) == set(REFUSED)
    for name, row in refused.items():
        assert REFUSED[name] in row.error
        assert "--" in row.error
        assert row.records == 0


def test_what_is_read_holds_hardly_anything_but_indicators(rows: list[FeedRow]) -> None:
    assert len(rows) == 77
    for row in rows:
        if row.complete and row.format in ("text", "csv"):
            broken = sum(count for reason, count in row.rejected if reason in ("unknown_type", "missing_value"))
            assert broken <= 3, row
            assert row.records == row.accepted + sum(count for _, count in row.rejected)
