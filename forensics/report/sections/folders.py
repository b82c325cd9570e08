"""Pieces of evidence named shortly: below their common folder, and by folder where a folder holds many alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from posixpath import commonpath, dirname
from typing import NamedTuple

from forensics.model.case_file import EvidencePart

ALIKE = 3
"""So many pieces of one folder, alike in what is said of them, become one line."""


ALIKE_MESSAGES = 2
"""So many messages of a Maildir do; their file names say little."""
_MAILDIR = re.compile(
    r"""
    (.*?)                    # mail/example.org
    (?:/[^/]+)?/Maildir      # /anna/Maildir
    (?:/\.[^/]+)?            # /.Sent
    /(?:new|cur|tmp)/[^/]*$  # /new/1795425694.V1I2M3.host
    """,
    re.VERBOSE,
)


class Group(NamedTuple):
    """Pieces that share a line: their ids, what they are called together, and the pieces."""

    ids: str
    name: str
    pieces: tuple[EvidencePart, ...]


def common(pieces: Sequence[EvidencePart]) -> str:
    """The folder that holds every piece, ending in a slash; empty where there is none worth leaving out."""
    folders = [dirname(piece.path) for piece in pieces]
    if not folders or len({folder.startswith("/") for folder in folders}) > 1:
        return ""
    shared = commonpath(folders)
    return "" if shared in {"", "/"} else f"{shared}/"


def ids(pieces: Sequence[EvidencePart]) -> str:
    """The ids of pieces, runs of three or more as `E4–E9`."""
    numbers = [int(piece.id.lstrip("E")) for piece in pieces]
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(part for run in runs for part in _run(run))


def grouped(pieces: Sequence[EvidencePart], alike: Callable[[EvidencePart], Hashable], root: str) -> list[Group]:
    """Pieces below `root`, in the order of their first; those of one folder that are `alike` stand together."""
    by_folder: dict[Hashable, list[EvidencePart]] = {}
    for piece in pieces:
        by_folder.setdefault((*_place(piece.path), alike(piece)), []).append(piece)
    return [group for found in by_folder.values() for group in _together(found, len(root))]


def _together(pieces: Sequence[EvidencePart], start: int) -> list[Group]:
    folder, kind = _place(pieces[0].path)
    if len(pieces) < (ALIKE if kind == "files" else ALIKE_MESSAGES):
        return [Group(piece.id, piece.path[start:], (piece,)) for piece in pieces]
    name = f"{folder}/"[start:] or "./"
    return [Group(ids(pieces), f"{name} ({len(pieces):,} {kind})", tuple(pieces))]


def _place(path: str) -> tuple[str, str]:
    """The folder that a file stands in; for a message of a Maildir, the folder that holds the mailboxes."""
    mailboxes = _MAILDIR.match(path)
    return (mailboxes[1], "messages") if mailboxes else (dirname(path), "files")


def _run(run: list[int]) -> list[str]:
    return [f"E{run[0]}–E{run[-1]}"] if len(run) > 2 else [f"E{number}" for number in run]
