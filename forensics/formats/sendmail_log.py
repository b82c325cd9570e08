"""Sendmail: one line when a message has come in (`from=`), one for each delivery (`to=`), and one for what was refused.

Sample::

    Nov 23 09:13:41 mx1 sendmail[71]: 4AN9DfAB000071: from=<sam@alder.example>, size=1204, class=0, nrcpts=1, msgid=<a1@alder.example>, proto=ESMTP, daemon=MTA, relay=mx.alder.example [198.51.100.18]
    Nov 23 09:13:42 mx1 sendmail[72]: 4AN9DfAB000071: to=<bruno@northwind.example>, delay=00:00:01, xdelay=00:00:00, mailer=local, pri=31204, dsn=2.0.0, stat=Sent

Source: sendmail, sendmail/deliver.c (logdelivery), sendmail/envelope.c (logsender), srvrsmtp.c; Sendmail Operations
Guide section 2.1. Time base: that of syslog; classic time stamps are local, without zone and year.

`from=` alone does not prove that a message was taken: it is also written for one that broke off inside its data, or that
a milter refused behind it. It becomes `accepted`, or without a recipient a `connect`; each `to=` of the same queue id
becomes a `delivery`, and a `queued`, since only what is in the queue is tried. A `to=` that was given to no mailer names
a recipient of what was refused (`reject`), or of what the server took and threw away (`queued`, `removed`). A log level
below 9 leaves lines out, and nothing in the log tells: it is no witness that no one connected.
"""  # noqa: E501 - a log line as it is written

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from forensics.formats import _log_times
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text, syslog
from forensics.protocols.syslog import Frame
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "sendmail_log"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = True

_PROGRAMS = {"sendmail", "sm-mta", "sm-msp-queue", "sendmail-in", "sendmail-out", "sm-queue", "sm-msp"}
_DETECT_LINES = 200
_MESSAGE = re.compile(r"(?P<queue_id>[A-Za-z0-9]{8,20}|NOQUEUE):[ ](?P<rest>.*)", re.DOTALL | re.ASCII)
_PAIR = re.compile(r"(?:^|,[ ])([a-z]+[0-9]?)=")
_RELAY = re.compile(r"(?P<name>[^\s\[\]]+)?[ ]?(?:\[(?:IPv6:)?(?P<ip>[0-9A-Fa-f:.]{2,45})\])?.*", re.DOTALL | re.ASCII)
_STAT = re.compile(r"(?P<word>[A-Za-z][A-Za-z ]{0,30}?)(?:$|[:(].*|[ ]\(.*)", re.DOTALL | re.ASCII)
_REMOTE_ID = re.compile(
    r"(?:queued as|id=|[Mm]essage accepted for delivery|Queued mail)[ :]*([A-Za-z0-9.-]{4,40})?", re.ASCII
)
_LEADING_ID = re.compile(r"\(([A-Za-z0-9]{8,20}) Message accepted for delivery\)", re.ASCII)
_CODE = re.compile(r"(?P<code>[245]\d\d)[ -](?:(?P<dsn>[245]\.\d{1,3}\.\d{1,3})[ ])?", re.ASCII)
_DELAY = re.compile(r"(?:(\d{1,5})\+)?(\d\d):(\d\d):(\d\d)", re.ASCII)
_NO_MAIL = re.compile(r"(?P<relay>.*) did not issue MAIL/\S+ during connection to ", re.ASCII)
_LOST = re.compile(r"lost input channel from (?P<relay>.*) to \S+ after \S+", re.ASCII)
_CONNECT = re.compile(r"connect from (?P<relay>.*)", re.ASCII)
_BROKEN_OFF = re.compile(
    r"collect: (?:unexpected close|I/O error|read timeout) on connection from (?P<host>[^,\s]{1,255})", re.ASCII
)
_DISCARDED = "discarded"
_LOCAL_MAILERS = {"local", "prog", "*file*", "*include*", "discard", "cyrus", "cyrusv2", "procmail", "lmtp"}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether a line of sendmail with a queue id is among the first."""
    if b"sendmail" not in head and b"sm-m" not in head:
        return False
    for text in head.decode("utf-8", "replace").split("\n")[:_DETECT_LINES]:
        frame = syslog.parse(text)
        if frame is not None and _is_sendmail(frame) and _MESSAGE.fullmatch(frame.message):
            return True
    return False


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each line of sendmail."""
    timeline = Timeline(facts.time_zone, facts.year)

    def parse(line: Line) -> Parsed:
        frame = syslog.parse(line.text.decode("utf-8", "backslashreplace"))
        if frame is None:
            return Unreadable("no time stamp, host and program as syslog or journald write them")
        if not _is_sendmail(frame):
            return Ignored("a line of another program")
        found = [event for event in _events(frame.message) if event]
        if not found:
            return Ignored("a message of sendmail about no connection, message or delivery")
        if frame.host:
            tally.hosts.add(frame.host)
        at: dict[str, Any] = dict(cite(line), ts=timeline.nanoseconds(frame.time))
        at |= {"host": frame.host, "program": frame.program, "pid": frame.pid}
        return tuple(MtaEvent(**at, **event) for event in found)

    yield from read_lines(source, tally, parse)
    _log_times.report(timeline, tally)


def _is_sendmail(frame: Frame) -> bool:
    return frame.program in _PROGRAMS


