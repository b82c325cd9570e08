"""Where a file lies, as text that every JSON document can hold: a URI reference (RFC 3986), percent-encoded.

Names of files are bytes, and need not be UTF-8. What lies inside the case folder is kept relative to it, so that the
folder can be moved.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

_SCHEME = "file://"


def shown(path: str | Path) -> str:
    r"""The path as text; a byte that is no UTF-8 is written as `\xff`.

    >>> shown("mail.log")
    'mail.log'
    """
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def location_of(path: Path, folder: Path) -> str:
    """The place of a file as a case in `folder` keeps it.

    >>> location_of(Path("/case/stdin/a b"), Path("/case")), location_of(Path("/mail.log"), Path("/case"))
    ('stdin/a%20b', 'file:///mail.log')
    """
    absolute, inside = path.absolute(), folder.absolute()
    if absolute.is_relative_to(inside):
        return quote_from_bytes(os.fsencode(absolute.relative_to(inside)))
    return _SCHEME + quote_from_bytes(os.fsencode(absolute))


def path_of(location: str, folder: Path) -> Path:
    """The path that a location names.

    >>> path_of("stdin/a%20b", Path("case")).as_posix(), path_of("file:///mail.log", Path("case")).as_posix()
    ('case/stdin/a b', '/mail.log')
    """
    inside = not location.startswith(_SCHEME)
    name = os.fsdecode(unquote_to_bytes(location if inside else location.removeprefix(_SCHEME)))
    return folder / name if inside else Path(name)
