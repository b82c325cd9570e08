"""One line of dnsmasq's log: its frame, its grammar, and what it says (src/log.c; src/cache.c, log_query)."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

from forensics.formats.lines import Ignored, Unreadable
from forensics.protocols import address_text, syslog
from forensics.protocols.dns_message.mnemonics import rcode_text
from forensics.protocols.dns_message.names import ROOT, label_text

MAX_LINE_BYTES = 8192

_OWN = re.compile(
    r"""
    (?:(?P<time>[A-Z][a-z]{2}[ ][ \d]\d[ ]\d\d:\d\d:\d\d)[ ])?                      # Nov 23 09:21:33; none on stderr
    (?P<program>dnsmasq(?:-[a-z]{1,12})?)(?:\[\d{1,10}\])?:[ ]                      # dnsmasq[871]:
    """,
    re.VERBOSE | re.ASCII,
)
_LOGREAD = re.compile(
    r"""
    [A-Z][a-z]{2}[ ](?P<date>[A-Z][a-z]{2}[ ][ \d]\d)[ ]                            # Mon Nov 23
    (?P<clock>\d\d:\d\d:\d\d)[ ](?P<year>\d{4})[ ][a-z0-9]{1,16}\.[a-z]{1,8}[ ]     # 09:21:33 2026 daemon.info
    (?P<program>[^\s:\[\]]{1,128})(?:\[\d{1,10}\])?:[ ]                             # dnsmasq[871]:
    """,
    re.VERBOSE | re.ASCII,
)
_EXTRA = re.compile(
    r"""
    (?:(?P<transport>UDP|TCP)[ ])?                                                  # UDP, with log-queries=proto
    (?P<serial>\d{1,10})[ ]                                                         # 41, with log-queries=extra
    (?:(?P<client>[0-9A-Fa-f:.]{2,45}(?:%[!-~]{1,64})?)/(?P<port>\d{1,5})[ ])?      # 192.0.2.7/53124
    """,
    re.VERBOSE | re.ASCII,
)
_QUESTION = re.compile(
    r"(?P<kind>query|auth)\[(?:type=(?P<number>\d{1,5})|(?P<qtype>[A-Z][A-Z0-9_-]{0,15}))\][ ]"
    r"(?P<qname>.{1,1016})[ ]from[ ](?P<client>[0-9A-Fa-f:.]{2,45}(?:%[!-~]{1,64})?)",
    re.ASCII,
)
_SOURCE = re.compile(
    r"(?P<source>reply|cached(?:-stale)?|config|DHCP|auth|/[!-~]{1,255}|gravity blocked|special domain|Pi-hole hostname"
    r"|(?:exactly|regex) (?:blacklisted|denied)|(?:denylist|antigravity|regex) blocked|blocked upstream"
    r"|externally blocked) ",
    re.ASCII,
)
_ERROR = re.compile(r"SERVFAIL|REFUSED|FORMERR|not implemented|\d{1,4}", re.ASCII)
_OVERFLOW = re.compile(r"overflow: (?P<count>\d{1,9}) log entries lost", re.ASCII)
_SIGNED = " (DNSSEC signed)"
_FROM_DNS = ("reply", "cached", "cached-stale")
_LIKE_A_QUESTION = ("query[", "auth[")

OTHER_PROGRAM = Ignored("another program's line")
OTHER_MESSAGE = Ignored("a message of dnsmasq that is no question or answer")
PASSED_ON = Ignored("a question passed on to another server: the client's own line tells it")
OWN_QUESTION = Ignored("a question of dnsmasq's own, to check signatures")


class Serial(NamedTuple):
    """What `log-queries=extra` puts before a message: the number of the question, whose it is, how it came."""

    number: int
    client_ip: str
    client_port: int
    transport: str | None

    @property
    def key(self) -> tuple[int, str, int]:
        """What all lines of one question have; a second try over TCP is of the same question."""
        return self[:3]


class Question(NamedTuple):
    """A client's question; `qname` is None where dnsmasq could not print it."""

    time: str | None
    serial: Serial | None
    client_ip: str
    qname: str | None
    qtype: str
    authoritative: bool


class Answered(NamedTuple):
    """One line of an answer: a record of it, or that there is none.

    `rcode` is what this line alone shows, None where it shows none; `record` is owner, type and data of an address or
    name that the DNS gave, None where the line shows no whole record or the answer is of this server's own making.
    """

    time: str | None
    serial: Serial | None
    rcode: str | None
    record: tuple[str, str, str] | None


class Lost(NamedTuple):
    """Lines that dnsmasq could not write."""

    lines: int


Said = Question | Answered | Lost | Ignored | Unreadable


def parse_line(text: bytes) -> Said:
    """One line, without its line end.

    >>> parse_line(b"Nov 23 09:21:33 dnsmasq[871]: query[MX] mail.example from 192.0.2.7").qname
    'mail.example'
    """
    if len(text) > MAX_LINE_BYTES:
        return Unreadable(f"no line of dnsmasq: longer than {MAX_LINE_BYTES} bytes")
    line = text.decode("utf-8", "backslashreplace")
    own = _OWN.match(line)
    if own:
        return _message(own["time"], own["program"], line[own.end() :])
    logread = _LOGREAD.match(line)
    if logread:
        time = f"{logread['date']} {logread['year']} {logread['clock']}"
        return _message(time, logread["program"], line[logread.end() :])
    frame = syslog.parse(line)
    if frame is None:
        return Unreadable("no line of dnsmasq")
    return _message(frame.time, frame.program or "", frame.message)


