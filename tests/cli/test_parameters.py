"""Words taken as they stand are those that typer's own checks give."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from forensics.cli import app
from forensics.cli.parameters import Command, Group


def ran(command: type[Any], words: list[str]) -> tuple[int, str]:
    """The exit code and the output of a command with parameters of each kind."""
    program = typer.Typer()

    @program.command(cls=command)
    def show(
        first: str,
        folder: Path,
        rest: Annotated[list[str] | None, typer.Argument()] = None,
        name: Annotated[list[str] | None, typer.Option()] = None,
        sheet: Annotated[Path | None, typer.Option()] = None,
        case: Annotated[Path, typer.Option()] = Path("case"),
        text: str | None = None,
        count: int = 3,
        raw: Annotated[bool, typer.Option("--raw")] = False,
    ) -> None:
        typer.echo(f"{first!r} {folder!r} {rest!r} {name!r} {sheet!r} {case!r} {text!r} {count!r} {raw!r}")

    done = CliRunner().invoke(program, words)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    "words",
    [
        ["a", "b"],
        ["a", "b", "c", "d"],
        ["", "", ""],
        ["a", "b", "--name", "x", "--name", "", "--text", "t", "--raw"],
        ["a", "-", "--sheet", "no/such/file", "--case", "-"],
        ["a", "b", "--count", "7"],
        ["a", "b", "--count", "seven"],
        ["a", "b", "--sheet", "."],
        ["a"],
        ["a", "b", "--sheet"],
        ["--help"],
        [],
    ],
)
def test_a_command_gets_what_typer_alone_would_give_it(words: list[str]) -> None:
    assert ran(Command, words) == ran(typer.core.TyperCommand, words)


def test_the_values_are_text_paths_and_lists() -> None:
    assert ran(Command, ["a", "b", "c", "--name", "x", "--sheet", "s.yml"]) == (
        0, "'a' PosixPath('b') ['c'] ['x'] PosixPath('s.yml') PosixPath('case') None 3 False\n",
    )  # fmt: skip


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_path_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sheet.yml").touch(mode=0o000)
    code, output = ran(Command, ["a", "b", "--sheet", str(tmp_path / "sheet.yml")])
    assert (code, "is not readable" in output) == (2, True)


def test_every_command_takes_its_words_as_they_stand() -> None:
    groups, commands = [get_command(app)], []
    for group in groups:
        assert isinstance(group, Group)
        for command in group.commands.values():
            (groups if hasattr(command, "commands") else commands).append(command)
    assert len(commands) > 10
    assert {type(command) for command in commands} == {Command}
