"""Where the deployment files are, and how tests get hold of what is no package."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DATAFLOW = DEPLOY / "dataflow"
IMAGE = "europe-west1-docker.pkg.dev/example-project/iocbeam/iocbeam:0.1.0"


def metadata_module() -> ModuleType:
    """`deploy/dataflow/metadata.py`, which no package holds."""
    spec = importlib.util.spec_from_file_location("dataflow_metadata", DATAFLOW / "metadata.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def template(job: str) -> dict[str, Any]:
    """The checked-in metadata of a job's template."""
    found: dict[str, Any] = json.loads((DATAFLOW / "templates" / f"{job}.json").read_text(encoding="utf-8"))
    return found
