"""The registration history of a domain out of the answers of a case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import duckdb

from forensics.analysis import operator_view, operators
from forensics.analysis.operators import OperatorRecord
from forensics.analysis.times import instant
from forensics.model.case_file import CitationPart, Tool
from forensics.model.registration_report import (
    SCHEMA,
    AnswerPart,
    EventPart,
    FieldAt,
    IntervalPart,
    RegistrationReport,
)
from forensics.model.subject import Subject
from forensics.protocols import registration_history
from forensics.protocols.registration_history import FIELDS, History, Snapshot

MAX_ANSWERS = 100_000
_WITHOUT_ANSWER = ("timeout", "connection_refused", "failed", "not_asked")
_NAMED_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?!\d)", re.ASCII)
_RECORDS = (("ns", "ns_record"), ("mx", "mx_record"))
MAX_VALUES = 200
"""Name servers, and exchangers, whose times in the DNS are told."""


class Piece(NamedTuple):
    """What is known of the piece that an answer lies in: its name, and the moment that the examiner declared."""

    path: str
    declared: datetime | None


def judge(
    connection: duckdb.DuckDBPyConnection, domain: str, pieces: Mapping[int, Piece], *, tool: Tool, as_of: date | None
) -> RegistrationReport:
    """Merge every answer about the domain in the schema `whole`."""
    rows = connection.execute(_ROWS, [domain]).fetchall()
    answers = [_answer(row, pieces) for row in rows]
    snapshots = [shot for shot in map(_snapshot, answers) if shot is not None]
    history = registration_history.build(snapshots)
    undated = sum(answer.at is None for answer in answers)
    notes = [f"{undated} answer(s) carry no date and are in no interval: declare covers on the evidence sheet."] * (
        undated > 0
    )
    silent = sum(answer.status in ("refused", "unparsed") for answer in answers)
    notes += [f"{silent} answer(s) were refused or could not be read: they say nothing of the domain."] * (silent > 0)
    without = sum(answer.status in _WITHOUT_ANSWER for answer in answers)
    notes += [f"{without} question(s) were not sent or got no answer: nothing is known from there."] * (without > 0)
    intervals = tuple(map(_interval, history.intervals))
    on_the_day = _on(history, as_of) if as_of else ()
    found = operators.records(connection, Subject(domain=domain))
    return RegistrationReport(
        schema=SCHEMA, tool=tool, domain=domain, as_of=as_of.isoformat() if as_of else None,
        on_the_day=on_the_day, intervals=(*intervals, *_of_records(found, pieces)),
        events=tuple(
            EventPart(
                kind=event.kind, after=_text(event.after), by=_text(event.by), text=event.text, sources=event.sources
            )
            for event in history.events
        ),
        disagreements=history.disagreements, answers=tuple(answers), networks=_networks(connection), notes=tuple(notes),
        operators=operator_view.build(found, intervals, on_the_day, as_of),
    )  # fmt: skip


def _interval(found: registration_history.Interval) -> IntervalPart:
    return IntervalPart(
        field=found.field, value=found.value, first_seen=_text(found.first_seen), last_seen=_text(found.last_seen),
        sources=found.sources, gaps=tuple((_text(start), _text(end)) for start, end in found.gaps),
        seen=tuple(map(_text, found.seen)),
    )  # fmt: skip


def _of_records(found: Sequence[OperatorRecord], pieces: Mapping[int, Piece]) -> Iterator[IntervalPart]:
    """From when to when each name server and exchanger was seen in the DNS; what has no date is in no interval."""
    for kind, field in _RECORDS:
        sightings: dict[str, list[tuple[int, str]]] = {}
        for one in found:
            if one.kind == kind and one.ts is not None and one.last is not None:
                source = f"E{one.evidence} {pieces[one.evidence].path.rpartition('/')[2]}"
                sightings.setdefault(one.value, []).extend(((one.ts, source), (one.last, source)))
        for value, times in sorted(sightings.items(), key=lambda item: min(item[1]))[:MAX_VALUES]:
            seen = [instant(ns) for ns in sorted({ns for ns, _ in times})]
            gaps = tuple(pair for pair in pairwise(seen) if pair[1] - pair[0] > registration_history.GAP)
            sources = tuple(dict.fromkeys(source for _, source in sorted(times)))
            yield _interval(registration_history.Interval(field, value, seen[0], seen[-1], sources, gaps, tuple(seen)))


_DAY = timedelta(days=1)
_ROWS = f"""
SELECT r.evidence, r.record_no, r."offset", r.length, r.ts, r.status, r.registrar, r.holder, r.created_ts, r.updated_ts,
  r.expires_ts, r.name_servers, r.statuses, r.redacted, r.problems, r.server, r.server_ip, r.protocol
