"""The way of a message, hop by hop, as blocks."""

from __future__ import annotations

from collections.abc import Sequence

from forensics.model.header_report import AuthenticationPart, ClockPart, ContentPart, HopPart, MessagePart
from forensics.report.blocks import Block, Bullets, Facts, Heading, Paragraph, Table

_WORDS = {
    "confirmed": "CONFIRMED",
    "consistent": "consistent",
    "contradicted": "CONTRADICTED",
    "unverifiable": "unverifiable",
}
MAX_CLOCKS = 40
"""Clocks that are shown; documents have them all."""
MAX_ROWS = 100
"""Hops, and results of authentication, of one message that are shown; documents have them all."""
MANY = 3
"""More messages than this are shown as one table."""


def build(messages: Sequence[MessagePart], left_out: int = 0, clocks: Sequence[ClockPart] = ()) -> list[Block]:
    """One message in full, or many as a table; `left_out` are those that there is no room for."""
    told: list[Block] = []
    if clocks:
        told = [Heading("Clocks"), Bullets(tuple(clock.text for clock in clocks[:MAX_CLOCKS]))]
    if len(messages) > MANY:
        return [*_table(messages, left_out), *told]
    blocks = [block for message in messages for block in _message(message)] or [Paragraph("No message was found.")]
    return [*blocks, *told]


def _table(messages: Sequence[MessagePart], left_out: int) -> list[Block]:
    rows = tuple(
        (str(m.citation), m.header_from or "-", m.date or "-", _boundary_client(m), _grades(m), _results(m))
        for m in messages
    )
    columns = ("Cited", "From", "Date", "Handed over by", "Hops", "Authentication")
    blocks: list[Block] = [Heading(f"{len(rows) + left_out:,} messages"), Table(columns, rows, wide=5)]
    if left_out:
        blocks.append(Paragraph(f"{left_out:,} more are not shown here; --json has them all."))
    return blocks


def _message(message: MessagePart) -> list[Block]:
    facts = (
        ("File", message.source),
        ("Message-ID", message.message_id or "no Message-ID"), ("From", message.header_from or "-"),
        ("Subject", message.subject or "-"), ("Date", message.date or "names no instant"),
        ("Bounces to", {"": "the null path", None: "-"}.get(message.return_path, message.return_path) or "-"),
        ("Cited", str(message.citation)),
    )  # fmt: skip
    rows = tuple(_row(hop) for hop in message.hops[:MAX_ROWS])
    blocks: list[Block] = [
        Heading("Message"),
        Facts(facts),
        Heading("Way of the message, the last hop first", level=2),
    ]
    if rows:
        blocks += [
            Paragraph(_boundary(message)),
            Table(("Hop", "Grade", "Written by", "From", "Time", "What"), rows, wide=5),
        ]
    blocks.append(Heading("Authentication", level=2))
    blocks.append(
        Table(
            ("Method", "Domain", "Found", "Stamped", "What"),
            tuple(map(_method, message.authentication[:MAX_ROWS])),
            wide=4,
        )
    )
    over = max(len(message.hops) - MAX_ROWS, 0), max(len(message.authentication) - MAX_ROWS, 0)
    if any(over):
        text = f"{over[0]:,} more hops and {over[1]:,} more results are not shown here; --json has them all."
        blocks.append(Paragraph(text))
    blocks.append(
        Paragraph("A check that fails is no proof of forgery: lists and gateways break signatures too.", quiet=True)
    )
    if message.contents is not None:
        blocks += [Heading("Contents", level=2), *_contents(message.contents)]
    if message.anomalies or message.problems:
        blocks += [Heading("What is odd", level=2), Bullets((*message.anomalies, *message.problems))]
    return blocks


def _contents(parts: Sequence[ContentPart]) -> list[Block]:
    if not parts:
        return [Paragraph("It holds nothing.")]
    rows = tuple(
        (
            part.role, part.name or "-", part.media_type or "-",
            "-" if part.size_bytes is None else f"{part.size_bytes:,}", part.sha256 or "its encoding is broken",
        )
        for part in parts
    )  # fmt: skip
    return [Table(("Part", "Name", "Type", "Bytes", "SHA-256"), rows, mono=frozenset({4}), wide=4)]


def _boundary(message: MessagePart) -> str:
    if message.boundary is None:
        return (
            "No field was written by a trusted server: every hop is a claim. Name the receiver's servers with --trust."
        )
    claims = len(message.hops) - message.boundary
    said = (
        f"Servers of {message.trust} are trusted. The last field that one of them wrote is hop {message.boundary}; "
        f"it had the message from {_boundary_client(message)}."
    )
    return said + (f" The {claims} field(s) below are claims." if claims else " Nothing is claimed below it.")


def _boundary_client(message: MessagePart) -> str:
    if message.boundary is None:
        return "-"
    hop = message.hops[message.boundary - 1]
    return (
        " ".join(part for part in (hop.from_rdns or hop.from_helo, hop.from_ip and f"[{hop.from_ip}]") if part) or "-"
    )


def _row(hop: HopPart) -> tuple[str, ...]:
    client = " ".join(part for part in (hop.from_helo, hop.from_ip and f"[{hop.from_ip}]") if part) or "-"
    return (str(hop.no), _WORDS[hop.grade], hop.by or "-", client, hop.ts or "-", "; ".join((*hop.reasons, *hop.notes)))


def _method(part: AuthenticationPart) -> tuple[str, ...]:
    stamped = (
        "-"
        if part.stamped is None
        else f"{part.stamped} by {part.stamped_by}{'' if part.believed else ' (not believed)'}"
    )
    return (part.method, part.domain or "-", part.result or "not judged", stamped, part.text)


def _grades(message: MessagePart) -> str:
    counts = {word: sum(hop.grade == word for hop in message.hops) for word in _WORDS}
    return ", ".join(f"{number} {word}" for word, number in counts.items() if number) or "none"


def _results(message: MessagePart) -> str:
    return ", ".join(f"{part.method}={part.result or '?'}" for part in message.authentication) or "none"
