"""Answers to DNS questions out of the records of a case, as of any day: what evaluators take instead of the network.

An answer is `ok` where a record was seen, `nodata` or `nxdomain` where a server said so or a whole zone copy lacks the
name, and `not_asked` where nothing in the case says either. Evaluators see the last as a question nobody answered.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, cast

import duckdb

from forensics.analysis.times import DAY_NS, day_of, instant, nanoseconds, start_of
from forensics.model.case_file import CitationPart
from forensics.model.posture import Asked, Status, Validation
from forensics.protocols.dns_answer import Answer
from forensics.protocols.dns_recording import BOGUS, ENDLESS, MAX_CHAIN

MAX_LOADED = 20_000
"""Rows up to which all are loaded by one query, which costs as much as the query for one name does."""
MAX_ROWS = 10_000
"""Rows of one name that are looked at."""
_DATA = frozenset({"A", "AAAA", "MX", "TXT", "NS", "SOA"})
_FAILED = {"servfail": "servfail", "bogus": "servfail", "refused": "servfail", "timeout": "timeout"}
_WORST: tuple[Validation | None, ...] = ("bogus", "unknown", None, "insecure", "secure")


class Answers(Protocol):
    """What a domain is judged from: a `Lookup` that also tells what was looked up."""

    def __call__(self, qname: str, qtype: str) -> Answer:
        """The answer as evaluators take it."""
        ...

    def ask(self, qname: str, qtype: str) -> Asked:
        """The answer with what is known of it."""
        ...

    @property
    def questions(self) -> tuple[Asked, ...]:
        """All that was looked up, in order."""
        ...

    def names_below(self, suffix: str) -> tuple[str, ...]:
        """Names with records that end in a dot and this suffix."""
        ...


class _Seen(NamedTuple):
    """One row of `dns_record`; a row with a `status` is an answer without records."""

    rtype: str
    rdata: str | None
    status: str | None
    section: str | None
    first: int | None
    last: int | None
    server: str | None
    authenticated: bool | None
    citation: CitationPart


class Sighting(NamedTuple):
    """A record, or an answer without one, and when it was seen first and last: nanoseconds UTC, None unknown."""

    rdata: str | None
    status: str | None
    first: int | None
    last: int | None
    citation: CitationPart

    def spans(self, moment: datetime) -> bool:
        """Whether the UTC day of a moment is one from the first sighting to the last."""
        if self.first is None or self.last is None:
            return False
        return self.first // DAY_NS <= nanoseconds(moment) // DAY_NS <= self.last // DAY_NS


class RecordedAnswers:
    """A `Lookup` over the table `dns_record`; `questions` tells what was looked up, and from which bytes.

    Args:
        connection: a connection whose schema `whole` holds the tables of a case.
        as_of: the UTC day to judge; only records that were seen on it count. None: what was seen last.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, as_of: date | None = None) -> None:
        self._connection = connection
        self._day = None if as_of is None else start_of(as_of)
        self._rows: dict[str, list[_Seen]] = {}
        self._loaded = self._load()
        self._asked: dict[tuple[str, str], Asked] = {}
        self._zones = self._zone_copies() if as_of is None else ()
        self._validating = self._validating_servers()

    def __call__(self, qname: str, qtype: str) -> Answer:
        """The answer as evaluators take it."""
        asked = self.ask(qname, qtype)
        return Answer("timeout") if asked.status == "not_asked" else Answer(asked.status, asked.records)

    def ask(self, qname: str, qtype: str) -> Asked:
        """The answer with its citations; `not_asked` stays what it is."""
        question = (qname.lower().rstrip("."), qtype.upper())
        if question not in self._asked:
            self._asked[question] = self._answer(*question)
        return self._asked[question]

    @property
    def questions(self) -> tuple[Asked, ...]:
        """All that was looked up, in order."""
        return tuple(self._asked.values())

    @property
    def is_empty(self) -> bool:
        """Whether the case holds no record at all."""
        return self._loaded is not None and not self._loaded

    @property
    def is_of_a_day(self) -> bool:
        """Whether only what was seen on one day counts."""
        return self._day is not None

    def history(self, qname: str, qtype: str) -> tuple[Sighting, ...]:
        """All that was ever seen of a name and type, whatever the day judged, the earliest first; aliases followed."""
        name = qname.lower().rstrip(".")
        for _ in range(MAX_CHAIN + 1):
            rows = self._of(name)
            wanted = [row for row in rows if row.rtype == qtype or (row.status == "nxdomain" and row.rdata is None)]
            alias = next((row.rdata for row in rows if row.rtype == "CNAME" and row.rdata is not None), None)
            if alias is None or any(row.rdata is not None for row in wanted):
                found = (Sighting(row.rdata, row.status, row.first, row.last, row.citation) for row in wanted)
                return tuple(sorted(found, key=lambda one: (one.first is None, one.first or 0)))
            name = alias.rstrip(".").lower()
        return ()

    def last_seen(self) -> datetime | None:
        """When the newest record of the case was seen; None where no record has a date."""
        row = self._connection.execute("SELECT max(coalesce(r.last_ts, r.ts)) FROM whole.dns_record r").fetchone()
        return None if row is None or row[0] is None else instant(row[0])

    def names_below(self, suffix: str) -> tuple[str, ...]:
        """Names of the case that end in a dot and this suffix."""
        if self._loaded is not None:
            below = (name for name in self._loaded if name.endswith(f".{suffix}"))
            return tuple(sorted(name for name in below if any(row[1] is not None for row in self._loaded[name])))
        found = self._connection.execute(
            "SELECT DISTINCT r.owner FROM whole.dns_record r "
            "WHERE ends_with(r.owner, ?) AND r.rdata IS NOT NULL ORDER BY 1",
            [f".{suffix}"],
        ).fetchall()
        return tuple(name for (name,) in found)

    def _answer(self, qname: str, qtype: str) -> Asked:
        name, cited, states = qname, list[CitationPart](), list[Validation | None]()
        for _ in range(MAX_CHAIN + 1):
            found = self._direct(name, qtype)
            cited += found.citations
            states.append(found.dnssec)
            if found.status not in ("nodata", "not_asked") or qtype == "CNAME":
                break
            alias = self._direct(name, "CNAME")
            if alias.status != "ok":
                break
            name = alias.records[0].rstrip(".").lower()
            cited += alias.citations
            states.append(alias.dnssec)
        else:
            return Asked(qname=qname, qtype=qtype, status="servfail", note=ENDLESS)
        note = found.note if name == qname else f"through CNAME {name}"
        return Asked(
            qname=qname, qtype=qtype, status=found.status, records=found.records, note=note,
            dnssec=min(states, key=_WORST.index), citations=tuple(dict.fromkeys(cited)),
        )  # fmt: skip

    def _direct(self, qname: str, qtype: str) -> Asked:
        """What was seen at the name itself."""
        rows = self._of(qname)
        wanted = [row for row in rows if row.rtype == qtype or (row.status == "nxdomain" and row.rdata is None)]
        current, note = self._current(wanted)
        records = tuple(dict.fromkeys(row.rdata for row in current if row.rdata is not None))
        cited = tuple(row.citation for row in current)
        state = self._validation(current)
        if records:
            return Asked(qname=qname, qtype=qtype, status="ok", records=records, dnssec=state, citations=cited)
        said = next((row.status for row in current if row.status in ("nodata", "nxdomain")), None)
        failure = next((row.status for row in current if row.status in _FAILED), None)
        status = said or (None if note else self._absent(qname, qtype)) or _FAILED.get(failure or "", "not_asked")
        if qtype == "CNAME" and status == "not_asked" and self._has_other_data(rows):
            status = "nodata"
        if status == "servfail" and failure == "refused":
            note = "REFUSED"
        return Asked(
            qname=qname, qtype=qtype, status=cast("Status", status), note=BOGUS if state == "bogus" else note,
            dnssec=state, citations=cited,
        )  # fmt: skip

    def _validation(self, rows: list[_Seen]) -> Validation | None:
        """What the resolvers say of the signatures; only from one that checks any does silence mean `insecure`."""
        if any(row.status == "bogus" for row in rows):
            return "bogus"
        told = [row for row in rows if row.authenticated is not None]
        if not told:
            return None
        if all(row.authenticated for row in told):
            return "secure"
        return "insecure" if all(row.server in self._validating for row in told) else "unknown"

    def _validating_servers(self) -> frozenset[str | None]:
        found = self._connection.execute(
            "SELECT DISTINCT r.server_ip FROM whole.dns_record r WHERE r.authenticated OR r.status = 'bogus'"
        ).fetchall()
        return frozenset(server for (server,) in found)

    def _has_other_data(self, rows: list[_Seen]) -> bool:
        """A name with other data is no alias (RFC 1034 section 3.6.2)."""
        return bool(self._current([row for row in rows if row.rtype in _DATA and row.rdata is not None])[0])

    def _current(self, rows: list[_Seen]) -> tuple[list[_Seen], str | None]:
        """The rows that hold at the time asked for, and why there are none where others were seen."""
        if self._day is None:
            dated = [row for row in rows if row.last is not None]
            if not dated:
                return rows, None
            newest = max(dated, key=lambda row: (row.last or 0, row.first or 0))
            # records of one answer have one time; passive DNS knows spans, and those that overlap stood together
            return [row for row in dated if (row.last or 0) >= (newest.first or 0)], None
        start, end = self._day, self._day + DAY_NS
        held = [row for row in rows if row.first is not None and row.first < end and (row.last or row.first) >= start]
        return held, None if held or not rows else self._gap(rows)

    def _gap(self, rows: list[_Seen]) -> str:
        start = self._day or 0
        before = max((row.last for row in rows if row.last is not None and row.last < start), default=None)
        after = min((row.first for row in rows if row.first is not None and row.first >= start), default=None)
        parts = [f"last seen before: {day_of(before)}"] if before is not None else []
        parts += [f"first seen after: {day_of(after)}"] if after is not None else []
        return "; ".join(parts) or "seen in copies without a date only"

    def _absent(self, qname: str, qtype: str) -> Status | None:
        """What a copy of the whole zone says of a name or type that it does not hold."""
        # RFC 4035 section 2.4: the DS record of a zone stands in its parent
        fitting = (z for z in self._zones if (qname == z and qtype != "DS") or qname.endswith(f".{z}"))
        zone = next(fitting, None)
        if zone is None or self._is_delegated(qname, zone):
            return None
        if self._of(qname) or self.names_below(qname):
            return "nodata"
        parents = qname.removesuffix(zone).strip(".").split(".")[1:]
        wildcards = (".".join(["*", *parents[index:], zone]) for index in range(len(parents) + 1))
        return None if any(self._of(name) for name in wildcards) else "nxdomain"

    def _is_delegated(self, qname: str, zone: str) -> bool:
        labels = qname.removesuffix(zone).strip(".").split(".") if qname != zone else []
        cuts = (".".join([*labels[index:], zone]) for index in range(len(labels)))
        return any(row.rtype == "NS" for name in cuts for row in self._of(name))

    def _zone_copies(self) -> tuple[str, ...]:
        found = self._connection.execute(
            "SELECT DISTINCT r.owner FROM whole.dns_record r WHERE r.rtype = 'SOA' AND r.section = 'zone' "
            "AND r.rdata IS NOT NULL"
        ).fetchall()
        return tuple(sorted((zone for (zone,) in found), key=len, reverse=True))

    def _of(self, qname: str) -> list[_Seen]:
        if qname not in self._rows:
            self._rows[qname] = [_seen(row) for row in self._fetched(qname)]
        return self._rows[qname]

    def _fetched(self, qname: str) -> list[tuple[Any, ...]]:
        if self._loaded is not None:
            return self._loaded.get(qname, [])[:MAX_ROWS]
        return self._connection.execute(f"{_ROWS} WHERE r.owner = ? {_ORDER} LIMIT {MAX_ROWS}", [qname]).fetchall()

    def _load(self) -> dict[str, list[tuple[Any, ...]]] | None:
        """All rows by name; None where they are too many."""
        counted = self._connection.execute("SELECT count(*) FROM whole.dns_record").fetchone()
        if counted is None or counted[0] > MAX_LOADED:
            return None
        by_name: dict[str, list[tuple[Any, ...]]] = {}
        for row in self._connection.execute(f"{_ROWS} {_ORDER}").fetchall():
            by_name.setdefault(row[-1], []).append(row)
        return by_name


_ROWS = """
SELECT r.rtype, r.rdata, r.status, r.section, r.ts, coalesce(r.last_ts, r.ts), r.server_ip, r.authenticated,
r.evidence, r.record_no, r."offset", r.length, r.owner
FROM whole.dns_record r
"""
_ORDER = "ORDER BY r.evidence, r.record_no, r.rdata"


def _seen(row: tuple[Any, ...]) -> _Seen:
    cited = CitationPart(evidence=f"E{row[8]}", record_no=row[9], offset=row[10], length=row[11])
    return _Seen(row[0] or "", row[1], row[2], row[3], row[4], row[5], row[6], row[7], cited)
