"""A recording that `forensics domain --live` made: each question, who was asked, when, and the bytes that came back.

Sample::

    {"format":"forensics-dns-recording/1","asked_at":"2026-11-23T09:13:34.000001Z","qname":"example","qtype":"MX","status":"timeout","server":"192.0.2.53","port":53,"transport":"udp"}

A record is read from the answer's bytes alone, and only along the aliases of the name asked for. A question that was
not sent gives no row: nothing is known of its answer. Attempts to fetch a policy file and connections to mail servers
stand between the questions. Times are UTC, of the host that asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text, dns_recording, mta_sts, policy_recording, smtp_recording
from forensics.protocols.recording_lines import RecordingError, nanoseconds
from forensics.schema import DnsRecord, PolicyFile, Row, SmtpProbe

NAME = "dns_recording"
VANTAGE = "record"
TABLES = ("dns_record", "policy_file", "smtp_probe")
LOCAL_TIME = False

_MARK = f'"format":"{dns_recording.FORMAT}"'.encode()
_POLICY_MARK = policy_recording.FORMAT.encode()
_SMTP_MARK = smtp_recording.FORMAT.encode()
_MARK_BYTES = 80
_WITHOUT_ROW = {
    "not_sent": "a question that was not sent",
    "truncated": "an answer that was cut short and asked for again",
}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first line names this format."""
    first = head.split(b"\n", 1)[0]
    return first.lstrip().startswith(b"{") and _MARK in first.replace(b" ", b"")


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001
    """Yield a `dns_record` per record of an answer, and one with a `status` per answer without."""
    return read_lines(source, tally, _parse)


def _parse(line: Line) -> Parsed:
    if _POLICY_MARK in line.text[:_MARK_BYTES]:
        return _policy(line)
    if _SMTP_MARK in line.text[:_MARK_BYTES]:
        return _probe(line)
    return _answer(line)


def _policy(line: Line) -> Parsed:
    try:
        entry = policy_recording.decode(line.text)
        said = policy_recording.said(entry, mta_sts.MAX_BYTES)
    except RecordingError as error:
        return Unreadable(str(error).split(":")[0])
    return (
        PolicyFile(
            ts=nanoseconds(entry.asked_at), host=entry.host.lower(), url=entry.url,
            server_ip=address_text.canonical(entry.address) if entry.address else None, outcome=said.outcome,
            http_status=said.http_status, media_type=said.media_type, body=said.body, note=said.note, **cite(line),
        ),
    )  # fmt: skip


def _probe(line: Line) -> Parsed:
    try:
        entry = smtp_recording.decode(line.text)
        said = smtp_recording.said(entry)
    except RecordingError as error:
        return Unreadable(str(error).split(":")[0])
    banner, greeting, shown = said.banner, said.greeting, said.certificate
    return (
        SmtpProbe(
            ts=nanoseconds(entry.asked_at), host=entry.host.lower(),
            server_ip=address_text.canonical(entry.address) if entry.address else None, server_port=entry.port,
            outcome=said.outcome, banner_code=banner.code if banner else None, banner=banner.text if banner else None,
            ehlo_reply_code=greeting.code if greeting else None,
            extensions=" ".join(greeting.keywords) if greeting else None, starttls=said.starttls,
            tls_version=entry.tls_version, cipher=entry.cipher,
            verified=False if said.outcome == "certificate" else entry.verified,
            cert_subject=shown.subject if shown else None, cert_issuer=shown.issuer if shown else None,
            cert_names=" ".join(shown.names) if shown else None,
            cert_not_before=shown.not_before if shown else None, cert_not_after=shown.not_after if shown else None,
            cert_sha256=shown.sha256 if shown else None,
            cert_key_sha256=shown.key_sha256 if shown else None, note=said.note, **cite(line),
        ),
    )  # fmt: skip


def _answer(line: Line) -> Parsed:
    try:
        entry = dns_recording.decode(line.text)
        said = dns_recording.said(entry)
    except RecordingError as error:
        return Unreadable(str(error).split(":")[0])
    if said.outcome in _WITHOUT_ROW:
        return Ignored(_WITHOUT_ROW[said.outcome])
    if entry.checking_disabled and said.outcome != "bogus":
        return Ignored("a question without a check of signatures, that failed like the one before")
    at = nanoseconds(entry.asked_at)
    server = address_text.canonical(entry.server) if entry.server else None
    seen: dict[str, Any] = {"ts": at, "server_ip": server, "section": "answer", "authenticated": said.authenticated}
    seen |= {"list_zone": entry.list_zone, **cite(line)}
    rows = [
        DnsRecord(owner=record.owner, rtype=record.rtype, ttl_s=record.ttl_s, rdata=record.rdata, **seen)
        for record in said.records
    ]
    if said.outcome not in ("ok", "elsewhere"):
        rows.append(DnsRecord(owner=said.owner, rtype=entry.qtype, status=said.outcome, **seen))
    return tuple(rows) if rows else Ignored("an answer that leads elsewhere")
