"""`forensics examine`: the one command from evidence to answer."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forensics.cli import results, words

if TYPE_CHECKING:
    from forensics.model.case_file import CaseFile


def examine(
    paths: Annotated[list[str], typer.Argument(help="Files, folders (walked) or - for standard input.")],
    domain: Annotated[str | None, typer.Option(help="The domain the question is about.")] = None,
    server: Annotated[list[str] | None, typer.Option(help="A server of the subject: name or address.")] = None,
    window: Annotated[str | None, typer.Option(help="START/END, RFC 3339 or dates.")] = None,
    case: Annotated[Path | None, typer.Option(help="Keep the case in this folder.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Evidence sheet (YAML).")] = None,
    vantage: Annotated[list[str] | None, typer.Option(help="PATH=VANTAGE, as in METHOD section 2.")] = None,
    time_zone: Annotated[list[str] | None, typer.Option(help="PATH=ZONE for local times.")] = None,
    format_: Annotated[list[str] | None, typer.Option("--format", help="PATH=FORMAT where none is recognised.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result as JSON; - for standard output.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the result as one HTML page.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the result as PDF (extra: pdf).")] = None,
    live: Annotated[bool, typer.Option("--live", help="Allow the network; examine has nothing to ask of it.")] = False,
    fail_on: Annotated[str | None, typer.Option(help="Exit with 10 where the verdict is this one.")] = None,
) -> None:
    """Did this server exchange mail, or is there only resolver traffic?

    \b
    forensics examine evidence/ --domain example.com --server 198.51.100.25
    forensics examine server.pcap --vantage server.pcap=subject_link --json -
    forensics examine evidence/ --sheet evidence/sheet.yml --pdf report.pdf
    """
    from forensics.case import Case

    if live:
        typer.echo("--live: examine asks nothing of the network; it reads the evidence it is given.", err=True)
    facts = words.facts(vantage or [], time_zone or [], format_ or [])
    verdict = words.verdict(fail_on)
    with (
        results.progress() as progress,
        words.given(paths, facts, case) as found,
        Case(
            case, domain=domain, servers=server or (), window=words.window(window), sheet_path=sheet, progress=progress
        ) as opened,
    ):
        opened.add(*found.paths, facts=found.facts, names=found.names)
        gc.freeze()  # what is loaded stays: the searches to come, the one at the end above all, pass it over
        result = opened.result(command=words.command())
    results.write(result, json=json, html=html, pdf=pdf)
    raise typer.Exit(_exit_code(result, verdict))


def _exit_code(result: CaseFile, verdict: str | None) -> int:
    if verdict is not None and result.verdict.id == verdict:
        return 10
    return 0 if result.complete else 4
