"""Which file is which piece of a case: by where it lies, and by its bytes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from forensics import evidence_files
from forensics.errors import EvidenceError
from forensics.model.evidence import Declared, Evidence, Facts
from forensics.schema import VERSION
from forensics.store.location import location_of, path_of


class KnownPieces:
    """The pieces of the case in `folder`, as they are found and as they are added."""

    def __init__(self, pieces: Iterable[Evidence], folder: Path) -> None:
        self._folder = folder
        self._at: dict[str, Evidence] = {}
        self._of_size: dict[int, list[Evidence]] = {}
        for piece in pieces:
            self.add(piece)

    def add(self, piece: Evidence) -> None:
        """Know one more piece."""
        self._at[piece.location] = piece
        self._of_size.setdefault(piece.size_bytes, []).append(piece)

    def at(self, path: Path) -> Evidence | None:
        """The piece that was read from this path."""
        return self._at.get(location_of(path, self._folder))

    def digest(self, path: Path) -> str | None:
        """The SHA-256 of a file that may be a known piece; None where it cannot be one, or cannot be read."""
        try:
            if self.at(path) is None and path.stat().st_size not in self._of_size:
                return None
            return evidence_files.sha256_of(path)
        except (OSError, EvidenceError):
            return None  # reading it will say what is wrong

    def twin(self, path: Path, digest: str | None, said: Facts) -> Evidence | None:
        """A piece with the same bytes from another path, which therefore need not be read again.

        A piece without records is a twin only of one that is declared alike: two captures that both saw nothing are
        the same bytes, and each of them says so of its own place and time.
        """
        if digest is None:
            return None
        alike = (piece for piece in self._of_size.get(path.stat().st_size, ()) if piece.sha256 == digest)
        return next((piece for piece in alike if piece.records or declared_alike(piece, said)), None)

    def in_place(self, piece: Evidence) -> bool:
        """Whether the piece's file is still there, unchanged."""
        try:
            return evidence_files.sha256_of(path_of(piece.location, self._folder)) == piece.sha256
        except EvidenceError:
            return False


def read_alike(piece: Evidence, said: Facts) -> bool:
    """Whether reading the piece again would give the same rows; facts that are not given again still hold."""
    facts = (said.format, said.time_zone, said.year, said.sampling, said.date_order)
    if all(fact is None for fact in facts) and has_this_schema(piece):
        return True
    return piece.reading == evidence_files.reading_of(said)


def has_this_schema(piece: Evidence) -> bool:
    """Whether the piece was read into tables with the columns of today."""
    return piece.reading.startswith(f"schema={VERSION} ")


def declared_now(piece: Evidence, said: Facts) -> Declared:
    """What is declared of the piece once this is said too."""
    new = evidence_files.declared_of(said)
    return Declared(vantage=new.vantage or piece.declared.vantage, covers=new.covers or piece.declared.covers)


def declared_alike(piece: Evidence, said: Facts) -> bool:
    """Whether all that is said of the piece was said before."""
    return read_alike(piece, said) and declared_now(piece, said) == piece.declared
