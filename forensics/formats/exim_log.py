"""Exim's main log: one line per message taken (`<=`), per delivery (`=>`, `->`, `>>`, `==`, `**`) and per refusal.

Sample::

    2026-11-23 09:13:41 1tBAbc-00000000123-4567 <= sam@alder.example H=mx.alder.example [198.51.100.18] P=esmtps S=1204 id=a1@alder.example
    2026-11-23 09:13:41 1tBAbc-00000000123-4567 => bruno <bruno@northwind.example> R=localuser T=local_delivery
    2026-11-23 09:13:41 1tBAbc-00000000123-4567 Completed

Source: Exim specification, chapter Log files. Time base: local time, with a zone only where `log_timezone` is set. Lines
may stand in a frame of syslog, then with or without Exim's own time.

`<=` is written when a message is whole and in the spool: with an address in `H=` and a protocol that is not local it
came from the network, and becomes `accepted` and `queued`. `=>`, `->` and `>>` with an address in `H=` were taken by
that host; without one they stayed on this one. `*>` was not delivered (-N). A rejectlog or paniclog looks like a main
log of a server that took nothing: only a piece with lines that a main log alone has can show that.
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
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "exim_log"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = True

_DETECT_LINES = 200
_STAMP = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d[ ]\d\d:\d\d:\d\d(?:\.\d{1,6})?)"
    r"(?:[ ](?P<zone>[+-]\d{4}))?(?:[ ]\[(?P<pid>\d{1,10})\])?[ ]",
    re.ASCII,
)
_ID = r"[A-Za-z0-9]{6}-(?:[A-Za-z0-9]{6}-[A-Za-z0-9]{2}|[A-Za-z0-9]{11}-[A-Za-z0-9]{4}|[A-Za-z0-9]{4}-[A-Za-z0-9]{2})"
_MESSAGE = re.compile(rf"(?P<queue_id>{_ID})[ ](?:\[\d{{1,10}}\][ ])?(?P<rest>.*)", re.DOTALL | re.ASCII)
_FLAGGED = re.compile(
    r"""
    (?P<flag><=|=>|->|>>|\*>|\*\*|==|\(=)[ ]
    (?P<address>"(?:[^"\\]|\\.)*"[^\s]*|<>|\S+?)(?=:?[ ]|:?$)   # bruno, <>, :blackhole:, "a b"@alder.example
    (?:[ ]<(?P<original>[^<>\n]*)>)?                             # <bruno@northwind.example>
    (?P<rest>.*)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_FIELD = re.compile(r'[ ](?P<key>[A-Za-z0-9]{1,4})=(?P<value>"(?:[^"\\]|\\.)*"|\S*)', re.DOTALL | re.ASCII)
