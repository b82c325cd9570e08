"""SMTP sessions of Exchange's protocol logs: commands and replies in order, and the rows of `mta_event` they make.

A reply answers the oldest command that waits for one (RFC 2920); after 354 the next reply answers the message. What
Exchange writes of itself (`*`) gives the TLS version and the user. Sessions between the services of an organisation
show by their ports, connectors and commands (X-EXPS, XPROXY...): they are not the network's.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any, NamedTuple

from forensics.protocols import address_text

MAX_WAITING = 500
"""Commands or recipients that one session may have open."""

_ARGUMENT = 512
"""Characters of a command's argument that are kept until its reply."""
_REPLY = re.compile(r"(?P<code>[2-5]\d\d)(?P<more>-)?[ ]*(?P<text>.*)", re.DOTALL | re.ASCII)
_DSN = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)
_QUEUED = re.compile(
    r"<(?P<message_id>[^<>\s]{1,998})> \[InternalId=(?P<id>\d{1,20})(?:, Hostname=(?P<host>[^\]\s,]{1,255}))?"
)
_REMOTE_ID = re.compile(r"queued as ([!-~]{1,64})|InternalId=(\d{1,20})", re.IGNORECASE | re.ASCII)
_PATH = re.compile(r"(?:FROM|TO):[ ]*(?:<(?P<path>[^<>]{0,320})>|(?P<bare>\S{1,320}))", re.IGNORECASE)
_TLS = re.compile(r"SP_PROT_(?P<kind>TLS|SSL)(?P<major>\d)(?:_(?P<minor>\d))?_", re.ASCII)
_INSIDE_PORTS = {475, 717, 2525}
_INSIDE_VERBS = ("X-EXPS", "XPROXY", "X-ANONYMOUSTLS", "XSHADOW")
_INSIDE_CONNECTORS = (
    "intra-organization smtp send connector", "inbound proxy internal send connector", "client proxy send connector",
)  # fmt: skip
_CLIENT_PORTS = {465, 587}


class End(NamedTuple):
    """An address and its port."""

    ip: str | None
    port: int | None


