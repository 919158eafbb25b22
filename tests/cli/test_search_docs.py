"""What docs/search.md says is what the product asks."""

from __future__ import annotations

import re

import pytest
from search_samples import DOCUMENT, SECTIONS, missing_kinds, section, without_times

from iocbeam.cli.options.tables import SEARCH
from iocbeam.cli.values.command_line import parse


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_of_the_guide_is_what_the_product_says(name: str) -> None:
    """To print them again: python tests/cli/search_samples.py."""
    assert without_times(section(DOCUMENT.read_text(), name)) == without_times(SECTIONS[name]())


def test_the_guide_names_every_kind() -> None:
    assert missing_kinds(DOCUMENT.read_text()) == []


@pytest.mark.parametrize("line", re.findall(r"^iocbeam search (.*)$", DOCUMENT.read_text(), re.MULTILINE))
def test_a_command_line_of_the_guide_can_be_given(line: str) -> None:
    assert parse(line.replace("'", "").split(), SEARCH.all, paths=True).paths
