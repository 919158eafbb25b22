"""What docs/google-identity.md says is what the product says."""

from __future__ import annotations

import pytest
from identity_samples import DOCUMENT, MISTAKES, SECTIONS, section

from iocbeam.clients.login.federated_errors import _MISMATCHES


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_of_the_identity_guide_is_what_the_product_says(name: str) -> None:
    """To print them again: python tests/cli/identity_samples.py."""
    assert section(DOCUMENT.read_text(), name) == SECTIONS[name]()


@pytest.mark.parametrize("number", _MISMATCHES)
def test_the_identity_guide_explains_every_number(number: int) -> None:
    assert f"`AADSTS{number}`" in DOCUMENT.read_text()


def test_every_mistake_of_the_identity_guide_is_one_of_its_own() -> None:
    assert len({mistake.what for mistake in MISTAKES}) == len(MISTAKES)
