"""Log lines about a connection: smtpd, postscreen, tlsproxy, qmqpd on the receiving side; TLS and failures of smtp."""

from __future__ import annotations

import re

from forensics.protocols.postfix_events.parts import ENDPOINT, Fields, endpoint, find_endpoint, is_address

_AFTER = re.compile(
    rf"""
    (?P<what>lost[ ]connection|timeout|too[ ]many[ ]errors|bare[ ]<LF>[ ]received|improper[ ]command[ ]pipelining)
    [ ]after[ ](?P<stage>[^\[\]]{{1,80}}?)       # DATA (7774180 bytes)
    [ ]from[ ](?P<peer>{ENDPOINT})
    """,
    re.VERBOSE,
)
_TLS = re.compile(
    rf"""
    (?P<trust>Anonymous|Untrusted|Trusted|Verified)[ ]TLS[ ]connection[ ](?:established|reused)[ ]
    (?P<way>from|to)[ ](?P<peer>{ENDPOINT})[^:]{{0,300}}:[ ]
    (?P<version>(?:TLS|SSL)v[\d.]{{1,4}})[ ]with[ ]cipher[ ](?P<cipher>\S{{1,100}})
    """,
    re.VERBOSE,
)
_SASL = re.compile(
    rf"warning: (?P<peer>{ENDPOINT}): SASL (?P<method>\S{{1,40}}) authentication (?:failed|aborted)"
    r"(?::(?P<reason>.*?))?(?:, sasl_username=(?P<user>.*))?$",
    re.DOTALL,
)
_SASL_CLIENT = re.compile(rf"SASL authentication failed; server (?P<peer>{ENDPOINT}) said: ")
_COUNT = re.compile(r"\b(?P<command>[a-z]{1,12})=(?P<number>\d{1,9}(?:/\d{1,9})?)(?=\s|$)", re.ASCII)
_SCREEN = re.compile(rf"\b(?:from|for|NEW|OLD|VETO|LISTED|DISCONNECT) (?P<peer>{ENDPOINT})")
_SERVICE_PEER = re.compile(r"\bfor \((?P<service>[^()]{1,300})\)")
_LISTED = re.compile(r"addr (?P<address>\S{1,45}) listed by domain (?P<domain>\S{1,255}) as (?P<answer>\S{1,45})")


def connection(text: str) -> Fields | None:
    """`connect from`, `disconnect from` with its counts of commands; None for anything else."""
    event, _, rest = text.partition(" from ")
    read = endpoint(rest, 0, "client")
    if event not in ("connect", "disconnect") or read is None:
        return None
    found, end = read
    found["event"] = event
    if event == "disconnect" and end < len(rest):
        found |= _counts(rest[end:])
    return found


def _counts(text: str) -> Fields:
    """`ehlo=1 mail=1 rcpt=0/1 commands=2/3`: of how many commands (after the slash) how many were accepted."""
    counts = {match["command"]: match["number"] for match in _COUNT.finditer(text[:1000])}
    if "commands" not in counts:
        return {}
    return {"commands": counts["commands"], "envelopes": counts.get("mail", "0").partition("/")[0]}


def interrupted(text: str) -> Fields | None:
    """`lost connection after DATA from ...` and its kin."""
    match = _AFTER.match(text)
    if not match:
        return None
    what = match["what"]
    found = _peer(match, "client")
    found["event"] = "lost_connection" if what in ("lost connection", "timeout") else "other"
    return found | {"stage": match["stage"], "reply_text": text}


def client(text: str) -> Fields | None:
    """`client=name[address], sasl_method=..., sasl_username=...`: the first recipient was accepted."""
    read = endpoint(text, len("client="), "client") if text.startswith("client=") else None
    if read is None:
        return None
    found, end = read
    found["event"] = "accepted"
    for part in text[end:].split(", ")[1:20]:
        key, equals, value = part.partition("=")
        if equals and key in ("sasl_method", "sasl_username", "sasl_sender", "orig_queue_id", "orig_client"):
            found[key] = value
    return found


def tls(text: str) -> Fields | None:
    """`Anonymous TLS connection established from name[address]: TLSv1.3 with cipher ...`."""
    match = _TLS.match(text)
    if not match:
        return None
    found = _peer(match, "client" if match["way"] == "from" else "relay")
    return found | {
        "event": "tls", "tls_version": match["version"], "tls_cipher": match["cipher"], "tls_trust": match["trust"],
    }  # fmt: skip


def authentication(text: str) -> Fields | None:
    """A failed AUTH: of a client here, or of this host elsewhere."""
    if match := _SASL.match(text):
        found = _peer(match, "client") | {"event": "auth_failed", "sasl_method": match["method"], "reply_text": text}
        return found | ({"sasl_username": match["user"]} if match["user"] else {})
    if match := _SASL_CLIENT.match(text):
        return _peer(match, "relay") | {"event": "auth_failed", "reply_text": text}
    return None


def postscreen(text: str) -> Fields | None:
    """postscreen(8) and tlsproxy(8): `CONNECT from [address]:port to ...`, `PASS NEW ...`, `HANGUP after ...`."""
    match = _SCREEN.search(text[:1000])
    if not match:
        return None
    word = text.partition(" ")[0]
    event = {"CONNECT": "connect", "DISCONNECT": "disconnect", "HANGUP": "lost_connection"}.get(word, "other")
    return _peer(match, "client") | {"event": event, "reply_text": text}


def statistics(text: str) -> Fields | None:
    """anvil(8): `statistics: max connection rate 1/60s for (smtp:192.0.2.7) at ...`."""
    match = _SERVICE_PEER.search(text[:1000])
    parts = match["service"].split(":") if match else []
    rests = (":".join(parts[start:]) for start in range(1, min(len(parts), 12)))
    address = next(filter(is_address, rests), None)
    return {"event": "other", "client_ip": address, "reply_text": text} if address else None


def blocklisted(text: str) -> Fields | None:
    """dnsblog(8): `addr 192.0.2.7 listed by domain zen.dnsbl.example as 127.0.0.4`."""
    match = _LISTED.match(text)
    if not match or not is_address(match["address"]):
        return None
    return {"event": "other", "client_ip": match["address"], "reply_text": text}


def other(text: str, side: str) -> Fields:
    """A line of no shape known here: its text, and the first `name[address]` in it."""
    return find_endpoint(text, side) | {"event": "other", "reply_text": text}


def _peer(match: re.Match[str], side: str) -> Fields:
    read = endpoint(match["peer"], 0, side)
    return read[0] if read else {}
