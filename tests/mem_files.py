"""A filesystem of Beam's that no library of files reaches: what is read from it went through Beam.

It behaves like a bucket: names with slashes and no directories, and a file is there once it is closed.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem

FILES: dict[str, bytes] = {}
"""By their whole names, with the scheme."""
OPENED: list[str] = []
"""What was opened for reading, in order."""


class _Written(io.BytesIO):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def close(self) -> None:
        if not self.closed:
            FILES[self._path] = self.getvalue()
        super().close()


class MemoryFiles(FileSystem):
    """Files named `mem://…`, in this process."""

    @classmethod
    def scheme(cls) -> str:
        return "mem"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join((basepath.rstrip("/"), *(path.strip("/") for path in paths)))

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def mkdirs(self, path: str) -> None:
        """There are none."""

    def has_dirs(self) -> bool:
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        return iter([self.metadata(path) for path in sorted(FILES) if path.startswith(dir_or_prefix)])

    def create(self, path: str, *_: Any, **__: Any) -> Any:
        return _Written(path)

    def open(self, path: str, *_: Any, **__: Any) -> Any:
        OPENED.append(path)
        return io.BytesIO(FILES[self._known(path)])

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, destination in zip(source_file_names, destination_file_names, strict=True):
            FILES[destination] = FILES[self._known(source)]

    def rename(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        self.copy(source_file_names, destination_file_names)
        self.delete(source_file_names)

    def exists(self, path: str) -> bool:
        return path in FILES

    def size(self, path: str) -> int:
        return len(FILES[self._known(path)])

    def last_updated(self, path: str) -> float:
        return 0.0

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, self.size(path))

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            del FILES[self._known(path)]

    @staticmethod
    def _known(path: str) -> str:
        if path not in FILES:
            raise BeamIOError("no such file", {path: FileNotFoundError(path)})
        return path


def put(path: str, content: bytes) -> str:
    """A file with this content; its name."""
    FILES[path] = content
    return path


def below(directory: str) -> dict[str, bytes]:
    """The files of a directory by their names within it."""
    return {path[len(directory) + 1 :]: FILES[path] for path in sorted(FILES) if path.startswith(f"{directory}/")}
