"""Our canonical values against vectors that others made."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from vector_results import AGREED, VECTORS, render

PAGE = Path(__file__).resolve().parents[2] / "docs" / "vectors.md"


@pytest.mark.parametrize("name", VECTORS)
def test_every_deviation_from_the_vectors_is_listed_with_its_reason(name: str, shared: Path) -> None:
    vectors = VECTORS[name]
    found = Counter(kind for kind, _ in vectors.run(shared / "vectors" / name))
    assert found == {AGREED: vectors.agreed, **{kind: count for kind, (count, _) in vectors.deviations.items()}}


def test_the_page_about_vectors_says_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(VECTORS)


def test_the_cyobstract_script_brings_no_cases(shared: Path) -> None:
    # Its reports and known indicators are not published with it; should that change, they are to be run.
    script = shared / "vectors" / "defang" / "cyobstract" / "smoke_test"
    assert [path.name for path in script.parent.iterdir()] == [script.name]
