"""What is compared with what, over which evidence, and which target it has to meet."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from evidence_files import HERE, EvidenceFile, provide
from measurement import OUT, ROOT, Program

FIELDS = ("frame.time_epoch", "ip.src", "dns.id", "dns.qry.name", "dns.qry.type", "dns.flags.rcode")
QUERY = "select s, us, src_addr, dst_addr, src_port, dst_port, protocol, id, qname, qtype, rcode, msg_size from dns"
CAPTURE, LOG = {"small": 100_000, "medium": 1_000_000, "full": 10_000_000}, {"small": 200_000, "medium": 1_000_000}


class Target(NamedTuple):
    """The median pair ratio of a measure (`wall_s`, `cpu_s`) that a target asks for."""

    id: str
    measure: str
    ratio: float


class Comparison(NamedTuple):
    """A peer: its program, the evidence, what both must have counted, and the targets per scale."""

    name: str
    program: str
    evidence: str
    peer: Callable[[EvidenceFile], Program]
    ours: Callable[[Path], int]
    targets: dict[str, tuple[Target, ...]]


def ours(evidence: EvidenceFile, count: Callable[[Path], int]) -> Program:
    """Evidence on disk to Parquet, with hash and byte ledger."""
    sheet = ("--sheet", str(evidence.sheet)) if evidence.sheet else ()
    return Program(
        "forensics", (sys.executable, "-m", "forensics", "case", "add", *sheet, OUT, str(evidence.path)), count
    )


def records_of(scale: str, evidence: str) -> int:
    """Packets of a capture, lines of a log."""
    return CAPTURE[scale] if evidence in ("normal", "flood", "names") else LOG.get(scale, CAPTURE[scale])


def _read(case: Path) -> dict[str, int]:
    """Bytes, records and rows per table of a case, as its custody chain tells them."""
    with (case / "custody.jsonl").open() as chain:
        pieces = [piece for line in chain for piece in json.loads(line)["data"].get("evidence", ())]
    totals = {"bytes": sum(p["content_bytes"] for p in pieces), "records": sum(p["records"] for p in pieces)}
    return totals | {table: rows for p in pieces for table, rows in p["rows"].items()}


def _records(case: Path) -> int:
    return _read(case)["records"]


def _bytes(case: Path) -> int:
    return _read(case)["bytes"]


def _dns_messages(case: Path) -> int:
    held = _read(case)
    return held["dns_query"] + held["dns_response"]


def _delivered(case: Path) -> int:
    """Deliveries sent, asked of the Parquet files in a process of its own: this one must stay small."""
    asked = "SELECT count(*) FROM '{}' WHERE event = 'delivery' AND status = 'sent'"
    code = f"import duckdb, sys; print(duckdb.sql({asked!r}.format(sys.argv[1])).fetchall()[0][0])"
    files = str(case / "segments" / "*" / "mta_event.parquet")
    return int(subprocess.run([sys.executable, "-c", code, files], check=True, capture_output=True).stdout)


def _lines(printed: Path) -> int:
    with printed.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _tshark(evidence: EvidenceFile) -> Program:
    fields = [part for field in FIELDS for part in ("-e", field)]
    return Program("tshark", ("tshark", "-n", "-r", str(evidence.path), "-Y", "dns", "-T", "fields", *fields), _lines)


def _packetq(evidence: EvidenceFile) -> Program:
    command = ("packetq", "--csv", "--select", QUERY, str(evidence.path))
    return Program("packetq", command, lambda printed: _lines(printed) - 1)


def _dpkt(evidence: EvidenceFile) -> Program:
    return Program("dpkt", (sys.executable, str(HERE / "loop_dpkt.py"), str(evidence.path)), _lines)


def _cat(evidence: EvidenceFile) -> Program:
    return Program("cat", ("cat", str(evidence.path)), lambda printed: printed.stat().st_size)


def _mawk(evidence: EvidenceFile) -> Program:
    split = "{ fields += NF } END { print NR, fields }"
    return Program("mawk", ("mawk", split, str(evidence.path)), lambda printed: int(printed.read_text().split()[0]))


def _pflogsumm(evidence: EvidenceFile) -> Program:
    def delivered(printed: Path) -> int:
        found = re.search(r"^ *(\d+) +delivered", printed.read_text(errors="replace"), re.MULTILINE)
        return int(found[1]) if found else -1

    return Program("pflogsumm", ("pflogsumm", str(evidence.path)), delivered)


def _plain(kind: str) -> Callable[[EvidenceFile], Program]:
    """Ours over the evidence of that kind, against which a harder variant is held."""

    def program(evidence: EvidenceFile) -> Program:
        return ours(provide(kind, evidence.records, evidence.path.parent), _records)

    return program


def _everywhere(*targets: Target) -> dict[str, tuple[Target, ...]]:
    return dict.fromkeys(CAPTURE, targets)


_P1 = {
    "small": (Target("P3", "cpu_s", 5),),
    "medium": (Target("P3", "cpu_s", 12),),
    "full": (Target("P1", "wall_s", 40), Target("P1", "cpu_s", 25)),
}
_P2 = {"full": (Target("P2", "wall_s", 4), Target("P2", "cpu_s", 2.5))}
_P6 = _everywhere(Target("P6", "cpu_s", 1 / 2))

COMPARISONS = (
    Comparison("tshark", "tshark", "normal", _tshark, _dns_messages, _P1),
    Comparison("mawk", "mawk", "bind", _mawk, _records, _everywhere(Target("L1", "cpu_s", 1.2))),
    Comparison("gz", "", "bind-gz", _plain("bind"), _records, _everywhere(Target("L3", "cpu_s", 1 / 1.3))),
    Comparison("pflogsumm", "pflogsumm", "postfix", _pflogsumm, _delivered, _everywhere(Target("L2", "cpu_s", 8))),
    Comparison("flood", "", "flood", _plain("normal"), _records, _P6),
    Comparison("names", "", "names", _plain("normal"), _records, _P6),
    Comparison("packetq", "packetq", "normal", _packetq, _dns_messages, _P2),
    Comparison("dpkt", "dpkt", "normal", _dpkt, _dns_messages, {}),
    Comparison("cat", "cat", "normal", _cat, _bytes, {}),
)

SMALL_CASE = ROOT / "sample_evidence" / "mail_server"
SINGLES = (
    ("help", "S1", 0.3, ("--help",)),
    ("small-case", "S2", 3.0,
     ("examine", str(SMALL_CASE / "evidence"), "--sheet", str(SMALL_CASE / "sheet.yml"), "--json", OUT)),
)  # fmt: skip
"""Commands without a peer: name, target, seconds of wall clock that it allows, arguments."""
