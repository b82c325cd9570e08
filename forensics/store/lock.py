"""One run at a time on a case folder."""

from __future__ import annotations

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
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise StorageError(f"{self._path}: cannot be opened: {error.strerror}.") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(self._descriptor, 200).decode("utf-8", "replace").strip() or "another run"
            os.close(self._descriptor)
            raise CaseLocked(f"{folder}: is in use by {holder}. Wait for it to end, or name another case.") from error
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
