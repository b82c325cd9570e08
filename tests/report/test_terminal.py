"""A terminal gets text and our own colours, nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from forensics.model.evidence import Citation, Evidence
from forensics.report import screen, terminal

TITLES = (
    "ANSWER", "WHAT THIS EVIDENCE COULD NOT HAVE SHOWN", "CLAIMS", "WHAT WOULD CHANGE THIS ANSWER", "EVIDENCE",
    "FINDINGS", "NOT EXAMINED",
)  # fmt: skip
SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(params=[40, 80, 120])
def width(request, monkeypatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def test_the_screen_has_every_section(case_with, capsys, width: int) -> None:
    terminal.show(case_with("mail.example"))
    shown = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert all(title in shown for title in TITLES)


def test_no_control_character_of_evidence_reaches_the_terminal(case_with, capsys, monkeypatch, hostile: str) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal.show(case_with(hostile))
    terminal.show_findings(case_with(hostile))
    shown = SGR.sub("", capsys.readouterr().out)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f]", shown)


def test_brackets_and_colons_of_evidence_are_no_markup(case_with, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    terminal.show_verdict(case_with("[/foo] [bold]x[/] :smile:"))
    assert "Did [/foo] [bold]x[/] :smile: exchange mail?" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_colour_is_sent_to_who_wants_none(case_with, capsys, monkeypatch, name: str, value: str) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv(name, value)
    terminal.show(case_with("mail.example"))
    assert not re.search(r"\x1b\[(3|4|9|10)[0-9]", capsys.readouterr().out)


def test_no_line_is_wider_than_the_screen(case_with, capsys, width: int) -> None:
    terminal.show(case_with("a very long name of a server that is repeated " * 4))
    assert max(map(len, capsys.readouterr().out.splitlines())) <= width


def test_a_narrow_screen_lists_what_a_wide_one_tabulates(case_with, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", str(screen.NARROW - 1))
    terminal.show_rules([("traffic/asked", "Somebody asked")])
    assert capsys.readouterr().out.split("\n")[0].strip() == "traffic/asked  Somebody asked"


def test_bytes_that_are_no_text_are_shown_in_hex(capsys, tmp_path: Path) -> None:
    piece = Evidence(
        no=1, path="a.pcap", sha256="ab" * 32, size_bytes=4, content_bytes=4, format="pcap", vantage=None,
        state="read", reading="-",
    )  # fmt: skip
    terminal.show_bytes(piece, Citation(1, 2, 16, 4), b"\x00\x1b\xff\x41")
    assert capsys.readouterr().out.splitlines()[1].rstrip() == "000000000010  00 1b ff 41" + " " * 38 + "...A"
