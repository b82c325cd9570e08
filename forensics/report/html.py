"""One self-contained HTML page: readable without scripts, printable, with the result document inside."""

from __future__ import annotations

import hashlib
import html as standard
import re
from collections.abc import Iterable, Sequence
from importlib.resources import files

import msgspec

from forensics.model.case_file import CaseFile
from forensics.report import blocks, columns, sections
from forensics.report.escape import visible
from forensics.report.interval_svg import draw as draw_intervals
from forensics.report.json_document import ID_LENGTH, encode
from forensics.report.timeline_svg import draw

LINE_LENGTH = 108
"""Characters that fit beside each other in a table."""
GAP = 3
MANY_COLUMNS = 5
"""A table of so many columns is moved sideways on a narrow screen."""
FOLD_ROWS = 40
"""A longer table is folded away until it is asked for."""

_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]{8,18}Z)?")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render(case_file: CaseFile) -> str:
    """The page. Everything that came from evidence passes one escaper; the page asks for nothing outside itself."""
    return page(sections.title(case_file), sections.build(sections.REPORT, case_file), case_file)


def page(title: str, items: Iterable[blocks.Block], document: msgspec.Struct) -> str:
    """A page of blocks, with the document that they show inside."""
    result = encode(document)
    body = "\n".join(map(_block, items))
    digest = hashlib.sha256(result).hexdigest()
    style = files("forensics.report").joinpath("style.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f"<header>{_text(title)}</header>\n<main>\n{body}\n</main>\n"
        f"<footer>Report <code>{digest[:ID_LENGTH]}</code>. "
        f"SHA-256 of the result document inside this page: <code>{digest}</code></footer>\n"
        f'<script type="application/json" id="result">{_embedded(result)}</script>\n</body>\n</html>\n'
    )


def _text(text: str) -> str:
    return standard.escape(visible(text), quote=True)


def _running(text: str) -> str:
    """Text in which no line breaks within a day or time."""
    return _TIME.sub(r'<span class="time">\g<0></span>', _text(text))


def _embedded(result: bytes) -> str:
    text = result.decode()
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _block(item: blocks.Block) -> str:
    match item:
        case blocks.Heading(text=text, level=level, anchor=anchor):
            identity = f' id="{_text(anchor)}"' if anchor else ""
            return f"<h{level}{identity}>{_text(text)}</h{level}>"
        case blocks.Paragraph(text=text, links=links, quiet=quiet):
            kind = ' class="quiet"' if quiet else ""
            return f"<p{kind}>{_running(text)}{_links(links)}</p>"
        case blocks.Verdict(word=word, text=text, tone=tone):
            return f'<div class="verdict {tone}"><b>{_text(word)}</b>{_running(text)}</div>'
        case blocks.Replies(items=replies):
            return f'<div class="replies">{"".join(map(_reply, replies))}</div>'
        case blocks.Callout(word=word, text=text, tone=tone, links=links):
            return f'<div class="callout {tone}"><b>{_text(word)}</b>{_running(text)}{_links(links)}</div>'
        case blocks.Facts(rows=rows):
            return (
                "<dl>" + "".join(f"<dt>{_text(name)}</dt><dd>{_running(value)}</dd>" for name, value in rows) + "</dl>"
            )
        case blocks.Bullets(items=items):
            return "<ul>" + "".join(f"<li>{_text(text)}</li>" for text in items) + "</ul>"
        case blocks.Table():
            return _table(item)
        case blocks.Timeline():
            return draw(item)
        case blocks.Lanes():
            return draw_intervals(item, visible)
        case blocks.Code(text=text):
            return f"<pre>{_text(text)}</pre>"


def _reply(reply: blocks.Reply) -> str:
    return (
        f'<div class="reply {reply.tone}"><span class="quiet">{_text(reply.question)}</span>'
        f"<b>{_text(reply.word)}</b><p>{_running(reply.text)}{_links(reply.links)}</p></div>"
    )


def _links(anchors: Sequence[str]) -> str:
    found = ", ".join(f'<a href="#{_text(anchor)}">{_text(anchor)}</a>' for anchor in anchors)
    return f' <span class="quiet">[{found}]</span>' if found else ""


def _table(item: blocks.Table) -> str:
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in item.columns)
    shares = [width + GAP for width in columns.widths(item, LINE_LENGTH)]
    measures = "".join(f'<col style="width:{100 * share / sum(shares):.1f}%">' for share in shares)
    rows = "".join(_row(item, number) for number in range(len(item.rows)))
    many = ' class="many"' if len(item.columns) >= MANY_COLUMNS else ""
    table = (
        f'<div class="scroll"><table{many}><colgroup>{measures}</colgroup><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
    if len(item.rows) <= FOLD_ROWS:
        return table
    return f"<details><summary>{len(item.rows):,} rows</summary>{table}</details>"


def _row(item: blocks.Table, number: int) -> str:
    identity = f' id="{_text(item.row_anchors[number])}"' if item.row_anchors else ""
    cells = "".join(_cell(item, number, place, text) for place, text in enumerate(item.rows[number]))
    return f"<tr{identity}>{cells}</tr>"


def _cell(item: blocks.Table, number: int, place: int, text: str) -> str:
    kind = ' class="mono"' if place in item.mono else ""
    under = f'<div class="mono quiet">{_text(item.under[number])}</div>' if item.under and place == item.wide else ""
    return f"<td{kind}>{_running(text)}{under}</td>"
