"""The files that a case keeps are its own: a link in their place would be read, written and emptied elsewhere."""

from __future__ import annotations

import stat
from pathlib import Path

from forensics.errors import IntegrityError

_FOLDERS = ("segments", "stdin")
_FILES = ("custody.jsonl", "custody.head")


def check(folder: Path) -> None:
    """Refuse a case folder in which a link, pipe or device stands where a file or folder of the case has to be.

    Raises:
        IntegrityError: there is one; the message names it.
    """
    for name in (*_FOLDERS, *_FILES):
        try:
            mode = (folder / name).lstat().st_mode
        except OSError:
            continue  # not there yet, or told by whoever opens it
        if not (stat.S_ISDIR(mode) if name in _FOLDERS else stat.S_ISREG(mode)):
            kind = "folder" if name in _FOLDERS else "file"
            raise IntegrityError(f"{folder / name}: is no {kind} of the case but a link or another thing.")


def leads_out(path: Path) -> bool:
    """Whether a segment file, or the folder that it lies in, is a link."""
    return path.is_symlink() or path.parent.is_symlink()
