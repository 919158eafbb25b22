"""Secrets by reference."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from iocbeam.clients import resolve_secret
from iocbeam.model.errors import ConfigurationError, UsageError

OPTION = "--client_secret"


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_SECRET", "s3cret:with:colons")
    assert resolve_secret("env:SOME_SECRET", OPTION) == "s3cret:with:colons"


@pytest.mark.parametrize(
    ("content", "secret"),
    [(b"s3cret", "s3cret"), (b"s3cret\n", "s3cret"), (b"s3cret\r\n", "s3cret"), (b" s3cret \n\n", " s3cret \n")],
)
def test_one_trailing_newline_of_a_file_is_dropped(tmp_path: Path, content: bytes, secret: str) -> None:
    path = tmp_path / "secret"
    path.write_bytes(content)
    assert resolve_secret(f"file:{path}", OPTION) == secret


@pytest.mark.parametrize(
    "reference", ["hunter2~value", "env:", "file:", "vault:hunter2", "gcp-secret:hunter2", ""]
)
def test_what_is_no_reference_is_refused_without_repeating_it(reference: str) -> None:
    with pytest.raises(UsageError) as caught:
        resolve_secret(reference, OPTION)
    assert caught.value.option == OPTION
    assert "hunter2" not in str(caught.value)
    assert "env:NAME" in str(caught.value)


def test_what_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    for reference, name in (
        ("env:NOT_SET", "NOT_SET"),
        (f"file:{tmp_path}/none", "none"),
        (f"file:{tmp_path}", ""),
    ):
        with pytest.raises(ConfigurationError) as caught:
            resolve_secret(reference, OPTION)
        assert caught.value.option == OPTION
        assert name in caught.value.message
        assert caught.value.advice


def test_an_empty_secret_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY", "")
    with pytest.raises(ConfigurationError, match="empty"):
        resolve_secret("env:EMPTY", OPTION)


def test_a_file_that_is_not_text_is_refused_without_repeating_it(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"hunter2\xff")
    with pytest.raises(ConfigurationError) as caught:
        resolve_secret(f"file:{path}", OPTION)
    assert "hunter2" not in str(caught.value)


def test_a_key_vault_reference_says_that_it_is_not_available() -> None:
    with pytest.raises(ConfigurationError, match="not available"):
        resolve_secret("azure-keyvault:https://v.vault.azure.net/secrets/s", OPTION)


def test_without_the_library_a_gcp_secret_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.cloud.secretmanager", None)
    with pytest.raises(ConfigurationError, match=r"iocbeam\[gcp\]"):
        resolve_secret("gcp-secret:projects/p/secrets/s/versions/1", OPTION)


class _ApiError(Exception):
    pass


@pytest.fixture
def secret_manager(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Stands in for Google's library, which is an extra: name of a version to its content."""
    secrets: dict[str, bytes] = {}

    def access(request: dict[str, str]) -> SimpleNamespace:
        if request["name"] not in secrets:
            raise _ApiError("hunter2")
        return SimpleNamespace(payload=SimpleNamespace(data=secrets[request["name"]]))

    client = SimpleNamespace(access_secret_version=access)
    modules = {
        "google": {},
        "google.cloud": {},
        "google.cloud.secretmanager": {"SecretManagerServiceClient": lambda: client},
        "google.api_core": {},
        "google.api_core.exceptions": {"GoogleAPICallError": _ApiError},
        "google.auth": {},
        "google.auth.exceptions": {"GoogleAuthError": _ApiError},
    }
    for name, members in modules.items():
        module = ModuleType(name)
        module.__path__ = []  # type: ignore[attr-defined]
        vars(module).update(members)
        monkeypatch.setitem(sys.modules, name, module)
    return secrets


def test_a_secret_comes_from_secret_manager(secret_manager: dict[str, bytes]) -> None:
    secret_manager["projects/p/secrets/s/versions/latest"] = b"s3cret"
    assert resolve_secret("gcp-secret:projects/p/secrets/s/versions/latest", OPTION) == "s3cret"


def test_a_secret_that_secret_manager_refuses_is_named(secret_manager: dict[str, bytes]) -> None:
    with pytest.raises(ConfigurationError, match="projects/p/secrets/s/versions/1") as caught:
        resolve_secret("gcp-secret:projects/p/secrets/s/versions/1", OPTION)
    assert "hunter2" not in str(caught.value)
