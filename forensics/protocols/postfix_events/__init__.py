"""Postfix log messages: what follows `postfix/smtpd[4711]: ` in a log line, as fields of text as logged.

The shapes are those of the Postfix sources (smtpd.c, smtpd_check.c, cleanup_message.c, qmgr_active.c, log_adhoc.c,
postscreen_*.c), releases 2.3 to 3.10. `KEYS` names every field that `parse` can give.
"""

from __future__ import annotations

from collections.abc import Callable

from forensics.protocols.postfix_events import delivery, session
from forensics.protocols.postfix_events.decision import ACTIONS, decision
from forensics.protocols.postfix_events.parts import Fields, split_queue_id

KEYS = {
    "event": "event word of the table mta_event",
    "queue_id": "queue id on this host; NOQUEUE where no message was begun",
    "client_hostname": "name of the SMTP client",
    "client_ip": "its address",
    "client_address": "what stands in the place of its address and is none: unknown, a socket",
    "client_port": "its port",
    "relay": "relay= as logged: a server, none, local, virtual, a transport's name",
    "relay_hostname": "name of the server that mail was or is sent to",
    "relay_ip": "its address",
    "relay_address": "path of its socket, where it has no address",
    "relay_port": "its port",
    "mail_from": "envelope sender, empty for the null sender",
    "rcpt_to": "envelope recipient",
    "orig_to": "recipient before aliases were followed",
    "protocol": "SMTP, ESMTP, QMQP",
    "helo": "HELO name of the client",
    "message_id": "Message-ID without brackets",
    "size_bytes": "size of the message",
    "nrcpt": "number of recipients",
    "uid": "user id of a local submission",
    "action": "what was decided: reject, milter-reject, hold, ...",
    "stage": "the command it was decided at, or after which a session was lost",
    "reply_code": "SMTP reply code",
    "reply_dsn": "enhanced status code of that reply",
    "reply_text": "text of the reply, or the message where it has no reply",
    "status": "outcome of a delivery",
    "dsn": "enhanced status code of a delivery",
    "response": "what stands in parentheses after the status",
    "remote_queue_id": "queue id that the remote server named",
    "delay_s": "seconds in the queue",
    "delays": "the same in four parts",
    "conn_use": "how often the connection had been used",
    "tls": "TLS policy and result of a delivery (Postfix 3.10)",
    "tls_version": "TLS version",
    "tls_cipher": "cipher suite",
    "tls_trust": "Anonymous, Untrusted, Trusted, Verified",
    "sasl_method": "SASL mechanism",
    "sasl_username": "authenticated user",
    "sasl_sender": "AUTH= of MAIL",
    "orig_queue_id": "queue id before the message was handed in again",
    "orig_client": "client before the message was handed in again",
    "notification_queue_id": "queue id of the notification made for a message",
    "commands": "commands of a session: accepted, or accepted/all",
    "envelopes": "MAIL commands accepted in a session",
}
"""Every key of `parse` and its meaning; values are text as logged."""

DAEMONS = frozenset({
    "anvil", "bounce", "cleanup", "defer", "discard", "dnsblog", "error", "flush", "lmtp", "local", "master",
    "nqmgr", "oqmgr", "pickup", "pipe", "postalias", "postconf", "postdrop", "postfix", "postfix-script",
    "postfix-tlsmgr", "postlog", "postlogd", "postmap", "postmulti", "postqueue", "postscreen", "postsuper",
    "posttls-finger", "proxymap", "qmgr", "qmqpd", "relay", "retry", "scache", "sendmail", "showq", "smtp", "smtpd",
    "spawn", "tlsmgr", "tlsproxy", "trace", "trivial-rewrite", "verify", "virtual",
})  # fmt: skip
"""The last part of the program's name in lines that Postfix writes."""

_Shape = Callable[[str], Fields | None]
_SENDING = {"smtp", "lmtp", "posttls-finger", "relay"}
_WORDS: dict[str, tuple[_Shape, ...]] = {
    "connect": (session.connection, delivery.remote),
    "disconnect": (session.connection,),
    "lost": (session.interrupted, delivery.remote),
    "timeout": (session.interrupted,),
    "too": (session.interrupted,),
    "bare": (session.interrupted,),
    "improper": (session.interrupted,),
    "client": (session.client,),
    "to": (delivery.outcome,),
    "from": (delivery.queued,),
    "message-id": (delivery.message_id,),
    "resent-message-id": (delivery.message_id,),
    "removed": (delivery.removed,),
    "uid": (delivery.picked_up,),
    "host": (delivery.remote,),
    "conversation": (delivery.remote,),
    "TLS": (delivery.remote,),
    "SSL_connect": (delivery.remote,),
    "sender": (delivery.notification,),
    "postmaster": (delivery.notification,),
    "SASL": (session.authentication,),
    "warning": (session.authentication, decision),
    "Anonymous": (session.tls,),
    "Untrusted": (session.tls,),
    "Trusted": (session.tls,),
    "Verified": (session.tls,),
    "addr": (session.blocklisted,),
    "statistics": (session.statistics,),
    **{action: (decision,) for action in ACTIONS if action != "warning"},
}
_LIFE = {
    "master": (("daemon started", "start"), ("terminating on signal", "stop")),
    "postfix-script": (("starting the Postfix", "start"), ("stopping the Postfix", "stop")),
}


def parse(daemon: str, text: str) -> Fields:
    """The fields of one Postfix message; a message of no shape known here is an `other` event with its text.

    >>> found = parse("qmgr", "4E8A139E4E9: from=<ana@northwind.example>, size=612, nrcpt=1 (queue active)")
    >>> found["event"], found["queue_id"], found["mail_from"], found["size_bytes"]
    ('queued', '4E8A139E4E9', 'ana@northwind.example', '612')
    """
    queue_id, rest = split_queue_id(text)
    found = _fields(daemon, rest)
    if queue_id:
        found["queue_id"] = queue_id
    if queue_id == "NOQUEUE" and found["event"] == "accepted" and "action" not in found:
        # smtpd_proxy_filter: the client was taken on, but nothing is in a queue here
        found |= {"event": "other", "reply_text": rest}
    return found


def _fields(daemon: str, rest: str) -> Fields:
    for shape in _WORDS.get(_first_word(rest), ()):
        if found := shape(rest):
            return found
    if daemon in ("postscreen", "tlsproxy") and (found := session.postscreen(rest)):
        return found
    for beginning, event in _LIFE.get(daemon, ()):
        if rest.startswith(beginning):
            return {"event": event, "reply_text": rest}
    return session.other(rest, "relay" if daemon in _SENDING else "client")


def _first_word(text: str) -> str:
    """The letters, digits, `-` and `_` that a message begins with."""
    word = text[:20].partition(" ")[0]
    return word.partition("=")[0].partition(":")[0]
