"""One line of a log of PowerDNS: its frame, its grammar, and what it says.

The authoritative server (pdns/auth-main.cc, tcpreceiver.cc) writes questions, the Recursor (recursordist) questions and
answers; both as sentences or, structured, as `key="value"` pairs or JSON.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

from forensics.formats.lines import Ignored, Unreadable
from forensics.protocols import address_text, dns_names, syslog
from forensics.protocols.dns_message.mnemonics import rcode_text

MAX_LINE_BYTES = 8192

_TIME = re.compile(
    r"(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S{0,16}) ", re.ASCII
)
_END = r"(?P<client>[0-9A-Fa-f:.]{2,45})(?:%[!-~]{1,64})?"
_ENDPOINT = re.compile(r"\[?(?P<client>[0-9A-Fa-f:.]{2,45}?)(?:%[!-~]{1,64}?)?\]?:(?P<port>\d{1,5})", re.ASCII)
_ASKED = r"'(?P<qname>[!-~]{1,1016})\|(?P<qtype>[A-Z][A-Z0-9-]{0,15})'"
_WANTS = re.compile(
    rf"""
    (?P<tcp>TCP[ ])?Remote[ ]{_END}(?:<-[0-9A-Fa-f:./]{{2,50}})?[ ]wants[ ]{_ASKED},          # Remote 192.0.2.7 wants
    [ ]do[ ]=[ ](?P<do>[01]),[ ]bufsize[ ]=[ ](?P<bufsize>\d{{1,6}})(?:[ ]\(\d{{1,6}}\))?  # do = 0, bufsize = 512
    (?:[:,]?[ ]?.{{0,100}})                                                            # : packetcache MISS
    """,
    re.VERBOSE | re.ASCII,
)
_TASK = r"(?P<thread>\d{1,6})[ ]\[(?P<task>\d{1,10})/\d{1,6}\][ ]"
_QUESTION = re.compile(
    rf"{_TASK}(?P<tcp>TCP[ ])?question[ ]for[ ]{_ASKED}[ ]from[ ](?P<from>[!-~]{{4,120}}).{{0,200}}", re.ASCII
)
_ANSWER = re.compile(
    rf"""
    {_TASK}answer[ ]to[ ](?:non-rd[ ])?question[ ]{_ASKED}:[ ](?P<answers>\d{{1,5}})[ ]answers,
    .{{0,120}}?(?:[ ](?P<total>\d{{1,8}}(?:\.\d{{1,6}})?)[ ]tot[ ]ms.{{0,120}}?)?               # 0.323 tot ms
    [ ]rcode=(?P<rcode>\d{{1,4}})\b.{{0,200}}                                                # rcode=0
    """,
    re.VERBOSE | re.ASCII,
)
_CACHED = re.compile(
    r"\d{1,6} question answered from packet cache .{0,80}?from (?P<from>[!-~]{4,120}).{0,200}", re.ASCII
)
_PAIR = re.compile(r'(?P<key>[A-Za-z0-9_.-]{1,40})="(?P<value>(?:[^"\\]|\\.)*)"(?: |$)')
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_UNIX = re.compile(r"(?P<seconds>\d{9,10})(?:\.(?P<fraction>\d{1,9}))?", re.ASCII)
_LIKE = re.compile(r"(?:TCP )?Remote \S+ wants '|\d{1,6} \[\d{1,10}/\d{1,6}\] (?:TCP )?(?:question for|answer to) ")
_RECEIVED = re.compile(r"Received (?:(?P<transport>UDP|TCP) )?(?:query|question|packet)")
_MAX_PAIRS = 200

OTHER_PROGRAM = Ignored("another program's line")
OTHER_MESSAGE = Ignored("a message that is no question or answer")


class Frame(NamedTuple):
    """When a line was written (of a structured line in nanoseconds UTC too), and by what host and process."""

    time: str | None
    ns: int | None = None
    writer: tuple[str | None, int | None] = (None, None)


class Said(NamedTuple):
    """A question, or where `rcode` is not None an answer.

    `task` is thread and task of the Recursor, the same for a question and its answer. `qname` is None where an answer
    from the packet cache names no question. `recursive` tells the Recursor from the authoritative server.
    """

    frame: Frame
    recursive: bool
    qname: str | None
    qtype: str | None
    client_ip: str | None = None
    client_port: int | None = None
    transport: str | None = None
    edns: bool | None = None
    dnssec_ok: bool | None = None
    task: tuple[int, int] | None = None
    rcode: str | None = None
    answer_count: int | None = None
    rtt_ms: float | None = None


def parse_line(text: bytes) -> Said | Ignored | Unreadable:
    """One line, without its line end.

    >>> parse_line(b"Remote 192.0.2.7 wants 'mx.example|A', do = 0, bufsize = 512: packetcache MISS").qname
    'mx.example'
    """
    if len(text) > MAX_LINE_BYTES:
        return Unreadable(f"no line of PowerDNS: longer than {MAX_LINE_BYTES} bytes")
    line = text.decode("utf-8", "backslashreplace")
    own = _TIME.match(line)
    said = _message(Frame(own["time"] if own else None), line[own.end() :] if own else line)
    if said is not None:
        return said
    frame = syslog.parse(line)
    if frame is None:
        return Unreadable("no line of PowerDNS") if own is None else OTHER_MESSAGE
    if frame.program is None:
        return OTHER_MESSAGE
    if not frame.program.startswith("pdns"):
        return OTHER_PROGRAM
    return _message(Frame(frame.time, writer=(frame.host, frame.pid)), frame.message) or OTHER_MESSAGE


def _message(frame: Frame, message: str) -> Said | Ignored | Unreadable | None:
    """What a message says; None where it is none of PowerDNS about a question or an answer."""
    if message.startswith(("msg=", "{")):
        return _structured(frame, message)
    try:
        if found := _WANTS.fullmatch(message):
            return _wants(frame, found)
        if found := _QUESTION.fullmatch(message):
            return _question(frame, found)
        if found := _ANSWER.fullmatch(message):
            return _answer(frame, found)
        if found := _CACHED.fullmatch(message):
            ip, port = _endpoint(found["from"])
            return Said(frame, recursive=True, qname=None, qtype=None, client_ip=ip, client_port=port)
    except _MisfitError as error:
        return Unreadable(str(error))
    return Unreadable("a question or answer whose fields do not fit") if _LIKE.match(message) else None


class _MisfitError(Exception):
    """A field that is not what it should be."""


def _wants(frame: Frame, found: re.Match[str]) -> Said:
    do, transport = found["do"] == "1", "tcp" if found["tcp"] else "udp"
    return Said(
        frame, False, _name(found["qname"]), found["qtype"], _address(found["client"]), None, transport,
        _edns(do, transport, int(found["bufsize"])), do,
    )  # fmt: skip


def _edns(do: bool | None, transport: str | None, bufsize: int) -> bool | None:
    """Whether an OPT record came: without one a question has no DO bit, and over UDP room for 512 bytes."""
    return True if do or (transport == "udp" and bufsize > 512) else None


def _question(frame: Frame, found: re.Match[str]) -> Said:
    ip, port = _endpoint(found["from"])
    return Said(
        frame, True, _name(found["qname"]), found["qtype"], ip, port, "tcp" if found["tcp"] else "udp",
        task=(int(found["thread"]), int(found["task"])),
    )  # fmt: skip


def _answer(frame: Frame, found: re.Match[str]) -> Said:
    return Said(
        frame, True, _name(found["qname"]), found["qtype"], task=(int(found["thread"]), int(found["task"])),
        rcode=rcode_text(int(found["rcode"])), answer_count=int(found["answers"]),
        rtt_ms=float(found["total"]) if found["total"] else None,
    )  # fmt: skip


def _structured(frame: Frame, message: str) -> Said | Ignored | Unreadable | None:
    """A line of pairs; None where it is no structured line of PowerDNS."""
    pairs = _json(message) if message.startswith("{") else _pairs(message)
    if pairs is None or "msg" not in pairs or pairs.keys().isdisjoint(("subsystem", "qname", "query")):
        return None
    frame = frame._replace(ns=_nanoseconds(pairs.get("ts", "")))
    try:
        received = _RECEIVED.fullmatch(pairs["msg"])
        if received and {"query", "type", "remote"} <= pairs.keys():
            return _received(frame, pairs, received["transport"])
        if pairs["msg"] in ("Question", "Answer", "Question answered from packet cache"):
            return _of_recursor(frame, pairs)
    except (_MisfitError, KeyError):
        return Unreadable("a question or answer whose fields do not fit")
    return OTHER_MESSAGE


def _received(frame: Frame, pairs: dict[str, str], transport: str | None) -> Said:
    do = {"0": False, "1": True, "false": False, "true": True}.get(pairs.get("dnssecok", ""))
    transport = transport.lower() if transport else None
    client = pairs["remote"].partition("<-")[0]
    edns = _edns(do, transport, _number(pairs, "bufsize") or 0)
    return Said(frame, False, _name(pairs["query"]), _type(pairs["type"]), _address(client), None, transport, edns, do)


def _of_recursor(frame: Frame, pairs: dict[str, str]) -> Said:
    # behind a proxy `remote` is the proxy, and `source` who asked through it
    ip, port = _endpoint(pairs.get("source") or pairs["remote"])
    same = (frame, True, _name(pairs["qname"]), _type(pairs["qtype"]), ip, port, pairs.get("proto"))
    if pairs["msg"] != "Answer":
        return Said(*same)
    total = pairs.get("totms", "")
    rcode = _number(pairs, "rcode")
    if rcode is None:
        raise _MisfitError("an answer without a code")
    return Said(
        *same, rcode=rcode_text(rcode), answer_count=_number(pairs, "answers"),
        rtt_ms=float(total) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", total, re.ASCII) else None,
    )  # fmt: skip


def _pairs(message: str) -> dict[str, str] | None:
    """The pairs of a line; None where something else stands among them."""
    found: dict[str, str] = {}
    at = 0
    while at < len(message) and len(found) < _MAX_PAIRS:
        pair = _PAIR.match(message, at)
        if pair is None:
            return None
        value = pair["value"]
        found.setdefault(pair["key"], _ESCAPED.sub(r"\1", value) if "\\" in value else value)
        at = pair.end()
    return found


def _json(message: str) -> dict[str, str] | None:
    try:
        found = msgspec.json.decode(message.encode("utf-8", "surrogatepass"))
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return {str(key): str(value) for key, value in found.items() if isinstance(value, str | int | float)}


def _nanoseconds(text: str) -> int | None:
    match = _UNIX.fullmatch(text)
    return int(match["seconds"]) * 10**9 + int((match["fraction"] or "0").ljust(9, "0")) if match else None


def _number(pairs: dict[str, str], key: str) -> int | None:
    text = pairs.get(key, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65_536 else None


def _type(text: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9-]{0,15}", text, re.ASCII):
        raise _MisfitError("a question or answer with a type that is none")
    return text


def _name(text: str) -> str:
    try:
        return dns_names.canonical(text)
    except dns_names.DnsNameError as error:
        raise _MisfitError("a question or answer with a name that is none") from error


def _address(text: str) -> str:
    address = address_text.canonical(text)
    if address is None:
        raise _MisfitError("a question or answer with an address that is none")
    return address


def _endpoint(text: str) -> tuple[str, int]:
    """Address and port: `192.0.2.7:53124`, `[2001:db8::7]:53124`."""
    match = _ENDPOINT.fullmatch(text)
    if match is None or int(match["port"]) > 65535:
        raise _MisfitError("a question or answer with an address that is none")
    return _address(match["client"]), int(match["port"])