_HOST = re.compile(
    r"[ ]H=(?P<name>[^\s\[(]\S{0,255})?[ ]?(?:\((?P<helo>[^)]{0,512})\)[ ]?)?"
    r"\[(?P<ip>[^\]\s]{1,60})\](?::(?P<port>\d{1,5}))?",
    re.ASCII,
)
_PEER = re.compile(
    r"(?P<name>[^\s\[(]{1,255})?[ ]?(?:\((?P<helo>[^)]{0,512})\)[ ])?\[(?P<ip>[^\]\s]{1,60})\]", re.ASCII
)
_REPLY = re.compile(r"SMTP error from remote mail server after .{1,600}?: (?P<code>[245]\d\d)(?:[- ]|$)", re.DOTALL)
_CODE = re.compile(r"(?P<code>[245]\d\d)[- ](?:(?P<dsn>[245]\.\d{1,3}\.\d{1,3})[ ])?", re.ASCII)
_REMOTE_ID = re.compile(r"(?:id=|queued as )([A-Za-z0-9.-]{4,40})", re.ASCII)
_REJECTED = re.compile(
    r"(?:temporarily )?rejected (?:RCPT|MAIL|after DATA|connection|EHLO|HELO|during|\S{1,20} )|: rejected "
)
_RCPT = re.compile(r"rejected RCPT <?([^<>\s]{1,320})>?")
_SESSIONS = (
    (re.compile(r"SMTP connection from .* (?:closed by|D=)"), "disconnect"),
    (re.compile(r"SMTP connection from .* lost|unexpected (?:\w+ )?disconnection|SMTP (?:command|data) timeout"),
     "lost_connection"),
    (re.compile(r"SMTP connection from "), "connect"),
    (re.compile(r"\S{1,100} authenticator failed for "), "auth_failed"),
    (re.compile(r"TLS error on connection from |SMTP syntax error in |no MAIL in SMTP connection from "), "other"),
    (re.compile(r"refused connection from |Connection from .{1,200} refused"), "reject"),
)  # fmt: skip
_DELIVERED = {"=>": "sent", "->": "sent", ">>": "sent", "==": "deferred", "**": "bounced", "*>": None}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether one of the first lines has Exim's time, id and flag."""
    for text in head.decode("utf-8", "replace").split("\n")[:_DETECT_LINES]:
        found = _opened(text)
        if found is None:
            continue
        message = _MESSAGE.fullmatch(found[3])
        if message and (message["rest"] == "Completed" or _FLAGGED.match(message["rest"])):
            return True
        if found[3].startswith(("Start queue run: ", "exim ")) or (" rejected " in found[3] and "H=" in found[3]):
            return True
    return False


