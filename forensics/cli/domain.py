"""`forensics domain`: what the DNS records of a domain say about its mail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import words


def domain(
    name: Annotated[str, typer.Argument(metavar="DOMAIN", help="The domain.")],
    records: Annotated[
        list[str] | None,
        typer.Option(help="Recorded answers: recordings, zone copies, dig output, passive DNS, captures."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Ask a resolver, and keep every answer as evidence.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what --live asks, and who would see it.")] = False,
    resolver: Annotated[str | None, typer.Option(help="Ask ADDRESS[:PORT], not the system's resolver.")] = None,
    save: Annotated[Path | None, typer.Option(help="Where --live keeps the answers: a new file.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The UTC day to judge, YYYY-MM-DD.")] = None,
    selector: Annotated[list[str] | None, typer.Option(help="A DKIM selector to look at.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result as JSON; - for standard output.")] = None,
) -> None:
    """MX, SPF, DKIM, DMARC and what belongs to them, from recorded answers.

    forensics domain example.com --records zones/ --records answers.txt
    forensics domain example.com --records passive.json --as-of 2016-09-23 --json -
    forensics domain example.com --live --resolver 192.0.2.53 --save example.com.jsonl
    """
    from forensics.case import Case

    _check(records, live or dry_run, as_of, asks=bool(resolver or save))
    selectors = tuple(selector or ())
    if dry_run:
        words.write_plan(*_plan(name, resolver, selectors))
        raise typer.Exit
    given = [str(_recorded(name, resolver, save, selectors))] if live else list(records or ())
    with words.progress() as progress, words.given(given, {}, None) as found, Case(progress=progress) as case:
        case.add(*found.paths, names=found.names)
        posture = case.posture(name, as_of=words.day(as_of), selectors=selectors)
        complete = words.all_read(case.evidence)
    words.write_posture(posture, json=json)
    raise typer.Exit(0 if complete else 4)


def _check(records: list[str] | None, live: bool, as_of: str | None, *, asks: bool) -> None:
    from forensics.errors import UsageError

    if live and records:
        raise UsageError("Either --live or --records: a result rests on one or the other.")
    if live and as_of:
        raise UsageError("--live knows only today. Name recorded answers of that day with --records PATH.")
    if not live and asks:
        raise UsageError("--resolver and --save belong to --live.")
    if not live and not records:
        raise UsageError(
            "Name recorded answers with --records PATH (recordings, zone copies, dig output, passive DNS, captures), "
            "or ask the network with --live."
        )


def _recorded(name: str, resolver: str | None, save: Path | None, selectors: tuple[str, ...]) -> Path:
    """Ask, and give the file that holds what came back."""
    from datetime import UTC, datetime

    from forensics import examination
    from forensics.analysis.posture import asking
    from forensics.collect import dns_records

    asked = examination.domain_name(name)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    path = save or Path(f"{words.file_name(asked)}-{stamp}.dns.jsonl")
    server = dns_records.resolver(resolver)
    with dns_records.Recorder(path, server) as recorder:
        asking.ask(asked, selectors, recorder)
    words.tell(f"{recorder.sent} queries to {server}; the answers are kept in {path}. Judge them again with --records.")
    return path


def _plan(name: str, resolver: str | None, selectors: tuple[str, ...]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The resolver, and the questions that are certain beforehand."""
    from forensics import examination
    from forensics.analysis.posture import asking
    from forensics.collect import dns_records

    asked = examination.domain_name(name)
    return str(dns_records.resolver(resolver)), (*asking.known(asked, selectors), *asking.guessed(asked))
