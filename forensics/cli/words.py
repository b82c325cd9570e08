"""What commands share: words of the command line into values, progress on stderr, results to their places."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from forensics.errors import StorageError, UsageError

if TYPE_CHECKING:
    from msgspec import Struct

    from forensics.intake import Progress
    from forensics.model.case_file import CaseFile
    from forensics.model.evidence import Evidence, Facts
    from forensics.model.header_report import ClockPart, MessagePart
    from forensics.model.plan import Plan, RegistryPlan
    from forensics.model.posture import Posture
    from forensics.model.registration_report import RegistrationReport

STDIN = "-"


def facts(vantages: list[str], zones: list[str], formats: list[str]) -> dict[str, Facts]:
    """Facts per path from PATH=WORD options.

    Raises:
        UsageError: a word without a path, or an unknown zone.
    """
    from forensics import sheet
    from forensics.model.evidence import Facts

    given: dict[str, dict[str, Any]] = {}
    for name, options, read in (("vantage", vantages, str), ("time_zone", zones, sheet.zone), ("format", formats, str)):
        for option in options:
            path, equals, word = option.rpartition("=")
            if not equals or not path:
                raise UsageError(f"{option!r}: write PATH={name.upper()}.")
            given.setdefault(path, {})[name] = read(word)
    return {path: Facts(**said) for path, said in given.items()}


def window(text: str | None) -> tuple[str | None, str | None] | None:
    """START/END in two; either may be empty.

    Raises:
        UsageError: no slash.
    """
    if text is None:
        return None
    start, slash, end = text.partition("/")
    if not slash:
        raise UsageError(f"{text!r}: a window is START/END, such as 2026-05-01/2026-09-30.")
    return start or None, end or None


def verdict(text: str | None) -> str | None:
    """A verdict's id.

    Raises:
        UsageError: there is none of that name.
    """
    from forensics.model.case_file import VerdictId

    if text is not None and text not in get_args(VerdictId):
        raise UsageError(f"There is no verdict {text!r}. Verdicts: {', '.join(get_args(VerdictId))}.")
    return text


class Given(NamedTuple):
    """What `Case.add` is called with: paths, facts for some of them, and what to call some of them."""

    paths: list[str]
    facts: dict[str, Facts]
    names: dict[str, str]


@contextlib.contextmanager
def given(paths: Sequence[str], facts: dict[str, Facts], case: Path | None) -> Iterator[Given]:
    """The paths, with `-` replaced by a file that holds standard input.

    It lies in the case folder under its hash, so that what is cited from it can be shown; without a case it is gone
    after the block.

    Raises:
        StorageError: standard input cannot be kept.
        UsageError: there is no standard input.
    """
    if STDIN not in paths:
        yield Given(list(paths), facts, {})
        return
    with contextlib.ExitStack() as stack:
        if case is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="forensics-stdin-")))
        else:
            folder = case / "stdin"
        spool = str(_spooled(folder))
        found = [spool if path == STDIN else path for path in paths]
        yield Given(found, {spool if path == STDIN else path: said for path, said in facts.items()}, {spool: STDIN})


def _spooled(folder: Path) -> Path:
    """Standard input as a file in the folder, named by its SHA-256."""
    if sys.stdin is None:
        raise UsageError("-: there is no standard input.")
    digest = hashlib.sha256()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, aside = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                while data := sys.stdin.buffer.read(1 << 20):
                    digest.update(data)
                    file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).rename(folder / digest.hexdigest())
        finally:
            Path(aside).unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: standard input cannot be kept: {error.strerror}.") from error
    return folder / digest.hexdigest()


@contextlib.contextmanager
def output() -> Iterator[None]:
    """A block that prints a result: a reader who leaves early (`| head`) changes nothing of how the command ends.

    Raises:
        StorageError: standard output cannot be written.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        raise StorageError(f"standard output: cannot be written: {error.strerror}.") from error
    except SystemExit as ending:  # how rich ends a process whose reader left
        if not isinstance(ending.__context__, BrokenPipeError):
            raise
        discard_output()


def discard_output() -> None:
    """Let nothing that is still held be written when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def progress() -> Iterator[Progress | None]:
    """A progress bar on stderr, shown only on a terminal and only for what takes over a second."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from forensics.report.escape import for_terminal

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    tasks: dict[str, Any] = {}
    started = False

    def told(name: str, done: int, size: int) -> None:
        nonlocal started
        if not started and size > 16 << 20:
            started = True
            bar.start()
        if name not in tasks:
            for other in tasks.values():
                bar.update(other, visible=False)
            tasks[name] = bar.add_task(for_terminal(name), total=size)
        bar.update(tasks[name], completed=done)

    try:
        yield told
    finally:
        bar.stop()


