"""A look at the beginning of a stream that cannot go back."""

from __future__ import annotations

from .entry import ByteStream


class Peeked:
    """A stream whose first bytes can be looked at before it is read from its beginning.

    Args:
        stream: what is read.
        size: how many bytes to look at.

    Attributes:
        head: the first `size` bytes, fewer only if the stream ends or breaks off before.
        whole: whether `head` is the whole stream.
    """

    def __init__(self, stream: ByteStream, size: int) -> None:
        self._stream = stream
        self._error: Exception | None = None
        parts: list[bytes] = []
        missing = size
        while missing > 0:
            try:
                part = stream.read(missing)
            except Exception as error:  # noqa: BLE001 - it is raised again once the good bytes have been read
                self._error = error
                break
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        self.head = self._unread = b"".join(parts)
        self.whole = missing > 0 and self._error is None

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes from the beginning on; empty at the end."""
        if self._unread:
            part, self._unread = self._unread[:size], self._unread[size:]
            return part
        if self._error is not None:
            raise self._error
        return self._stream.read(size)