def _message(time: str | None, program: str, message: str) -> Said:
    if program != "dnsmasq":
        return OTHER_MESSAGE if program.startswith("dnsmasq-") else OTHER_PROGRAM
    extra = _EXTRA.match(message)
    serial = _serial(extra) if extra else None
    if extra and serial is None and extra["client"]:
        return Unreadable("a question or answer with an address that is none")
    message = message[extra.end() :] if extra else message
    if message.startswith(_LIKE_A_QUESTION):
        return _question(time, serial, message)
    if message.startswith("forwarded "):
        return PASSED_ON
    if message.startswith("dnssec-"):
        return OWN_QUESTION
    return _other(time, serial, message)


def _serial(match: re.Match[str]) -> Serial | None:
    client_ip = address_text.canonical(match["client"]) if match["client"] else None
    if client_ip is None or int(match["port"]) > 65535:
        return None
    return Serial(
        int(match["serial"]), client_ip, int(match["port"]), match["transport"] and match["transport"].lower()
    )


def _question(time: str | None, serial: Serial | None, message: str) -> Question | Unreadable:
    match = _QUESTION.fullmatch(message)
    if match is None or int(match["number"] or 0) > 65535:
        return Unreadable("a question whose fields do not fit")
    client_ip = address_text.canonical(match["client"])
    if client_ip is None:
        return Unreadable("a question or answer with an address that is none")
    qname = _name(match["qname"])
    if qname is None and match["qname"] != "<name unprintable>":
        return Unreadable("a question with a name that is none")
    qtype = f"TYPE{match['number']}" if match["number"] else match["qtype"].replace("_", "-")
    return Question(time, serial, client_ip, qname, qtype, match["kind"] == "auth")


def _other(time: str | None, serial: Serial | None, message: str) -> Answered | Lost | Ignored:
    """An answer, or a message of another kind."""
    source = _SOURCE.match(message)
    # a name may hold anything printable, also " is ": what is shown of the data stands last
    owner, verb, value = _without_note(message[source.end() :] if source else message).rpartition(" is ")
    if source is None or not verb or not owner:
        return _neither(time, serial, message, value)
    if owner == "error":
        code = _error(value)
        return Answered(time, serial, code, None) if code else OTHER_MESSAGE
    if value == "NXDOMAIN":
        return Answered(time, serial, "NXDOMAIN", None)
    record = _record(owner, value) if source["source"] in _FROM_DNS else None
    return Answered(time, serial, "NOERROR", record)


def _without_note(message: str) -> str:
    """A message without what stands in parentheses behind it: that it was signed, or an extended error (RFC 8914)."""
    if message.endswith(_SIGNED):
        return message.removesuffix(_SIGNED)
    note = message.rfind(" (EDE: ")
    return message[:note] if note > 0 and message.endswith(")") else message


def _error(value: str) -> str | None:
    if not _ERROR.fullmatch(value):
        return None
    return rcode_text(int(value)) if value.isdigit() else "NOTIMP" if value == "not implemented" else value


def _neither(time: str | None, serial: Serial | None, message: str, value: str) -> Answered | Lost | Ignored:
    """Lines about an answer as a whole, and those about neither question nor answer."""
    overflow = _OVERFLOW.fullmatch(message)
    if overflow:
        return Lost(int(overflow["count"]))
    if message.startswith("validation ") and value == "BOGUS":
        # what the client is told then depends on its CD bit, which is not logged
        return Answered(time, serial, None, None)
    return OTHER_MESSAGE


def _record(owner: str, value: str) -> tuple[str, str, str] | None:
    """The record that an address in the place of the data, or of the owner, shows. Texts are cut where they are not
    printable, and of other types the name of the type alone is logged."""
    address = address_text.canonical(value) if len(value) < 46 else None
    if address is not None:
        name = _name(owner) if " " not in owner else None
        return None if name is None else (name, "AAAA" if ":" in address else "A", address)
    address = address_text.canonical(owner) if len(owner) < 46 else None
    name = _name(value) if address is not None and " " not in value and not value.startswith(("<", "NODATA")) else None
    return None if address is None or name is None else (_reverse(address), "PTR", name if name == ROOT else f"{name}.")


def _reverse(address: str) -> str:
    return ip_address(address).reverse_pointer


def _name(text: str) -> str | None:
    """The name as the tables hold it: dnsmasq writes the bytes of its labels as they are, dots between them."""
    if text == ROOT:
        return ROOT
    raw = text.encode("utf-8", "surrogatepass")
    labels = raw.removesuffix(b".").split(b".")
    if len(raw) > 254 or text.startswith("<name unprintable>") or not all(0 < len(label) <= 63 for label in labels):
        return None
    return ".".join(map(label_text, labels))
