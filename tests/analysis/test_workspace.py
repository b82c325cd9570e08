"""Large tables are read where they lie, small ones held: the judgement is the same."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from forensics import Case
from forensics.analysis import workspace

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