def _opened(text: str) -> tuple[str, str | None, int | None, str] | None:
    """Time, host, process and the rest of a line, in Exim's own form or in a frame of syslog; None for neither."""
    stamp = _STAMP.match(text)
    if stamp:
        return stamp["time"] + (stamp["zone"] or ""), None, _number(stamp["pid"]), text[stamp.end() :]
    frame = syslog.parse(text)
    if frame is None or frame.program not in ("exim", "exim4"):
        return None
    inner = _STAMP.match(frame.message)
    rest = frame.message[inner.end() :] if inner else frame.message
    return frame.time, frame.host, frame.pid, rest


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each line."""
    timeline = Timeline(facts.time_zone, facts.year)

    def parse(line: Line) -> Parsed:
        text = line.text.decode("utf-8", "backslashreplace")
        found = _opened(text)
        if found is None:
            return Ignored("another program") if syslog.parse(text) else Unreadable("no time as Exim writes it")
        time, host, pid, rest = found
        events = _events(rest)
        if not events:
            return Ignored("a line about no connection, message or delivery")
        if host:
            tally.hosts.add(host)
        at: dict[str, Any] = dict(cite(line), ts=timeline.nanoseconds(time), host=host, program="exim", pid=pid)
        return tuple(MtaEvent(**at | event) for event in events)

    yield from read_lines(source, tally, parse)
    _log_times.report(timeline, tally)


def _events(text: str) -> list[dict[str, Any]]:
    """The events of one line, as columns."""
    message = _MESSAGE.fullmatch(text)
    if message is None:
        return _session(text)
    queue_id, rest = {"queue_id": message["queue_id"]}, message["rest"]
    flagged = _FLAGGED.fullmatch(rest)
    if flagged is None:
        if rest == "Completed" or rest.startswith("Completed "):
            return [queue_id | {"event": "removed"}]
        return [queue_id | event for event in _session(" " + rest)]
    if flagged["flag"] in ("<=", "(="):
        return [queue_id | event for event in _arrival(flagged, message["queue_id"])]
    return [queue_id | _delivery(flagged)]


def _fields(rest: str) -> dict[str, str]:
    """The first `KEY=value` of each key; a value in quotes ends with them."""
    found: dict[str, str] = {}
    for match in _FIELD.finditer(rest):
        found.setdefault(match["key"], match["value"].strip('"'))
    return found


def _arrival(flagged: re.Match[str], queue_id: str) -> list[dict[str, Any]]:
    """A message in the spool; after `(=` the client was told that it was refused."""
    said = _fields(flagged["rest"])
    protocol = said.get("P", "").lower()
    came = _client(_HOST.match(flagged["rest"]), protocol)
    if came["direction"] == "in" and ("A" in said or protocol.endswith("a")):
        came["direction"] = "submission"
    came |= {
        "mail_from": "" if flagged["address"] == "<>" else flagged["address"], "message_id": said.get("id") or None,
        "size_bytes": _number(said.get("S")), "tls_version": said["X"].split(":")[0] if "X" in said else None,
        "sasl_username": said["A"].partition(":")[2] or None if "A" in said else None,
    }  # fmt: skip
    if flagged["flag"] == "(=":
        return [came | {"event": "reject"}]
    rows = [came | {"event": "accepted"}, {"event": "queued"}]
    if came["mail_from"] == "" and re.fullmatch(_ID, said.get("R", "")):
        rows.append({"event": "bounce", "queue_id": said["R"], "related_queue_id": queue_id})
    return rows


def _delivery(flagged: re.Match[str]) -> dict[str, Any]:
    """One outcome; `H=` with an address is the host that took the message over, or was tried."""
    said, rest = _fields(flagged["rest"]), flagged["rest"]
    place = _HOST.search(rest)
    status = _DELIVERED[flagged["flag"]]
    reason = said.get("C") if status == "sent" else rest.partition(": ")[2]
    code = _CODE.match(reason or "") if status == "sent" else _REPLY.search(reason or "")
    answered = _REMOTE_ID.search(reason or "") if status == "sent" else None
    peer = _client(place, "") if place else {"direction": "local" if status == "sent" else None}
    if peer["direction"] == "in":
        peer["direction"] = "out" if status else None
    return peer | {
        "event": "delivery", "status": status, "rcpt_to": flagged["original"] or flagged["address"],
        "reply_text": reason or None, "reply_code": int(code["code"]) if code else None,
        "dsn": code["dsn"] if code and status == "sent" else None, "remote_queue_id": answered[1] if answered else None,
        "helo": None, "delay_s": _seconds(said.get("QT")),
    }  # fmt: skip


def _session(text: str) -> list[dict[str, Any]]:
    """A refusal, or a connection that began, ended or broke."""
    if text.startswith(("Start queue run", "exim ")) and ("started" in text or "queue run" in text):
        return [{"event": "start"}]
    if _REJECTED.search(text):
        rcpt = _RCPT.search(text)
        reason = text.partition(": ")[2] or None
        code = _CODE.match(reason or "")
        told = {"event": "reject", "rcpt_to": rcpt[1] if rcpt else None, "reply_text": reason}
        return [_client(_HOST.search(" " + text), "") | told | {"reply_code": int(code["code"]) if code else None}]
    for pattern, event in _SESSIONS:
        begun = pattern.match(text.lstrip(" "))
        if begun:
            tail = text.rpartition(" from ")[2] if " from " in text else text.partition(" for ")[2].removeprefix("H=")
            return [{"event": event} | _client(_PEER.match(tail), "")]
    return []


def _client(place: re.Match[str] | None, protocol: str) -> dict[str, Any]:
    """The other side; a program of the host itself, or a loopback address, is no network."""
    if place is None or protocol.removeprefix("utf8").startswith("local"):
        return {"direction": "local"}
    ip = address_text.canonical(place["ip"])
    own = ip is not None and (ip.startswith("127.") or ip == "::1")
    groups = place.groupdict()
    return {
        "direction": "local" if own else "in", "peer_ip": ip, "helo": groups["helo"] or None,
        "peer_name": groups["name"].rstrip(".").lower() if groups["name"] else None,
        "peer_port": _number(groups.get("port")),
    }  # fmt: skip


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _seconds(text: str | None) -> float | None:
    """`QT=` in seconds, where it is written so (`3s`, `0.120s`)."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)s", text or "", re.ASCII)
    return float(match[1]) if match else None
