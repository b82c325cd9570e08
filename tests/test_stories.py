"""Every story of sample_evidence gives the answer that its makers know to be true, whole and through each vantage."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

STORIES = Path(__file__).resolve().parent.parent / "sample_evidence"
NAMES = sorted(path.parent.name for path in STORIES.glob("*/answer.yml"))


def expected(story: str) -> dict[str, Any]:
    """The makers' answer; YAML 1.2 keeps yes and no as words."""
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(STORIES / story / "answer.yml")
    return found


def examined(story: str, files: list[str]) -> dict[str, Any]:
    folder = STORIES / story
    paths = [str(path) for name in files for path in sorted(folder.glob(name))]
    done = subprocess.run(
        [sys.executable, "-m", "forensics", "examine", *paths, "--sheet", str(folder / "sheet.yml"), "--json", "-"],
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def answers(result: dict[str, Any]) -> dict[str, str]:
    return {question: said["answer"] for question, said in result["answers"].items()}


def test_there_are_the_stories_that_the_readme_names() -> None:
    assert {"resolver_only", "mail_server", "blind_dns_only", "smtp_without_mail"} <= set(NAMES)


@pytest.mark.parametrize("story", NAMES)
def test_a_story_gives_its_true_answer(story: str) -> None:
    true, result = expected(story), examined(story, ["evidence"])
    assert answers(result) == true["answers"]
    assert result["verdict"]["id"] == true["verdict"]
    assert {claim["id"]: claim["verdict"] for claim in result["claims"]} == true.get("claims", {})
    assert {name: result["counts"][name] for name in true["counts"]} == true["counts"]


@pytest.mark.parametrize(
    ("story", "view"), [(story, view) for story in NAMES for view in expected(story).get("views", {})]
)
def test_a_single_vantage_gives_the_strongest_honest_answer(story: str, view: str) -> None:
    true = expected(story)["views"][view]
    assert answers(examined(story, true["files"])) == true["answers"]


@pytest.mark.parametrize("story", NAMES)
def test_a_story_says_what_it_is(story: str) -> None:
    assert (STORIES / story / "README.md").stat().st_size > 300
