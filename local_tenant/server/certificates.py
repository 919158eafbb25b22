"""A throw-away certificate authority for the server. Its key stays in memory."""

from __future__ import annotations

import os
import shutil
import ssl
import tempfile
import weakref
from pathlib import Path

import trustme

_BUNDLE = "local-tenant-ca.pem"


class Certificates:
    """The CA certificate lies in `directory`, or in a temporary one that goes with this object."""

    def __init__(self, directory: str | os.PathLike[str] | None) -> None:
        if directory is None:
            self.directory = Path(tempfile.mkdtemp(prefix="local-tenant-"))
            self._cleanup = weakref.finalize(self, shutil.rmtree, self.directory, ignore_errors=True)
        else:
            self.directory = Path(directory)
            self.directory.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA()
        self._server = authority.issue_cert("127.0.0.1", "localhost")
        self.bundle = self.directory / _BUNDLE
        authority.cert_pem.write_to_path(str(self.bundle))

    def server_context(self) -> ssl.SSLContext:
        """TLS settings of the server, with a certificate for 127.0.0.1 and localhost."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._server.configure_cert(context)
        return context
