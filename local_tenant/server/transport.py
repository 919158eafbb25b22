"""HTTP/1.1 on the loopback address, over TLS but for what is plain by nature, a thread for each connection.

Werkzeug's own server closes every connection after one answer, and does a TLS handshake in the thread
that accepts; real services keep connections alive, and so do our clients. So the server is ours, and
requests and responses are Werkzeug's.
"""

from __future__ import annotations

import contextlib
import io
import ipaddress
import logging
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote_to_bytes

from werkzeug.wrappers import Request, Response

App = Callable[[Request], Response]

_MAX_BODY = 64 * 2**20
_IDLE_SECONDS = 300
_STOP_SECONDS = 5.0
_PAUSE_SECONDS = 0.01
_logger = logging.getLogger(__name__)


class ConnectionDropped(Exception):
    """Raised by the app to close the connection without an answer, or in the middle of one.

    `response` is sent with headers for the whole of its body, and of that body `sent` bytes.
    """

    def __init__(self, response: Response | None = None, sent: int = 0) -> None:
        super().__init__("the connection is to be closed")
        self.response = response
        self.sent = sent


class PlainServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves `app` from a thread of its own between `start` and `stop`.

    Raises `ValueError` for a host that is not a loopback address: the credentials are known to all.
    Raises `OSError` when the port is taken.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    scheme = "http"
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: App) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            raise ValueError(f"the local tenant listens on the loopback address only, not on {host}")
        self.app = app
        self._open: set[socket.socket] = set()
        self._open_changed = threading.Condition()
        self._stopped = threading.Event()
        super().__init__((host, port), _Handler)
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, then end every connection, so that none is answered from a tenant that is gone."""
        with self._open_changed:
            self._stopped.set()
        with contextlib.suppress(OSError):
            socket.create_connection(self.socket.getsockname(), timeout=1).close()
        self._thread.join()
        self.server_close()
        with self._open_changed:
            for connection in self._open:
                _end(connection)
            self._open_changed.wait_for(lambda: not self._open, _STOP_SECONDS)

    def _accept(self) -> None:
        """Not `serve_forever`, which looks for its end at intervals only: `stop` wakes this by connecting."""
        while not self._stopped.is_set():
            try:
                request, client_address = self.get_request()
            except OSError:
                # Out of file handles, most likely: a connection has to end first.
                time.sleep(_PAUSE_SECONDS)
                continue
            if self._stopped.is_set():
                request.close()
            else:
                self.process_request(request, client_address)

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """One connection, in a thread of its own."""
        if not isinstance(request, socket.socket):
            return
        request.settimeout(_IDLE_SECONDS)
        self._track(request)
        try:
            with request:
                _Handler(request, client_address, self)
        finally:
            self._untrack(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away or refused the certificate is no event; it learns of it on its side."""
        _logger.debug("connection ended", exc_info=True)

    def _track(self, connection: socket.socket) -> None:
        with self._open_changed:
            self._open.add(connection)
            if self._stopped.is_set():
                _end(connection)

    def _untrack(self, connection: socket.socket) -> None:
        with self._open_changed:
            self._open.discard(connection)
            self._open_changed.notify_all()


class TlsServer(PlainServer):
    """The same over TLS."""

    scheme = "https"

    def __init__(self, host: str, port: int, app: App, tls: ssl.SSLContext) -> None:
        super().__init__(host, port, app)
        self._tls = tls

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Handshake here, in the connection's own thread: a client that stalls holds up no other."""
        if not isinstance(request, socket.socket):
            return
        request.settimeout(_IDLE_SECONDS)
        self._track(request)
        try:
            connection = self._tls.wrap_socket(request, server_side=True)
        finally:
            self._untrack(request)
        self._track(connection)
        try:
            with connection:
                _Handler(connection, client_address, self)
        finally:
            self._untrack(connection)


class _Handler(BaseHTTPRequestHandler):
    server: PlainServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Headers and body leave in one write.
    wbufsize = -1

    def answer(self) -> None:
        body = self._read_body()
        if body is None:
            return
        try:
            response = self.server.app(Request(self._environ(body)))
        except ConnectionDropped as dropped:
            self.close_connection = True
            if dropped.response is not None:
                self._send(dropped.response, dropped.sent)
            return
        self._send(response)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815

    def handle_expect_100(self) -> bool:
        go_on = super().handle_expect_100()
        self.wfile.flush()
        return go_on

    def log_message(self, format: str, *args: object) -> None:
        """The tenant keeps its own log."""

    def _read_body(self) -> bytes | None:
        """The body, or `None` after an answer that it cannot be read. Only a plain length is taken."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers:
            self._refuse(411)
            return None
        if not length.isdecimal():
            self._refuse(400)
            return None
        if int(length) > _MAX_BODY:
            self._refuse(413)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _refuse(self, status: int) -> None:
        """The unread body makes the connection useless for a further request."""
        self.close_connection = True
        self._send(Response(status=status, headers={"Connection": "close"}))

    def _environ(self, body: bytes) -> dict[str, object]:
        path, _, query = self.path.partition("?")
        environ: dict[str, object] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self.server.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ.setdefault(f"HTTP_{name.upper().replace('-', '_')}", value)
        return environ

    def _send(self, response: Response, sent: int | None = None) -> None:
        body = response.get_data()
        self.send_response_only(response.status_code)
        self.send_header("Date", self.date_time_string(time.time()))
        has_body = response.status_code not in (204, 304)
        for name, value in response.headers.items():
            if name != "Content-Length" and (has_body or name != "Content-Type"):
                self.send_header(name, value)
        if has_body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:sent])


def _end(connection: socket.socket) -> None:
    """End a connection that another thread may be reading from; that thread then closes it."""
    try:
        # Not SSLSocket's own method, which would take the TLS state from under that thread.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:
        _logger.debug("connection had ended already")
