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
        typer.Option(help="Recorded answers: zone copies, dig output, passive DNS, captures; files or folders."),
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="The UTC day to judge, YYYY-MM-DD.")] = None,
    selector: Annotated[list[str] | None, typer.Option(help="A DKIM selector to look at.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result as JSON; - for standard output.")] = None,
) -> None:
    """MX, SPF, DKIM, DMARC and what belongs to them, from recorded answers.

    forensics domain example.com --records zones/ --records answers.txt
    forensics domain example.com --records passive.json --as-of 2016-09-23 --json -
    """
    from forensics.case import Case
    from forensics.errors import UsageError

    if not records:
        raise UsageError("Name recorded answers with --records PATH: zone copies, dig output, passive DNS, captures.")
    with words.progress() as progress, words.given(records, {}, None) as found, Case(progress=progress) as case:
        case.add(*found.paths, names=found.names)
        posture = case.posture(name, as_of=words.day(as_of), selectors=selector or ())
        complete = all(piece.state == "read" for piece in case.evidence)
    words.write_posture(posture, json=json)
    raise typer.Exit(0 if complete else 4)
