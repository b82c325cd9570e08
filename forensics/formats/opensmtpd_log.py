"""OpenSMTPD: sessions (`smtp`), relayed messages (`mta`) and local deliveries (`mda`), in both generations of its log.

Sample::

    Nov 23 09:13:41 mx1 smtpd[71]: 5df87c903d709659 smtp connected address=198.51.100.18 host=mx.alder.example
    Nov 23 09:13:41 mx1 smtpd[71]: 5df87c903d709659 smtp message msgid=c405e39a size=1204 nrcpt=1 proto=ESMTP
    Nov 23 09:13:41 mx1 smtpd[71]: 5df87c903d709659 smtp envelope evpid=c405e39ad6bbc64f from=<sam@alder.example> to=<bruno@northwind.example>
    Nov 23 09:13:42 mx1 smtpd[71]: 5df87c903d709659 smtp disconnected reason=quit

Source: OpenSMTPD, smtp_session.c, mta.c, mta_session.c, mda.c; releases up to 5.9 write `smtp-in: ...` and `relay: ...`,
6.0 to 6.3 `event=...`. Time base: that of syslog; classic time stamps are local, without zone and year.

A message line is written when the message is committed and 250 answered. Its client stands on the line that opened the
session; a message of a session whose beginning is not in the log is unread, so that nobody concludes from its absence.
"""  # noqa: E501 - a log line as it is written

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from forensics.formats import _log_times
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import address_text, syslog
from forensics.protocols.syslog_time import Timeline
from forensics.schema import MtaEvent, Row

NAME = "opensmtpd_log"
VANTAGE = "other_mta"
TABLES = ("mta_event",)
LOCAL_TIME = True

MAX_SESSIONS = 100_000
"""How many open sessions are kept; the oldest is forgotten."""
_DETECT_LINES = 200
_KEYED = re.compile(
    r"(?P<session>[0-9a-f]{16})[ ](?P<side>smtp|mta|mda)[ ](?:event=)?(?P<word>[a-z-]{2,20})(?P<rest>.*)",
    re.DOTALL | re.ASCII,
)
_SPOKEN = re.compile(r"(?P<side>smtp-in|smtp-out|relay|delivery):[ ](?P<rest>.*)", re.DOTALL)
_SESSION = re.compile(r"[ ]session[ ](?P<session>[0-9a-f]{16})", re.ASCII)
_OPENED = re.compile(
    r"New session (?P<session>[0-9a-f]{16}) from host (?P<name>\S{1,255}) \[(?P<ip>\S{1,80})\]", re.ASCII
)
_DIALLED = re.compile(
    r"Connecting to \w{1,12}(?:\+\w{1,12})?://(?P<ip>\S{1,80}):\d{1,5}(?: \((?P<name>[^)]{0,255})\))?"
    r" on session (?P<session>[0-9a-f]{16})",
    re.ASCII,
)
_TAKEN = re.compile(
    r"Accepted message (?P<msgid>[0-9a-f]{8}) on session (?P<session>[0-9a-f]{16}): (?P<rest>.*)", re.DOTALL
)
_OUTCOME = re.compile(
    r"(?P<result>Ok|TempFail|PermFail|Loop|Expire)\w* for (?P<evpid>[0-9a-f]{16}): (?P<rest>.*)", re.DOTALL
)
_FAILED = re.compile(r"Failed command on session (?P<session>[0-9a-f]{16}): .*?=> (?P<reply>\d{3}.*)", re.DOTALL)
_LOGGED_IN = re.compile(
    r"(?:Accepted authentication for|Authentication successful for) user (?P<user>\S{1,255}) on session"
)
_FIELD = re.compile(r'(?:^|[ ])(?P<key>[a-z-]{2,12})=(?P<value>"[^"]*"|<[^<>]{0,600}>|[^ ]*)')
_RELAY = re.compile(r"(?P<ip>[^\s,()]{1,80})(?:[ ]\((?P<name>[^)]{0,255})\))?")
_GEN1_RELAY = re.compile(r"relay=(?P<ip>[^\s,()]{1,80})(?:[ ]\((?P<name>[^)]{0,255})\))?")
_URL = re.compile(r"\w{1,12}(?:\+\w{1,12})?://(?P<ip>\S{1,80}):\d{1,5}", re.ASCII)
_CODE = re.compile(r"(?P<code>[245]\d\d)[- ](?:(?P<dsn>[245]\.\d{1,3}\.\d{1,3})[: ])?", re.ASCII)
_REMOTE_ID = re.compile(r"queued as ([A-Za-z0-9.-]{4,40})|(?:^| )([0-9a-f]{8}) Message accepted for delivery", re.ASCII)
_DELAY = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?", re.ASCII)
_STATUS = {"ok": "sent", "tempfail": "deferred", "permfail": "bounced", "loop": "bounced", "expire": "expired"}
_UNKNOWN = "a message or connection of a session whose beginning is not in the log"


