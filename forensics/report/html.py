"""One self-contained HTML page: readable without scripts, printable, with the result document inside."""

from __future__ import annotations

import html as standard
from collections.abc import Sequence

from forensics.model.case_file import CaseFile
from forensics.report import blocks, sections
from forensics.report.escape import visible
from forensics.report.json_document import encode
from forensics.report.timeline_svg import draw

FOLD_ROWS = 40
"""A longer table is folded away until it is asked for."""

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2127;--quiet:#59636e;--paper:#fff;--line:#d8dee4;--soft:#f5f7f9;
--yes:#1b7f4b;--no:#1f5fa8;--unknown:#8a5a00;--warning:#a3271f;--plain:#1c2127}
@media(prefers-color-scheme:dark){:root{--ink:#e6e9ec;--quiet:#a0a9b3;--paper:#15181c;--line:#353c44;--soft:#1d2126;
--yes:#5fc98f;--no:#7fb4ee;--unknown:#e0b25c;--warning:#f08a80;--plain:#e6e9ec}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:62rem;padding:2.5rem 1.5rem 4rem;background:var(--paper);color:var(--ink);
font:16px/1.55 "Libertinus Serif",Georgia,"Times New Roman",serif}
header{border-bottom:2px solid var(--ink);margin-bottom:1.5rem;padding-bottom:.6rem;color:var(--quiet)}
h1{font-size:1.3rem;margin:2.6rem 0 .8rem;padding-bottom:.25rem;border-bottom:1px solid var(--line)}
h2{font-size:1.05rem;margin:1.6rem 0 .3rem}
p{margin:.35rem 0;max-width:48rem;overflow-wrap:anywhere}
.quiet{color:var(--quiet);font-size:.92rem}
.callout{border-left:4px solid var(--tone);padding:.35rem 0 .35rem 1rem;margin:.7rem 0;max-width:50rem;overflow-wrap:anywhere}
.callout b{color:var(--tone);display:block;font-size:1.05rem}
.callout.first b{font-size:1.9rem;line-height:1.2}
.yes{--tone:var(--yes)}.no{--tone:var(--no)}.unknown{--tone:var(--unknown)}.warning{--tone:var(--warning)}
.plain{--tone:var(--plain)}
table{border-collapse:collapse;width:100%;margin:.8rem 0;font-size:.92rem}
th{text-align:left;border-bottom:1px solid var(--ink);padding:.3rem .8rem .3rem 0;vertical-align:bottom}
td{border-bottom:1px solid var(--line);padding:.4rem .8rem .4rem 0;vertical-align:top;overflow-wrap:anywhere}
td:first-child,th:first-child{overflow-wrap:normal;white-space:nowrap}
.mono,pre{font:.82rem/1.4 "DejaVu Sans Mono",ui-monospace,monospace;overflow-wrap:anywhere}
pre{background:var(--soft);padding:.7rem;white-space:pre-wrap}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin:.9rem 0}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
a{color:inherit;text-decoration-color:var(--quiet)}
svg{width:100%;height:auto}
@media print{body{max-width:none;padding:0;font-size:10.5pt}h1{break-after:avoid}tr,.callout{break-inside:avoid}
details>*{display:block}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def render(case_file: CaseFile) -> str:
    """The page. Everything that came from evidence passes one escaper; the page asks for nothing outside itself."""
    body = "\n".join(_block(item) for item in sections.build(sections.REPORT, case_file))
    title = f"Examination: {case_file.subject.domain or ', '.join(case_file.subject.names) or 'all evidence'}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header>{_text(title)}</header>\n<main>\n{body}\n</main>\n"
        f'<script type="application/json" id="result">{_embedded(case_file)}</script>\n</body>\n</html>\n'
    ).replace('class="callout', 'class="callout first', 1)


def _text(text: str) -> str:
    return standard.escape(visible(text), quote=True)


def _embedded(case_file: CaseFile) -> str:
    text = encode(case_file).decode()
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
            return f"<p{kind}>{_text(text)}{_links(links)}</p>"
        case blocks.Callout(word=word, text=text, tone=tone, links=links):
            return f'<div class="callout {tone}"><b>{_text(word)}</b>{_text(text)}{_links(links)}</div>'
        case blocks.Facts(rows=rows):
            return "<dl>" + "".join(f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>" for name, value in rows) + "</dl>"
        case blocks.Bullets(items=items):
            return "<ul>" + "".join(f"<li>{_text(text)}</li>" for text in items) + "</ul>"
        case blocks.Table():
            return _table(item)
        case blocks.Timeline():
            return draw(item)
        case blocks.Code(text=text):
            return f"<pre>{_text(text)}</pre>"


def _links(anchors: Sequence[str]) -> str:
    found = ", ".join(f'<a href="#{_text(anchor)}">{_text(anchor)}</a>' for anchor in anchors)
    return f' <span class="quiet">[{found}]</span>' if found else ""


def _cell(text: str, *, mono: bool) -> str:
    kind = ' class="mono"' if mono else ""
    return f"<td{kind}>{_text(text)}</td>"


def _table(item: blocks.Table) -> str:
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in item.columns)
    rows = []
    for number, row in enumerate(item.rows):
        identity = f' id="{_text(item.row_anchors[number])}"' if item.row_anchors else ""
        cells = (_cell(cell, mono=place in item.mono) for place, cell in enumerate(row))
        rows.append(f"<tr{identity}>{''.join(cells)}</tr>")
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    if len(item.rows) <= FOLD_ROWS:
        return table
    return f"<details><summary>{len(item.rows):,} rows</summary>{table}</details>"
