"""`forensics show`: the bytes behind a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import results, words


def show(
    citation: Annotated[str, typer.Argument(help="As reports print it: E3:17@1024+88, or E3 for the piece.")],
    case: Annotated[Path, typer.Option(help="The case folder.")] = Path("case"),
    raw: Annotated[bool, typer.Option("--raw", help="The bytes themselves, unescaped, to standard output.")] = False,
) -> None:
    """The cited bytes, from the evidence itself, which is checked to be unchanged."""
    import sys

    from forensics.case import Case
    from forensics.model.evidence import parse_citation
    from forensics.report import terminal
    from forensics.verification import cited_bytes

    cited = parse_citation(citation)
    with Case(words.existing(case)) as opened:
        piece, data = cited_bytes(opened, cited)
    with results.output():
        if raw:
            sys.stdout.buffer.write(data)
        else:
            terminal.show_bytes(piece, cited, data)
