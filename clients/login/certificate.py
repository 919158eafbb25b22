"""The client certificate: a PEM with a private key and its certificate."""

from __future__ import annotations

import re
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from iocbeam.model.errors import ConfigurationError

_OPTION: Final = "--client_certificate"
_ADVICE: Final = "Give a PEM that holds the private key, without a password, and its certificate."
_KEY: Final = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----.+?-----END (?:[A-Z]+ )?PRIVATE KEY-----", re.DOTALL
)


def certificate_credential(pem: str) -> dict[str, str]:
    """MSAL's credential for a PEM; its assertions are then signed with PS256 and a SHA-256 thumbprint.

    Raises:
        ConfigurationError: key or certificate is missing, broken, encrypted, or they do not belong together.
    """
    found = _KEY.search(pem)
    if found is None or "ENCRYPTED" in found.group():
        raise ConfigurationError("the PEM holds no usable private key.", option=_OPTION, advice=_ADVICE)
    try:
        key = serialization.load_pem_private_key(found.group().encode(), password=None)
        certificates = x509.load_pem_x509_certificates(pem.encode())
    except (ValueError, TypeError):
        raise ConfigurationError(
            "the private key or the certificate in the PEM cannot be read.", option=_OPTION, advice=_ADVICE
        ) from None
    public_key = key.public_key()
    # A chain may come in any order; the certificate of the key is the one to show.
    own = next((one for one in certificates if one.public_key() == public_key), None)
    if own is None:
        raise ConfigurationError(
            "no certificate in the PEM belongs to its private key.", option=_OPTION, advice=_ADVICE
        )
    return {
        "private_key": found.group(),
        "public_certificate": own.public_bytes(serialization.Encoding.PEM).decode(),
    }
