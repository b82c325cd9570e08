"""What a case holds: its pieces and segment files, as the custody chain tells it."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from forensics.errors import IntegrityError
from forensics.model.evidence import Evidence
from forensics.model.subject import Question
from forensics.protocols.surrogates import escaped
from forensics.schema import TABLES
from forensics.store.custody import Custody
from forensics.store.own_files import leads_out
from forensics.store.segment_file import SegmentFile

_SEGMENT_FILE = re.compile(r"segments/[0-9]{1,12}/[a-z_]{1,64}\.parquet")


class Manifest:
    """The pieces and files of one case folder; every change is a custody line, written before it counts.

    Raises:
        IntegrityError: the chain is broken.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.custody = Custody(folder / "custody.jsonl")
        self._pieces: dict[int, Evidence] = {}
        self._files: list[SegmentFile] = []
        self._last = 0
        self._said: set[tuple[str, str]] = set()
        self.question = Question()
        """The question as it was last asked."""
        self.unheard: list[tuple[str, str]] = []
        """Paths of which something was declared that does not count, and the SHA-256 of the piece with their bytes."""
        for entry in self.custody.entries:
            try:
                self._apply(entry.action, entry.data)
            except (KeyError, TypeError, ValueError) as error:  # msgspec's errors are ValueErrors
                raise IntegrityError(
                    f"{self.custody.path}: line {entry.no} is no {entry.action!r} entry: {error}."
                ) from error

    @property
    def pieces(self) -> tuple[Evidence, ...]:
        """The pieces that count, in order."""
        return tuple(self._pieces[no] for no in sorted(self._pieces))

    @property
    def files(self) -> tuple[SegmentFile, ...]:
        """Every committed segment file."""
        return tuple(self._files)

    @property
    def replaced(self) -> tuple[int, ...]:
        """Numbers of pieces whose rows no longer count."""
        return tuple(no for no in range(1, self._last + 1) if no not in self._pieces)

    @property
    def next_no(self) -> int:
        """The number of the next piece."""
        return self._last + 1

    def log(self, action: str, **data: Any) -> None:
        """Write a custody line.

        Raises:
            StorageError: it cannot be written.
        """
        plain = _encodable(msgspec.to_builtins(data))
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.custody.append(action, at, **plain)
        self._apply(action, plain)

    def log_once(self, action: str, **data: Any) -> None:
        """Write a custody line unless there is the same already.

        Raises:
            StorageError: it cannot be written.
        """
        if (action, _text(data)) not in self._said:
            self.log(action, **data)

    def ask(self, question: Question) -> None:
        """Log a question where it is another than the last; what it leaves out stays as it was.

        Raises:
            StorageError: it cannot be written.
        """
        whole = question.over(self.question)
        if whole != self.question:
            self.log("ask", question=whole)

    def damage(self) -> list[str]:
        """Every segment file that is gone or no longer what was committed, one sentence each."""
        found = []
        for file in self._files:
            path = self.folder / file.path
            if not path.is_file():
                found.append(f"{file.path}: is gone.")
            elif leads_out(path):
                found.append(f"{file.path}: is reached over a link, which may lead out of the case.")
            elif _sha256(path) != file.sha256:
                found.append(f"{file.path}: its bytes are not those that custody recorded.")
        return found

    def _apply(self, action: str, data: dict[str, Any]) -> None:
        self._said.add((action, _text(data)))
        if action == "read":
            for row in data["evidence"]:
                piece = msgspec.convert(row, Evidence)
                self._pieces[piece.no] = piece
                self._last = max(self._last, piece.no)
            self._files += map(_own, msgspec.convert(data["files"], list[SegmentFile]))
        elif action in ("declare", "move"):
            piece = self._pieces[data["no"]]
            self._pieces[piece.no] = msgspec.convert({**msgspec.to_builtins(piece), **data}, Evidence)
        elif action == "ask":
            self.question = msgspec.convert(data["question"], Question)
        elif action == "replace":
            self._pieces.pop(data["no"], None)
        elif action == "duplicate" and data.get("unheard"):
            self.unheard.append((str(data["path"]), str(data["sha256"])))


def _own(file: SegmentFile) -> SegmentFile:
    if not _SEGMENT_FILE.fullmatch(file.path) or file.table not in TABLES:
        raise ValueError(f"{file.path!r} is no segment file of a case")
    return file


def _text(data: dict[str, Any]) -> str:
    return msgspec.json.encode(data, order="deterministic").decode()


def _encodable(value: Any) -> Any:
    """Plain values with every lone surrogate in a text written out: a reader's words may quote broken text."""
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return [_encodable(item) for item in value] if isinstance(value, list | tuple) else value


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
