"""What loop and job are run with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from iocbeam.model.settings import ClassifySettings, ConnectionSettings, PlanPolicy, TenantSettings

STARTED: Final = 1_790_000_000
"""Start of every run, epoch seconds."""


def tenant_settings(connection: str = "") -> TenantSettings:
    """All defaults.

    Args:
        connection: a JSON file with the fields of a `ConnectionSettings`; without one no tenant is asked.
    """
    login = ConnectionSettings(**json.loads(Path(connection).read_bytes())) if connection else ConnectionSettings()
    return TenantSettings("tenant", login, ClassifySettings(collection="bench"), PlanPolicy("bench"))
