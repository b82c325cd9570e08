"""Rows from Suricata's dns events, in the three versions of their form.

Version 1 (before 4.1): a line for each record of a response. Version 2 (to 7): a line for each response, records in
`answers` or by type in `grouped`. Version 3 (from 8 on): `request` and `response`, both with `queries`, and the source
of a response is the server; before it was the client, in early releases the sender of the packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.formats._eve_rows import End, count_of, text_of
from forensics.formats._zeek_entries import domain_name
from forensics.protocols import address_text
from forensics.protocols.dns_message.mnemonics import rcode_text, type_text
from forensics.schema import DnsQuery, DnsRecord, DnsResponse, Row

MAX_RECORDS = 10_000
"""Questions or records of one section that are read."""

REQUESTS = ("query", "request")
DNS_WORDS = (*REQUESTS, "answer", "response")
"""The types of a dns event."""

# Suricata's own spelling of some types and codes
_TYPES = {"NSAPPT": "NSAP-PTR", "CDSNKEY": "CDNSKEY", "ND": "MD"}
_RCODES = {"BADVERS/BADSIG": "BADVERS"}
_SECTIONS = (("answers", "answer"), ("authorities", "authority"), ("additionals", "additional"))
_NAMES = {"CNAME", "NS", "PTR", "DNAME", "MX"}
_SOA = ("serial", "refresh", "retry", "expire", "minimum")


class DnsEvents:
    """Gives the rows of dns events; knows the response that the last line was of."""

    def __init__(self) -> None:
        self._last: tuple[object, ...] | None = None

    def rows(self, event: dict[str, Any], said: dict[str, Any], end: End, same: dict[str, Any]) -> Iterator[Row]:
        """The questions of a request; a response and its records."""
        same = {**same, "transport": end.transport, "msg_id": _msg_id(said)}
        kind = text_of(said, "type")
        if kind in REQUESTS:
            desired = said.get("rd") is True if text_of(said, "flags") else None
            for question in _questions(said):
                yield DnsQuery(**same, **end.sided(), **question, recursion_desired=desired)
        else:
            yield from self._response(event, said, end, same)

    def _response(self, event: dict[str, Any], said: dict[str, Any], end: End, same: dict[str, Any]) -> Iterator[Row]:
        sides = _sides(end, _version(said))
        seen = {
            "server_ip": sides["server_ip"], **{name: same[name] for name in ("ts", "record_no", "offset", "length")},
        }  # fmt: skip
        one_record = _version(said) == 1 and ("ttl" in said or "rdata" in said)
        if one_record:
            key = (event.get("flow_id"), event.get("timestamp"), same["msg_id"], text_of(said, "rcode"), end)
            known, self._last = key == self._last, key
            if not known:
                yield self._head(said, sides, same, {}, None)
            yield from _record(said, "answer", seen)
            return
        self._last = None
        question = next(iter(_questions(said)), {})
        count = _answer_count(said)
        yield self._head(said, sides, same, question, count)
        for name, section in _SECTIONS:
            for record in _objects(said.get(name)):
                yield from _record(record, section, seen)
        if "answers" not in said:
            yield from _grouped(said.get("grouped"), question.get("qname"), seen)

    @staticmethod
    def _head(
        said: dict[str, Any], sides: dict[str, Any], same: dict[str, Any], question: dict[str, Any], count: int | None
    ) -> DnsResponse:
        has_flags = bool(text_of(said, "flags"))
        return DnsResponse(
            **same, **sides, **question, rcode=_rcode(text_of(said, "rcode")), answer_count=count,
            authoritative=said.get("aa") is True if has_flags else None,
            truncated=said.get("tc") is True if has_flags else None,
        )  # fmt: skip


def _version(said: dict[str, Any]) -> int:
    """The version of the form; version 1 does not name itself."""
    return count_of(said, "version") or (3 if text_of(said, "type") in ("request", "response") else 1)


def _sides(end: End, version: int) -> dict[str, Any]:
    """Who is answered and who answers."""
    if end.src_port == 53 and end.dst_port != 53:
        return end.turned().sided()
    if version >= 3:
        return end.turned().sided()
    if version == 2 or (end.dst_port == 53 and end.src_port != 53):
        return end.sided()
    return dict.fromkeys(("client_ip", "client_port", "server_ip", "server_port"))


def _questions(said: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Name and type of each question; one without both is none."""
    for one in _objects(said.get("queries")) if "queries" in said else iter((said,)):
        name = text_of(one, "rrname")
        if name is not None:
            yield {"qname": _name(name), "qtype": _type(one.get("rrtype"))}


