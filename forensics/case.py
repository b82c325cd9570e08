"""The hall: one examination, from paths to a verdict. The only module that knows every wing."""

from __future__ import annotations

import getpass
import glob
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import date
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from forensics import evidence_files, sheet
from forensics.analysis.clock_skew import Clocks
from forensics.errors import IntegrityError, NothingToExamine, StorageError, UsageError
from forensics.known_pieces import KnownPieces, declared_alike, declared_now, has_this_schema, read_alike
from forensics.model.case_file import CaseFile, Finding, Verdict
from forensics.model.evidence import Evidence, Facts
from forensics.model.header_report import ClockPart, HeaderReport, MessagePart
from forensics.model.posture import Posture
from forensics.model.registration_report import RegistrationReport
from forensics.model.subject import Claim, Question, Subject
from forensics.store import own_files
from forensics.store.location import location_of, shown
from forensics.store.lock import Lock
from forensics.store.manifest import Manifest
from forensics.version import VERSION

if TYPE_CHECKING:
    import duckdb

    from forensics import intake
    from forensics.store import tables


class Case:
    """One examination, kept in a folder, or in a temporary one where none is named.

    Args:
        folder: where segments and custody are kept; made where it does not exist.
        domain, servers, window, claims: the question; what is left out is as the sheet says, and where that does not
            say, as the case was last asked.
        sheet_path: an evidence sheet.
        progress: told what is being read.

    Raises:
        CaseLocked: another run holds the folder.
        IntegrityError: its custody chain is broken, or a link stands in place of what it keeps.
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
        asked = Question(
            subject=_overlaid(self.sheet.subject, sheet.subject(domain, servers)),
            window=sheet.window(*window) if window is not None else self.sheet.window,
            claims=(*self.sheet.claims, *claims),
        )
        self._progress = progress
        self._clocks = Clocks()
        self._temporary = _temporary() if folder is None else None
        self.folder = Path(self._temporary.name if self._temporary else folder or "")
        own_files.check(self.folder)
        _make(self.folder / "segments")
        with ExitStack() as held:
            self._lock = Lock(self.folder)
            held.callback(self.close)
            self._open(asked)
            held.pop_all()  # opened: whoever uses the case closes it

    def _open(self, asked: Question) -> None:
        self._manifest = Manifest(self.folder)
        if not self._manifest.custody.entries:
            self._manifest.log("open", host=platform.node(), user=_user(), version=VERSION)
        self._manifest.ask(asked)
        question = self._manifest.question
        self.subject, self.window, self.claims = question.subject, question.window, question.claims

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
        from forensics.store import tables

        return tables.Tables(self._connect("main"))

    def add(
        self, *paths: str | Path, facts: Mapping[str, Facts] | None = None, names: Mapping[str, str] | None = None
    ) -> tuple[Evidence, ...]:
        """Read files, folders (walked) and globs into the case; what is there already, unchanged, is skipped.

        Args:
            facts: what is declared of single paths, above the sheet's word.
            names: what to call single paths, such as the file that holds standard input.

        Returns:
            The pieces that were read now.

        Raises:
            NothingToExamine: no file is under the paths.
            UsageError: a declared format or vantage that does not exist.
            IntegrityError: a file of the case is no longer the one that was read.
            StorageError: the case cannot be written.
        """
        walked = list(evidence_files.walk(_expanded(paths), leave_out=self.folder))
        if not any(os.path.lexists(path) for path in walked):
            raise NothingToExamine(f"No file found under {', '.join(map(shown, paths)) or 'no path'}.")
        files: dict[Path, Path] = {}
        for path in walked:
            files.setdefault(path.absolute(), path)
        declared = {path: self._facts(path, facts or {}) for path in files.values()}
        if any(said.format or said.vantage for said in declared.values()):
            from forensics import examination

            examination.check_facts(declared)
        first = no = self._manifest.next_no
        known = KnownPieces(self.evidence, self.folder)
        unknown = (path for path, said in declared.items() if not self._is_known(path, said, known))
        for begun in unknown:  # what reads files is loaded for the first that is to be read
            with self._intake() as reader:
                for path in chain([begun], unknown):
                    self._commit(reader.take(path, no, declared[path], (names or {}).get(str(path))))
                    known.add(reader.latest)
                    no += 1
                self._commit(reader.finish())
        return tuple(piece for piece in self.evidence if piece.no >= first)

    def result(self, *, command: str | None = None) -> CaseFile:
        """Judge the evidence: findings, answers, claims and verdict as one document.

        Raises:
            UsageError: a claim of an unknown kind.
            RuleError: a rule that does not fit.
        """
        from forensics import examination
        from forensics.analysis import rulebook

        book = rulebook.load()
        connection = self._connect("whole")
        try:
            return examination.examine(
                connection, subject=self.subject, window=self.window, claims=self.claims, evidence=self.evidence,
                custody_head=self._manifest.custody.head, command=command, book=book, told=tuple(self._unheard()),
            )  # fmt: skip
        finally:
            connection.close()

    def findings(self) -> tuple[Finding, ...]:
        """What each rule found."""
        return self.result().findings

    def verdict(self) -> Verdict:
        """The verdict."""
        return self.result().verdict

    def posture(self, domain: str, *, as_of: date | None = None, selectors: Iterable[str] = ()) -> Posture:
        """What the records of the case say about the mail of a domain, on a day or as seen last.

        Raises:
            UsageError: no domain name.
        """
        from forensics import examination

        connection = self._connect("whole")
        try:
            return examination.posture(connection, domain, self.evidence, as_of=as_of, selectors=tuple(selectors))
        finally:
            connection.close()

    def registration(self, domain: str, *, as_of: date | None = None) -> RegistrationReport:
        """The registration of a domain over time, from the answers of the case; on a day too where one is named.

        Raises:
            UsageError: no domain name.
        """
        from forensics import examination

        connection = self._connect("whole")
        try:
            return examination.registration(connection, domain, self.evidence, as_of=as_of)
        finally:
            connection.close()

    def headers(
        self,
        paths: Iterable[str | Path] = (),
        *,
        trust: Iterable[str] = (),
        authserv_ids: Iterable[str] = (),
        as_of: date | None = None,
        contents: bool = False,
    ) -> HeaderReport:
        """The way of the messages of the case, or of those under `paths`, and how far each hop can be trusted.

        Args:
            trust: servers, or domains of servers, whose fields are believed; none: those of the topmost field.
            authserv_ids: whose Authentication-Results are believed; none: those of the trusted servers.
            as_of: judge by DNS answers that were seen on this UTC day.
            contents: also list bodies and attachments, with their hashes.
        """
        from forensics import examination

        messages = self.message_parts(
            paths, trust=trust, authserv_ids=authserv_ids, as_of=as_of, contents=contents
        )  # fmt: skip
        return examination.header_report_of(messages, self._pieces_at(paths), self.clocks)

    def message_parts(
        self,
        paths: Iterable[str | Path] = (),
        *,
        trust: Iterable[str] = (),
        authserv_ids: Iterable[str] = (),
        as_of: date | None = None,
        contents: bool = False,
    ) -> Iterator[MessagePart]:
        """The same one message at a time, for mailboxes that do not fit in memory; arguments as for `headers`.

        Raises:
            EvidenceError: a file can no longer be read.
            IntegrityError: a file is no longer the one that was read.
        """
        from forensics import examination

        self._clocks = Clocks()
        connection = self._connect("whole")
        try:
            messages = examination.message_parts(
                connection, self._pieces_at(paths), self.folder,
                trust=tuple(trust), authserv_ids=tuple(authserv_ids), as_of=as_of, contents=contents,
            )  # fmt: skip
            yield from self._clocks.watched(messages)
        finally:
            connection.close()

    def clocks(self) -> tuple[ClockPart, ...]:
        """The clocks of servers that are off, by the messages that `message_parts` gave last, as estimates."""
        return self._clocks.estimates()

    def kept(self, messages: Iterable[MessagePart], folder: str | Path) -> Iterator[MessagePart]:
        """The same messages, which are also written to a folder as Parquet: a row per message, and one per hop.

        Raises:
            StorageError: the folder cannot be written.
        """
        from forensics.store import message_folder

        return message_folder.written(messages, Path(folder))

    def sources_of(self, paths: Iterable[str | Path] = ()) -> tuple[str, ...]:
        """The pieces under the paths, as documents name them."""
        return tuple(f"{piece.id} {piece.path}" for piece in self._pieces_at(paths))

    def _pieces_at(self, paths: Iterable[str | Path]) -> list[Evidence]:
        """The pieces that hold the files under the paths, by place or by the same bytes, each once; no paths: all."""
        if not paths:
            return list(self.evidence)
        known, found = KnownPieces(self.evidence, self.folder), dict[int, Evidence]()
        for path in evidence_files.walk(_expanded(paths), leave_out=self.folder):
            place = path.absolute()
            piece = known.at(place) or known.twin(place, known.digest(place), Facts())
            if piece is not None:
                found[piece.no] = piece
        return [found[number] for number in sorted(found)]

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
            above = Path(name).absolute()
            if path.absolute() == above or above in path.absolute().parents:
                facts = sheet.overlay(facts, extra)
        return facts

    def _is_known(self, path: Path, said: Facts, known: KnownPieces) -> bool:
        """Whether the file's bytes are in the case already, read the same way; what changed is logged."""
        here, digest = known.at(path), known.digest(path)
        if here is not None:
            return self._stays(here, digest, said)
        twin = known.twin(path, digest, said)
        if twin is None:
            return False
        unheard = {} if declared_alike(twin, said) else {"unheard": True}
        self._manifest.log_once("duplicate", path=shown(path), sha256=digest, **unheard)
        if twin.no < self._manifest.next_no and not known.in_place(twin):
            self._manifest.log("move", no=twin.no, path=shown(path), location=location_of(path, self.folder))
        return True

    def _unheard(self) -> Iterator[str]:
        """What was declared of copies of other pieces: their bytes are read once, as the first of them is declared."""
        pieces = {piece.sha256: piece for piece in self.evidence}
        for path, digest in self._manifest.unheard:
            if piece := pieces.get(digest):
                yield (
                    f"{path}: has the bytes of {piece.id} {piece.path}, which count once: what is declared of it does "
                    f"not. Declare it of {piece.path} where it holds for those bytes."
                )

    def _stays(self, piece: Evidence, digest: str | None, said: Facts) -> bool:
        """Whether a piece stays as it was read before from the same path."""
        if not piece.sha256:
            return digest is None or self._replaced(piece, "it could not be read whole before")
        if piece.sha256 != digest:
            raise IntegrityError(
                f"{piece.id} {piece.path}: is no longer the file that was read. Put it back, or begin a new case."
            )
        if not read_alike(piece, said):
            return self._replaced(piece, "read again with other facts")
        declared = declared_now(piece, said)
        if declared != piece.declared:
            self._manifest.log("declare", no=piece.no, declared=declared)
        return True

    def _replaced(self, piece: Evidence, because: str) -> bool:
        self._manifest.log("replace", no=piece.no, because=because)
        return False

    @contextmanager
    def _intake(self) -> Iterator[intake.Intake]:
        from forensics import intake

        reader = intake.Intake(self.folder, self._progress)
        with ExitStack() as begun:
            begun.callback(reader.abandon)
            yield reader
            begun.pop_all()  # all is read: nothing is left to abandon

    def _commit(self, segment: intake.Segment | None) -> None:
        if segment is not None:
            self._manifest.log("read", segment=segment.name, evidence=segment.pieces, files=segment.files)

    def _check_segments(self) -> None:
        """A verdict on rows that are not those that were read would be worse than none."""
        if self._temporary is None and (damage := self._manifest.damage()):
            raise IntegrityError("The case is not what it was:\n  " + "\n  ".join(damage))

    def _check_schema(self) -> None:
        """Rows are never carried over to tables with other columns: their evidence is read again."""
        old = [piece for piece in self.evidence if piece.rows and not has_this_schema(piece)]
        if old:
            raise UsageError(
                f"{len(old)} piece(s) were read by a release whose tables have other columns, the first {old[0].id} "
                f"{old[0].path}. Read them again, and declare again what was declared of them: "
                f"forensics case add {shown(self.folder)} PATH..."
            )

    def _connect(self, schema: str) -> duckdb.DuckDBPyConnection:
        from forensics.store import tables

        self._check_segments()
        self._check_schema()
        files: dict[str, list[Path]] = {}
        for file in self._manifest.files:
            files.setdefault(file.table, []).append((self.folder / file.path).resolve())
        connection = tables.connect(self.folder, rows=sum(file.rows for file in self._manifest.files))
        tables.create_views(connection, schema, files, self._manifest.replaced)
        return connection


def _temporary() -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="forensics-")
    except OSError as error:
        raise StorageError(f"{tempfile.gettempdir()}: cannot be written: {error.strerror}.") from error


def _make(folder: Path) -> None:
    try:
        str(folder).encode()
    except UnicodeEncodeError:
        raise UsageError(
            f"{folder}: a case needs a folder whose name is UTF-8; what it keeps is opened by that."
        ) from None
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be made: {error.strerror}.") from error


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
