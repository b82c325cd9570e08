"""A recording of 200 domains of every posture says what the network said, and gives the same bytes again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from forensics.analysis.posture import asking, judge
from forensics.collect.dns_records import Recorder
from forensics.collect.exchange import Server
from forensics.model.case_file import Tool
from forensics.model.posture import Asked, Posture

ADDRESS = "127.0.0.1"
ROOT = Path(__file__).resolve().parent.parent.parent
TOOL = Tool(name="", version="", rules_sha256="", known_error="")
DOCUMENTS = """
import pathlib, sys
from forensics import Case, examination
from forensics.report.json_document import encode
with Case() as case:
    case.add("answers.jsonl")
    connection = case._connect("whole")
    for domain in sys.argv[2:]:
        posture = examination.posture(connection, domain, case.evidence, as_of=None, selectors=())
        pathlib.Path(sys.argv[1], domain).write_bytes(encode(posture))
    connection.close()
"""
SURROUNDINGS = ({"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1"}, {"TZ": "UTC", "PYTHONHASHSEED": "2", "LC_ALL": "C"})


class Recorded(NamedTuple):
    """The recording of all domains, what the live answers came to, and the queries that each cost."""

    path: Path
    live: dict[str, Posture]
    sent: dict[str, int]


@pytest.fixture(scope="session")
def recorded(world: Any, answering: Any, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    zones, domains = world
    folder = tmp_path_factory.mktemp("recorded")
    live, sent = {}, {}
    with answering(zones.reply) as (port, _):
        for domain in domains:
            with Recorder(folder / domain, Server(ADDRESS, port), timeout_s=0.05) as recorder:
                asking.ask(domain, (), recorder)
                live[domain] = judge(domain, recorder, tool=TOOL, rules="rfc9989")
                sent[domain] = recorder.sent
    path = folder / "answers.jsonl"
    path.write_bytes(b"".join((folder / domain).read_bytes() for domain in domains))
    return Recorded(path, live, sent)


def test_no_domain_costs_more_than_the_budget(recorded: Recorded) -> None:
    assert len(recorded.sent) == 200
    assert max(recorded.sent.values()) <= 40


@pytest.fixture(scope="session")
def replayed(recorded: Recorded) -> tuple[list[bytes], list[bytes]]:
    """The documents about all domains, by two processes in different surroundings."""
    folders = [recorded.path.parent / name for name in ("first", "second")]
    started = []
    for folder, surroundings in zip(folders, SURROUNDINGS, strict=True):
        folder.mkdir()
        command = [sys.executable, "-c", DOCUMENTS, folder, *recorded.live]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **surroundings}
        started.append(subprocess.Popen(command, cwd=recorded.path.parent, env=environment))
    assert [process.wait() for process in started] == [0, 0]
    first, second = ([(folder / domain).read_bytes() for domain in recorded.live] for folder in folders)
    return first, second


def test_two_processes_write_the_same_bytes_about_every_domain(replayed: tuple[list[bytes], list[bytes]]) -> None:
    first, second = replayed
    assert (len(first), len(set(first))) == (200, 200)
    assert first == second


def test_the_recording_says_what_the_network_said(
    recorded: Recorded, replayed: tuple[list[bytes], list[bytes]]
) -> None:
    for document, live in zip(replayed[0], recorded.live.values(), strict=True):
        posture = msgspec.json.decode(document, type=Posture)
        heard = {(asked.qname, asked.qtype): said(asked) for asked in live.questions}
        for asked in posture.questions:
            was = heard.get((asked.qname, asked.qtype), ("not_asked", []))
            # a name that does not exist answers for all its types, and shared names were asked for by other domains too
            more = asked.status == "nxdomain" or asked.qname.endswith(".bulkpost.test")
            assert said(asked) == was or (was[0] == "not_asked" and more), asked
        assert posture.summary == live.summary


def said(asked: Asked) -> tuple[str, list[str]]:
    return asked.status, sorted(asked.records)


def test_the_command_writes_the_same_bytes_again(recorded: Recorded) -> None:
    for domain in ("d003.example", "deep.deep.deep.deep.mail.d004.example"):
        command = [sys.executable, "-m", "forensics", "domain", domain, "--records", "answers.jsonl", "--json", "-"]
        first, second = (
            subprocess.run(
                command, check=True, capture_output=True, cwd=recorded.path.parent,
                env={**os.environ, "PYTHONPATH": str(ROOT), **surroundings},
            ).stdout
            for surroundings in SURROUNDINGS
        )  # fmt: skip
        assert first == second
        assert json.loads(first)["domain"] == domain
