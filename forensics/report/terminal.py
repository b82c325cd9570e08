"""The terminal: the answer first. Nothing from evidence is markup, moves the cursor or changes a colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from forensics.model.case_file import CaseFile
from forensics.model.evidence import Citation, Evidence
from forensics.report import blocks, sections
from forensics.report.escape import for_terminal
from forensics.report.sections import answer, findings

_STYLES = {"yes": "bold green", "no": "bold blue", "unknown": "bold yellow", "warning": "bold red", "plain": "bold"}
HEX_WIDTH = 16


class Checked(Protocol):
    """What `show_verification` prints."""

    @property
    def custody_lines(self) -> int: ...  # noqa: D102
    @property
    def custody_head(self) -> str: ...  # noqa: D102
    @property
    def segment_files(self) -> int: ...  # noqa: D102
    @property
    def pieces(self) -> int: ...  # noqa: D102


def show(case_file: CaseFile) -> None:
    """The whole result, short."""
    _print(sections.build(sections.SCREEN, case_file))


def show_verdict(case_file: CaseFile) -> None:
    """The answer alone."""
    _print(answer.build(case_file))


def show_findings(case_file: CaseFile) -> None:
    """Every finding."""
    _print(findings.build(case_file))


def show_rules(rules: Sequence[tuple[str, str]]) -> None:
    """Ids and titles."""
    _print([blocks.Table(("Rule", "Finds"), tuple(rules), wide=1)])


def show_status(pieces: Sequence[Evidence]) -> None:
    """Per piece: records = rows + ignored + unread, and whether its ledger covers it."""
    rows = tuple(
        (
            piece.id, piece.path, piece.format or "-", piece.state, f"{piece.records:,}",
            f"{sum(piece.ignored.values()):,}", f"{piece.unread_records:,}", f"{piece.size_bytes:,}",
        )
        for piece in pieces
    )  # fmt: skip
    columns = ("Id", "File", "Format", "State", "Records", "Ignored", "Unread", "Bytes")
    shown: list[blocks.Block] = [blocks.Table(columns, rows, wide=1)]
    for piece in pieces:
        reasons = [f"{count:,} ignored: {reason}" for reason, count in piece.ignored.items()]
        reasons += [f"{count:,} unread: {reason}" for reason, count in piece.unread.items()]
        notes = (*reasons, *piece.problems)
        if notes:
            shown += [blocks.Paragraph(f"{piece.id} {piece.path}"), blocks.Bullets(notes)]
    _print(shown)


def show_verification(checked: Checked) -> None:
    """That everything is as it was."""
    facts = (
        ("Custody", f"{checked.custody_lines} lines, unbroken"),
        ("Head", checked.custody_head),
        ("Segments", f"{checked.segment_files} files, unchanged"),
        ("Evidence", f"{checked.pieces} pieces, unchanged; every byte has one fate"),
    )
    _print([blocks.Facts(facts)])


def show_bytes(piece: Evidence, citation: Citation, data: bytes) -> None:
    """The cited bytes: as text where they are text, else as a hex dump."""
    lines = [f"{citation}  {piece.path}  {piece.sha256}"]
    text = _text(data)
    if text is not None:
        lines += text.splitlines()
    else:
        lines += [_hex_line(data, start, citation.offset or 0) for start in range(0, len(data), HEX_WIDTH)]
    console = _console()
    for line in lines:
        console.print(Text(for_terminal(line)), soft_wrap=True)


def _text(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    plain = sum(character.isprintable() or character in "\r\n\t" for character in text)
    return text if plain >= 0.9 * len(text) else None


def _hex_line(data: bytes, start: int, offset: int) -> str:
    part = data[start : start + HEX_WIDTH]
    shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
    return f"{offset + start:012x}  {part.hex(' '):<{3 * HEX_WIDTH}} {shown}"


def _console() -> Console:
    return Console(markup=False, highlight=False, emoji=False)


def _print(items: Sequence[blocks.Block]) -> None:
    console = _console()
    for item in items:
        _block(console, item)


def _block(console: Console, item: blocks.Block) -> None:
    match item:
        case blocks.Heading(text=text, level=level):
            console.print()
            console.print(Text(for_terminal(text.upper() if level == 1 else text), style="bold"))
        case blocks.Paragraph(text=text, quiet=quiet):
            console.print(Text(for_terminal(text), style="dim" if quiet else ""))
        case blocks.Verdict(word=word, text=text, tone=tone):
            console.print(_callout(blocks.Callout(word, text, tone)))
        case blocks.Replies(items=replies):
            for reply in replies:
                word = f"{reply.question} {reply.word}"
                console.print(_callout(blocks.Callout(word, reply.text, reply.tone, reply.links)))
        case blocks.Callout():
            console.print(_callout(item))
        case blocks.Facts(rows=rows):
            console.print(_facts(rows))
        case blocks.Bullets(items=texts):
            console.print(_facts([("-", text) for text in texts]))
        case blocks.Table():
            console.print(_table(item))
        case blocks.Code(text=text):
            console.print(Text(for_terminal(text)), soft_wrap=True)
        case blocks.Timeline():
            pass


def _callout(item: blocks.Callout) -> Text:
    text = Text(for_terminal(item.word), style=_STYLES[item.tone])
    text.append(f"  {for_terminal(item.text)}", style="not bold default")
    if item.links:
        text.append(f" [{', '.join(item.links)}]", style="dim")
    return text


def _facts(rows: Sequence[tuple[str, str]]) -> Grid:
    grid = Grid(box=None, show_header=False, padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(for_terminal(name)), Text(for_terminal(value)))
    return grid


def _table(item: blocks.Table) -> Grid:
    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, 1), show_edge=False, header_style="bold")
    for number, name in enumerate(item.columns):
        grid.add_column(name, overflow="fold", ratio=1 if number == item.wide else None)
    for row in item.rows:
        grid.add_row(*(Text(for_terminal(cell)) for cell in row))
    return grid
