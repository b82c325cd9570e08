"""What commands share: words of the command line into values, progress on stderr, results to their places."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from forensics.errors import UsageError

if TYPE_CHECKING:
    from forensics.intake import Progress
    from forensics.model.case_file import CaseFile
    from forensics.model.evidence import Facts

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


@contextlib.contextmanager
def standard_input(paths: Sequence[str]) -> Iterator[list[str]]:
    """The paths, with `-` replaced by a file that holds standard input for the length of the block."""
    if STDIN not in paths:
        yield list(paths)
        return
    with tempfile.TemporaryDirectory(prefix="forensics-stdin-") as folder:
        spool = Path(folder) / "standard-input"
        with spool.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield [str(spool) if path == STDIN else path for path in paths]


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
    if json is not None and str(json) == STDIN:
        from forensics.report.json_document import encode

        sys.stdout.buffer.write(encode(result))
        sys.stdout.buffer.flush()
        return
    from forensics.report import terminal

    terminal.show(result)


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
    return shlex.join(["forensics", *sys.argv[1:]])
