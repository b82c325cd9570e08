"""The conventions of the house, held against the code."""

from __future__ import annotations

import ast
import base64
import inspect
import statistics
import textwrap
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from forensics import formats
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.schema import TABLES, columns

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "forensics"
REFUSED_NAMES = {"utils", "helpers", "common", "manager", "base", "core", "misc"}


def sample(name: str) -> bytes:
    """The sample in a format's docstring: text, or hex or base64 where it says so."""
    text = inspect.getdoc(formats.by_name(name)) or ""
    lines = text.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("Sample"))
    block: list[str] = []
    for line in lines[start + 1 :]:
        if line and not line.startswith(" "):
            break
        block.append(line)
    body = textwrap.dedent("\n".join(block)).strip("\n") + "\n"
    if "(base64 of zlib)" in lines[start]:
        return zlib.decompress(base64.b64decode(body))
    return bytes.fromhex(body) if "(hex)" in lines[start] else body.encode()


@pytest.mark.parametrize("name", formats.names())
def test_the_sample_of_a_format_is_recognised_by_that_format_alone(name: str) -> None:
    fitting = [other for other in formats.names() if formats.by_name(other).detect(sample(name), f"evidence/{name}")]
    assert fitting == [name]
    assert formats.recognise(sample(name), f"evidence/{name}") is formats.by_name(name)


@pytest.mark.parametrize("name", formats.names())
def test_the_sample_of_a_format_gives_a_row_and_its_ledger_covers_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(sample(name))
    source, tally = Source(path), Tally()
    items = list(formats.by_name(name).read(source, Facts(), tally))
    source.close()
    tally.close(source.content_bytes)
    rows = sum(item.rows if isinstance(item, ColumnBatch) else 1 for item in items)
    runs, unread = tally.drain()
    assert rows >= 1
    assert not unread
    assert sum(run.length or 0 for run in runs) == len(sample(name))


@pytest.mark.parametrize("name", formats.names())
def test_a_format_fills_only_the_tables_it_names(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(sample(name))
    source = Source(path)
    found = {
        type(item) if not isinstance(item, ColumnBatch) else item.table
        for item in formats.by_name(name).read(source, Facts(), Tally())
    }
    source.close()
    assert found <= {TABLES[table] for table in formats.by_name(name).TABLES}


def test_every_column_says_what_it_means() -> None:
    assert all(column.meaning for table in TABLES.values() for column in columns(table))


def modules() -> Iterator[Path]:
    return (path for path in sorted(PACKAGE.rglob("*.py")))


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [path for path in modules() if path.stem.strip("_") in REFUSED_NAMES] == []


def test_no_file_is_longer_than_the_house_allows() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): path.read_text().count("\n") for path in modules()}
    assert {name: length for name, length in lengths.items() if length > 500} == {}
    assert statistics.median(lengths.values()) <= 150


def test_functions_stay_short() -> None:
    lengths = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lengths[f"{path.relative_to(ROOT)}:{node.name}"] = (node.end_lineno or 0) - node.lineno + 1
    ordered = sorted(lengths.values())
    assert {name: length for name, length in lengths.items() if length > 80} == {}
    assert ordered[len(ordered) * 9 // 10] <= 30


def test_a_broad_except_stands_only_at_the_boundary_of_an_untrusted_item() -> None:
    broad = [
        (path.relative_to(ROOT).as_posix(), ast.unparse(node.type) if node.type else "")
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    ]
    assert broad == [("forensics/intake.py", "Exception")]
