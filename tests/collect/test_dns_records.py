"""Asking real servers: each kind of answer stays what it is, is on disk first, and costs what the budget allows."""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dns.message
import dns.rcode
import dns.rrset
import pytest

from forensics import Case
from forensics.analysis.posture import asking
from forensics.collect.dns_records import Recorder
from forensics.collect.resolvers import Server, resolver
from forensics.errors import NetworkError, StorageError, UsageError

ADDRESS = "127.0.0.1"
COMMAND = [sys.executable, "-m", "forensics", "domain"]


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def asked(path: Path, port: int, *questions: tuple[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    with Recorder(path, Server(ADDRESS, port)) as recorder:
        return [(found.status, found.records) for found in (recorder.ask(*question) for question in questions)]


@contextlib.contextmanager
def answering(reply: Callable[[bytes, int], bytes | None]) -> Iterator[tuple[int, list[str]]]:
    """A server of ours that answers what `reply` makes of a query and its number; gives its port and what it got."""
    got: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind((ADDRESS, 0))
        link.settimeout(0.05)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    data, source = link.recvfrom(4096)
                except TimeoutError:
                    continue
                question = dns.message.from_wire(data).question[0]
                got.append(f"{question.name} {question.rdtype.name}")
                if (back := reply(data, len(got))) is not None:
                    link.sendto(back, source)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(link.getsockname()[1]), got
        finally:
            ended.set()
            thread.join()


def response(query: bytes, *records: tuple[str, str, str]) -> bytes:
    made = dns.message.make_response(dns.message.from_wire(query), recursion_available=True)
    made.answer = [dns.rrset.from_text(name, 60, "IN", kind, data) for name, kind, data in records]
    return made.to_wire()


@pytest.mark.program("named", "unbound")
def test_each_kind_of_answer_stays_what_it_is(servers: Any, tmp_path: Path) -> None:
    found = asked(
        tmp_path / "a.jsonl", servers.unbound, ("northwind.example", "MX"), ("_spf.northwind.example", "TXT"),
        ("empty.northwind.example", "MX"), ("gone.northwind.example", "A"), ("broken.example", "MX"),
        ("alias.northwind.example", "A"), ("alias.northwind.example", "CNAME"), ("mx1.northwind.example", "CNAME"),
        ("outside.northwind.example", "A"),
    )  # fmt: skip
    assert sorted(found[0][1]) == ["10 mx1.northwind.example.", "20 alias.northwind.example."]
    assert found[1:] == [
        ("ok", ("v=spf1 ip4:192.0.2.0/24 include:gone.northwind.example -all",)), ("nodata", ()), ("nxdomain", ()),
        ("servfail", ()), ("ok", ("192.168.4.4",)), ("ok", ("mx1.northwind.example.",)), ("nodata", ()),
        ("servfail", ()),
    ]  # fmt: skip
    kept = entries(tmp_path / "a.jsonl")
    assert [entry["status"] for entry in kept] == [
        "ok", "ok", "nodata", "nxdomain", "servfail", "servfail", "ok", "servfail", "servfail",
    ]  # fmt: skip
    assert dns.message.from_wire(base64.b64decode(kept[3]["wire"])).rcode() == dns.rcode.NXDOMAIN


@pytest.mark.program("named", "unbound")
def test_a_server_that_refuses_or_speaks_for_others_only_tells_nothing(servers: Any, tmp_path: Path) -> None:
    questions = (("outside.northwind.example", "A"), ("elsewhere.example", "MX"))
    assert asked(tmp_path / "a.jsonl", servers.bind, *questions) == [("not_asked", ()), ("servfail", ())]
    assert [entry["status"] for entry in entries(tmp_path / "a.jsonl")] == ["elsewhere", "refused"]


@pytest.mark.program("named", "unbound")
def test_an_answer_cut_short_is_asked_for_over_tcp(servers: Any, tmp_path: Path) -> None:
    ((status, records),) = asked(tmp_path / "a.jsonl", servers.bind, ("long.northwind.example", "TXT"))
    assert (status, len(records)) == ("ok", 30)
    kept = [(entry["transport"], entry["status"]) for entry in entries(tmp_path / "a.jsonl")]
    assert kept == [("udp", "truncated"), ("tcp", "ok")]


def test_a_server_that_never_answers_is_a_timeout_and_is_given_up(tmp_path: Path) -> None:
    with answering(lambda query, number: None) as (port, got):
        recorder = Recorder(tmp_path / "a.jsonl", Server(ADDRESS, port), timeout_s=0.05)
        assert [recorder.ask(f"{name}.example", "MX").status for name in "ab"] == ["timeout", "timeout"]
        with recorder, pytest.raises(NetworkError, match="answers nothing"):
            recorder.ask("c.example", "MX")
    assert len(got) == 6
    assert {entry["status"] for entry in entries(tmp_path / "a.jsonl")} == {"timeout"}


def test_one_lost_packet_is_asked_for_again(tmp_path: Path) -> None:
    def reply(query: bytes, number: int) -> bytes | None:
        return None if number == 1 else response(query, ("a.example.", "A", "192.0.2.1"))

    with answering(reply) as (port, _), Recorder(tmp_path / "a", Server(ADDRESS, port), timeout_s=0.3) as recorder:
        assert recorder.ask("a.example", "A").records == ("192.0.2.1",)
        assert recorder.sent == 2


def test_an_answer_to_another_question_is_passed_over(tmp_path: Path) -> None:
    def reply(query: bytes, number: int) -> bytes | None:
        other = dns.message.make_query("other.example", "A", id=dns.message.from_wire(query).id)
        return response(other.to_wire(), ("a.example.", "A", "192.0.2.66"))

    with answering(reply) as (port, _), Recorder(tmp_path / "a", Server(ADDRESS, port), timeout_s=0.05) as recorder:
        assert recorder.ask("a.example", "A").status == "timeout"


def test_records_of_names_that_were_not_asked_for_are_not_taken(tmp_path: Path) -> None:
    def reply(query: bytes, number: int) -> bytes:
        return response(query, ("a.example.", "A", "192.0.2.1"), ("b.example.", "A", "192.0.2.66"))

    path = tmp_path / "a.jsonl"
    with answering(reply) as (port, _), Recorder(path, Server(ADDRESS, port)) as recorder:
        recorder.ask("a.example", "A")
    with Case() as case:
        case.add(path)
        assert case.tables.dns_record.fetchall() != []
        rows = case.tables.dns_record.project("owner, rtype, rdata").fetchall()
    assert rows == [("a.example", "A", "192.0.2.1")]


def asks(query: bytes) -> tuple[str, str]:
    question = dns.message.from_wire(query).question[0]
    return str(question.name), question.rdtype.name


def text(query: bytes, record: str) -> bytes:
    strings = [record[at : at + 200] for at in range(0, len(record), 200)]
    return response(query, (asks(query)[0], "TXT", " ".join(f'"{string}"' for string in strings)))


def wide(query: bytes, number: int) -> bytes:
    """A tree without an end: every name includes twenty more, and names exchangers."""
    name, kind = asks(query)
    if kind == "TXT":
        includes = " ".join(f"include:{number}-{index}.hostile.example" for index in range(20))
        return text(query, f"v=spf1 {includes} -all")
    hosts = [(name, "MX", f"{index} m{number}-{index}.hostile.example.") for index in range(20)]
    return response(query, *(hosts if kind == "MX" else ()))


def deep(query: bytes, number: int) -> bytes:
    """A chain without an end, in SPF and in aliases."""
    name, kind = asks(query)
    if kind == "TXT":
        return text(query, f"v=spf1 include:{number}.hostile.example mx a ?all")
    return response(query, (name, "CNAME", f"{number}.hostile.example."))


def empty(query: bytes, number: int) -> bytes:
    """Nothing anywhere, but for records that ask for all of it."""
    names = [f"{index}.hostile.example" for index in range(4)]
    terms = " ".join(f"a:{name} mx:{name} exists:%{{i}}.{name}" for name in names)
    return text(query, f"v=spf1 {terms} -all") if asks(query)[1] == "TXT" and number < 4 else response(query)


def itself(query: bytes, number: int) -> bytes:
    """A name that includes itself, and is its own exchanger and alias."""
    name, kind = asks(query)
    if kind == "TXT":
        return text(query, f"v=spf1 include:{name} redirect={name}")
    return response(query, (name, "MX", f"0 {name}") if kind == "MX" else (name, "CNAME", name))


def addresses(query: bytes, number: int) -> bytes:
    """Exchangers with many addresses, each with many reverse names, each with many addresses."""
    name, kind = asks(query)
    data = {
        "MX": [f"{index} m{index}.hostile.example." for index in range(20)],
        "A": [f"192.0.2.{index}" for index in range(1, 30)],
        "PTR": [f"p{number}-{index}.hostile.example." for index in range(9)],
    }.get(kind, [])
    return response(query, *((name, kind, datum) for datum in data))


@pytest.mark.parametrize("tree", [wide, deep, empty, itself, addresses])
def test_a_hostile_tree_never_causes_more_queries_than_the_budget(
    tree: Callable[[bytes, int], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    with answering(tree) as (port, got), Recorder(path, Server(ADDRESS, port)) as recorder:
        asking.ask("hostile.example", ("one", "two"), recorder)
    assert len(got) == recorder.sent <= 40
    assert sum(entry["status"] != "not_sent" for entry in entries(path)) == len(got)
    with Case() as case:
        case.add(path)
        assert case.evidence[0].state == "read"
        assert case.posture("hostile.example").checks


def test_a_budget_that_is_spent_leaves_questions_unasked(tmp_path: Path) -> None:
    with answering(lambda query, number: response(query)) as (port, got):
        path = tmp_path / "a.jsonl"
        with Recorder(path, Server(ADDRESS, port), budget=2) as recorder:
            found = [recorder.ask(f"{name}.example", "A").status for name in "abc"]
    assert (found, len(got)) == (["nodata", "nodata", "not_asked"], 2)
    assert entries(path)[2]["status"] == "not_sent"


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("kept")
    with pytest.raises(StorageError, match="exists already"):
        Recorder(tmp_path / "a.jsonl", Server(ADDRESS))
    assert (tmp_path / "a.jsonl").read_text() == "kept"


@pytest.mark.program("named", "unbound")
def test_the_recording_gives_the_same_bytes_without_a_network(servers: Any, tmp_path: Path) -> None:
    save, first, again = tmp_path / "northwind.jsonl", tmp_path / "first.json", tmp_path / "again.json"
    words = ["northwind.example", "--resolver", f"{ADDRESS}:{servers.unbound}", "--live"]
    subprocess.run([*COMMAND, *words, "--save", save, "--json", first], check=True, capture_output=True)
    subprocess.run([*COMMAND, "northwind.example", "--records", save, "--json", again], check=True, capture_output=True)
    assert first.read_bytes() == again.read_bytes()
    posture = json.loads(first.read_bytes())
    states = {(check["id"], check["subject"]): check["state"] for check in posture["checks"]}
    assert states["mx/cname", "alias.northwind.example"] == "problem"
    assert states["mx/private-address", "mx1.northwind.example"] == "problem"
    assert states["dkim/key", "google._domainkey.northwind.example"] == "warning"
    assert states["caa/record", "northwind.example"] == "ok"
    assert {question["status"] for question in posture["questions"]} == {"ok", "nodata", "nxdomain"}


def test_a_dry_run_sends_nothing(tmp_path: Path) -> None:
    with answering(lambda query, number: None) as (port, got):
        words = ["a.example", "--live", "--dry-run", "--resolver", f"{ADDRESS}:{port}", "--selector", "June"]
        done = subprocess.run([*COMMAND, *words], capture_output=True, check=True, cwd=tmp_path)
    assert got == []
    assert list(tmp_path.iterdir()) == []
    for text in ("june._domainkey.a.example", "_dmarc.a.example", f"{ADDRESS}:{port} sees", "Nothing was sent"):
        assert text in done.stdout.decode()


def test_a_resolver_that_does_not_answer_ends_with_its_own_exit_code(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind((ADDRESS, 0))
        port = link.getsockname()[1]
    words = ["a.example", "--live", "--resolver", f"{ADDRESS}:{port}", "--save", tmp_path / "a.jsonl"]
    done = subprocess.run([*COMMAND, *words], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (6, b"")
    assert entries(tmp_path / "a.jsonl")[0]["note"] == "Connection refused"


@pytest.mark.parametrize(
    "words", [["--live", "--records", "x"], ["--live", "--as-of", "2016-09-23"], ["--save", "x", "--records", "y"]]
)
def test_words_that_contradict_each_other_are_refused(words: list[str]) -> None:
    assert subprocess.run([*COMMAND, "a.example", *words], capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("text", ["", "resolver.example", "192.0.2.1:0", "192.0.2.1:99999", "[2001:db8::1", "1.2.3"])
def test_what_is_no_address_is_no_resolver(text: str) -> None:
    with pytest.raises(UsageError, match="no resolver"):
        resolver(text)
