"""Files that are shipped with the package. Imports nothing of Beam."""

from __future__ import annotations

from pathlib import Path
from typing import Final

PROVIDERS_FILE: Final = Path(__file__).with_name("providers.yaml")
"""What a pipeline of Beam YAML includes, to have our transforms."""
