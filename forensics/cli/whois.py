"""`forensics whois`: the registration of a domain over time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import words


def whois(
    name: Annotated[str, typer.Argument(metavar="DOMAIN", help="The domain.")],
    records: Annotated[list[str] | None, typer.Option(help="Saved WHOIS and RDAP answers; files or folders.")] = None,
    as_of: Annotated[str | None, typer.Option(help="What was so on this UTC day, YYYY-MM-DD.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(help="Evidence sheet (YAML): covers says when an answer was given.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result as JSON; - for standard output.")] = None,
) -> None:
    """Who held the name, who ran it, and since when, from saved answers.

    forensics whois example.com --records whois/
    forensics whois example.com --records whois/ --as-of 2016-09-23 --json -
    """
    from forensics.case import Case
    from forensics.errors import UsageError

    if not records:
        raise UsageError("Name saved answers with --records PATH: WHOIS text or RDAP JSON, a file each.")
    with (
        words.progress() as progress,
        words.given(records, {}, None) as found,
        Case(sheet_path=sheet, progress=progress) as case,
    ):
        case.add(*found.paths, names=found.names)
        report = case.registration(name, as_of=words.day(as_of))
        complete = words.all_read(case.evidence)
    words.write_registration(report, json=json)
    raise typer.Exit(0 if complete and report.answers else 4)