def _events(message: str) -> list[dict[str, Any]]:
    """The events of one line, as columns."""
    match = _MESSAGE.fullmatch(message)
    if match is None:
        return [_session(message)] if message.startswith(("STARTTLS=server", "AUTH=server")) else []
    queue_id = None if match["queue_id"] == "NOQUEUE" else match["queue_id"]
    rest = match["rest"]
    if rest.startswith("from="):
        return [{"queue_id": queue_id} | event for event in _came_in(_pairs(rest))]
    if rest.startswith("to="):
        return [{"queue_id": queue_id} | event for event in _recipient(_pairs(rest))]
    if rest == _DISCARDED:
        return [{"queue_id": queue_id} | event for event in _thrown_away()]
    if rest.startswith("ruleset=") or ", reject=" in rest:
        return [{"queue_id": queue_id} | _reject(_pairs(rest))]
    for pattern, event in ((_NO_MAIL, "disconnect"), (_LOST, "lost_connection"), (_CONNECT, "connect")):
        told = pattern.match(rest)
        if told:
            return [{"queue_id": queue_id, "event": event} | _client(told["relay"], None)]
    broken_off = _BROKEN_OFF.match(rest)
    if broken_off:
        return [{"queue_id": queue_id, "event": "lost_connection", "peer_name": broken_off["host"].lower()}]
    return []


def _pairs(text: str) -> dict[str, str]:
    """`key=value` between commas; a value ends where the next key begins, so it may hold commas itself."""
    marks = list(_PAIR.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    found: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        found.setdefault(mark[1], text[mark.end() : end].strip())
        if mark[1] in ("stat", "reject"):  # the last of a line: free text of the other server
            found[mark[1]] = text[mark.end() :].strip()
            break
    return found


def _came_in(said: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A message that a client handed over, or began to."""
    recipients, size = _number(said.get("nrcpts")), _number(said.get("size"))
    client = _client(said.get("relay", ""), said.get("daemon"))
    event = "accepted" if recipients and size else "connect"
    yield client | {
        "event": event, "mail_from": _address(said.get("from")), "size_bytes": size, "recipients": recipients,
        "message_id": said.get("msgid", "").strip("<>") or None,
    }  # fmt: skip


def _recipient(said: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What came of a recipient: logundelrcpts names neither mailer nor the time that a delivery took."""
    stat = said.get("stat", "")
    if "mailer" in said or "xdelay" in said or stat.startswith(("Sent", "queued", "Deferred")):
        yield from _delivery(said)
    elif stat == _DISCARDED:
        yield from _thrown_away()
    else:
        yield {"event": "reject", "rcpt_to": _address(said.get("to")), "reply_text": stat or None}


def _thrown_away() -> Iterator[dict[str, Any]]:
    """The client was told 250, and nobody got the message."""
    yield {"event": "queued"}
    yield {"event": "removed", "reply_text": _DISCARDED}


def _delivery(said: dict[str, str]) -> Iterator[dict[str, Any]]:
    """One outcome, and that the message was in the queue."""
    stat = said.get("stat", "")
    word = _STAT.match(stat)
    status = {"Sent": "sent", "queued": None, "Deferred": "deferred"}.get(word["word"] if word else "", "bounced")
    if not word or stat.startswith("queued"):
        status = None
    relay = _RELAY.fullmatch(said.get("relay", ""))
    ip = address_text.canonical(relay["ip"]) if relay and relay["ip"] else None
    local = said.get("mailer", "local") in _LOCAL_MAILERS or said.get("mailer", "").endswith("file*")
    answered = _LEADING_ID.search(stat) or _REMOTE_ID.search(stat)
    code = _CODE.search(stat)
    yield {"event": "queued"}
    yield {
        "event": "delivery", "direction": "local" if local or _is_own(ip) else "out", "status": status,
        "rcpt_to": _address(said.get("to")), "peer_ip": ip,
        "peer_name": relay["name"].rstrip(".").lower() if relay and relay["name"] else None,
        "dsn": said.get("dsn"), "reply_text": stat or None, "reply_code": int(code["code"]) if code else None,
        "remote_queue_id": answered[1] if answered and status == "sent" else None, "delay_s": _delay(said.get("delay")),
    }  # fmt: skip


def _reject(said: dict[str, str]) -> dict[str, Any]:
    reply = said.get("reject", "")
    code = _CODE.match(reply)
    recipient = said.get("arg1") if said.get("ruleset") == "check_rcpt" else None
    client = _client(said["relay"], None) if "relay" in said else {}
    return client | {
        "event": "reject", "rcpt_to": _address(recipient), "reply_text": reply or None,
        "reply_code": int(code["code"]) if code else None, "dsn": code["dsn"] if code else None,
    }  # fmt: skip


def _session(message: str) -> dict[str, Any]:
    """STARTTLS or AUTH of a client: a session, whatever came of it."""
    said = _pairs(message.partition(", ")[2])
    event = _client(said.get("relay", ""), None)
    if message.startswith("AUTH"):
        return event | {"event": "other", "direction": "submission", "sasl_username": said.get("authid")}
    return event | {"event": "tls", "tls_version": said.get("version")}


def _client(relay: str, daemon: str | None) -> dict[str, Any]:
    """Who connected; a user of the host itself (`relay=root@localhost`) came over no network."""
    match = _RELAY.fullmatch(relay)
    ip = address_text.canonical(match["ip"]) if match and match["ip"] else None
    name = match["name"].rstrip(".").lower() if match and match["name"] else None
    if ip is None or _is_own(ip):
        direction = "local"
    else:
        direction = "submission" if daemon and "MSA" in daemon.upper() else "in"
    return {"direction": direction, "peer_ip": ip, "peer_name": name}


def _is_own(ip: str | None) -> bool:
    return ip is not None and (ip.startswith("127.") or ip == "::1")


def _address(text: str | None) -> str | None:
    """An address without its brackets; the first of several."""
    return None if text is None else text.split(",")[0].strip().removeprefix("<").removesuffix(">")


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _delay(text: str | None) -> float | None:
    """`[days+]hh:mm:ss` in seconds."""
    match = _DELAY.fullmatch(text or "")
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