FROM whole.registration r WHERE r.kind = 'domain' AND r.name = ? ORDER BY r.evidence, r.record_no LIMIT {MAX_ANSWERS}
"""


def _answer(row: tuple[Any, ...], pieces: Mapping[int, Piece]) -> AnswerPart:
    piece = pieces[row[0]]
    server, exported = row[15], row[17] == "export"
    # the name of an export and its sheet tell when it was made, not when each of its snapshots was taken
    moment, dated_by = _moment(row[4], piece) if row[4] is not None or not exported else (None, None)
    if row[4] is not None and server is not None:
        dated_by = "the recording"
    if row[4] is not None and exported:
        dated_by = "the export"
    return AnswerPart(
        source=f"E{row[0]} {piece.path.rpartition('/')[2]}{f' ({server})' if server else ''}", server=server,
        server_ip=row[16], at=_text(moment) if moment else None, dated_by=dated_by,
        status=row[5] or "unparsed", registrar=row[6], registrant=row[7], created=_instant(row[8]),
        updated=_instant(row[9]),
        expires=_instant(row[10]), name_servers=tuple((row[11] or "").split()), statuses=tuple((row[12] or "").split()),
        redacted=bool(row[13]), problems="; ".join(filter(None, (row[14], *_odd(moment, row)))) or None,
        citation=CitationPart(evidence=f"E{row[0]}", record_no=row[1], offset=row[2], length=row[3]),
    )  # fmt: skip


def _odd(moment: datetime | None, row: tuple[Any, ...]) -> Iterator[str]:
    """Dates of the past that lie after the answer: one of the two is wrong."""
    for what, ns in (("creation", row[8]), ("last change", row[9])):
        if moment is not None and ns is not None and instant(ns) > moment + _DAY:
            yield f"its {what} is dated after the answer itself"


def _moment(ts: int | None, piece: Piece) -> tuple[datetime | None, str | None]:
    """When an answer was given: as it says itself, as the examiner declares, or as the file is named."""
    if ts is not None:
        return instant(ts), "the answer"
    if piece.declared is not None:
        return piece.declared, "the evidence sheet"
    match = _NAMED_DAY.search(piece.path.rpartition("/")[2])
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    return (datetime.combine(day, time(), UTC), "the file's name") if day else (None, None)


def _snapshot(answer: AnswerPart) -> Snapshot | None:
    if answer.at is None or answer.status not in ("registered", "not_found"):
        return None
    return Snapshot(
        at=datetime.fromisoformat(answer.at), source=answer.source, status=answer.status, registrar=answer.registrar,
        registrant=answer.registrant, created=_read(answer.created), expires=_read(answer.expires),
        name_servers=" ".join(answer.name_servers) or None, statuses=" ".join(answer.statuses) or None,
        redacted=answer.redacted, origin=answer.server,
    )  # fmt: skip


def _on(history: History, day: date) -> tuple[FieldAt, ...]:
    moment = datetime.combine(day, time(12), UTC)
    found = ((field, registration_history.at(history, field, moment)) for field in FIELDS)
    return tuple(FieldAt(field=field, value=on.value, basis=on.basis, text=on.text) for field, on in found)


def _networks(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Address blocks that the case holds answers about: who runs machines is another question than who holds a name."""
    rows = connection.execute(
        "SELECT DISTINCT r.name, r.holder FROM whole.registration r "
        "WHERE r.kind = 'network' AND r.name IS NOT NULL ORDER BY 1, 2"
    ).fetchall()
    return tuple(f"{name}: {holder or 'no holder named'}" for name, holder in rows)


def _instant(ns: int | None) -> str | None:
    return None if ns is None else _text(instant(ns))


def _read(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
