"""Rows of a DNS message, one message at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forensics.protocols import ip_address
from forensics.protocols.dns_message import CUT_HEADER, DnsMessage
from forensics.schema import DnsQuery, DnsRecord, DnsResponse, Row


class Carrier(NamedTuple):
    """What carried a message: addresses as packed bytes, and the record that held it."""

    ts: int | None
    source_ip: bytes
    source_port: int
    target_ip: bytes
    target_port: int
    transport: str
    record_no: int
    offset: int
    length: int


def rows(message: DnsMessage, carrier: Carrier) -> Iterator[Row]:
    """The row of a query, or those of a response and its records."""
    if message.is_response:
        yield _response(message, carrier)
        yield from _records(message, carrier)
    else:
        yield _query(message, carrier)


def _query(message: DnsMessage, carrier: Carrier) -> DnsQuery:
    question = message.questions[0] if message.questions else None
    return DnsQuery(
        record_no=carrier.record_no, offset=carrier.offset, length=carrier.length, ts=carrier.ts,
        client_ip=ip_address.text(carrier.source_ip), client_port=carrier.source_port,
        server_ip=ip_address.text(carrier.target_ip), server_port=carrier.target_port, transport=carrier.transport,
        msg_id=message.id, qname=question.qname if question else None, qtype=question.qtype if question else None,
        qclass=question.qclass if question else None, recursion_desired=message.recursion_desired,
        edns=message.edns is not None, dnssec_ok=message.do,
    )  # fmt: skip


def _response(message: DnsMessage, carrier: Carrier) -> DnsResponse:
    question = message.questions[0] if message.questions else None
    return DnsResponse(
        record_no=carrier.record_no, offset=carrier.offset, length=carrier.length, ts=carrier.ts,
        client_ip=ip_address.text(carrier.target_ip), client_port=carrier.target_port,
        server_ip=ip_address.text(carrier.source_ip), server_port=carrier.source_port, transport=carrier.transport,
        msg_id=message.id, qname=question.qname if question else None, qtype=question.qtype if question else None,
        qclass=question.qclass if question else None, rcode=message.rcode, authoritative=message.authoritative,
        truncated=message.truncated, answer_count=None if message.problem == CUT_HEADER else message.counts[1],
    )  # fmt: skip


def _records(message: DnsMessage, carrier: Carrier) -> Iterator[DnsRecord]:
    server = ip_address.text(carrier.source_ip)
    for record in message.records:
        yield DnsRecord(
            record_no=carrier.record_no, offset=carrier.offset, length=carrier.length, ts=carrier.ts,
            owner=record.owner, rtype=record.rtype, ttl_s=record.ttl_s, rdata=record.rdata, section=record.section,
            server_ip=server,
        )  # fmt: skip