def write(result: CaseFile, *, json: Path | None, html: Path | None, pdf: Path | None) -> None:
    """The result to every place asked for; on the terminal unless JSON goes to standard output.

    Raises:
        StorageError: a place cannot be written.
    """
    from forensics import report

    for path in (html, pdf):
        if path is not None:
            report.write(result, path, kind="html" if path is html else "pdf")
    if json is not None and str(json) != STDIN:
        report.write(result, json, kind="json")
    with output():
        if json is not None and str(json) == STDIN:
            from forensics.report.json_document import encode

            sys.stdout.buffer.write(encode(result))
            sys.stdout.buffer.flush()
            return
        from forensics.report import terminal

        terminal.show(result)


def all_read(pieces: Sequence[Evidence], remedy: str = "") -> bool:
    """Whether every piece was read to its end; those that were not are named on stderr, each with the first reason.

    `remedy` says what to do about a piece that no format fits.
    """
    from forensics.report.escape import for_terminal

    lacking = [piece for piece in pieces if piece.state != "read"]
    for piece in lacking:
        reasons = [*(text.split("\n")[0] for text in piece.problems), *piece.unread]
        said = (reasons[0] if reasons else "some of it could not be read").removeprefix(f"{piece.path}: ")
        advice = f" {remedy}" if remedy and piece.format is None else ""
        print(for_terminal(f"{piece.id} {piece.path}: {piece.state}: {said}{advice}"), file=sys.stderr)  # noqa: T201
    return not lacking


def write_posture(posture: Posture, *, json: Path | None) -> None:
    """The posture of a domain to the place asked for.

    Raises:
        StorageError: a place cannot be written.
    """

    def show() -> None:
        from forensics.report import terminal

        terminal.show_posture(posture)

    _write_document(posture, json, show)


def write_headers(
    messages: Iterator[MessagePart], sources: Callable[[], Sequence[str]], clocks: Callable[[], Sequence[ClockPart]],
    *, json: Path | None,
) -> int:  # fmt: skip
    """The way of messages to the place asked for, one at a time, and how many there were.

    Raises:
        StorageError: a place cannot be written.
    """
    from forensics.report import message_stream, terminal

    seen = message_stream.Seen()
    parts = message_stream.as_json(seen.watched(messages), sources, clocks)
    if json is not None and str(json) == STDIN:
        first = next(parts)  # what is wrong with the evidence is said before anything is printed
        with output():
            sys.stdout.buffer.write(first)
            sys.stdout.buffer.writelines(parts)
            sys.stdout.buffer.flush()
        return seen.count
    if json is not None:
        message_stream.write(parts, json)
    else:
        for _ in seen.watched(messages):
            pass
    with output():
        terminal.show_messages(seen.first, seen.count - len(seen.first), clocks())
    return seen.count


def write_registration(report: RegistrationReport, *, json: Path | None, html: Path | None, pdf: Path | None) -> None:
    """The registration history of a domain to the places asked for.

    Raises:
        StorageError: a place cannot be written.
    """

    def show() -> None:
        from forensics.report import terminal

        terminal.show_registration(report)

    for path, kind in ((html, "html"), (pdf, "pdf")):
        if path is not None:
            from forensics import report as reports

            reports.write_registration(report, path, kind)
    _write_document(report, json, show)


def _write_document(document: Struct, json: Path | None, show: Callable[[], None]) -> None:
    """A document as JSON where asked for; on the terminal unless JSON goes to standard output."""
    from forensics import report

    if json is not None and str(json) != STDIN:
        report.write_document(document, json)
    with output():
        if json is not None and str(json) == STDIN:
            from forensics.report.json_document import encode

            sys.stdout.buffer.write(encode(document))
            sys.stdout.buffer.flush()
            return
        show()


def day(text: str | None) -> date | None:
    """A day from YYYY-MM-DD.

    Raises:
        UsageError: it is none.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day. Write YYYY-MM-DD.") from error


def existing(folder: Path) -> Path:
    """A case folder that is there.

    Raises:
        NothingToExamine: it is no case.
    """
    from forensics.errors import NothingToExamine

    if not (folder / "custody.jsonl").is_file():
        raise NothingToExamine(f"{folder}: is no case folder. Make one with: forensics case add {folder} EVIDENCE...")
    return folder


def command() -> str:
    """The command line as it was typed, quoted so that it can be typed again."""
    typed = shlex.join(["forensics", *sys.argv[1:]])
    return os.fsencode(typed).decode("utf-8", "backslashreplace")


def write_plan(plan: Plan) -> None:
    """What would be asked, and who would see it.

    Raises:
        StorageError: standard output cannot be written.
    """
    from forensics.report import terminal

    with output():
        terminal.show_plan(plan)


def write_registry_plan(plan: RegistryPlan) -> None:
    """Which registries would be asked, and who would see it.

    Raises:
        StorageError: standard output cannot be written.
    """
    from forensics.report import terminal

    with output():
        terminal.show_registry_plan(plan)


def tell(text: str) -> None:
    """A message on stderr, where results do not go."""
    from forensics.report.escape import for_terminal

    sys.stderr.write(f"{for_terminal(text)}\n")


def file_name(domain: str) -> str:
    """A domain as part of a file's name: letters, digits, dots and hyphens alone."""
    return "".join(character if character.isalnum() or character in ".-_" else "-" for character in domain).lstrip(".-")
