"""One message: its way, how far each hop can be trusted, its authentication, and what is odd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import duckdb

from forensics.analysis import hop_confirmation, hop_names, message_authentication
from forensics.analysis.hop_confirmation import Judged
from forensics.analysis.hop_names import NameNotes
from forensics.analysis.recorded_answers import RecordedAnswers
from forensics.model.case_file import CitationPart
from forensics.model.header_report import HopPart, MessagePart
from forensics.protocols import (
    encoded_words,
    header_block,
    look_alikes,
    mail_date,
    mailbox_list,
    message_chain,
    received,
)
from forensics.protocols.dmarc import registered_domain
from forensics.protocols.header_block import Field, HeaderBlock
from forensics.protocols.message_chain import Chain

MAX_HOPS = 200
"""Received fields of one message that are judged."""
_BULK = ("list-id", "list-unsubscribe", "feedback-id", "precedence", "x-mailer", "user-agent", "x-campaign-id")
_ONCE = ("from", "date", "message-id", "subject", "to", "sender", "reply-to")
_HOST = re.compile(r"@([A-Za-z0-9.-]{1,253})>?\s*\Z", re.ASCII)


def judge(
    message: bytes, citation: CitationPart, source: str, connection: duckdb.DuckDBPyConnection | None,
    answers: RecordedAnswers,
    *, trust: tuple[str, ...] = (), authserv_ids: tuple[str, ...] = (), header_offset: int | None = 0,
) -> MessagePart:  # fmt: skip
    """Judge one message from its bytes.

    Args:
        citation: where it lies; `header_offset` is where its header block begins in the content, None where the
            content does not hold the message as it was sent: fields then cite all of it, and no signature is judged.
        connection: to the case, whose logs and captures may confirm hops; None: it has none.
        trust: names or domains of servers whose fields are believed; none: the organization of the topmost.
        authserv_ids: whose Authentication-Results are believed; none: those of the trusted servers.
    """
    block = header_block.parse(message)
    fields = block.all("received")
    chain = message_chain.build([received.parse(field.value) for field in fields[:MAX_HOPS]], trust=trust)
    graded = [hop_confirmation.judge(hop, connection) if connection else Judged(hop) for hop in chain.hops]
    hops = tuple(
        _part(judged, hop_names.check(judged.hop.hop, answers), field, citation, header_offset)
        for judged, field in zip(graded, fields, strict=False)
    )
    header_from = _addresses(block, "from")
    return_path = _path(block)
    subject = _value(block, "subject")
    authentication = message_authentication.check(
        message, block, chain, answers, authserv_ids=authserv_ids, header_from=header_from[0] if header_from else None,
        return_path=return_path, as_sent=header_offset is not None,
    )  # fmt: skip
    return MessagePart(
        source=source, citation=citation, message_id=_value(block, "message-id"),
        header_from=", ".join(header_from) or None,
        return_path=return_path, subject=encoded_words.decode(subject).text if subject else None,
        date=_text(mail_date.parse(_value(block, "date") or "")), boundary=chain.boundary,
        trust=", ".join(trust) or chain.derived, hops=hops, authentication=authentication,
        anomalies=tuple(_anomalies(block, chain, header_from, return_path)),
        problems=(*chain.problems, *dict.fromkeys(problem.text for problem in block.problems)),
    )  # fmt: skip


def _part(judged: Judged, named: NameNotes, field: Field, citation: CitationPart, start: int | None) -> HopPart:
    found = judged.hop
    hop = found.hop
    own = citation
    if start is not None:
        own = CitationPart(
            evidence=citation.evidence, record_no=citation.record_no, offset=start + field.offset, length=field.length
        )
    return HopPart(
        no=found.no, ts=_text(hop.ts), delay_s=found.delay_s, by=hop.by, from_helo=hop.from_helo,
        from_rdns=hop.from_rdns,
        from_ip=hop.from_ip, protocol=hop.protocol, id=hop.id, trusted=found.trusted, grade=found.grade,
        reasons=found.reasons, notes=(*found.notes, *named.notes), raw=hop.raw, offset_s=judged.offset_s,
        citations=(own, *judged.citations, *named.citations),
    )  # fmt: skip


def _anomalies(
    block: HeaderBlock, chain: Chain, header_from: tuple[str, ...], return_path: str | None
) -> Iterator[str]:
    """What is odd, each a sentence; none is a proof of anything by itself."""
    for name in _ONCE:
        if len(block.all(name)) > 1:
            yield f"{len(block.all(name))} {name.title()} fields; RFC 5322 section 3.6 allows one"
    author = header_from[0].rpartition("@")[2].lower() if header_from else None
    match = _HOST.search(_value(block, "message-id") or "")
    if author and match and registered_domain(match[1].lower()) != registered_domain(author):
        yield f"the Message-ID names {match[1]}, the author is of {author}: another system made it, as bulk senders do"
    replies = _addresses(block, "reply-to")
    if author and replies and registered_domain(replies[0].rpartition("@")[2].lower()) != registered_domain(author):
        yield f"answers go to {replies[0]}, which is of another organization than the author"
    if (
        author
        and return_path
        and registered_domain(return_path.rpartition("@")[2].lower()) != registered_domain(author)
    ):
        yield f"bounces go to {return_path}, which is of another organization than the author"
    yield from _look_alikes(block, chain, author)
    if (author and any(label.startswith("xn--") for label in author.split("."))) or (author and not author.isascii()):
        yield f"the author's domain {author} is an internationalized name: compare it letter by letter"
    for name in _BULK:
        value = _value(block, name)
        if value:
            yield f"{name.title()}: {value[:120]}"
    origin = _value(block, "x-originating-ip")
    if origin:
        yield f"X-Originating-IP {origin[:60]}: the word of the server that took the message, or an invention"
    yield from _date_anomaly(block, chain)


def _look_alikes(block: HeaderBlock, chain: Chain, author: str | None) -> Iterator[str]:
    """Domains that are drawn like those of the receiver, or with letters of several scripts."""
    if author is None:
        return
    shown = look_alikes.to_unicode(author)
    if look_alikes.is_mixed(shown):
        yield f"the author's domain {author} is shown as {shown}: letters of several scripts in one label"
    others = {registered_domain(hop.hop.by.lower().strip(".")) for hop in chain.hops if hop.trusted and hop.hop.by}
    for name in ("to", "cc", "delivered-to"):
        others |= {registered_domain(one.rpartition("@")[2].lower()) for one in _addresses(block, name)[:20]}
    for other in sorted(others):
        if look_alikes.looks_like(registered_domain(author), other):
            yield f"the author's domain {author} looks like {other} and is another"


def _date_anomaly(block: HeaderBlock, chain: Chain) -> Iterator[str]:
    written = mail_date.parse(_value(block, "date") or "")
    taken = chain.hops[chain.boundary - 1].hop.ts if chain.boundary else None
    if _value(block, "date") is None:
        yield "no Date field; RFC 5322 section 3.6 demands one"
    elif written and taken and (written - taken).total_seconds() > message_chain.MAX_SKEW_S:
        yield f"the Date field lies {(written - taken).total_seconds():.0f} s after the message was taken"
    elif written and taken and (taken - written).days > 1:
        yield f"the Date field lies {(taken - written).days} days before the message was taken"


def _value(block: HeaderBlock, name: str) -> str | None:
    found = block.all(name)
    return found[0].value.strip() if found else None


def _addresses(block: HeaderBlock, name: str) -> tuple[str, ...]:
    return tuple(address for field in block.all(name)[:10] for address in mailbox_list.addresses(field.value))


def _path(block: HeaderBlock) -> str | None:
    text = _value(block, "return-path")
    return None if text is None else text.strip("<> ")


def _text(moment: datetime | None) -> str | None:
    """RFC 3339 with the offset that was written."""
    return None if moment is None else moment.isoformat()
