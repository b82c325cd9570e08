"""Score `forensics examine` on labelled stories: overclaims, misses, verdicts, claims and counts.

    python validation/score.py [FOLDER...] [--python PYTHON] [--jobs N]

Each FOLDER is a story (it holds `answer.yml`) or holds stories; without one, all of `sample_evidence/`. A story is
examined on all of its evidence and on each view alone. An answer stronger than the strongest honest one, or the
opposite, is an overclaim; a weaker one is a miss. The last line has the figures. Exit 1 on anything but agreement.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

_SAMPLES = Path(__file__).parents[1] / "sample_evidence"
_TIMEOUT_S = 180


class Run(NamedTuple):
    """One examination: a story or one view of it, and what is to come out."""

    story: Path
    view: str | None
    expected: dict[str, Any]


class Difference(NamedTuple):
    """Where a result is not what the lab vouches for; kind: overclaim, miss, verdict, claim, count, broken."""

    kind: str
    text: str


def runs(story: Path) -> list[Run]:
    """The whole story, and each of its views."""
    answer = _load(story / "answer.yml")
    views = answer.pop("views", {})
    return [Run(story, None, answer), *(Run(story, name, view) for name, view in views.items())]


def examine(run: Run, python: str) -> dict[str, Any] | str:
    """The result document of one run, or why there is none."""
    sheet = _load(run.story / "sheet.yml")
    wanted = run.expected.get("files") if run.view else None
    rows = [row for row in sheet["evidence"] if wanted is None or row["path"] in wanted]
    paths = [str((run.story / row["path"]).resolve()) for row in rows]
    sheet["evidence"] = [{**row, "path": path} for row, path in zip(rows, paths, strict=True)]
    if run.view:
        sheet.pop("claims", None)
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "sheet.yml"
        place.write_text(json.dumps(sheet))  # JSON is YAML
        words = [python, "-m", "forensics", "examine", *paths, "--sheet", str(place), "--json", "-"]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired:
            return f"no answer in {_TIMEOUT_S} s"
    if done.returncode not in (0, 4):
        return f"exit {done.returncode}: {done.stderr.strip().splitlines()[-1:]}"
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def compare(result: dict[str, Any], expected: dict[str, Any]) -> list[Difference]:
    """Where a result document differs from what is expected of it."""
    found = []
    for question, best in expected["answers"].items():
        got = result["answers"][question]["answer"]
        if got != best:
            kind = "miss" if got == "unknown" else "overclaim"
            found.append(Difference(kind, f"{question}: said {got}, best honest answer {best}"))
    if "verdict" in expected and result["verdict"]["id"] != expected["verdict"]:
        found.append(Difference("verdict", f"said {result['verdict']['id']}, expected {expected['verdict']}"))
    said = {claim["id"]: claim["verdict"] for claim in result.get("claims", [])}
    for name, word in expected.get("claims", {}).items():
        if said.get(name) != word:
            found.append(Difference("claim", f"{name}: said {said.get(name)}, expected {word}"))
    for name, number in expected.get("counts", {}).items():
        if result["counts"].get(name) != number:
            found.append(Difference("count", f"{name}: said {result['counts'].get(name)}, expected {number}"))
    return found


def stories_in(folder: Path) -> list[Path]:
    """The story in a folder, or those below it."""
    if (folder / "answer.yml").exists():
        return [folder]
    return sorted(path.parent for path in folder.glob("*/answer.yml"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Score the toolkit on labelled stories.")
    parser.add_argument("folders", nargs="*", type=Path, default=[_SAMPLES])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--jobs", type=int, default=2)
    words = parser.parse_args()
    work = [run for folder in words.folders for story in stories_in(folder) for run in runs(story)]
    tally = dict.fromkeys(("overclaim", "miss", "verdict", "claim", "count", "broken"), 0)
    with ThreadPoolExecutor(words.jobs) as pool:
        for run, result in zip(work, pool.map(lambda run: examine(run, words.python), work), strict=True):
            broken = [Difference("broken", result)] if isinstance(result, str) else []
            for difference in broken or compare(result, run.expected):  # type: ignore[arg-type]
                tally[difference.kind] += 1
                print(f"{run.story.name} {run.view or 'all'}: {difference.kind}: {difference.text}")
    answers = sum(len(run.expected["answers"]) for run in work)
    print(f"runs {len(work)}, answers {answers}, " + ", ".join(f"{kind} {number}" for kind, number in tally.items()))
    return 1 if not work or any(tally.values()) else 0


def _load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
