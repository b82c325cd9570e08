"""`forensics whois`: the registration of a domain over time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import results, words
from forensics.errors import NetworkError, UsageError


def whois(
    name: Annotated[str, typer.Argument(metavar="DOMAIN", help="The domain.")],
    records: Annotated[
        list[str] | None, typer.Option(help="Saved WHOIS and RDAP answers, and recordings; files or folders.")
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Ask the registry, and keep every answer as evidence.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what --live asks, and who would see it.")] = False,
    bootstrap: Annotated[
        Path | None, typer.Option(help="RDAP services: IANA's dns.json, instead of the dated table that is built in.")
    ] = None,
    ca_file: Annotated[Path | None, typer.Option(help="Authorities (PEM) that certificates are held against.")] = None,
    save: Annotated[Path | None, typer.Option(help="Where --live keeps the answers: a new file.")] = None,
    as_of: Annotated[str | None, typer.Option(help="What was so on this UTC day, YYYY-MM-DD.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Evidence sheet (YAML): covers says when an answer was given.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result as JSON; - for standard output.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the history as one HTML page, with a chart.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write the history as PDF, with a chart.")] = None,
) -> None:
    """Who held the name, who ran it, and since when, from saved answers.

    \b
    forensics whois example.com --records whois/
    forensics whois example.com --records whois/ --as-of 2016-09-23 --json -
    forensics whois example.com --records whois/ --html history.html
    forensics whois example.com --live --save example.com.jsonl
    """
    from forensics.case import Case

    _check(records, live or dry_run, as_of, asks=bool(bootstrap or ca_file or save))
    given = list(records or ())
    if live or dry_run:
        from forensics.cli import live_whois

        wanted = live_whois.Wanted(name, save, bootstrap, ca_file)
        if dry_run:
            results.write_registry_plan(live_whois.plan(wanted))
            raise typer.Exit
        given = [str(live_whois.record(wanted))]
    with (
        results.progress() as progress,
        words.given(given, {}, None) as found,
        Case(sheet_path=sheet, progress=progress) as case,
    ):
        case.add(*found.paths, names=found.names)
        report = case.registration(name, as_of=words.day(as_of))
        complete = results.all_read(case.evidence)
    results.write_registration(report, json=json, html=html, pdf=pdf)
    code = exit_code([answer.status for answer in report.answers], complete=complete, live=live)
    if code == NetworkError.exit_code:
        results.tell("No registry answered the question. Each attempt is kept, with the reason.")
    raise typer.Exit(code)


def exit_code(statuses: Sequence[str], *, complete: bool, live: bool) -> int:
    """How the command ends: 6 where the network was asked and every server failed or refused.

    >>> exit_code(["timeout", "refused"], complete=True, live=True), exit_code(["not_found"], complete=True, live=True)
    (6, 0)
    """
    if live and not any(status in ("registered", "not_found", "unparsed") for status in statuses):
        return NetworkError.exit_code
    return 0 if complete and statuses else 4


def _check(records: list[str] | None, live: bool, as_of: str | None, *, asks: bool) -> None:
    if live and records:
        raise UsageError("Either --live or --records: a result rests on one or the other.")
    if live and as_of:
        raise UsageError("--live knows only today. Name saved answers of that day with --records PATH.")
    if not live and asks:
        raise UsageError("--bootstrap, --ca-file and --save belong to --live.")
    if not live and not records:
        raise UsageError(
            "Name saved answers with --records PATH (WHOIS text or RDAP JSON, a file each, or recordings), "
            "or ask the registry with --live."
        )
