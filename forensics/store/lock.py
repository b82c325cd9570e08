"""One run at a time on a case folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import platform
from pathlib import Path
from types import TracebackType

from forensics.errors import CaseLocked, StorageError


class Lock:
    """Holds `<case>/lock` while open; the operating system releases it however the process ends.

    Raises:
        CaseLocked: another run holds it; the message says which.
        StorageError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._descriptor = _opened(self._path)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._descriptor, 200).decode("utf-8", "replace").strip() or "another run"
            os.close(self._descriptor)
            raise CaseLocked(f"{folder}: is in use by {holder}. Wait for it to end, or name another case.") from error
        # A name is a courtesy: the lock holds without it, on a full disk or read-only media.
        with contextlib.suppress(OSError):
            os.truncate(self._descriptor, 0)
            os.write(self._descriptor, f"process {os.getpid()} on {platform.node()}\n".encode())

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the folder."""
        os.close(self._descriptor)


def _opened(path: Path) -> int:
    """The lock file; read-only where it is there and cannot be written, so that an archived case can still be read."""
    flags = os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags | os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        if error.errno in (errno.EROFS, errno.EACCES) and path.is_file():
            return os.open(path, flags | os.O_RDONLY)
        raise StorageError(f"{path}: cannot be opened: {error.strerror}.") from error