class _Peer(NamedTuple):
    """The other side of a session; `local` is the host itself, through its socket or a loopback address."""

    ip: str | None
    name: str | None
    local: bool
    user: str | None = None

    def columns(self) -> dict[str, Any]:
        """Direction and client of what the session did."""
        direction = "local" if self.local else "submission" if self.user else "in"
        return {"direction": direction, "peer_ip": self.ip, "peer_name": self.name, "sasl_username": self.user}


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether a line of smtpd in one of the forms of OpenSMTPD is among the first."""
    if b"smtpd" not in head:
        return False
    for text in head.decode("utf-8", "replace").split("\n")[:_DETECT_LINES]:
        frame = syslog.parse(text)
        if frame and frame.program == "smtpd" and (_KEYED.match(frame.message) or _SPOKEN.match(frame.message)):
            return True
    return False


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield the `mta_event` rows of each line."""
    timeline, sessions = Timeline(facts.time_zone, facts.year), _Sessions()

    def parse(line: Line) -> Parsed:
        frame = syslog.parse(line.text.decode("utf-8", "backslashreplace"))
        if frame is None:
            return Unreadable("no time stamp, host and program as syslog or journald write them")
        if frame.program != "smtpd":
            return Ignored("a line of another program")
        events = sessions.events(frame.message)
        if events is None:
            return Unreadable(_UNKNOWN)
        if not events:
            return Ignored("a line about no connection, message or delivery")
        if frame.host:
            tally.hosts.add(frame.host)
        at: dict[str, Any] = dict(cite(line), ts=timeline.nanoseconds(frame.time), host=frame.host, pid=frame.pid)
        return tuple(MtaEvent(**at, **event) for event in events)

    yield from read_lines(source, tally, parse)
    _log_times.report(timeline, tally)


class _Sessions:
    """The peers of the sessions that are open, and the last message taken."""

    def __init__(self) -> None:
        self._open: dict[str, _Peer] = {}
        self._last: str | None = None

    def events(self, message: str) -> list[dict[str, Any]] | None:
        """The events of one line as columns; None for a message or connection whose peer is not known."""
        keyed = _KEYED.match(message)
        if keyed:
            said: dict[str, str] = {}
            for field in _FIELD.finditer(keyed["rest"]):
                said.setdefault(field["key"], field["value"])
            program = {"program": keyed["side"]}
            events = self._keyed(keyed["session"], keyed["side"], keyed["word"], said)
        else:
            spoken = _SPOKEN.match(message)
            if spoken is None:
                return []
            program = {"program": spoken["side"]}
            events = self._spoken(spoken["side"], spoken["rest"])
        return None if events is None else [program | event for event in events]

    def _keyed(self, session: str, side: str, word: str, said: dict[str, str]) -> list[dict[str, Any]] | None:
        """A line of release 6.0 or later."""
        if word == "delivery":
            relay = _RELAY.match(said.get("relay", "").strip('"'))
            result, stat = said.get("result", "").strip('"').lower(), said.get("stat", "").strip('"')
            return [_delivery(side == "mda", relay, result, stat) | _envelope(said)]
        if side == "mta":
            return self._dialled(session, word, said)
        if "address" in said:
            known = self._open.get(session)
            peer = _peer(said["address"], said.get("host"))
            self._remember(session, peer._replace(user=known.user if known else None))
        if word == "message":
            return self._taken(session, said["msgid"], said) if "msgid" in said else []
        if word == "authentication" and said.get("result", "").strip('"') == "ok":
            self._login(session, said.get("user", "").strip('"'))
            return []
        if word == "envelope":
            return [{"event": "other"} | _envelope(said)]
        return self._event(session, word, said.get("result", "").strip('"'))

    def _dialled(self, session: str, word: str, said: dict[str, str]) -> list[dict[str, Any]] | None:
        """A session with another server: only once connected it is one."""
        if word == "connecting":
            url = _URL.match(said.get("address", ""))
            self._remember(session, _peer(url["ip"] if url else "", said.get("host")))
        return self._connected_out(session) if word == "connected" else []

    def _connected_out(self, session: str) -> list[dict[str, Any]] | None:
        peer = self._open.pop(session, None)
        if peer is None:
            return None
        return [{"event": "connect", "direction": "out", "peer_ip": peer.ip, "peer_name": peer.name}]

    def _spoken(self, side: str, rest: str) -> list[dict[str, Any]] | None:
        """A line of release 5."""
        if side in ("relay", "delivery"):
            outcome = _OUTCOME.match(rest)
            if outcome is None:
                return []
            said = _commas(outcome["rest"]) | {"evpid": outcome["evpid"]}
            stat = outcome["rest"].partition("stat=")[2]
            relay = _GEN1_RELAY.search(outcome["rest"])
            return [_delivery(side == "delivery", relay, outcome["result"].lower(), stat) | _envelope(said)]
        if opened := (_OPENED if side == "smtp-in" else _DIALLED).match(rest):
            self._remember(opened["session"], _peer(opened["ip"], opened["name"]))
            return self._event(opened["session"], "connected", "") if side == "smtp-in" else []
        session = _SESSION.search(" " + rest)
        if session is None:
            return []
        if side == "smtp-out":
            return self._connected_out(session["session"]) if rest.startswith("Connected ") else []
        if taken := _TAKEN.match(rest):
            return self._taken(taken["session"], taken["msgid"], _commas(taken["rest"]))
        if login := _LOGGED_IN.match(rest):
            self._login(session["session"], login["user"])
            return []
        if failed := _FAILED.match(rest):
            return self._event(failed["session"], "failed-command", failed["reply"])
        word = "disconnected" if rest.startswith(("Closing", "Received disconnect", "Disconnecting")) else ""
        return self._event(session["session"], word, "")

    def _event(self, session: str, word: str, reply: str) -> list[dict[str, Any]]:
        """What a client did; without its session all that is known is that there was one."""
        events = {
            "connected": "connect", "disconnected": "disconnect", "closed": "disconnect", "failed-command": "reject",
            "bad-input": "reject", "authentication": "auth_failed", "tls": "tls", "starttls": "tls",
        }  # fmt: skip
        event = events.get(word)
        if event is None:
            return []
        peer = self._open.get(session)
        if event == "disconnect":
            self._open.pop(session, None)
        if peer is None:
            return [{"event": "other", "direction": "in"}]
        code = _CODE.match(reply)
        told = {"reply_text": reply or None, "reply_code": int(code["code"]) if code else None}
        return [peer.columns() | told | {"event": event}]

    def _taken(self, session: str, msgid: str, said: dict[str, str]) -> list[dict[str, Any]] | None:
        """A message, once for all its recipients."""
        peer = self._open.get(session)
        if peer is None:
            return None
        size, count = said.get("size", ""), said.get("nrcpt", "")
        came = peer.columns() | _envelope(said) | {
            "queue_id": msgid, "size_bytes": _number(size), "recipients": _number(count),
        }  # fmt: skip
        if msgid == self._last:
            return [came | {"event": "other"}]
        self._last = msgid
        return [came | {"event": "accepted"}, {"event": "queued", "queue_id": msgid}]

    def _login(self, session: str, user: str) -> None:
        if session in self._open:
            self._open[session] = self._open[session]._replace(user=user or None)

    def _remember(self, session: str, peer: _Peer) -> None:
        if session not in self._open and len(self._open) >= MAX_SESSIONS:
            del self._open[next(iter(self._open))]
        self._open[session] = peer


