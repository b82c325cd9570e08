"""From pieces and a question to the result document.

Each question imports what judges it, so that a short one is answered before the others would be loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from forensics import formats, stored_messages
from forensics.analysis.coverage import Piece, piece_of
from forensics.analysis.times import nanoseconds, rfc3339
from forensics.errors import UsageError
from forensics.model import case_file, header_report
from forensics.model.case_file import CaseFile, EvidencePart
from forensics.model.evidence import Evidence, Facts
from forensics.model.header_report import ClockPart, HeaderReport, MessagePart
from forensics.model.posture import Posture
from forensics.model.registration_report import RegistrationReport
from forensics.model.subject import Claim, Subject, Window
from forensics.protocols import dns_names
from forensics.protocols.a_labels import to_a_labels
from forensics.schema import TABLES
from forensics.store.location import shown
from forensics.version import NAME, VERSION

if TYPE_CHECKING:
    import duckdb

    from forensics.analysis.judgement import Judgement
    from forensics.analysis.rulebook import Rulebook

_DATED = (
    "dns_query", "dns_response", "connection", "flow", "smtp_session", "smtp_envelope", "mta_event", "aggregate_report",
)  # fmt: skip

_MESSAGES_PER_MEMORY = 1_000
"""Messages after which recorded answers are looked up anew, so that they do not fill the memory."""
_BY_PRIVATE_ADDRESS = {"aws_vpc_flow_log"}
"""Formats whose records name an end inside by its private address, though the world knows it by a public one."""
_SECOND_NS = 1_000_000_000
_UNREAD_REASONS = 5
"""Reasons named per piece, the commonest first; the ledger has all."""
_UNREAD_TEXT = 80
"""Characters shown of the first record that could not be read."""
_UNNAMED = (
    "names the ends inside by their private addresses, and none of the subject's is among them: its silence says "
    "nothing of the subject. Give its private address with --server."
)
_UNREAD = """
SELECT u.evidence, u.reason, count(*) AS n,
  min(struct_pack(o := u."offset", r := u.record_no, x := u.excerpt)) AS first
