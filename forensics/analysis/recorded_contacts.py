"""What servers other than resolvers said when they were called, out of the records of a case, as of any day."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import duckdb

from forensics.analysis.times import DAY_NS, start_of
from forensics.model.case_file import CitationPart

MAX_ROWS = 1_000


class PolicyAttempt(NamedTuple):
    """One row of `policy_file`."""

    ts: int | None
    url: str
    server_ip: str | None
    outcome: str
    http_status: int | None
    media_type: str | None
    body: str | None
    note: str | None
    citation: CitationPart


class Probe(NamedTuple):
    """One row of `smtp_probe`, with the reason why its certificate was not accepted, where an earlier one gave it."""

    ts: int | None
    server_ip: str | None
    server_port: int | None
    outcome: str
    banner_code: int | None
    banner: str | None
    ehlo_reply_code: int | None
    starttls: str | None
    tls_version: str | None
    cipher: str | None
    verified: bool | None
    cert_subject: str | None
    cert_issuer: str | None
    cert_names: str | None
    cert_not_before: str | None
    cert_not_after: str | None
    cert_sha256: str | None
    cert_key_sha256: str | None
    note: str | None
    citations: tuple[CitationPart, ...]


_PROBE_COLUMNS = Probe._fields[:-1]


class Contacts:
    """The contacts that a case recorded.

    Args:
        connection: a connection whose schema `whole` holds the tables of a case.
        as_of: the UTC day to judge; only contacts of that day count. None: the last ones.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, as_of: date | None = None) -> None:
        self._connection = connection
        self._start = None if as_of is None else start_of(as_of)

    def policy(self, host: str) -> PolicyAttempt | None:
        """The last attempt to fetch the policy that this host serves."""
        row = self._connection.execute(
            "SELECT p.ts, p.url, p.server_ip, p.outcome, p.http_status, p.media_type, p.body, p.note, p.evidence, "
            'p.record_no, p."offset", p.length FROM whole.policy_file p '
            f"WHERE p.host = ? AND {self._held('p')} "
            f"ORDER BY p.ts DESC NULLS LAST, p.evidence DESC, p.record_no DESC LIMIT 1",
            [host],
        ).fetchone()
        if row is None:
            return None
        ts, url, server_ip, outcome, http_status, media_type, body, note = row[:8]
        return PolicyAttempt(ts, url, server_ip, outcome, http_status, media_type, body, note, _citation(row[8:]))

    def probe(self, host: str) -> Probe | None:
        """The last look at this mail server."""
        columns = ", ".join(f"p.{name}" for name in _PROBE_COLUMNS)
        rows = self._connection.execute(
            f'SELECT {columns}, p.evidence, p.record_no, p."offset", p.length FROM whole.smtp_probe p '
            f"WHERE p.host = ? AND {self._held('p')} "
            "ORDER BY p.ts DESC NULLS LAST, p.evidence DESC, p.record_no DESC LIMIT 2",
            [host],
        ).fetchall()
        count = len(_PROBE_COLUMNS)
        found = [Probe._make((*row[:count], (_citation(row[count:]),))) for row in rows]
        if not found:
            return None
        last, before = found[0], found[1] if len(found) > 1 else None
        if last.verified is None and before and (before.outcome, before.server_ip) == ("certificate", last.server_ip):
            # the second connection of one look took any certificate, since the first had refused it
            citations = (*before.citations, *last.citations)
            return last._replace(verified=False, note=before.note, citations=citations)
        return last

    def blocklists(self) -> tuple[str, ...]:
        """The lists that somebody asked on purpose."""
        rows = self._connection.execute(
            "SELECT DISTINCT r.list_zone FROM whole.dns_record r WHERE r.list_zone IS NOT NULL ORDER BY 1"
        ).fetchall()
        return tuple(zone for (zone,) in rows)

    def _held(self, table: str) -> str:
        if self._start is None:
            return "true"
        return f"{table}.ts >= {self._start} AND {table}.ts < {self._start + DAY_NS}"


def _citation(row: tuple[Any, ...]) -> CitationPart:
    return CitationPart(evidence=f"E{row[0]}", record_no=row[1], offset=row[2], length=row[3])
