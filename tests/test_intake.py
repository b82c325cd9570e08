"""Files become pieces; whatever is wrong with one is in the piece, and the rest is read."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from forensics.case import Case
from forensics.errors import UsageError
from forensics.evidence_files import sha256_of, walk
from forensics.model.evidence import Evidence, Facts

UNBOUND = "[1795425693] unbound[71:0] info: 192.0.2.7 mx1.subject.example. MX IN\n"


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    with Case(tmp_path / "case") as opened:
        yield opened


def _add(case: Case, path: Path, content: bytes, facts: Facts | None = None) -> Evidence:
    path.write_bytes(content)
    (piece,) = case.add(path, facts={str(path): facts} if facts else None)
    return piece


def _runs(case: Case) -> list[tuple[object, ...]]:
    query = 'SELECT l.layer, l.fate, l."offset", l.length FROM ledger l ORDER BY l.layer, l."offset"'
    return list(case.tables.sql(query).fetchall())


def test_a_clean_piece_is_read_whole(case: Case, tmp_path: Path) -> None:
    piece = _add(case, tmp_path / "a.log", UNBOUND.encode() * 2)
    assert (piece.id, piece.format, piece.vantage, piece.state) == ("E1", "unbound_log", "recursive_dns", "read")
    assert (piece.first_ts, piece.last_ts) == (1795425693000000000, 1795425693000000000)
    assert (piece.records, piece.rows["dns_query"], piece.unread, piece.problems) == (2, 2, {}, ())
    assert _runs(case) == [("content", "record", 0, 2 * len(UNBOUND))]


def test_a_line_that_fits_nothing_makes_the_piece_partial(case: Case, tmp_path: Path) -> None:
    piece = _add(case, tmp_path / "a.log", UNBOUND.encode() * 3 + b"what is this\n")
    assert (piece.state, piece.records, piece.unread_records) == ("partial", 4, 1)
    assert case.tables.sql("SELECT u.excerpt FROM unread u").fetchall() == [("what is this",)]


def test_a_compressed_piece_that_was_cut_is_read_up_to_there(case: Case, tmp_path: Path) -> None:
    lines = "".join(UNBOUND.replace("mx1", os.urandom(8).hex()) for _ in range(2000)).encode()
    packed = gzip.compress(lines)[:-500]
    piece = _add(case, tmp_path / "a.log.gz", packed)
    assert piece.state == "partial"
    assert piece.size_bytes == len(packed)
    assert 0 < piece.rows["dns_query"] < 2000
    assert any("the compressed stream is cut short" in problem for problem in piece.problems)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (gzip.compress(b""), "is empty, once decompressed"),
        (b"\0" * 100, "no known format fits"),
        (b"!BDN" + bytes(600), "readpst -o FOLDER FILE"),
    ],
)
def test_what_cannot_be_read_at_all_is_rejected_with_its_reason(
    case: Case, tmp_path: Path, content: bytes, problem: str
) -> None:
    piece = _add(case, tmp_path / "a", content)
    assert (piece.state, piece.rows, len(piece.sha256)) == ("rejected", {}, 64)
    assert problem in piece.problems[0]


def test_a_pipe_among_the_evidence_is_rejected_and_the_rest_is_read(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    folder.mkdir()
    os.mkfifo(folder / "a.pipe")
    (folder / "b.log").write_text(UNBOUND)
    assert [(piece.path, piece.state) for piece in case.add(folder)] == [
        (str(folder / "a.pipe"), "rejected"),
        (str(folder / "b.log"), "read"),
    ]


def test_the_named_format_reads_the_piece_even_where_its_first_bytes_tell_another(case: Case, tmp_path: Path) -> None:
    piece = _add(case, tmp_path / "a.log", UNBOUND.encode(), Facts(format="bind_query_log"))
    assert (piece.format, piece.rows.get("dns_query", 0)) == ("bind_query_log", 0)


def test_an_unknown_format_is_named_with_those_there_are(case: Case, tmp_path: Path) -> None:
    try:
        piece = _add(case, tmp_path / "a.log", UNBOUND.encode(), Facts(format="bind_log"))
    except UsageError as error:
        assert "There is no format 'bind_log'. Formats: " in str(error)  # noqa: PT017 - either way it is said
    else:
        assert piece.state == "rejected"
        assert "There is no format 'bind_log'. Formats: " in piece.problems[0]


def test_the_walk_is_ordered_leaves_the_case_out_and_follows_no_links(tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a", "case/lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    found = [str(path.relative_to(tmp_path)) for path in walk([tmp_path], leave_out=tmp_path / "case")]
    assert found == ["a", "b/1", "b/2"]


def test_the_hash_is_that_of_the_file_as_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


REPORT = b"""<feedback><report_metadata><org_name>Receiver</org_name><report_id>1</report_id>
<date_range><begin>1795392000</begin><end>1795478399</end></date_range></report_metadata>
<policy_published><domain>a.example</domain><p>none</p></policy_published>
<record><row><source_ip>192.0.2.10</source_ip><count>2</count></row></record></feedback>"""


def test_the_period_of_a_report_is_no_time_of_an_observation(case: Case, tmp_path: Path) -> None:
    piece = _add(case, tmp_path / "report.xml", REPORT)
    assert (piece.format, piece.vantage, piece.state) == ("dmarc_report", "report", "read")
    assert (piece.rows, piece.first_ts, piece.last_ts) == ({"aggregate_report": 1}, None, None)


def test_a_report_shows_smtp_and_never_that_a_message_was_accepted(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_bytes(REPORT)
    for server, smtp in (("192.0.2.10", "yes"), ("192.0.2.11", "unknown")):
        with Case(tmp_path / server, domain="a.example", servers=[server]) as case:
            case.add(tmp_path / "report.xml")
            answers = case.result().answers
        assert [answers[question].answer for question in ("smtp_activity", "mail_received", "mail_sent")] == [
            smtp, "unknown", "unknown",
        ]  # fmt: skip


ZEEK = (
    '{"ts":1795425693.1,"uid":"C1","id.orig_h":"192.0.2.7","id.orig_p":53124,"id.resp_h":"192.0.2.53","id.resp_p":53,'
)


@pytest.mark.parametrize(
    ("rest", "fills"),
    [
        ('"proto":"udp","trans_id":7,"query":"a.example","qtype":1}', ("dns_query", "dns_record", "dns_response")),
        ('"proto":"tcp","conn_state":"REJ"}', ("connection",)),
    ],
)
def test_one_log_of_a_sensor_stands_only_for_what_it_can_hold(
    case: Case, tmp_path: Path, rest: str, fills: tuple[str, ...]
) -> None:
    assert _add(case, tmp_path / "zeek.log", f"{ZEEK}{rest}\n".encode()).fills == fills


def test_the_silence_of_a_sensors_dns_log_says_nothing_of_mail(tmp_path: Path) -> None:
    (tmp_path / "dns.log").write_text(ZEEK + '"proto":"udp","trans_id":7,"query":"a.example","qtype":1}\n')
    with Case(tmp_path / "case", domain="a.example", servers=["192.0.2.10"]) as case:
        case.add(tmp_path / "dns.log", facts={str(tmp_path / "dns.log"): Facts(vantage="subject_link")})
        found = case.result()
    assert {question: said.answer for question, said in found.answers.items()} == {
        "smtp_activity": "unknown",
        "mail_received": "unknown",
        "mail_sent": "unknown",
    }


def test_of_very_many_hosts_the_first_by_name_are_kept(case: Case, tmp_path: Path) -> None:
    line = "2026-11-24T00:00:00+00:00 mx{:05} postfix/smtpd[7]: connect from a.example[192.0.2.1]\n"
    (tmp_path / "many.log").write_text("".join(map(line.format, reversed(range(12_000)))))
    (piece,) = case.add(tmp_path / "many.log")
    assert piece.hosts == tuple(f"mx{number:05}" for number in range(100))
