"""Words of the command line into values: facts, days, windows, paths, and what is to be read from standard input."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from forensics.errors import StorageError, UsageError
from forensics.store import own_files

if TYPE_CHECKING:
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


def day(text: str | None) -> date | None:
    """A day from YYYY-MM-DD.

    Raises:
        UsageError: it is none.
    """
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day. Write YYYY-MM-DD.") from error


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
            own_files.check(case)
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


def recording_path(domain: str, kind: str) -> Path:
    """Where answers about a domain are kept if nothing else is said: a name with the time, in the present folder.

    Args:
        kind: what is kept, `dns` or `whois`.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    name = "".join(character if character.isalnum() or character in ".-_" else "-" for character in domain)
    return Path(f"{name.lstrip('.-')}-{stamp}.{kind}.jsonl")
