"""Rows from entries of Zeek's dns, conn and ssl logs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from forensics.formats._zeek_entries import SECOND_NS, Entry, domain_name
from forensics.protocols import address_text
from forensics.protocols.dns_message.mnemonics import class_text, rcode_text, type_text
from forensics.schema import Connection, DnsQuery, DnsRecord, DnsResponse, Row, TlsSession

_CLASSES = {"C_INTERNET": "IN", "C_CHAOS": "CH", "C_HESIOD": "HS", "C_ANY": "ANY"}
_SERVICES = {"ssl": "tls", "http": "http", "ssh": "ssh", "dns": "dns", "imap": "imap", "pop3": "pop3", "ftp": "ftp"}
_VERSIONS = {"TLSv10": "TLSv1.0", "TLSv11": "TLSv1.1", "TLSv12": "TLSv1.2", "TLSv13": "TLSv1.3",
             "DTLSv10": "DTLSv1.0", "DTLSv12": "DTLSv1.2", "DTLSv13": "DTLSv1.3"}  # fmt: skip
_ONE_SIDED = frozenset({"RSTOS0", "RSTRH", "SH", "SHR"})
"""Only one side's packets were seen: SYN and RST or FIN without SYN/ACK, or SYN/ACK and RST or FIN without SYN."""


def endpoints(entry: Entry) -> dict[str, Any]:
    """Client and server of an entry."""
    return {
        "ts": entry.time("ts"),
        "client_ip": address(entry, "id.orig_h"), "client_port": _port(entry, "id.orig_p"),
        "server_ip": address(entry, "id.resp_h"), "server_port": _port(entry, "id.resp_p"),
    }  # fmt: skip


def dns_rows(entry: Entry, citation: dict[str, int]) -> Iterator[Row]:
    """A question, its response where one was seen, and what the response answered."""
    words = dns_words(entry)
    same: dict[str, Any] = {
        **endpoints(entry), **citation, "transport": words.transport, "msg_id": entry.number("trans_id"),
        "qname": entry.name("query"), "qtype": words.qtype, "qclass": words.qclass,
    }  # fmt: skip
    yield DnsQuery(**same, recursion_desired=words.recursion_desired)
    if words.rcode is None:
        return
    rtt = entry.real("rtt")
    if rtt is not None and same["ts"] is not None and 0 <= rtt < 86_400:
        same["ts"] += round(rtt * SECOND_NS)
    answers = entry.items("answers")
    yield DnsResponse(
        **same, rcode=words.rcode, authoritative=words.authoritative, truncated=words.truncated,
        answer_count=len(answers), rtt_ms=None if rtt is None else rtt * 1000,
    )  # fmt: skip
    seen = {"ts": same["ts"], "server_ip": same["server_ip"], "section": "answer", **citation}
    yield from _records(same["qname"], answers, entry.items("TTLs"), seen)


class DnsWords(NamedTuple):
    """What the fields of few different texts say of a line of DNS."""

    transport: str | None
    qtype: str | None
    qclass: str | None
    rcode: str | None
    authoritative: bool | None
    truncated: bool | None
    recursion_desired: bool | None


def dns_words(entry: Entry) -> DnsWords:
    """The same from an entry."""
    return DnsWords(
        entry.text("proto"), _qtype(entry), _qclass(entry), _rcode(entry), entry.flag("AA"), entry.flag("TC"),
        entry.flag("RD"),
    )  # fmt: skip


def conn_rows(entry: Entry, citation: dict[str, int]) -> Iterator[Row]:
    """One connection."""
    same = {**endpoints(entry), **citation}
    duration, ts = entry.real("duration"), same["ts"]
    known = ts is not None and duration is not None and 0 <= duration < 1e8
    yield Connection(
        **same, last_ts=ts + round((duration or 0) * SECOND_NS) if known else None,
        transport=entry.text("proto"), state=_state(entry) if entry.text("proto") == "tcp" else None,
        client_bytes=entry.number("orig_bytes"), server_bytes=entry.number("resp_bytes"),
        client_packets=entry.number("orig_pkts"), server_packets=entry.number("resp_pkts"),
        service=_service(entry), missing_bytes=entry.number("missed_bytes"),
    )  # fmt: skip


class ConnWords(NamedTuple):
    """What the fields of few different texts say of a connection."""

    transport: str | None
    state: str | None
    service: str | None


def conn_words(entry: Entry) -> ConnWords | None:
    """The same from an entry of protocol, service, `conn_state` and `history`; None where counts tell the state."""
    transport, history = entry.text("proto"), entry.text("history")
    if transport != "tcp":
        return ConnWords(transport, None, _service(entry))
    if entry.text("conn_state") == "OTH" or not history:
        return None
    return ConnWords(transport, _state(entry), _service(entry))


