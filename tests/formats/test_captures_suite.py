"""Public captures with known counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forensics.formats import recognise
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from forensics.schema import name_of

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
SUITE = SHARED / "suites" / "captures"
ABSENT = "the public suites are not beside the checkout (../shared)"
MAIL_PORTS = {25, 465, 587, 2525}


def read(path: Path) -> dict[str, list]:
    source, tally = Source(path), Tally()
    tables: dict[str, list] = {}
    for item in recognise(source.head(65536), path.name).read(source, Facts(), tally):
        rows = [None] * item.rows if isinstance(item, ColumnBatch) else [item]
        tables.setdefault(name_of(item.table if isinstance(item, ColumnBatch) else type(item)), []).extend(rows)
    return tables


def counted(path: Path) -> dict[str, int]:
    tables = read(path)
    mail = [row for row in tables.get("connection", []) if {row.client_port, row.server_port} & MAIL_PORTS]
    sessions, envelopes = tables.get("smtp_session", []), tables.get("smtp_envelope", [])
    return {
        "dns_queries": len(tables.get("dns_query", [])),
        "dns_responses": len(tables.get("dns_response", [])),
        "mail_port_streams": len(mail),
        "handshakes": sum(row.state == "established" for row in mail),
        "smtp_dialogues": len(sessions),
        "starttls": sum(row.starttls == "accepted" for row in sessions),
        "envelopes": len(envelopes),
        "messages_accepted": sum(row.accepted is True for row in envelopes),
    }


def test_every_public_capture_gives_the_known_counts() -> None:
    if not SUITE.is_dir():
        pytest.skip(ABSENT)
    wrong = {}
    for capture in json.loads((SUITE / "answers.json").read_text())["captures"]:
        found = counted(SUITE / capture["file"])
        also = capture.get("also", {})
        for key, value in found.items():
            if value != capture["answer"][key] and value not in also.get(key, []):
                wrong[capture["file"], key] = (value, capture["answer"][key])
    assert wrong == {}


def test_clear_sessions_of_the_labelled_cases_are_found_and_http_that_speaks_of_mail_is_not() -> None:
    if not SHARED.is_dir():
        pytest.skip(ABSENT)
    for truth in sorted((SHARED / "cases").glob("*/truth.json")):
        claims = json.loads(truth.read_text())["claims"]
        capture = truth.parent / "evidence" / "pcap" / "server.pcap"
        if not capture.exists():
            continue
        tables = read(capture)
        sessions, envelopes = tables.get("smtp_session", []), tables.get("smtp_envelope", [])
        assert len(sessions) == claims["smtp_connections_in"] + claims["smtp_connections_out"], truth
        if claims["tls"] == "none":
            accepted = sum(row.accepted is True for row in envelopes)
            assert accepted == claims["messages_received"] + claims["messages_sent"], truth
