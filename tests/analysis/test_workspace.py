"""Large tables are read where they lie, small ones held: the judgement is the same."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from forensics import Case
from forensics.analysis import rulebook, workspace
from forensics.model.subject import Subject
from tests.analysis.filled_tables import filled

STORY = Path(__file__).resolve().parents[2] / "sample_evidence" / "resolver_only"


def judged() -> dict[str, object]:
    with Case(sheet_path=STORY / "sheet.yml") as case:
        case.add(STORY / "evidence")
        found: dict[str, object] = msgspec.to_builtins(case.result())
    return {name: found[name] for name in ("answers", "verdict", "findings", "claims", "counts", "timeline")}


@pytest.mark.parametrize("held_view_rows", [0, 10, 1_000_000])
def test_the_judgement_does_not_depend_on_what_is_held_in_memory(
    monkeypatch: pytest.MonkeyPatch, held_view_rows: int
) -> None:
    held = judged()
    monkeypatch.setattr(workspace, "HELD_ROWS", 0)
    monkeypatch.setattr(workspace, "HELD_VIEW_ROWS", held_view_rows)
    assert judged() == held


def test_a_connection_of_two_flow_records_cites_one_of_them_whole() -> None:
    common = {"transport": "tcp", "ts": 1, "last_ts": 2, "packets": 9, "tcp_flags": "APSF"}
    there = {"src_ip": "198.51.100.7", "src_port": 40000, "dst_ip": "192.0.2.10", "dst_port": 25}
    back = {"src_ip": "192.0.2.10", "src_port": 25, "dst_ip": "198.51.100.7", "dst_port": 40000}
    connection = filled(
        {
            "flow": [
                {"record_no": 1, "offset": 100, "length": 130, **there, **common},
                {"record_no": 2, "offset": 230, "length": 127, **back, **common},
            ]
        }
    )
    workspace.build(
        connection, subject=Subject(addresses=("192.0.2.10",)), span=workspace.Span(None, None), pieces=(), covering={},
        views=rulebook.load().views,
    )  # fmt: skip
    found = connection.execute('SELECT f.record_no, f."offset", f.length FROM flow_in f').fetchall()
    assert found == [(1, 100, 130)]