def _peer(address: str, name: str | None) -> _Peer:
    text = address.strip("[]").removeprefix("IPv6:").rpartition("@")[2]
    ip = address_text.canonical(text)
    local = text in ("local", "localhost") or (ip is not None and (ip.startswith("127.") or ip == "::1"))
    known = name if name not in (None, "", "<unknown>", "unknown") else None
    return _Peer(ip, known.rstrip(".").lower() if known else None, local)


def _delivery(local: bool, relay: re.Match[str] | None, result: str, stat: str) -> dict[str, Any]:
    """One outcome; `mda` stores on the host, `mta` hands over."""
    status = _STATUS.get(result)
    outcome = {"event": "delivery", "status": status, "reply_text": stat or None}
    if local:
        return outcome | {"direction": "local"}
    peer, code = _peer(relay["ip"], relay["name"]) if relay else None, _CODE.match(stat)
    answered = _REMOTE_ID.search(stat) if status == "sent" else None
    return outcome | {
        "direction": "out", "peer_ip": peer.ip if peer else None, "peer_name": peer.name if peer else None,
        "reply_code": int(code["code"]) if code else None, "dsn": code["dsn"] if code else None,
        "remote_queue_id": answered[1] or answered[2] if answered else None,
    }  # fmt: skip


def _envelope(said: dict[str, str]) -> dict[str, Any]:
    """Sender, recipient and queue id; an envelope's id begins with that of its message."""
    found: dict[str, Any] = {"mail_from": _address(said.get("from")), "rcpt_to": _address(said.get("to"))}
    if "evpid" in said:
        found["queue_id"] = said["evpid"][:8]
    if "delay" in said:
        found["delay_s"] = _seconds(said["delay"])
    return found


def _commas(text: str) -> dict[str, str]:
    """`key=value` between commas, as far as `stat=`."""
    found: dict[str, str] = {}
    for field in _FIELD.finditer(text.partition("stat=")[0]):
        found.setdefault(field["key"], field["value"].rstrip(","))
    return found


def _address(text: str | None) -> str | None:
    return None if text is None else text.rstrip(",").removeprefix("<").removesuffix(">")


def _number(text: str) -> int | None:
    text = text.rstrip(",")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _seconds(text: str) -> float | None:
    """`1d2h3m4s` in seconds."""
    match = _DELAY.fullmatch(text.rstrip(","))
    if match is None or not any(match.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
