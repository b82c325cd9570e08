"""From the header block of a stored message to its rows: the message, and one hop for each Received field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from forensics.protocols import address_text, dns_names, encoded_words, header_block, mail_date, mailbox_list
from forensics.protocols.header_block import HeaderBlock
from forensics.schema import Message, MessageHop, Row

BLOCK_BYTES = 16 << 20
"""Bytes of a message in which the end of its header block is looked for."""
MAX_HOPS = 1_000
"""Received fields of one message that are read."""

_END = re.compile(rb"\n\r?\n")
_LEADING = b"\xef\xbb\xbf\r\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS_YEARS = range(1678, 2262)


class Place(NamedTuple):
    """Where a message lies: its number, its first byte and length with framing, where its header block begins.

    `header_offset` is None where the content does not hold the header as it stood; hops then cite the whole message.
    """

    record_no: int
    offset: int
    length: int
    header_offset: int | None


class Head:
    """The start of a message while its bytes come in: kept up to the end of its header block, no further."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.complete = False
        """Whether its end was seen, or looked for long enough."""

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the message."""
        if self.complete:
            return
        searched = max(len(self.data) - 2, 0)
        self.data += data[: BLOCK_BYTES - len(self.data)]
        leading = len(self.data) - len(self.data.lstrip(_LEADING))
        end = _END.search(self.data, max(searched, leading))
        if end is not None:
            del self.data[end.end() :]
        self.complete = end is not None or len(self.data) >= BLOCK_BYTES

    def block(self) -> HeaderBlock:
        """The header block of what was kept."""
        return header_block.parse(bytes(self.data))


def rows(block: HeaderBlock, place: Place, size_bytes: int, sender: str | None = None) -> Iterator[Row]:
    """The row of a message, and those of its hops, topmost first.

    Args:
        block: its header block.
        place: where it lies; the hops cite their own field.
        size_bytes: its size without framing.
        sender: envelope sender that the mailbox file names; a Return-Path field goes before it.
    """
    problems = list(dict.fromkeys(problem.text for problem in block.problems))
    hops = block.all("received")
    from forensics.protocols import received  # here: its patterns take longest of all formats to load

    read = [received.parse(hop.value) for hop in hops[:MAX_HOPS]]
    if len(hops) > MAX_HOPS:
        problems.append(f"{len(hops)} Received fields, of which {MAX_HOPS} are read")
    message_id = _bracketless(_first(block, "message-id"))
    yield Message(
        ts=_date(block, problems),
        delivered_ts=_nanoseconds(read[0].ts) if read else None,
        message_id=message_id,
        return_path=_return_path(block, sender),
        delivered_to=_first(block, "delivered-to", "x-original-to", "envelope-to"),
        header_from=_addresses(block, "from", problems),
        header_to=_addresses(block, "to", problems),
        subject=_subject(block, problems),
        hops=len(hops),
        header_bytes=block.length,
        size_bytes=size_bytes,
        problems="; ".join(problems) or None,
        record_no=place.record_no,
        offset=place.offset,
        length=place.length,
    )
    start = place.header_offset
    for number, (field, hop) in enumerate(zip(hops, read, strict=False), start=1):
        yield MessageHop(
            ts=_nanoseconds(hop.ts), hop_no=number, message_id=message_id, from_helo=hop.from_helo,
            from_rdns=_name(hop.from_rdns), from_ip=address_text.canonical(hop.from_ip) if hop.from_ip else None,
            by=_name(hop.by), protocol=hop.protocol, id=hop.id, envelope_to=hop.envelope_to,
            tls_version=hop.tls_version,
            record_no=place.record_no,
            offset=place.offset if start is None else start + field.offset,
            length=place.length if start is None else field.length,
        )  # fmt: skip


def _first(block: HeaderBlock, *names: str) -> str | None:
    """The value of the first field of these names, the names in their order of preference."""
    for name in names:
        for field in block.all(name):
            return field.value
    return None


def _date(block: HeaderBlock, problems: list[str]) -> int | None:
    text = _first(block, "date")
    if text is None:
        problems.append("no Date field")
        return None
    value = _nanoseconds(mail_date.parse(text))
    if value is None:
        problems.append("a Date field that names no instant")
    return value


def _nanoseconds(moment: datetime | None) -> int | None:
    """Nanoseconds UTC; None also for a year that 64 bits cannot hold."""
    if moment is None or moment.year not in _NS_YEARS:
        return None
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1_000


def _return_path(block: HeaderBlock, sender: str | None) -> str | None:
    text = _first(block, "return-path")
    return sender if text is None else _bracketless(text)


def _addresses(block: HeaderBlock, name: str, problems: list[str]) -> str | None:
    fields = block.all(name)
    if len(fields) > 1:
        problems.append(f"{len(fields)} {name.capitalize()} fields")
    found = [address for field in fields[:10] for address in mailbox_list.addresses(field.value)]
    return ", ".join(found) or None


def _subject(block: HeaderBlock, problems: list[str]) -> str | None:
    text = _first(block, "subject")
    if text is None:
        return None
    decoded = encoded_words.decode(text)
    problems.extend(decoded.problems)
    return decoded.text


def _bracketless(text: str | None) -> str | None:
    """A Message-ID or path without the angle brackets around it."""
    if text is None:
        return None
    start, end = text.find("<"), text.rfind(">")
    return text[start + 1 : end] if 0 <= start < end else text


def _name(name: str | None) -> str | None:
    """A host name as the tables hold names; as written where it is none."""
    if name is None:
        return None
    try:
        return dns_names.canonical(name)
    except dns_names.DnsNameError:
        return name.lower()
