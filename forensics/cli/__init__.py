"""The door for people. One file per group of commands; a command turns words into one call of `Case` and a renderer.

Engines are imported inside the commands, so that `--help` stays quick.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

from forensics.cli import case_commands, domain, examine, headers, results, rules_commands, show, whois
from forensics.cli.parameters import Command, Group
from forensics.errors import ForensicsError, StorageError
from forensics.version import VERSION

app = typer.Typer(
    cls=Group, no_args_is_help=True, add_completion=True, rich_markup_mode=None, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Settles, with evidence, what a mail server did: mail activity or only resolver traffic.",
)  # fmt: skip
app.command("examine", cls=Command)(examine.examine)
app.command("domain", cls=Command)(domain.domain)
app.command("headers", cls=Command)(headers.headers)
app.command("whois", cls=Command)(whois.whois)
app.command("show", cls=Command)(show.show)
app.add_typer(case_commands.app, name="case")
app.add_typer(rules_commands.app, name="rules")


@app.callback(invoke_without_command=True)
def _version(version: bool = typer.Option(False, "--version", help="Print the version and end.")) -> None:
    if version:
        typer.echo(f"forensics {VERSION}")
        raise typer.Exit


def main() -> NoReturn:
    """Run the command line; every error this package raises on purpose becomes its message and exit code."""
    if sys.stdout is None:  # closed by the caller: no file of the case may be opened in its place
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    # NumPy's linear algebra, which nothing here calls, would start a thread per core, each of which waits in a loop.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if os.environ.get("COLUMNS") == "0":  # what some shells without a terminal say; nothing fits into no column
        del os.environ["COLUMNS"]
    _end_tidily()
    try:
        app()
    except ForensicsError as error:
        _end(error)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        results.discard_output()
        _end(StorageError(f"{error.filename or 'standard output'}: cannot be written: {error.strerror}."))
    except SystemExit as ending:
        if not isinstance(ending.__context__, BrokenPipeError):
            raise
        results.discard_output()  # the reader of a help text left
    finally:
        if "duckdb" not in sys.modules:  # which says on stderr what is not taken down
            gc.freeze()  # the last search through all that is loaded would free what the process's end frees
    sys.exit(0)


def _end_tidily() -> None:
    """Have a run that is told to end, or whose terminal goes, take its temporary copies of evidence with it."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        signal.signal(number, signal.SIG_DFL)  # who asks a second time need not wait
        sys.exit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # one that is ignored, as by nohup, stays so
            signal.signal(number, leave)


def _end(error: ForensicsError) -> NoReturn:
    print(f"{type(error).__name__}: {_shown(error)}", file=sys.stderr)  # noqa: T201
    sys.exit(error.exit_code)


def _shown(error: ForensicsError) -> str:
    from forensics.report.escape import for_terminal

    return "\n".join(for_terminal(line) for line in str(error).split("\n"))