class Session:
    """One session of a log; `received` tells the server's log from the client's."""

    def __init__(self, *, received: bool, connector: str, local: End, remote: End) -> None:
        self._received = received
        self._connector = connector
        self._local, self._remote = local, remote
        self._inside = connector.lower() in _INSIDE_CONNECTORS
        self._waiting = deque[tuple[str, str]](maxlen=MAX_WAITING)
        self._in_auth = self._authenticated = self._quit = self._began = False
        self._said: dict[str, Any] = {}
        self._mail_from: str | None = None
        self._recipients: list[str] = []
        self._envelopes = self._commands = 0

    def take(self, event: str, data: str, context: str) -> list[dict[str, Any]]:
        """The rows of one line, as columns."""
        if event == "+":
            self._began = True
            return [self._row("connect")] if self._received else []
        if event == "-":
            return self._ended()
        if event == "*":
            return self._told(data, context)
        if event == ("<" if self._received else ">"):
            self._command(data)
            return []
        return self._replied(data)

    def _command(self, text: str) -> None:
        verb, _, argument = text.strip().partition(" ")
        verb = verb.upper()
        if self._in_auth and verb not in ("AUTH", "QUIT", "RSET"):
            return
        self._in_auth = False
        self._commands += 1
        self._quit = self._quit or verb == "QUIT"
        self._inside = self._inside or verb.startswith(_INSIDE_VERBS)
        if verb in ("EHLO", "HELO"):
            self._said["helo"] = argument.strip()[:255] or None
        if verb == "MAIL":
            self._mail_from, self._recipients = _path(argument), []
        if verb == "BDAT":
            verb = "END" if argument.upper().endswith("LAST") else verb
        self._waiting.append((verb, argument[:_ARGUMENT]))

    def _replied(self, text: str) -> list[dict[str, Any]]:
        match = _REPLY.match(text.strip())
        if match is None:
            return []
        if match["more"]:
            return []
        code, told = int(match["code"]), match["text"]
        if not self._waiting:
            refused = self._began and not self._commands and code >= 400
            word = "reject" if self._received else "other"  # a reject is this server's own
            return [self._row(word, **_reply(code, told))] if refused else []
        verb, argument = self._waiting.popleft()
        return self._answered(verb, argument, code, told)

    def _answered(self, verb: str, argument: str, code: int, text: str) -> list[dict[str, Any]]:
        if code in (334, 354):
            self._in_auth = code == 334
            self._waiting.appendleft((verb if code == 334 else "END", argument))
            return []
        self._in_auth = False
        if verb == "AUTH":
            return self._auth_answered(code, text)
        if verb == "MAIL" and code < 400:
            self._envelopes += 1
        elif verb == "RCPT" and code < 400:
            self._recipients = [*self._recipients[: MAX_WAITING - 1], _path(argument) or ""]
        elif verb == "END" and code < 400:
            return self._accepted(code, text)
        elif verb in ("MAIL", "RCPT", "DATA", "BDAT", "END") and code >= 400:
            return self._refused(verb, argument, code, text)
        return []

    def _auth_answered(self, code: int, text: str) -> list[dict[str, Any]]:
        if code < 400:
            self._authenticated = True
            return []
        return [self._row("auth_failed", **_reply(code, text))] if self._received else []

    def _accepted(self, code: int, text: str) -> list[dict[str, Any]]:
        """A message that was taken over: into the queue of this server, or by the other one."""
        queued = _QUEUED.search(text)
        same = {"mail_from": self._mail_from, "message_id": queued["message_id"] if queued else None}
        if not self._received:
            sent = same | _reply(code, text) | {"status": "sent", "remote_queue_id": _remote_id(text)}
            return [self._row("delivery", rcpt_to=rcpt, **sent) for rcpt in self._recipients]
        same["queue_id"] = queued["id"] if queued else None
        taken = self._row("accepted", recipients=len(self._recipients), **same, **_reply(code, text))
        return [taken, {"event": "queued", "queue_id": same["queue_id"], "host": taken["host"]}]

    def _refused(self, verb: str, argument: str, code: int, text: str) -> list[dict[str, Any]]:
        same = {"mail_from": self._mail_from} | _reply(code, text)
        if self._received:
            return [self._row("reject", rcpt_to=_path(argument) if verb == "RCPT" else None, **same)]
        same["status"] = "deferred" if code < 500 else "bounced"
        recipients = [_path(argument)] if verb == "RCPT" else self._recipients
        return [self._row("delivery", rcpt_to=rcpt, **same) for rcpt in recipients]

    def _told(self, data: str, context: str) -> list[dict[str, Any]]:
        tls = _TLS.search(context) or _TLS.search(data)
        if context.strip().lower() == "authenticated":
            self._said["sasl_username"] = data.strip()[:255] or None
        if tls is None:
            return []
        kind = "TLSv1" if tls["kind"] == "TLS" else "SSLv"
        self._said["tls_version"] = f"{kind}.{tls['minor'] or 0}" if kind == "TLSv1" else f"{kind}{tls['major']}"
        return [self._row("tls")] if self._received else []

    def _ended(self) -> list[dict[str, Any]]:
        if not self._received:
            return []
        counts = {"envelopes": self._envelopes, "commands": self._commands} if self._began else {}
        return [self._row("disconnect" if self._quit else "lost_connection", **counts)]

    def _row(self, event: str, **more: Any) -> dict[str, Any]:
        return {
            "event": event, "direction": self._direction(), "peer_ip": self._remote.ip, "peer_port": self._remote.port,
            "host": self._host(), **self._said, **more,
        }  # fmt: skip

    def _host(self) -> str | None:
        """The server in a receive connector's name, `MBX1\\Default Frontend MBX1`; a send connector names none."""
        name, found, _ = self._connector.partition("\\")
        return name.strip().lower() or None if found and self._received else None

    def _direction(self) -> str | None:
        local, remote = self._local, self._remote
        if remote.ip is None:
            return None
        port = local.port if self._received else remote.port
        if remote.ip == local.ip or remote.ip in ("127.0.0.1", "::1") or port in _INSIDE_PORTS:
            return "local"
        if self._inside:
            return None if self._received else "local"
        if not self._received:
            return "out"
        client = "\\client " in self._connector.lower() or port in _CLIENT_PORTS or self._authenticated
        return "submission" if client else "in"


def endpoint(text: str) -> End:
    """Address and port of `192.0.2.7:25` or `[2001:db8::7]:25`; None for what it does not show.

    >>> endpoint("[2001:db8::7]:25"), endpoint("")
    (End(ip='2001:db8::7', port=25), End(ip=None, port=None))
    """
    ip, _, port = text.strip().rpartition(":")
    address = address_text.canonical(ip.strip("[]")) if 0 < len(ip) < 64 else None
    number = int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None
    return End(address, number if address is not None and number is not None and number < 65_536 else None)


def _reply(code: int, text: str) -> dict[str, Any]:
    dsn = _DSN.match(text)
    return {"reply_code": code, "reply_text": text or None, "dsn": dsn[0] if dsn else None}


def _remote_id(text: str) -> str | None:
    match = _REMOTE_ID.search(text)
    return (match[1] or match[2]) if match else None


def _path(argument: str) -> str | None:
    """The path of MAIL or RCPT; the null sender is an empty text."""
    match = _PATH.match(argument.strip())
    return None if match is None else match["bare"] if match["path"] is None else match["path"]
