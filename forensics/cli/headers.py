"""`forensics headers`: the way of a message, and how far each hop can be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import results, words


def headers(
    messages: Annotated[list[str], typer.Argument(metavar="MESSAGE...", help="eml, mbox, Maildir, .msg, or -.")],
    records: Annotated[
        list[str] | None,
        typer.Option(help="What to hold them against: recorded DNS answers, mail logs, captures."),
    ] = None,
    trust: Annotated[
        list[str] | None, typer.Option(help="A server, or domain of servers, whose word is taken.")
    ] = None,
    authserv_id: Annotated[list[str] | None, typer.Option(help="Whose Authentication-Results are believed.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Judge by DNS answers of this UTC day, YYYY-MM-DD.")] = None,
    contents: Annotated[
        bool, typer.Option("--contents", help="Also list bodies and attachments with their SHA-256 (mail-parser).")
    ] = False,
    sheet: Annotated[Path | None, typer.Option(help="Evidence sheet (YAML): zones of local times.")] = None,
    format_: Annotated[list[str] | None, typer.Option("--format", help="PATH=FORMAT, such as PATH=message.")] = None,
    parquet: Annotated[
        Path | None, typer.Option(help="Write message.parquet and message_hop.parquet into this folder.")
    ] = None,
    case: Annotated[
        Path | None, typer.Option(help="A case folder whose logs and captures may confirm hops; made if missing.")
    ] = None,
    json: Annotated[Path | None, typer.Option(help="Write the result as JSON; - for standard output.")] = None,
) -> None:
    """Which hops are proven, which are only claimed; DKIM, SPF, DMARC and ARC from recorded answers.

    \b
    forensics headers message.eml
    forensics headers message.eml --records mail.log --trust mx.example.com
    forensics headers archive.mbox --json -
    """
    from forensics.case import Case

    with (
        results.progress() as progress,
        words.given([*messages, *(records or [])], words.facts([], [], format_ or []), case) as found,
        Case(case, sheet_path=sheet, progress=progress) as opened,
    ):
        opened.add(*found.paths, facts=found.facts, names=found.names)
        given = found.paths[: len(messages)]
        judged = opened.message_parts(
            given, trust=trust or (), authserv_ids=authserv_id or (), as_of=words.day(as_of), contents=contents
        )  # fmt: skip
        if parquet is not None:
            judged = opened.kept(judged, parquet)
        count = results.write_headers(judged, lambda: opened.sources_of(given), opened.clocks, json=json)
        complete = results.all_read(opened.evidence, "If it is a message, say so: --format PATH=message.")
    raise typer.Exit(0 if complete and count else 4)
