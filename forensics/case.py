"""The hall: one examination, from paths to a verdict. The only module that knows every wing."""

from __future__ import annotations

import getpass
import glob
import platform
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from forensics import examination, intake, sheet
from forensics.analysis import rulebook
from forensics.errors import EvidenceError, NothingToExamine, StorageError
from forensics.model.case_file import CaseFile, Finding, Verdict
from forensics.model.evidence import Evidence, Facts
from forensics.model.subject import Claim, Subject
from forensics.store import tables
from forensics.store.lock import Lock
from forensics.store.manifest import Manifest
from forensics.version import VERSION

if TYPE_CHECKING:
    import duckdb


class Case:
    """One examination, kept in a folder, or in a temporary one where none is named.

    Args:
        folder: where segments and custody are kept; made where it does not exist.
        domain, servers, window, claims: the question; what the sheet says where left out.
        sheet_path: an evidence sheet.
        progress: told what is being read.

    Raises:
        CaseLocked: another run holds the folder.
        IntegrityError: its custody chain is broken.
        StorageError: it cannot be written.

    Use it as a context manager, or call `close`.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        domain: str | None = None,
        servers: Iterable[str] = (),
        window: tuple[str | None, str | None] | None = None,
        claims: Iterable[Claim] = (),
        sheet_path: str | Path | None = None,
        progress: intake.Progress | None = None,
    ) -> None:
        self.sheet = sheet.load(Path(sheet_path)) if sheet_path is not None else sheet.EMPTY
        self.subject = _overlaid(self.sheet.subject, sheet.subject(domain, servers))
        self.window = sheet.window(*window) if window is not None else self.sheet.window
        self.claims = (*self.sheet.claims, *claims)
        self._progress = progress
        self._temporary = tempfile.TemporaryDirectory(prefix="forensics-") if folder is None else None
        self.folder = Path(self._temporary.name if self._temporary else folder or "")
        try:
            (self.folder / "segments").mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(f"{self.folder}: cannot be made: {error.strerror}.") from error
        self._lock = Lock(self.folder)
        self._manifest = Manifest(self.folder)
        if not self._manifest.custody.entries:
            self._manifest.log("open", host=platform.node(), user=_user(), version=VERSION)

    def __enter__(self) -> Case:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the folder; a temporary one is removed."""
        self._lock.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The pieces of the case."""
        return self._manifest.pieces

    @property
    def manifest(self) -> Manifest:
        """Custody, pieces and segment files."""
        return self._manifest

    @property
    def tables(self) -> tables.Tables:
        """The tables, lazily: `case.tables.dns_query` is a DuckDB relation."""
        return tables.Tables(self._connect("main"))

    def add(self, *paths: str | Path, facts: Mapping[str, Facts] | None = None) -> tuple[Evidence, ...]:
        """Read files, folders (walked) and globs into the case; what is there already, unchanged, is skipped.

        Args:
            facts: what is declared of single paths, above the sheet's word.

        Returns:
            The pieces that were read now.

        Raises:
            NothingToExamine: no file is under the paths.
            StorageError: the case cannot be written.
        """
        files = list(dict.fromkeys(intake.walk(_expanded(paths), leave_out=self.folder)))
        if not files:
            raise NothingToExamine(f"No file found under {', '.join(map(str, paths)) or 'no path'}.")
        first = no = self._manifest.next_no
        with self._intake() as reader:
            for path in files:
                declared = self._facts(path, facts or {})
                if self._known(path, declared, reader.pending):
                    continue
                self._commit(reader.take(path, no, declared))
                no += 1
            self._commit(reader.finish())
        return tuple(piece for piece in self.evidence if piece.no >= first)

    def result(self, *, command: str | None = None) -> CaseFile:
        """Judge the evidence: findings, answers, claims and verdict as one document.

        Raises:
            UsageError: a claim of an unknown kind.
            RuleError: a rule that does not fit.
        """
        book = rulebook.load()
        connection = self._connect("whole")
        try:
            return examination.examine(
                connection, subject=self.subject, window=self.window, claims=self.claims, evidence=self.evidence,
                custody_head=self._manifest.custody.head, command=command, book=book,
            )  # fmt: skip
        finally:
            connection.close()

    def findings(self) -> tuple[Finding, ...]:
        """What each rule found."""
        return self.result().findings

    def verdict(self) -> Verdict:
        """The verdict."""
        return self.result().verdict

    def report(self, path: str | Path) -> Path:
        """Write a report; the ending says which: .pdf, .html or .json.

        Raises:
            UsageError: another ending.
            StorageError: it cannot be written.
        """
        from forensics.report import write

        return write(self.result(), Path(path))

    def _facts(self, path: Path, declared: Mapping[str, Facts]) -> Facts:
        facts = self.sheet.facts(path)
        for name, extra in declared.items():
            if path == Path(name) or Path(name) in path.parents:
                facts = sheet.overlay(facts, extra)
        return facts

    def _known(self, path: Path, declared: Facts, pending: tuple[Evidence, ...]) -> bool:
        """Whether the file's bytes are in the case already, read the same way; what changed is logged."""
        try:
            size = path.stat().st_size
            candidates = [piece for piece in (*self.evidence, *pending) if piece.sha256 and piece.size_bytes == size]
            digest = intake.sha256_of(path) if candidates else None
        except (OSError, EvidenceError):
            return False  # reading it will say what is wrong
        known = False
        for piece in (candidate for candidate in candidates if candidate.sha256 == digest):
            if piece.path != str(path):
                self._manifest.log("duplicate", path=str(path), of=piece.id)
            elif piece.reading != intake.reading_of(declared):
                self._manifest.log("replace", no=piece.no, because="read again with other facts")
                continue
            elif piece.declared != intake.declared_of(declared):
                self._manifest.log("declare", no=piece.no, declared=intake.declared_of(declared))
            known = True
        return known

    @contextmanager
    def _intake(self) -> Iterator[intake.Intake]:
        reader = intake.Intake(self.folder, self._progress)
        try:
            yield reader
        except BaseException:
            reader.abandon()
            raise

    def _commit(self, segment: intake.Segment | None) -> None:
        if segment is not None:
            self._manifest.log("read", segment=segment.name, evidence=segment.pieces, files=segment.files)

    def _connect(self, schema: str) -> duckdb.DuckDBPyConnection:
        files: dict[str, list[Path]] = {}
        for file in self._manifest.files:
            files.setdefault(file.table, []).append((self.folder / file.path).resolve())
        connection = tables.connect(self.folder)
        tables.create_views(connection, schema, files, self._manifest.replaced)
        return connection


def _overlaid(below: Subject, above: Subject) -> Subject:
    """The subject of the sheet with what was given by hand put above it."""
    by_hand = bool(above.names or above.addresses)
    servers = above if by_hand else below
    return Subject(domain=above.domain or below.domain, names=servers.names, addresses=servers.addresses)


def _expanded(paths: Iterable[str | Path]) -> Iterator[Path]:
    for path in paths:
        text = str(path)
        if glob.has_magic(text) and not Path(text).exists():
            yield from map(Path, sorted(glob.glob(text, recursive=True)))  # noqa: PTH207 - absolute patterns too
        else:
            yield Path(text)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
