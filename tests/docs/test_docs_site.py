"""The site builds without a warning and without the network, has every public name, and loads nothing else."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]

PACKAGES = (
    "clients",
    "local_tenant",
    "model",
    "model.never_block",
    "model.ocsf",
    "model.values",
    "pipelines",
    "planning",
    "sinks",
    "transforms",
    "transforms.sources",
)

# A proxy that nobody listens at: whoever tries to fetch something while building fails.
_OFFLINE = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")


def _build(directory: Path, config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(directory)],
        cwd=ROOT,
        env={**os.environ, **_OFFLINE, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it."""
    directory = tmp_path_factory.mktemp("site")
    built = _build(directory, ROOT / "mkdocs.yml")
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr + built.stdout
    return directory


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_has_an_entry(site: Path, name: str) -> None:
    page = (site / "api" / f"{name.replace('.', '-')}.html").read_text("utf-8")
    # A function may stand in a module of its own name, and is then found there.
    entries = {found.rsplit(".", 1)[1] for found in re.findall(rf'id="(iocbeam\.{name}\.[\w.]+)"', page)}
    missing = set(importlib.import_module(f"iocbeam.{name}").__all__) - entries
    assert not missing, "without a docstring, or in a module of its name, which the page has to name: see docs/api"


def test_the_site_loads_nothing_from_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text("utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]*\ssrc=[\"']?(https?:[^\"' >]+)", text)
        loaded += re.findall(r"<link[^>]*\shref=[\"']?(https?:[^\"' >]+)", text)
        assert not loaded, page.name
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?https?:", style.read_text("utf-8")), style.name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[there](nowhere.md)", "nowhere.md"),
        ("[there](other.md#nowhere)", "#nowhere"),
        ("[here](#nowhere)", "#nowhere"),
        ("[there](/other.md)", "/other.md"),
        ("[there](../README.md)", "README.md"),
    ],
    ids=["page", "anchor", "own_anchor", "absolute", "outside"],
)
def test_a_broken_link_fails_the_build(tmp_path: Path, text: str, said: str) -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Here\n\n{text}\n")
    (tmp_path / "docs" / "other.md").write_text("# Other\n")
    small = {"site_name": "small", "validation": config["validation"], "theme": {"name": "mkdocs"}}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump({**small, "nav": ["index.md", "other.md"]}))
    built = _build(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert built.returncode == 1
    assert said in built.stderr


def test_a_page_outside_of_the_navigation_fails_the_build(tmp_path: Path) -> None:
    config = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    (tmp_path / "docs").mkdir()
    for name in ("index", "forgotten"):
        (tmp_path / "docs" / f"{name}.md").write_text(f"# {name}\n")
    small = {"site_name": "small", "validation": config["validation"], "theme": {"name": "mkdocs"}}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump({**small, "nav": ["index.md"]}))
    built = _build(tmp_path / "site", tmp_path / "mkdocs.yml")
    assert built.returncode == 1
    assert "forgotten.md" in built.stderr
