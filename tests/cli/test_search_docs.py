"""What docs/search.md says is what the product asks."""

from __future__ import annotations

import re

import pytest
from search_samples import DOCUMENT, missing_kinds, table

from iocbeam.cli.options import SEARCH
from iocbeam.cli.parse import parse


def test_the_table_of_the_guide_is_the_table_of_the_product() -> None:
    """To print it again: python tests/cli/search_samples.py."""
    assert table() in DOCUMENT.read_text()


def test_the_guide_names_every_kind() -> None:
    assert missing_kinds(DOCUMENT.read_text()) == []


@pytest.mark.parametrize("line", re.findall(r"^iocbeam search (.*)$", DOCUMENT.read_text(), re.MULTILINE))
def test_a_command_line_of_the_guide_can_be_given(line: str) -> None:
    assert parse(line.replace("'", "").split(), SEARCH.all, paths=True).paths