FROM whole.unread u GROUP BY u.evidence, u.reason ORDER BY u.evidence, n DESC, u.reason
"""


def examine(
    connection: duckdb.DuckDBPyConnection,
    *,
    subject: Subject,
    window: Window,
    claims: tuple[Claim, ...],
    evidence: tuple[Evidence, ...],
    custody_head: str,
    command: str | None,
    book: Rulebook,
    told: tuple[str, ...] = (),
) -> CaseFile:
    """Judge the tables in the schema `whole` and write the document; `told` are problems known before.

    Raises:
        UsageError: an unknown vantage or claim.
        RuleError: a rule that does not fit.
    """
    from forensics.analysis.judgement import Question, judge

    undated = _undated(connection) if window.start or window.end else set()
    unnamed = _unnamed(connection, evidence, subject)
    pieces = tuple(_piece(item, subject, undated | unnamed, book) for item in evidence)
    question = Question(subject, _ns(window.start), _ns(window.end), claims)
    judged = judge(connection, question, pieces, book)
    return CaseFile(
        schema=case_file.SCHEMA,
        tool=case_file.Tool(name=NAME, version=VERSION, rules_sha256=book.sha256, known_error=str(book.known_error)),
        subject=case_file.SubjectPart(
            domain=judged.subject.domain, names=judged.subject.names, addresses=judged.subject.addresses,
            derived=judged.derived, proposed=judged.proposed,
        ),
        window=case_file.WindowPart(start=rfc3339(_ns(window.start)), end=rfc3339(_ns(window.end))),
        question=_question(subject, window),
        answers=judged.answers, verdict=judged.verdict, claims=judged.claims, findings=judged.findings,
        evidence=tuple(_part(item, piece, judged, book) for item, piece in zip(evidence, pieces, strict=True)),
        next_evidence=judged.next_evidence, counts=judged.counts, not_seen=judged.not_seen,
        timeline=judged.timeline, timeline_bin_s=judged.timeline_bin_s, custody_head=custody_head, command=command,
        problems=(
            *_problems(evidence, pieces, judged, undated, _unread(connection)),
            *(f"{item.id} {item.path}: {_UNNAMED}" for item in evidence if item.no in unnamed), *told,
        ),
    )  # fmt: skip


def posture(
    connection: duckdb.DuckDBPyConnection,
    domain: str,
    evidence: tuple[Evidence, ...],
    *,
    as_of: date | None,
    selectors: tuple[str, ...],
) -> Posture:
    """What the records in the schema `whole` say about the mail of a domain.

    Raises:
        UsageError: no domain name.
    """
    from forensics.analysis.posture import blocklists, fetched_policy, judge, mail_servers, signed_answers
    from forensics.analysis.recorded_answers import RecordedAnswers
    from forensics.analysis.recorded_contacts import Contacts
    from forensics.protocols.dmarc import rules_at

    name = domain_name(domain)
    tool = case_file.Tool(name=NAME, version=VERSION, rules_sha256="", known_error="")
    answers = RecordedAnswers(connection, as_of)
    # by the day of the newest record, and not by today: the same records give the same result years later
    rules = rules_at(as_of or answers.last_seen() or datetime.now(UTC))
    judged = judge(name, answers, tool=tool, selectors=selectors, as_of=as_of, rules=rules)
    contacts = Contacts(connection, as_of)
    more = (
        *fetched_policy.check(name, answers, contacts), *mail_servers.check(name, answers, contacts),
        *blocklists.check(name, contacts.blocklists(), answers), *signed_answers.check(name, answers),
    )  # fmt: skip
    return msgspec.structs.replace(
        judged, checks=(*judged.checks, *more), questions=answers.questions,
        sources=tuple(f"{piece.id} {piece.path}" for piece in evidence),
    )  # fmt: skip


def domain_name(text: str) -> str:
    """A domain in the form of the tables.

    Raises:
        UsageError: it is none.
    """
    try:
        return dns_names.canonical(to_a_labels(text))
    except dns_names.DnsNameError as error:
        raise UsageError(f"{text!r} is no domain name: {error}.") from error


def message_parts(
    connection: duckdb.DuckDBPyConnection,
    pieces: Sequence[Evidence],
    folder: Path,
    *,
    trust: tuple[str, ...],
    authserv_ids: tuple[str, ...],
    as_of: date | None,
    contents: bool,
) -> Iterator[MessagePart]:
    """The way of every message of the pieces, from the evidence itself, one at a time; `folder` is that of the case.

    Bodies are read only where a recorded answer could judge a signature, or `contents` are asked for.
    """
    from forensics.analysis import hop_confirmation, message_contents, message_headers
    from forensics.analysis.recorded_answers import RecordedAnswers

    held_against = connection if hop_confirmation.can_judge(connection) else None
    bodies = contents or connection.execute("SELECT 1 FROM whole.dns_record LIMIT 1").fetchone() is not None
    answers, count = RecordedAnswers(connection, as_of), 0
    for piece in pieces:
        for stored in stored_messages.read(piece, _places(connection, piece, bodies=bodies), folder):
            count += 1
            if count % _MESSAGES_PER_MEMORY == 0:
                answers = RecordedAnswers(connection, as_of)
            judged = message_headers.judge(
                stored.data, stored.citation, stored.source, held_against, answers, trust=trust,
                authserv_ids=authserv_ids, header_offset=stored.header_offset,
            )  # fmt: skip
            if contents and stored.header_offset is not None:
                judged = message_contents.with_contents(judged, stored.data)
            yield judged


def header_report_of(
    messages: Iterable[MessagePart], pieces: Sequence[Evidence], clocks: Callable[[], tuple[ClockPart, ...]]
) -> HeaderReport:
    """The document about messages, and the `clocks` that they show once the last was judged."""
    tool = case_file.Tool(name=NAME, version=VERSION, rules_sha256="", known_error="")
    sources = tuple(f"{piece.id} {piece.path}" for piece in pieces)
    judged = tuple(messages)
    return HeaderReport(schema=header_report.SCHEMA, tool=tool, messages=judged, sources=sources, clocks=clocks())


def _places(
    connection: duckdb.DuckDBPyConnection, piece: Evidence, *, bodies: bool
) -> Iterator[stored_messages.StoredPlace]:
    """Where the messages of a piece lie, and how many of their bytes are wanted."""
    whole = bodies or piece.format == "outlook_message"
    wanted = "m.length" if whole else "least(m.length - m.size_bytes + m.header_bytes, m.length)"
    cursor = connection.cursor()
    try:
        cursor.execute(
            f'SELECT m.record_no, m."offset", m.length, {wanted} FROM whole.message m WHERE m.evidence = ? '
            'ORDER BY m."offset"',
            [piece.no],
        )
        while rows := cursor.fetchmany(4096):
            yield from map(stored_messages.StoredPlace._make, rows)
    finally:
        cursor.close()


def registration(
    connection: duckdb.DuckDBPyConnection, domain: str, evidence: tuple[Evidence, ...], *, as_of: date | None
) -> RegistrationReport:
    """The registration history of a domain, from the answers in the schema `whole`.

    Raises:
        UsageError: no domain name.
    """
    from forensics.analysis import registration as registrations
    from forensics.protocols.registration import ascii_name

    name = ascii_name(domain)
    if name is None:
        raise UsageError(f"{domain!r} is no domain name.")
    pieces = {
        piece.no: registrations.Piece(piece.path, _time(piece.declared.covers[0]) if piece.declared.covers else None)
        for piece in evidence
    }
    tool = case_file.Tool(name=NAME, version=VERSION, rules_sha256="", known_error="")
    return registrations.judge(connection, name, pieces, tool=tool, as_of=as_of)


def check_facts(declared: Mapping[Path, Facts]) -> None:
    """See that every declared format and vantage exists, before hours are spent on reading.

    Raises:
        UsageError: there is none of that name.
    """
    for path, said in declared.items():
        if said.format is not None:
            formats.by_name(said.format)
        if said.vantage is not None:
            from forensics.analysis import rulebook

            _check_vantage(shown(path), said.vantage, rulebook.load())


def _check_vantage(name: str, vantage: str, book: Rulebook) -> None:
    if vantage not in book.visibility.vantages:
        raise UsageError(f"{name}: there is no vantage {vantage!r}. Known: {', '.join(book.visibility.vantages)}.")


def _piece(evidence: Evidence, subject: Subject, mute: set[int], book: Rulebook) -> Piece:
    vantage = evidence.declared.vantage or _derived_vantage(evidence, subject)
    if vantage is not None:
        _check_vantage(evidence.path, vantage, book)
    covers = evidence.declared.covers
    span = None if covers is None else (_ns(_time(covers[0])) or 0, _ns(_time(covers[1])) or 0)
    fills = evidence.fills or (formats.by_name(evidence.format).TABLES if evidence.format else ())
    # what cannot be told, like what cannot be dated, may have been anything at any time
    untold = evidence.no in mute or evidence.unseen_records > 0
    return piece_of(evidence, vantage=vantage, covers=span, undated=untold, fills=fills)


def _derived_vantage(evidence: Evidence, subject: Subject) -> str | None:
    """A mail log is the subject's own where its host's full name is the subject's, or where no one is asked about.

    A short host name (`mx1`) is nobody's in particular: such a log stays another party's until it is declared.
    """
    if evidence.vantage not in ("subject_mta", "other_mta"):
        return evidence.vantage
    if not subject.given:
        return "subject_mta"
    own = {name for name in (subject.domain, *subject.names) if name}
    return "subject_mta" if any(host.lower().rstrip(".") in own for host in evidence.hosts) else "other_mta"


def _undated(connection: duckdb.DuckDBPyConnection) -> set[int]:
    """Pieces with rows whose time is not known: they cannot be placed in or out of a window."""
    parts = " UNION ".join(f"SELECT DISTINCT t.evidence FROM whole.{name} t WHERE t.ts IS NULL" for name in _DATED)
    return {no for (no,) in connection.execute(parts).fetchall()}


def _unnamed(connection: duckdb.DuckDBPyConnection, evidence: tuple[Evidence, ...], subject: Subject) -> set[int]:
    """Pieces that name the ends inside by private addresses, where none of them shows one that the subject is given."""
    asked = {item.no for item in evidence if item.format in _BY_PRIVATE_ADDRESS}
    if not asked or not subject.given:
        return set()
    from forensics.protocols.address_scope import is_public

    # an interface has its IPv6 addresses itself: only IPv4 addresses are mapped
    ipv4 = [address for address in subject.addresses if ":" not in address]
    own = [address for address in ipv4 if not is_public(address)] if ipv4 else subject.addresses
    marks = ", ".join("?" * len(own)) or "NULL"
    query = f"SELECT DISTINCT f.evidence FROM whole.flow f WHERE f.src_ip IN ({marks}) OR f.dst_ip IN ({marks})"
    shown = {no for (no,) in connection.execute(query, [*own, *own]).fetchall()}
    return set() if asked & shown else asked


def _part(evidence: Evidence, piece: Piece, judged: Judgement, book: Rulebook) -> EvidencePart:
    matrix, vantage = book.visibility, piece.vantage
    sees: list[str] = []
    blind: list[str] = []
    for observable, title in matrix.observables.items() if vantage else ():
        level = matrix.vantages[vantage or ""].level(observable)
        whole = level != "partial" and not evidence.leaves_out
        (blind if level == "none" else sees).append(title if level == "none" or whole else f"{title} (in part)")
    if vantage:
        sees += [title for what, title in matrix.permissions.items() if matrix.vantages[vantage].level(what) == "full"]
    covered = any(piece.no in numbers for numbers in judged.covering.values())
    span = (rfc3339(piece.start), rfc3339(piece.end)) if evidence.declared.covers else (None, None)
    return EvidencePart(
        id=evidence.id, path=evidence.path, sha256=evidence.sha256 or None, size_bytes=evidence.size_bytes,
        format=evidence.format, vantage=vantage,
        vantage_from="declared" if evidence.declared.vantage else "derived" if vantage else "unknown",
        state=evidence.state, records=evidence.records, unread=evidence.unread_records,
        first_ts=rfc3339(evidence.first_ts), last_ts=rfc3339(evidence.last_ts),
        covers=(span[0], span[1]) if span[0] and span[1] else None, covers_window=covered,
        sees=tuple(sees), blind_to=tuple(blind), rows={k: v for k, v in evidence.rows.items() if k in TABLES},
        ignored=evidence.ignored, unread_reasons=evidence.unread, problems=evidence.problems,
    )  # fmt: skip


def _question(subject: Subject, window: Window) -> str:
    start, end = (rfc3339(_ns(moment)) for moment in (window.start, window.end))
    when = (
        f"from {start or 'the first evidence'} to {end or 'the last'}"
        if start or end
        else "in the time of the evidence"
    )
    return f"Did {subject} exchange mail {when}, or is there only resolver traffic?"


def _problems(
    evidence: tuple[Evidence, ...],
    pieces: tuple[Piece, ...],
    judged: Judgement,
    undated: set[int],
    unread: dict[int, list[str]],
) -> tuple[str, ...]:
    short = {name.split(".")[0] for name in judged.subject.names}
    found = [
        f"{item.id} {item.path}: {what}"
        for item, piece in zip(evidence, pieces, strict=True)
        for what in (
            *unread.get(item.no, ()),
            *_piece_problems(item, piece, short, undated=item.no in undated, placed=item.no in unread),
        )
    ]
    seen_smtp = any("smtp_session" in piece.fills for piece in pieces)
    if judged.subject.given_names_only and seen_smtp:
        found.append(
            "No address of the subject is known: connections cannot be told to be its own. Give --server ADDRESS."
        )
    return tuple(found)


def _piece_problems(item: Evidence, piece: Piece, short: set[str], *, undated: bool, placed: bool) -> Iterator[str]:
    said = [text.split("\n")[0].removeprefix(f"{item.path}: ") for text in item.problems]
    if said or (item.state != "read" and not placed):
        told = "; ".join([*(text.removesuffix(".") for text in said[:-1]), *said[-1:]])
        yield f"{item.state}: {told or f'{item.unread_records} record(s) could not be read'}"
    if undated and not any("declare" in text for text in said):
        yield "records without a full time cannot be placed in the window. Declare time_zone and year on the sheet."
    if piece.vantage == "other_mta" and not item.declared.vantage and short & set(item.hosts):
        hosts = ", ".join(sorted(short & set(item.hosts)))
        yield f"was written by a host called {hosts}. If that is the subject, declare the vantage subject_mta."
    if item.declared.covers and _beside(item, piece):
        first, last = rfc3339(item.first_ts), rfc3339(item.last_ts)
        yield (
            f"none of its records, from {first} to {last}, lies in the time that it is said to cover. "
            "See whether covers, time_zone and year are right."
        )
    if item.lost_records:
        yield f"its collector says that it lost {item.lost_records} record(s)."


def _beside(item: Evidence, piece: Piece) -> bool:
    """Whether all its records lie before or all behind its span; many logs know no fraction of a second."""
    if item.first_ts is None or item.last_ts is None or piece.start is None or piece.end is None:
        return False
    return item.first_ts > piece.end + _SECOND_NS or item.last_ts < piece.start - _SECOND_NS


def _unread(connection: duckdb.DuckDBPyConnection) -> dict[int, list[str]]:
    """Per piece one sentence for each reason why records could not be read, with the place and text of the first."""
    found: dict[int, list[str]] = {}
    for no, reason, count, first in connection.execute(_UNREAD).fetchall():
        if len(found.setdefault(no, [])) < _UNREAD_REASONS:
            place = f"record {first['r']} at byte {first['o']}"
            text = (first["x"] or "")[:_UNREAD_TEXT].rstrip()
            legible = f': "{text}"' if text.isprintable() and "\\x" not in text and text else ""
            found[no].append(f"partial: {count:,} record(s) could not be read: {reason}; first {place}{legible}")
    return found


def _ns(moment: datetime | None) -> int | None:
    return None if moment is None else nanoseconds(moment)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
