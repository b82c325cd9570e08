"""Hops of a message held against mail logs and captures of the case: queue id, client and time."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import duckdb

from forensics.analysis.times import instant
from forensics.model.case_file import CitationPart
from forensics.protocols import address_text
from forensics.protocols.message_chain import MAX_SKEW_S, ChainHop, confirm, contradict

_LOGGED = """
SELECT m.evidence, m.record_no, m."offset", m.length, m.ts, m.peer_ip, m.host
FROM whole.mta_event m WHERE m.queue_id = ? AND m.event = 'accepted' AND m.peer_ip IS NOT NULL
ORDER BY m.evidence, m.record_no LIMIT 100
"""
_CAPTURED = """
SELECT e.evidence, e.record_no, e."offset", e.length, coalesce(e.decided_ts, e.ts), e.client_ip, NULL
FROM whole.smtp_envelope e WHERE e.queue_id = ? AND e.accepted ORDER BY e.evidence, e.record_no LIMIT 100
"""


def can_judge(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the case holds anything that could confirm a hop; without, none of a large mailbox is looked up."""
    found = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM whole.mta_event) OR EXISTS (SELECT 1 FROM whole.smtp_envelope)"
    ).fetchone()
    return found is not None and bool(found[0])


class Judged(NamedTuple):
    """The hop with the grade that other evidence gives it, and what that evidence is.

    `offset_s` is the date of its field less the time in that evidence, where it is confirmed.
    """

    hop: ChainHop
    citations: tuple[CitationPart, ...] = ()
    offset_s: float | None = None


def judge(hop: ChainHop, connection: duckdb.DuckDBPyConnection) -> Judged:
    """Hold one hop against the logs and captures of the case."""
    if hop.hop.id is None or hop.hop.from_ip is None:
        return Judged(hop)
    for what, query in (("a mail log", _LOGGED), ("a capture", _CAPTURED)):
        rows = connection.execute(query, [hop.hop.id]).fetchall()
        near = [row for row in rows if _is_host(row[6], hop.hop.by) and _is_near(row[4], hop.hop.ts)]
        own = address_text.canonical(hop.hop.from_ip)
        agreeing = [row for row in near if row[5] == own]
        if agreeing:
            offset_s = _offset_s(agreeing[0][4], hop.hop.ts)
            return Judged(confirm(hop, f"{what} names the same id and client"), (_cited(agreeing[0]),), offset_s)
        if near:
            said = f"{what} names another client for this id: {near[0][5]}"
            return Judged(contradict(hop, said), (_cited(near[0]),))
    return Judged(hop)


def _is_host(logged: str | None, by: str | None) -> bool:
    """Logs name the host by its first label or in full; a capture names none."""
    if logged is None or by is None:
        return True
    return by.lower() == logged.lower() or by.lower().split(".")[0] == logged.lower().split(".")[0]


def _is_near(ts: int | None, moment: datetime | None) -> bool:
    offset_s = _offset_s(ts, moment)
    return offset_s is None or abs(offset_s) <= MAX_SKEW_S


def _offset_s(ts: int | None, moment: datetime | None) -> float | None:
    if ts is None or moment is None:
        return None
    return (moment - instant(ts)).total_seconds()


def _cited(row: tuple[Any, ...]) -> CitationPart:
    return CitationPart(evidence=f"E{row[0]}", record_no=row[1], offset=row[2], length=row[3])
