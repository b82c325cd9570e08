"""Blocks on a terminal: plain text, ruled tables, and lists where it is too narrow for tables."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from forensics.report import blocks, interval_text
from forensics.report.columns import widths
from forensics.report.escape import for_terminal

NARROW = 60
"""Below this width a table becomes a list."""
GAP = 2
_STYLES = {"yes": "bold green", "no": "bold blue", "unknown": "bold yellow", "warning": "bold red", "plain": "bold"}


def console() -> Console:
    """A console that reads nothing as markup, and neither colours nor decorates what it prints."""
    return Console(markup=False, highlight=False, emoji=False)


def print_blocks(items: Sequence[blocks.Block]) -> None:
    """Print blocks to standard output, each text through the escaper for terminals."""
    printer = console()
    for item in items:
        _print(printer, item)


def _print(printer: Console, item: blocks.Block) -> None:
    match item:
        case blocks.Heading(text=text, level=level):
            printer.print()
            printer.print(_text(text.upper() if level == 1 else text, "bold"))
        case blocks.Paragraph(text=text, quiet=quiet):
            printer.print(_text(text, "dim" if quiet else ""))
        case blocks.Verdict(word=word, text=text, tone=tone) | blocks.Callout(word=word, text=text, tone=tone):
            links = () if isinstance(item, blocks.Verdict) else item.links
            printer.print(_sentence(word, text, tone, links))
        case blocks.Replies(items=replies):
            for reply in replies:
                _reply(printer, reply)
        case blocks.Facts(rows=rows):
            printer.print(_facts(rows))
        case blocks.Bullets(items=texts):
            printer.print(_facts([("-", text) for text in texts]))
        case blocks.Table():
            _table(printer, item)
        case blocks.Code(text=text):
            printer.print(_text(text), soft_wrap=True)
        case blocks.Lanes():
            for line in interval_text.lines(item, printer.width):
                printer.print(_text(line), soft_wrap=True)
        case blocks.Timeline():
            pass


def _text(text: str, style: str = "") -> Text:
    return Text(for_terminal(text), style=style)


def _sentence(word: str, text: str, tone: str, links: Sequence[str]) -> Text:
    sentence = _text(word, _STYLES[tone])
    sentence.append(f"  {for_terminal(text)}", style="not bold default")
    sentence.append(_linked(links), style="not bold dim default")
    return sentence


def _linked(links: Sequence[str]) -> str:
    return for_terminal(f" [{', '.join(links)}]") if links else ""


def _reply(printer: Console, reply: blocks.Reply) -> None:
    head = _text(reply.question)
    head.append(f" {for_terminal(reply.word)}", style=_STYLES[reply.tone])
    printer.print(head)
    printer.print(Padding(_text(reply.text + _linked(reply.links), "dim"), (0, 0, 0, GAP)))


def _facts(rows: Sequence[tuple[str, str]]) -> Grid:
    grid = Grid(box=None, show_header=False, padding=(0, 1, 0, 0))
    grid.add_column(no_wrap=True, style="dim")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(_text(name), _text(value))
    return grid


def _table(printer: Console, item: blocks.Table) -> None:
    if printer.width < NARROW:
        for row in item.rows:
            _list(printer, item, row)
        return
    # The ruled box sets one space between columns itself.
    grid = Grid(box=box.SIMPLE_HEAD, padding=(0, GAP - 1, 0, 0), show_edge=False, pad_edge=False, header_style="bold")
    room = printer.width - GAP * len(item.columns)
    for name, width in zip(item.columns, widths(item, room), strict=True):
        grid.add_column(_text(name), overflow="fold", width=width)
    for row in item.rows:
        grid.add_row(*map(_text, row))
    printer.print(grid)


def _list(printer: Console, item: blocks.Table, row: Sequence[str]) -> None:
    """A row as a line of its first and its widest cell, and below it the others with their names."""
    cells = list(enumerate(zip(item.columns, row, strict=True)))
    first = {0, item.wide}
    printer.print(_text("  ".join(cell for place, (_, cell) in cells if place in first)))
    rest = ", ".join(f"{name} {cell}" for place, (name, cell) in cells if place not in first)
    printer.print(Padding(_text(rest, "dim"), (0, 0, 0, GAP)))