def ssl_rows(entry: Entry, citation: dict[str, int]) -> Iterator[Row]:
    """One TLS handshake."""
    version, server_name = entry.text("version"), entry.text("server_name")
    same = {**endpoints(entry), **citation}
    yield TlsSession(
        **same, tls_version=_VERSIONS.get(version or "", version), cipher=entry.text("cipher"),
        server_name=server_name.lower() if server_name else None, established=entry.flag("established"),
    )  # fmt: skip


def _records(qname: str | None, answers: list[str], ttls: list[str], seen: dict[str, Any]) -> Iterator[DnsRecord]:
    """One record per answer. Zeek logs no types and owners: an address or TXT shows its type, the owner is that of the
    question where all answers are addresses, or there is only one (no chain of aliases)."""
    typed = typed_answers(answers)
    owner = qname if typed.names_owner else None
    padded = [*ttls, *[""] * len(answers)]
    for (rtype, rdata), ttl in zip(typed.records, padded, strict=False):
        yield DnsRecord(**seen, owner=owner, rtype=rtype, rdata=rdata, ttl_s=ttl_s(ttl))


class TypedAnswers(NamedTuple):
    """Type and data of each answer of a line; `names_owner` says that the question's name is the owner of all."""

    records: tuple[tuple[str | None, str | None], ...]
    names_owner: bool


def typed_answers(answers: Sequence[str]) -> TypedAnswers:
    """What the answers of a line show."""
    records = tuple(map(_typed, answers))
    return TypedAnswers(records, len(records) == 1 or (bool(records) and all(rtype for rtype, _ in records)))


def _typed(answer: str) -> tuple[str | None, str | None]:
    """Type and data of an answer: an address, `TXT 4 -all`, or a name."""
    address = address_text.canonical(answer)
    if address:
        return ("AAAA" if ":" in address else "A"), address
    head, _, rest = answer.partition(" ")
    length, _, strings = rest.partition(" ")
    if head == "TXT" and length.isdigit():
        return "TXT", strings
    name = domain_name(answer) if " " not in answer else None
    return None, answer if name is None else f"{name.removesuffix('.')}."


def ttl_s(text: str) -> int | None:
    """A time to live as Zeek writes intervals (`60.000000`), in whole seconds; None for other text."""
    whole = text.partition(".")[0]
    return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 11 else None


def _qtype(entry: Entry) -> str | None:
    number = entry.number("qtype")
    return type_text(number) if number is not None and number < 65536 else entry.text("qtype_name")


def _qclass(entry: Entry) -> str | None:
    number, name = entry.number("qclass"), entry.text("qclass_name")
    return class_text(number) if number is not None and number < 65536 else _CLASSES.get(name or "", name)


def _rcode(entry: Entry) -> str | None:
    number = entry.number("rcode")
    return rcode_text(number) if number is not None and number < 65536 else entry.text("rcode_name")


def _service(entry: Entry) -> str | None:
    """The protocol of a connection; SMTP that went over to TLS is logged as both."""
    services = entry.items("service") if entry.separator == "," else (entry.text("service") or "").split(",")
    if "smtp" in services:
        return "smtp"
    return next((_SERVICES[service] for service in services if service in _SERVICES), None)


def _state(entry: Entry) -> str | None:
    """The state of a TCP connection, from `conn_state` and `history` (capitals are the client's packets)."""
    state, history = entry.text("conn_state"), entry.text("history")
    if state in _ONE_SIDED:
        return "one_sided"
    if state == "S0":
        return "unanswered"
    if state == "REJ":
        return "half_open" if "h" in (history or "") else "refused"
    if state == "OTH":
        return _midstream(entry, history)
    if state not in ("SF", "S1", "S2", "S3", "RSTO", "RSTR"):
        return None
    return _by_history(history) if history else _by_bytes(entry, state)


def _by_history(history: str) -> str:
    """S1 and RSTO are also logged where the client never acknowledged: only the packets tell."""
    client = any(letter in history for letter in "ADF")
    if "h" in history:
        return "established" if client else "half_open"
    if "S" not in history:
        return "midstream"
    return "established" if any(letter in history for letter in "adf") else "one_sided"


def _by_bytes(entry: Entry, state: str) -> str | None:
    payload = (entry.number("orig_bytes") or 0) + (entry.number("resp_bytes") or 0)
    return "established" if state in ("SF", "S1", "S2", "S3") or payload else None


def _midstream(entry: Entry, history: str | None) -> str:
    letters = [letter for letter in history or "" if letter.isalpha()]
    one_way = {letter.isupper() for letter in letters}
    silent = 0 in (entry.number("orig_pkts"), entry.number("resp_pkts"))
    return "one_sided" if len(one_way) == 1 or silent else "midstream"


def address(entry: Entry, name: str) -> str | None:
    """An address in the form of the tables; None where the field has none."""
    return address_text.canonical(entry.text(name) or "")


def _port(entry: Entry, name: str) -> int | None:
    port = entry.number(name)
    return port if port is not None and port < 65536 else None
