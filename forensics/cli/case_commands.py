"""`forensics case ...`: a case folder over time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import results, words
from forensics.cli.parameters import Command, Group

app = typer.Typer(
    cls=Group, no_args_is_help=True, help="A case folder: add, status, verify, findings, verdict, report."
)

Folder = Annotated[Path, typer.Argument(help="The case folder.")]
Domain = Annotated[str | None, typer.Option(help="The domain the question is about.")]
Server = Annotated[list[str] | None, typer.Option(help="A server of the subject: name or address.")]
Window = Annotated[str | None, typer.Option(help="START/END, RFC 3339 or dates.")]
Sheet = Annotated[Path | None, typer.Option(help="Evidence sheet (YAML).")]


@app.command(cls=Command)
def add(
    folder: Folder,
    paths: Annotated[list[str], typer.Argument(help="Files, folders (walked) or - for standard input.")],
    sheet: Sheet = None,
    domain: Domain = None,
    server: Server = None,
    window: Window = None,
    vantage: Annotated[list[str] | None, typer.Option(help="PATH=VANTAGE, as in METHOD section 2.")] = None,
    time_zone: Annotated[list[str] | None, typer.Option(help="PATH=ZONE for local times.")] = None,
    format_: Annotated[list[str] | None, typer.Option("--format", help="PATH=FORMAT.")] = None,
) -> None:
    """Read evidence into a case; what is there already, unchanged, is skipped."""
    from forensics.case import Case
    from forensics.report import terminal

    facts = words.facts(vantage or [], time_zone or [], format_ or [])
    with (
        results.progress() as progress,
        words.given(paths, facts, folder) as found,
        Case(
            folder,
            domain=domain,
            servers=server or (),
            window=words.window(window),
            sheet_path=sheet,
            progress=progress,
        ) as case,
    ):
        added = case.add(*found.paths, facts=found.facts, names=found.names)
    with results.output():
        terminal.show_added(added)
    raise typer.Exit(0 if all(piece.state == "read" for piece in added) else 4)


@app.command(cls=Command)
def status(folder: Folder) -> None:
    """What is in the case: per piece, records = read + ignored + unread, rows made, and bytes covered."""
    from forensics.case import Case
    from forensics.report import terminal
    from forensics.verification import reconcile

    with Case(words.existing(folder)) as case:
        pieces = case.evidence
        reconciled = reconcile(case, pieces)
    with results.output():
        terminal.show_status(reconciled)
    raise typer.Exit(0 if all(piece.state == "read" for piece in pieces) else 4)


@app.command(cls=Command)
def verify(folder: Folder) -> None:
    """Check the custody chain, every segment, the byte ledger, and that the evidence is unchanged."""
    from forensics.case import Case
    from forensics.report import terminal
    from forensics.verification import verify as check

    with Case(words.existing(folder)) as case:
        checked = check(case)
    with results.output():
        terminal.show_verification(checked)


@app.command(cls=Command)
def findings(
    folder: Folder, sheet: Sheet = None, domain: Domain = None, server: Server = None, window: Window = None
) -> None:
    """What each rule found, with citations."""
    from forensics.case import Case
    from forensics.report import terminal

    with Case(
        words.existing(folder), domain=domain, servers=server or (), window=words.window(window), sheet_path=sheet
    ) as case:
        result = case.result()
    with results.output():
        terminal.show_findings(result)


@app.command(cls=Command)
def verdict(
    folder: Folder, sheet: Sheet = None, domain: Domain = None, server: Server = None, window: Window = None
) -> None:
    """The answer, first and short."""
    from forensics.case import Case
    from forensics.report import terminal

    with Case(
        words.existing(folder), domain=domain, servers=server or (), window=words.window(window), sheet_path=sheet
    ) as case:
        result = case.result()
    with results.output():
        terminal.show_verdict(result)


@app.command(cls=Command)
def report(
    folder: Folder,
    sheet: Sheet = None,
    domain: Domain = None,
    server: Server = None,
    window: Window = None,
    json: Annotated[Path | None, typer.Option(help="Write the result as JSON; - for standard output.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the result as one HTML page.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the result as PDF (extra: pdf).")] = None,
) -> None:
    """Write the reports of a case."""
    from forensics.case import Case

    with Case(
        words.existing(folder), domain=domain, servers=server or (), window=words.window(window), sheet_path=sheet
    ) as case:
        results.write(case.result(command=words.command()), json=json, html=html, pdf=pdf)