def _objects(value: object) -> Iterator[dict[str, Any]]:
    return (item for item in value[:MAX_RECORDS] if isinstance(item, dict)) if isinstance(value, list) else iter(())


def _answer_count(said: dict[str, Any]) -> int | None:
    """Suricata logs every record of the answer section in `answers`, and only some types in `grouped`."""
    answers = said.get("answers")
    if isinstance(answers, list):
        return len(answers)
    return None if "grouped" in said or _version(said) == 1 else 0


def _record(record: dict[str, Any], section: str, seen: dict[str, Any]) -> Iterator[DnsRecord]:
    """One record whose data are shown; of some types Suricata logs the owner alone."""
    rtype, owner, ttl = _type(record.get("rrtype")), text_of(record, "rrname"), count_of(record, "ttl")
    shown = _data(rtype, record)
    if shown is None:
        return
    yield DnsRecord(
        **seen, owner=None if owner is None else _name(owner), rtype=shown[0], rdata=shown[1], section=section,
        ttl_s=ttl if ttl is not None and ttl < 1 << 32 else None,
    )  # fmt: skip


def _grouped(groups: object, qname: str | None, seen: dict[str, Any]) -> Iterator[DnsRecord]:
    """Records by type. Without an alias among them their owner is the name asked for, else it is not shown."""
    if not isinstance(groups, dict):
        return
    owner = None if {"CNAME", "DNAME"} & groups.keys() else qname
    for name, members in list(groups.items())[:MAX_RECORDS]:
        for member in members[:MAX_RECORDS] if isinstance(members, list) else ():
            record = {"rdata": member} if isinstance(member, str) else {str(name).lower(): member}
            shown = _data(_type(name), record)
            if shown is not None:
                yield DnsRecord(**seen, owner=owner, rtype=shown[0], rdata=shown[1], section="answer")


def _data(rtype: str | None, record: dict[str, Any]) -> tuple[str | None, str] | None:
    """Type and data in presentation form. The data of MX lack the preference: the name is kept, as of no known type,
    so that nobody takes it for a malformed record."""
    text = text_of(record, "rdata")
    parts = record.get((rtype or "").lower())
    if text is None:
        composed = _composed(rtype, parts) if isinstance(parts, dict) else None
        return None if composed is None else (rtype, composed)
    if rtype in ("A", "AAAA"):
        address = address_text.canonical(text) if len(text) < 64 else None
        return None if address is None else (rtype, address)
    if rtype in _NAMES:
        name = _name(text)
        shown = text if name is None else name if name == "." else f"{name}."
        return (None if rtype == "MX" else rtype), shown
    return rtype, text


def _composed(rtype: str | None, parts: dict[str, Any]) -> str | None:
    """The data of types that are logged part by part."""
    if rtype == "SOA":
        names = [_absolute(text_of(parts, name)) for name in ("mname", "rname")]
        numbers = [count_of(parts, name) for name in _SOA]
        return None if None in names or None in numbers else " ".join(map(str, (*names, *numbers)))
    if rtype == "SRV":
        numbers = [count_of(parts, name) for name in ("priority", "weight", "port")]
        target = _absolute(text_of(parts, "name"))
        return None if target is None or None in numbers else " ".join(map(str, (*numbers, target)))
    if rtype == "SSHFP":
        numbers, print_ = [count_of(parts, name) for name in ("algo", "type")], text_of(parts, "fingerprint")
        return None if print_ is None or None in numbers else f"{numbers[0]} {numbers[1]} {print_.replace(':', '')}"
    return None


def _absolute(text: str | None) -> str | None:
    name = None if text is None else _name(text)
    return name if name is None or name == "." else f"{name}."


def _name(text: str) -> str | None:
    return domain_name(text) if len(text) <= 4096 else None


def _type(value: object) -> str | None:
    if not isinstance(value, str) or not 0 < len(value) <= 16:
        return None
    if value.isascii() and value.isdigit():
        return type_text(int(value)) if int(value) < 65_536 else None
    return _TYPES.get(value.upper(), value.upper())


def _rcode(text: str | None) -> str | None:
    if not text or len(text) > 16:
        return None
    if text.isascii() and text.isdigit():
        return rcode_text(int(text)) if int(text) < 65_536 else None
    return _RCODES.get(text, text)


def _msg_id(said: dict[str, Any]) -> int | None:
    number = count_of(said, "id")
    return number if number is not None and number < 65_536 else None
