"""The file that keeps what came back: new, written line by line, each line on its way to the disk before it is read."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from forensics.errors import StorageError
from forensics.protocols import recording_lines
from forensics.protocols.recording_lines import RecordingLine


class Recording:
    """A file that did not exist before.

    Raises:
        StorageError: it exists, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("xb")
        except FileExistsError as error:
            raise StorageError(f"{path}: exists already; a recording is never overwritten.") from error
        except OSError as error:
            raise StorageError(f"{path}: cannot be written: {error.strerror}.") from error

    def __enter__(self) -> Recording:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, line: RecordingLine) -> None:
        """Keep a line.

        Raises:
            StorageError: it cannot be written.
        """
        try:
            self._file.write(recording_lines.encode(line))
            self._file.flush()
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written: {error.strerror}.") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def now() -> str:
    """The time in the form of a recording: UTC, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def since(start: float) -> int:
    """Milliseconds since a moment of `time.monotonic`."""
    return round((time.monotonic() - start) * 1000)
