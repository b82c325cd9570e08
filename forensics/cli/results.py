"""Results of commands to their places: documents, pages, the terminal; and on stderr what is said beside them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forensics.cli.words import STDIN
from forensics.errors import StorageError

if TYPE_CHECKING:
    from msgspec import Struct

    from forensics.intake import Progress
    from forensics.model.case_file import CaseFile
    from forensics.model.evidence import Evidence
    from forensics.model.header_report import ClockPart, MessagePart
    from forensics.model.plan import Plan, RegistryPlan
    from forensics.model.posture import Posture
    from forensics.model.registration_report import RegistrationReport


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


def tell(text: str) -> None:
    """A message on stderr, where results do not go."""
    from forensics.report.escape import for_terminal

    sys.stderr.write(f"{for_terminal(text)}\n")


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


def write(result: CaseFile, *, json: Path | None, html: Path | None, pdf: Path | None) -> None:
    """The result to every place asked for; on the terminal unless JSON goes to standard output.

    Raises:
        StorageError: a place cannot be written.
    """
    from forensics import report

    def show() -> None:
        from forensics.report import terminal

        terminal.show(result)

    for path, kind in ((html, "html"), (pdf, "pdf")):
        if path is not None:
            report.write(result, path, kind)
    _write_document(result, json, show)


def write_posture(posture: Posture, *, json: Path | None) -> None:
    """The posture of a domain to the place asked for.

    Raises:
        StorageError: a place cannot be written.
    """

    def show() -> None:
        from forensics.report import terminal

        terminal.show_posture(posture)

    _write_document(posture, json, show)


def write_registration(found: RegistrationReport, *, json: Path | None, html: Path | None, pdf: Path | None) -> None:
    """The registration history of a domain to the places asked for.

    Raises:
        StorageError: a place cannot be written.
    """
    from forensics import report

    def show() -> None:
        from forensics.report import terminal

        terminal.show_registration(found)

    for path, kind in ((html, "html"), (pdf, "pdf")):
        if path is not None:
            report.write_registration(found, path, kind)
    _write_document(found, json, show)


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
