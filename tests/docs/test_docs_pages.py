"""What docs/options.md and docs/outcomes.md say is what the code says."""

from __future__ import annotations

import options_page
import outcomes_page
import pytest
from page_sections import section

from iocbeam.model import OUTCOMES, REASONS


@pytest.mark.parametrize("name", options_page.SECTIONS)
def test_the_page_of_options_is_up_to_date(name: str) -> None:
    """To print it again: python tests/docs/page_sections.py."""
    assert section(options_page.DOCUMENT.read_text(), name) == options_page.SECTIONS[name]()


@pytest.mark.parametrize("name", outcomes_page.SECTIONS)
def test_the_page_of_outcomes_is_up_to_date(name: str) -> None:
    """To print it again: python tests/docs/page_sections.py."""
    assert section(outcomes_page.DOCUMENT.read_text(), name) == outcomes_page.SECTIONS[name]()


def test_the_page_has_every_option_that_a_command_shows() -> None:
    text = options_page.DOCUMENT.read_text()
    missing = {name for _, name in options_page.every_option() if f"`--{name}" not in text}
    assert not missing


def test_the_page_has_every_outcome_and_every_reason() -> None:
    text = outcomes_page.DOCUMENT.read_text()
    assert not [outcome for outcome in OUTCOMES if f"\n### {outcome}\n" not in text]
    assert not [code for code in REASONS if f'id="reason-{code}"' not in text]
