"""A recording that `forensics whois --live` made: each question, who was asked, when, and the bytes that came back.

Sample::

    {"format":"forensics-registration-recording/1","asked_at":"2026-11-23T09:13:34.000001Z","domain":"northwind.example","protocol":"whois","query":"northwind.example","outcome":"timeout","server":"whois.example","address":"192.0.2.43","port":43}

What an answer says is read from its bytes alone. A time-out, a refused connection, a failure and a question that was
not sent are rows too: each says that nothing is known from there, and why. Times are UTC, of the host that asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.formats._registration_rows import domain_row
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text, recording_lines, registration_recording
from forensics.protocols.recording_lines import RecordingError
from forensics.protocols.registration_recording import Entry
from forensics.schema import RegistrationRecord, Row

NAME = "registration_recording"
VANTAGE = "record"
TABLES = ("registration",)
LOCAL_TIME = False

LINE_BYTES = 2 << 20
"""Room for an answer of 1 MiB in base64."""
_MARK = f'"format":"{registration_recording.FORMAT}"'.encode()


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the first line names this format."""
    first = head.split(b"\n", 1)[0]
    return first.lstrip().startswith(b"{") and _MARK in first[:1000].replace(b" ", b"")


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001
    """Yield a `registration` per question."""
    return read_lines(source, tally, _parse, line_bytes=LINE_BYTES)


def _parse(line: Line) -> Parsed:
    try:
        entry = registration_recording.decode(line.text)
        said = registration_recording.said(entry)
    except RecordingError as error:
        return Unreadable(str(error).split(":")[0])
    if said.status == "elsewhere":
        return Ignored("an answer that only says who is to be asked")
    seen = _seen(entry) | cite(line)
    if said.registration is not None:
        return (domain_row(said.registration, entry.domain, seen),)
    problems = "; ".join(said.problems) or None
    return (RegistrationRecord(kind="domain", name=entry.domain, status=said.status, problems=problems, **seen),)


def _seen(entry: Entry) -> dict[str, Any]:
    return {
        "ts": recording_lines.nanoseconds(entry.asked_at),
        "server": entry.server,
        "server_ip": address_text.canonical(entry.address) if entry.address else None,
        "protocol": entry.protocol,
    }
