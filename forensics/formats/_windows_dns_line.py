"""Lines of the debug log of Windows DNS Server: the packets, and the details dumped below them.

The key at the head of the log names the fields of a packet's line. Its hex flags are the two bytes of the message's
header in the order of the wire, printed as a little-endian number: `8081` is QR and RD, then RA.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from forensics.formats.lines import Unreadable
from forensics.protocols import address_text
from forensics.protocols.dns_message.mnemonics import class_text, rcode_text, type_text
from forensics.protocols.dns_message.names import MAX_NAME_BYTES, ROOT, label_text

MAX_RECORDS = 10_000

START = re.compile(
    r"""
    (?P<date>\d{1,4}[./-][ ]?\d{1,2}[./-][ ]?\d{1,4}\.?|\d{8})[ ]{1,16}               # 11/23/2026, 23.11.2026, 20261123
    (?P<clock>\d{1,2}[:.]\d\d[:.]\d\d)(?:[ ](?P<half>[AaPp])\.?[ ]?[Mm]\.?)?[ ]{1,16}    # 9:21:33 AM, 09.21.33
    (?P<thread>[0-9A-Fa-f]{1,8})[ ]{1,16}(?P<context>[A-Za-z]{2,16})(?:[ ]|$)           # 0E70 PACKET
    """,
    re.VERBOSE | re.ASCII,
)
UNKNOWN_TIME = re.compile(r"\S[^\[\]]{5,47}[ ]{1,16}[0-9A-Fa-f]{3,8}[ ]{1,16}PACKET[ ]", re.ASCII)
DETAIL = re.compile(r"[ \t]|(?:UDP|TCP)[ ](?:question|query|response)[ ]info[ ]at[ ]")
HEADER = re.compile(r"DNS Server log file creation at |Log file wrap|Message logging key")
_PACKET = re.compile(
    r"""
    [ ]*(?:(?:0x)?[0-9A-Fa-f]{8,16}[ ]+)?                                          # 00000000033397A0
    (?P<transport>UDP|TCP)[ ]+(?P<way>Rcv|Snd)[ ]+
    (?P<ip>[0-9A-Fa-f:.]{2,45})(?:%[!-~]{1,64})?[ ]+                               # 192.0.2.7
    (?P<xid>[0-9A-Fa-f]{4})[ ]+(?:(?P<response>R)[ ]+)?(?P<opcode>[QNU?])[ ]+      # 5b47 R Q
    \[(?P<flags>[0-9A-Fa-f]{4})[ ][^\]]{0,40}\][ ]*                                # [8081   DR  NOERROR]
    (?:(?P<qtype>[A-Za-z][A-Za-z0-9-]{0,15}|\d{1,5})[ ]+)?(?P<qname>.*)            # A      (2)mx(7)example(0)
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_LABEL = re.compile(r"\((\d{1,2})\)")
_POINTER = re.compile(r"\[[0-9A-Fa-f]{4}\]")
_REMOTE = re.compile(r"[ ]+Remote addr (?P<ip>[0-9A-Fa-f:.]{2,45})(?:%[!-~]{1,64})?, port (?P<port>\d{1,5})", re.ASCII)
_SECTION = re.compile(r"[ ]+(?P<section>QUESTION|ANSWER|AUTHORITY|ADDITIONAL) SECTION:")
_FIELD = re.compile(r"[ ]+(?P<key>Name|QCLASS|ACOUNT|TYPE|TTL|DATA)[ ]+(?P<value>.{1,2048})", re.DOTALL)
_TYPES = {"ALL": "ANY"}
_OF_NAMES = {"CNAME", "NS", "PTR", "DNAME"}


class Packet(NamedTuple):
    """The line of one packet. `role` is the side that the server itself has in the exchange: `client` where it was
    asked. Flags and code are those of the header; `qname` is None where the line shows no question."""

    transport: str
    peer_ip: str
    role: str
    is_response: bool
    opcode: str
    msg_id: int
    flags: int
    qtype: str | None
    qname: str | None

    @property
    def rcode(self) -> str:
        """The code in the header; codes above 15 are in the OPT record, of which the line shows nothing."""
        return rcode_text(self.flags >> 8 & 0x0F)

    def flag(self, bit: int) -> bool:
        """One bit of the first byte: 4 is AA, 2 TC, 1 RD."""
        return bool(self.flags & bit)


