"""Secrets by reference: options name where a secret is, and never carry it."""

from __future__ import annotations

import importlib
import os
import re
from typing import Final

from iocbeam.model.errors import ConfigurationError, UsageError
from iocbeam.model.files import read_file

GCP_SECRET: Final = re.compile(r"projects/[^/]+/secrets/[^/]+/versions/[^/]+")
"""The name of a secret's version in Secret Manager."""

_FORMS: Final = "env:NAME, file:PATH or gcp-secret:projects/P/secrets/S/versions/V"


def resolve_secret(reference: str, option: str) -> str:
    """The secret that `reference` points to.

    Args:
        reference: `env:NAME`, `file:PATH` (local or on another filesystem, see `model.files`; one trailing
            newline is dropped) or `gcp-secret:projects/P/secrets/S/versions/V`.
        option: the option that carries the reference, for messages.

    Raises:
        UsageError: it is no reference. What was given is not repeated: it may be the secret itself.
        ConfigurationError: there is no secret there, or it cannot be read.
    """
    kind, _, place = reference.partition(":")
    if kind == "env" and place:
        secret = _from_environment(place, option)
    elif kind == "file" and place:
        secret = _from_file(place, option)
    elif kind == "gcp-secret" and GCP_SECRET.fullmatch(place):
        secret = _from_secret_manager(place, option)
    elif kind == "azure-keyvault":
        raise ConfigurationError(
            "azure-keyvault references are not available in this version.",
            option=option,
            advice=f"Use {_FORMS}.",
        )
    else:
        raise UsageError(
            "is not a reference to a secret.", option=option, advice=f"Give {_FORMS}, never the secret itself."
        )
    if not secret:
        raise ConfigurationError(f"the secret at {kind}:{place} is empty.", option=option)
    return secret


def _from_environment(name: str, option: str) -> str:
    if name not in os.environ:
        raise ConfigurationError(
            f"the environment variable {name} is not set.", option=option, advice="Export it, or use file:PATH."
        )
    return os.environ[name]


def _from_file(path: str, option: str) -> str:
    try:
        text = read_file(path, option).decode("utf-8")
    except OSError as error:
        raise ConfigurationError(
            f"the file {path} cannot be read: {error.strerror}.",
            option=option,
            advice="Create it, readable for this user only, or use env:NAME.",
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(
            f"the file {path} is not UTF-8 text.", option=option, advice="Give a secret or PEM as text."
        ) from None
    return text[:-2] if text.endswith("\r\n") else text.removesuffix("\n")


def _from_secret_manager(name: str, option: str) -> str:
    """Read with the application default credentials of the machine."""
    try:
        secretmanager = importlib.import_module("google.cloud.secretmanager")
        api_errors = importlib.import_module("google.api_core.exceptions")
        auth_errors = importlib.import_module("google.auth.exceptions")
    except ImportError:
        raise ConfigurationError(
            "gcp-secret references need google-cloud-secret-manager, which is not installed.",
            option=option,
            advice="Install the extra gcp: pip install 'iocbeam[gcp]'.",
        ) from None
    try:
        answer = secretmanager.SecretManagerServiceClient().access_secret_version(request={"name": name})
        return str(answer.payload.data.decode("utf-8"))
    except (api_errors.GoogleAPICallError, auth_errors.GoogleAuthError) as error:
        raise ConfigurationError(
            f"{name} cannot be read from Secret Manager ({type(error).__name__}).",
            option=option,
            advice="Check the name and that this account has roles/secretmanager.secretAccessor on it.",
        ) from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{name} in Secret Manager is not UTF-8 text.", option=option) from None
