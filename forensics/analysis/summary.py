"""Figures about the subject: counts, and a timeline in equal slices."""

from __future__ import annotations

import duckdb

from forensics.analysis.times import rfc3339
from forensics.model.case_file import TimelineBin

BINS = 120
_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800, 2592000)

_COUNTS = """
SELECT
  (SELECT count(*) FROM dns_about),
  (SELECT count(*) FROM dns_response r
    WHERE everything() OR r.qname IN (SELECT n.name FROM subject_qname n)),
  (SELECT count(*) FROM smtp_any),
  (SELECT count(*) FROM envelope_any e),
  (SELECT count(*) FROM envelope_any e WHERE e.accepted),
  (SELECT count(*) FROM mail_connection),
  (SELECT count(*) FROM flow_own_mail),
  (SELECT count(*) FROM mta_entered m JOIN evidence v ON v.evidence = m.evidence AND v.vantage = 'subject_mta'),
  (SELECT count(*) FROM mta_handed_over m JOIN evidence v ON v.evidence = m.evidence AND v.vantage = 'subject_mta'),
  (SELECT count(*) FROM message)
"""
_NAMES = (
    "dns_queries", "dns_responses", "smtp_sessions", "envelopes", "messages_accepted", "mail_connections",
    "mail_port_flow_records", "log_messages_accepted", "log_messages_handed_over", "messages_read",
)  # fmt: skip

_TIMED = {
    "dns": "SELECT q.ts FROM dns_about q",
    "smtp": "SELECT s.ts FROM smtp_any s",
    "accepted": "SELECT coalesce(e.decided_ts, e.ts) AS ts FROM envelope_any e WHERE e.accepted",
    "mta": "SELECT m.ts FROM mta_own m WHERE m.event IN ('connect', 'accepted', 'delivery', 'reject')",
}


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How much of each there is about the subject, in the window."""
    row = connection.execute(_COUNTS).fetchone()
    return dict(zip(_NAMES, map(int, row or ()), strict=True))


def timeline(connection: duckdb.DuckDBPyConnection) -> tuple[int | None, tuple[TimelineBin, ...]]:
    """The width of a slice in seconds, and the slices from the first event to the last; nothing dated, no slices."""
    parts = " UNION ALL ".join(f"SELECT '{kind}' AS kind, t.ts FROM ({query}) t" for kind, query in _TIMED.items())
    connection.execute(f"CREATE OR REPLACE TEMP VIEW timed AS {parts}")
    bounds = connection.execute("SELECT min(t.ts), max(t.ts) FROM timed t WHERE t.ts IS NOT NULL").fetchone()
    if bounds is None or bounds[0] is None:
        return None, ()
    first, last = bounds[0] // 1_000_000_000, bounds[1] // 1_000_000_000
    step = next((width for width in _STEPS_S if (last - first) // width < BINS), (last - first) // BINS + 1)
    found = connection.execute(
        "SELECT t.ts // ? AS bin, t.kind, count(*) FROM timed t WHERE t.ts IS NOT NULL GROUP BY 1, 2",
        [step * 1_000_000_000],
    ).fetchall()
    held = {(slot, kind): number for slot, kind, number in found}
    bins = tuple(
        TimelineBin(
            start=rfc3339(slot * step * 1_000_000_000) or "",
            **{kind: held.get((slot, kind), 0) for kind in _TIMED},
        )
        for slot in range(first // step, last // step + 1)
    )
    return step, bins