class Details(NamedTuple):
    """What the dump below a packet adds; None is what it does not show."""

    port: int | None = None
    qclass: str | None = None
    answer_count: int | None = None
    edns: bool | None = None
    records: tuple[dict[str, Any], ...] = ()


def parse_packet(text: str) -> Packet | Unreadable:
    """What follows the word PACKET of a line; the text has one character for each byte.

    >>> parse_packet(" 00000000033397A0 UDP Rcv 192.0.2.7  5b47   Q [0001   D   NOERROR] MX (7)example(0)").qname
    'example'
    """
    match = _PACKET.fullmatch(text)
    if match is None:
        return Unreadable("a packet whose fields do not fit")
    peer_ip = address_text.canonical(match["ip"])
    if peer_ip is None:
        return Unreadable("a packet with an address that is none")
    written = match["qname"].strip()
    qname = name(written) if written else None
    if written and qname is None:
        return Unreadable("a packet with a name whose labels are not as long as it says")
    is_response = match["response"] is not None
    asked_of_it = (match["way"] == "Rcv") != is_response
    return Packet(
        match["transport"].lower(), peer_ip, "client" if asked_of_it else "resolver", is_response, match["opcode"],
        int(match["xid"], 16), int(match["flags"], 16), _type(match["qtype"]), qname,
    )  # fmt: skip


@lru_cache(maxsize=1 << 14)
def name(text: str) -> str | None:
    r"""A name of counted labels as the tables hold it; None where a label is not as long as it says.

    A pointer of the message stands in brackets before what it points to.

    >>> name("(2)MX(7)example(0)"), name("[C00C](1).(0)"), name("(3)mx(0)")
    ('mx.example', '\\.', None)
    """
    labels, size, at = list[bytes](), 1, 0
    while True:
        pointer = _POINTER.match(text, at)
        at = pointer.end() if pointer else at
        count = _LABEL.match(text, at)
        if count is None:
            return None
        length, at = int(count[1]), count.end()
        if not length:
            break
        label, at = text[at : at + length], at + length
        size += length + 1
        if len(label) < length or length > 63 or size > MAX_NAME_BYTES:
            return None
        labels.append(label.encode("latin-1"))
    return None if text[at:].strip() else ".".join(map(label_text, labels)) or ROOT


def parse_details(lines: Iterable[str], peer_ip: str) -> Details:
    """What the lines below a packet say that its own line does not."""
    found: dict[str, Any] = {}
    section, record, records = "", dict[str, Any](), list[dict[str, Any]]()
    for line in map(str.rstrip, lines):
        remote = _REMOTE.fullmatch(line)
        if remote:
            same = address_text.canonical(remote["ip"]) == peer_ip and int(remote["port"]) < 65_536
            found["port"] = int(remote["port"]) if same else None
            continue
        if heading := _SECTION.fullmatch(line):
            section = heading["section"].lower()
            continue
        field = _FIELD.fullmatch(line)
        if field is None:
            continue
        key, value = field["key"], field["value"]
        if key == "QCLASS" and value.isdigit() and int(value) < 65_536:
            found["qclass"] = class_text(int(value))
        elif key == "ACOUNT" and value.isdigit() and int(value) < 65_536:
            found["answer_count"] = int(value)
        elif key == "Name":
            record = {"owner": name(value.strip('"')), "section": section}
        elif key == "TYPE":
            record["rtype"] = value.split()[0]
            found["edns"] = True if record["rtype"] == "OPT" else found.get("edns")
        elif key == "TTL":
            record["ttl_s"] = int(value) if value.isdigit() and int(value) < 1 << 32 else None
        elif key == "DATA" and len(records) < MAX_RECORDS and section != "question":
            records.append(record | {"rdata": _data(record.get("rtype"), value)})
    return Details(**found, records=tuple(row for row in records if row["rdata"] and row.get("owner")))


def _data(rtype: str | None, value: str) -> str | None:
    """Data of one line in presentation form, of the types whose form in the log leaves no doubt."""
    if rtype in ("A", "AAAA"):
        return address_text.canonical(value) if len(value) < 46 else None
    if rtype in _OF_NAMES:
        target = name(value)
        return target if target is None or target == ROOT else f"{target}."
    return None


def _type(text: str | None) -> str | None:
    if text is None:
        return None
    if text.isdigit():
        return type_text(int(text)) if int(text) < 65_536 else None
    return _TYPES.get(text.upper(), text.upper())
