"""What docs/azure-setup.md says is what the table of permissions holds and what `iocbeam check` prints."""

from __future__ import annotations

import pytest
from check_samples import DOCUMENT, MISTAKES, SECTIONS, section

from iocbeam.clients.probe.check import CHECKS, STATES
from iocbeam.model.permissions import JOB_ROLES
from iocbeam.model.settings import CLOUDS


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_of_the_setup_guide_is_what_the_product_says(name: str) -> None:
    """To print them again: python tests/cli/check_samples.py."""
    assert section(DOCUMENT.read_text(), name) == SECTIONS[name]()


@pytest.mark.parametrize("word", [*CHECKS, *STATES, *JOB_ROLES, *CLOUDS])
def test_the_setup_guide_explains_every_word_of_a_check(word: str) -> None:
    assert f"`{word}`" in DOCUMENT.read_text()


def test_every_mistake_is_one_of_its_own() -> None:
    assert len({mistake.what for mistake in MISTAKES}) == len(MISTAKES)
