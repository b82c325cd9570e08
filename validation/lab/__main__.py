"""Make stories: `python -m validation.lab STORY... [--out DIR]`, or cases by seed: `... varied --seed N --count N`.

Needs root and the programs of tools/install-system-programs.

Each story is written to DIR/STORY: `evidence/`, `sheet.yml` and `answer.yml` are replaced, everything else stays.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import pkgutil
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from validation.lab import stories, varied
from validation.lab.network import LabError, Network

Teller = Callable[[Network, Path, Path], None]
_NO_STORY = {"mail_host"}
_SAMPLES = Path(__file__).parents[2] / "sample_evidence"


def main() -> int:
    known = sorted(module.name for module in pkgutil.iter_modules(stories.__path__) if module.name not in _NO_STORY)
    parser = argparse.ArgumentParser(
        prog="python -m validation.lab", description="Make labelled evidence with real servers."
    )
    parser.add_argument("story", nargs="+", choices=[*known, "all", "varied"], help="which to make")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first varied case")
    parser.add_argument("--count", type=int, default=1, help="how many varied cases")
    parser.add_argument("--out", type=Path, default=_SAMPLES, help="folder for the stories (default: sample_evidence/)")
    words = parser.parse_args()
    wanted: list[tuple[str, Teller]] = []
    if "varied" in words.story:
        seeds = range(words.seed, words.seed + words.count)
        wanted = [(f"seed-{seed:04}", functools.partial(varied.tell, seed=seed)) for seed in seeds]
    named = known if "all" in words.story else [name for name in words.story if name != "varied"]
    wanted += [(name, importlib.import_module(f"validation.lab.stories.{name}").tell) for name in named]
    for name, tell in wanted:
        try:
            make(tell, words.out / name)
        except LabError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
        print(f"{name}: {_size(words.out / name):,} bytes", file=sys.stderr)
    return 0


def make(tell: Teller, out: Path) -> None:
    """Let one story happen and replace its evidence.

    Raises:
        LabError: a server did not start, or something else happened than the story says.
    """
    with tempfile.TemporaryDirectory(prefix="lab-") as scratch:
        folder = Path(scratch)
        folder.chmod(0o755)
        fresh = folder / "handover"
        fresh.mkdir()
        with Network(folder) as network:
            tell(network, folder, fresh)
        out.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(out / "evidence", ignore_errors=True)
        shutil.copytree(fresh, out, dirs_exist_ok=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    sys.exit(main())
