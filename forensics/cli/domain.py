"""`forensics domain`: what the DNS records of a domain say about its mail."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import results, words


def domain(
    name: Annotated[str, typer.Argument(metavar="DOMAIN", help="The domain.")],
    records: Annotated[
        list[str] | None,
        typer.Option(help="Recorded answers: recordings, zone copies, dig output, passive DNS, captures."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="Ask a resolver, and keep every answer as evidence.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what --live asks, and who would see it.")] = False,
    resolver: Annotated[
        str | None,
        typer.Option(help="Ask ADDRESS, tcp://ADDRESS, tls://ADDRESS#NAME, https://NAME/PATH; not the system's."),
    ] = None,
    ca_file: Annotated[Path | None, typer.Option(help="Authorities (PEM) that certificates are held against.")] = None,
    probe_smtp: Annotated[
        bool,
        typer.Option("--probe-smtp", help="With --live: look at banner, STARTTLS and certificate of up to 3 MX."),
    ] = False,
    dnsbl: Annotated[
        list[str] | None, typer.Option(metavar="ZONE", help="With --live: ask this blocklist about the MX addresses.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Where --live keeps the answers: a new file.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The UTC day to judge, YYYY-MM-DD.")] = None,
    selector: Annotated[list[str] | None, typer.Option(help="A DKIM selector to look at.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result as JSON; - for standard output.")] = None,
) -> None:
    """MX, SPF, DKIM, DMARC and what belongs to them, from recorded answers.

    \b
    forensics domain example.com --records zones/ --records answers.txt
    forensics domain example.com --records passive.json --as-of 2016-09-23
    forensics domain example.com --live --save example.com.jsonl
    """
    from forensics.case import Case

    _check(records, live or dry_run, as_of, asks=bool(resolver or save or ca_file or probe_smtp or dnsbl))
    selectors = tuple(selector or ())
    given = list(records or ())
    if live or dry_run:
        from forensics.cli import live_domain

        wanted = live_domain.Wanted(name, resolver, save, selectors, ca_file, probe_smtp, tuple(dnsbl or ()))
        if dry_run:
            results.write_plan(live_domain.plan(wanted))
            raise typer.Exit
        given = [str(live_domain.record(wanted))]
    with results.progress() as progress, words.given(given, {}, None) as found, Case(progress=progress) as case:
        case.add(*found.paths, names=found.names)
        posture = case.posture(name, as_of=words.day(as_of), selectors=selectors)
        complete = results.all_read(case.evidence)
    results.write_posture(posture, json=json)
    raise typer.Exit(0 if complete else 4)


def _check(records: list[str] | None, live: bool, as_of: str | None, *, asks: bool) -> None:
    from forensics.errors import UsageError

    if live and records:
        raise UsageError("Either --live or --records: a result rests on one or the other.")
    if live and as_of:
        raise UsageError("--live knows only today. Name recorded answers of that day with --records PATH.")
    if not live and asks:
        raise UsageError("--resolver, --ca-file, --probe-smtp, --dnsbl and --save belong to --live.")
    if not live and not records:
        raise UsageError(
            "Name recorded answers with --records PATH (recordings, zone copies, dig output, passive DNS, captures), "
            "or ask the network with --live."
        )
