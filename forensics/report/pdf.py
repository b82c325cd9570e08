"""The report on paper: PDF/A-3a and PDF/UA-1 set by Typst, with the result document attached.

Typst gets the fixed template `report.typ` and data; text from evidence is only ever a string in that data. The
folder it may read is empty, no package is fetched and only its own fonts are used, so the same document gives the
same bytes on every machine. PDF/A-3 asks for dates; they are the epoch, for a clock would change the bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from importlib.resources import files
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import msgspec

from forensics.errors import StorageError, UsageError
from forensics.model.case_file import CaseFile
from forensics.report import blocks, interval_svg, sections, timeline_svg
from forensics.report.columns import widths
from forensics.report.covered import printable
from forensics.report.json_document import ID_LENGTH, encode

STANDARDS = ("a-3a", "ua-1")
ATTACHMENT = "result.json"
MOST_ROWS = 1_000
"""Rows of one table that are printed; each row costs a tag tree, and the attached document has them all."""
MOST_CHARACTERS = 4_000
MOST_IN_TITLE = 100
"""Characters of one text that are printed."""
LINE_LENGTH = 112
"""Characters that fit beside each other in a table."""
LONGEST_WORD = {
    "heading": 60, "paragraph": 80, "verdict": 70, "callout": 80, "replies": 28, "facts": 70, "bullets": 80,
    "table": 40, "code": 80,
}  # fmt: skip
"""Characters of a word that a line of each kind of block can hold."""
SHA256_LENGTH = 64
INK = "#1c2127"
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Stays on one line: it fits where its ten characters do."""
_WORD = re.compile(r"[^\s/]+")


def render(case_file: CaseFile) -> bytes:
    """The document as bytes; the same case file gives the same bytes.

    Raises:
        UsageError: the extra `pdf` is not installed.
        StorageError: Typst refused to set it, with its reason.
    """
    return pages(sections.title(case_file), sections.build(sections.REPORT, case_file), case_file)


def pages(title: str, items: list[blocks.Block], document: msgspec.Struct) -> bytes:
    """Blocks on paper, with the document that they show attached; errors as for `render`."""
    typst = _typst()
    result = encode(document)
    data = {
        "title": printable(_bounded(title, MOST_IN_TITLE)),
        "id": hashlib.sha256(result).hexdigest()[:ID_LENGTH],
        "sha256": hashlib.sha256(result).hexdigest(),
        "attachment": ATTACHMENT,
        "anchors": sorted(_anchors(items)),
        "blocks": [_data(item) for item in _capped(items)],
    }
    inputs = {"data": json.dumps(data), "result": result.decode()}
    template = files("forensics.report").joinpath("report.typ").read_bytes()
    with TemporaryDirectory(prefix="forensics-") as empty:
        try:
            return bytes(
                typst.compile(
                    template, root=empty, format="pdf", sys_inputs=inputs, ignore_system_fonts=True,
                    pdf_standards=list(STANDARDS), timestamp=0,
                )
            )  # fmt: skip
        except typst.TypstError as error:
            raise StorageError(f"The PDF cannot be set: {error.message}.") from error


def _typst() -> ModuleType:
    try:
        import typst
    except ImportError as error:
        raise UsageError("A PDF needs Typst: install the extra pdf (pip install 'email-forensics[pdf]').") from error
    return typst


def _capped(items: list[blocks.Block]) -> list[blocks.Block]:
    capped: list[blocks.Block] = []
    for item in items:
        if isinstance(item, blocks.Table) and len(item.rows) > MOST_ROWS:
            note = f"The first {MOST_ROWS:,} of {len(item.rows):,} rows; the attached {ATTACHMENT} has them all."
            capped += [msgspec.structs.replace(item, rows=item.rows[:MOST_ROWS]), blocks.Paragraph(note, quiet=True)]
        else:
            capped.append(item)
    return capped


def _data(item: blocks.Block) -> dict[str, Any]:
    kind = type(item).__name__.lower()
    if isinstance(item, blocks.Timeline):
        return {"kind": kind, "svg": timeline_svg.draw(item).replace("currentColor", INK), "alt": timeline_svg.ALT}
    if isinstance(item, blocks.Lanes):
        drawn = interval_svg.draw(item, printable).replace("currentColor", INK)
        return {"kind": kind, "svg": drawn, "alt": printable(item.alt)}
    data: dict[str, Any] = {"kind": kind, **_strings(msgspec.to_builtins(item), LONGEST_WORD[kind])}
    if isinstance(item, blocks.Table):
        measures = widths(item, LINE_LENGTH)
        data["widths"] = measures
        # Wide letters: a word of nine tenths of a column's characters may fill it.
        longest = [max(4, width * 9 // 10) for width in measures]
        data["rows"] = [[_breaking(*pair) for pair in zip(row, longest, strict=True)] for row in item.rows]
    return data


def _strings(value: Any, longest: int) -> Any:
    """The same value with every text in it printable and fit to break."""
    match value:
        case str():
            return _breaking(value, longest)
        case list() | tuple():
            return [_strings(part, longest) for part in value]
        case dict():
            return {name: _strings(part, longest) for name, part in value.items()}
    return value


def _breaking(text: str, longest: int) -> str:
    """Printable text; a word longer than a line may break after every fourth character, a hash in its middle."""
    shown = printable(_bounded(text, MOST_CHARACTERS))
    if len(shown) <= longest or _DAY.fullmatch(shown):
        return shown
    return _WORD.sub(lambda word: _broken(word[0], longest), shown)


def _bounded(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} ... ({len(text) - most:,} more characters in {ATTACHMENT})"


def _broken(word: str, longest: int) -> str:
    if len(word) <= longest:
        return word
    step = SHA256_LENGTH // 2 if len(word) == SHA256_LENGTH and longest >= SHA256_LENGTH // 2 else 4
    return "\u200b".join(word[start : start + step] for start in range(0, len(word), step))


def _anchors(items: list[blocks.Block]) -> set[str]:
    found: set[str] = set()
    for item in items:
        if isinstance(item, blocks.Heading) and item.anchor:
            found.add(item.anchor)
        if isinstance(item, blocks.Table):
            found.update(item.row_anchors[:MOST_ROWS])
    return found
