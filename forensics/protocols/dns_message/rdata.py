"""Record data in presentation form: the frequent types here, the rarer ones by dnspython, the rest as RFC 3597 has it.

Names end in a dot, as in a zone file, and are lower case; the strings of TXT and SPF are joined without quotes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from forensics.protocols import ip_address
from forensics.protocols.dns_message.mnemonics import TYPES
from forensics.protocols.dns_message.names import ROOT, DnsMessageError, NameReader

MAX_RARE_BYTES = 8192

_SOA = struct.Struct("!5I")
_UNPRINTABLE = re.compile(rb"[^ -~]|\\")


def to_text(names: NameReader, rtype: int, rclass: int, start: int, length: int) -> str:
    r"""The data of one record, which lies in the message from `start` on for `length` bytes.

    Data that breaks its type's grammar is given as unknown data is (RFC 3597 section 5): `\# 2 ffff`.
    """
    known = _KNOWN.get(rtype) if rclass in _INTERNET else None
    try:
        return known(names, start, length) if known else _rare(names.wire, rtype, rclass, start, length)
    except (DnsMessageError, struct.error):
        return unknown(names.wire[start : start + length])


def unknown(data: bytes) -> str:
    r"""Data of a type that is not understood (RFC 3597 section 5).

    >>> unknown(b"\x01\x02")
    '\\# 2 0102'
    """
    return rf"\# {len(data)} {data.hex()}" if data else r"\# 0"


def joined_strings(data: bytes) -> str:
    r"""Character-strings joined (RFC 7208 section 3.3); a byte outside printable ASCII as `\DDD`, a backslash doubled.

    Raises:
        DnsMessageError: a string is longer than the data.

    >>> joined_strings(b"\x07v=spf1 \x04-all")
    'v=spf1 -all'
    """
    parts, at = [], 0
    while at < len(data):
        end = at + 1 + data[at]
        if end > len(data):
            raise DnsMessageError("a character-string is longer than its record")
        parts.append(data[at + 1 : end])
        at = end
    return _UNPRINTABLE.sub(_escape, b"".join(parts)).decode("ascii")


def _escape(match: re.Match[bytes]) -> bytes:
    byte = match.group()
    return rb"\\" if byte == b"\\" else b"\\%03d" % byte[0]


def _absolute(names: NameReader, at: int, end: int) -> tuple[str, int]:
    name, after = names.read(at)
    if after > end:
        raise DnsMessageError("a name is longer than its record")
    return (name if name == ROOT else f"{name}."), after


def _whole(names: NameReader, at: int, end: int) -> str:
    name, after = _absolute(names, at, end)
    if after != end:
        raise DnsMessageError("bytes follow the name")
    return name


def _a(names: NameReader, start: int, length: int) -> str:
    if length != 4:
        raise DnsMessageError("an A record has 4 bytes")
    return ip_address.text(names.wire[start : start + 4])


def _aaaa(names: NameReader, start: int, length: int) -> str:
    if length != 16:
        raise DnsMessageError("an AAAA record has 16 bytes")
    return ip_address.text(names.wire[start : start + 16])


def _name(names: NameReader, start: int, length: int) -> str:
    return _whole(names, start, start + length)


def _mx(names: NameReader, start: int, length: int) -> str:
    if length < 3:
        raise DnsMessageError("an MX record has a preference and a name")
    preference = int.from_bytes(names.wire[start : start + 2])
    return f"{preference} {_whole(names, start + 2, start + length)}"


def _srv(names: NameReader, start: int, length: int) -> str:
    if length < 7:
        raise DnsMessageError("an SRV record has three numbers and a name")
    priority, weight, port = struct.unpack_from("!3H", names.wire, start)
    return f"{priority} {weight} {port} {_whole(names, start + 6, start + length)}"


def _soa(names: NameReader, start: int, length: int) -> str:
    end = start + length
    mname, at = _absolute(names, start, end)
    rname, at = _absolute(names, at, end)
    if at + _SOA.size != end:
        raise DnsMessageError("a SOA record has two names and five numbers")
    return " ".join((mname, rname, *map(str, _SOA.unpack_from(names.wire, at))))


def _txt(names: NameReader, start: int, length: int) -> str:
    return joined_strings(names.wire[start : start + length])


def _rare(wire: bytes, rtype: int, rclass: int, start: int, length: int) -> str:
    """What dnspython makes of it; unknown data where its parser raises anything on what is there."""
    # only registered types: dnspython keeps a class for every pair of numbers it was ever asked for
    if length > MAX_RARE_BYTES or rtype not in TYPES or rclass not in _INTERNET:
        return unknown(wire[start : start + length])
    import dns.exception  # here: few records need it, and it takes long to load
    import dns.rdata
    from dns.rdataclass import RdataClass
    from dns.rdatatype import RdataType

    try:
        with dns.exception.ExceptionWrapper(dns.exception.FormError):  # type: ignore[no-untyped-call]
            found = dns.rdata.from_wire(RdataClass.make(rclass), RdataType.make(rtype), wire, start, length)
            return str(found.to_text())
    except dns.exception.DNSException:
        return unknown(wire[start : start + length])


# RFC 3597 section 4: outside IN the grammar of a type may differ (A in CH is a name and a number)
_INTERNET = frozenset({1})
_KNOWN: dict[int, Callable[[NameReader, int, int], str]] = {
    1: _a, 2: _name, 5: _name, 6: _soa, 12: _name, 15: _mx, 16: _txt, 28: _aaaa, 33: _srv, 39: _name, 99: _txt,
}  # fmt: skip
