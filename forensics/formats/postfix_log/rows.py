"""From the fields of a Postfix line (text as logged) to the columns of an mta_event (typed, unknown as None)."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from forensics.protocols import address_text

_MAX_INT = (1 << 63) - 1
_SUBMISSION = re.compile(r"(?:^|[/_-])(?:submissions?|smtps|msa|465|587)(?:$|[/_-])")
_RECEIVING = {"smtpd", "postscreen", "tlsproxy", "qmqpd"}
_SENDING = {"smtp", "lmtp", "relay"}
_LOCAL = {"local", "virtual", "pipe", "discard", "pickup"}
_STATUS = {"softbounce": "deferred", "force-expired": "expired"}
"""bounce(8) writes SOFTBOUNCE where soft_bounce keeps the message in the queue."""


def columns_of(fields: dict[str, str]) -> dict[str, Any]:
    """The columns of an mta_event, without time, host, process id and citation."""
    get = fields.get
    status = get("status", "").lower() or None
    return {
        "program": short_program(fields["program"]),
        "queue_id": None if get("queue_id") == "NOQUEUE" else get("queue_id"),
        "event": fields["event"],
        "direction": _direction(fields),
        "peer_ip": _address(fields),
        "peer_name": host_name(get("client_hostname") or get("relay_hostname")),
        "peer_port": _port(get("client_port") or get("relay_port")),
        "helo": get("helo"),
        "mail_from": get("mail_from"),
        "rcpt_to": get("rcpt_to"),
        "message_id": get("message_id"),
        "status": _STATUS.get(status, status) if status else None,
        "dsn": get("dsn") or get("reply_dsn"),
        "reply_code": number(get("reply_code")),
        "reply_text": get("reply_text"),
        "remote_queue_id": get("remote_queue_id"),
        "related_queue_id": get("notification_queue_id") or get("orig_queue_id"),
        "sasl_username": get("sasl_username"),
        "tls_version": get("tls_version"),
        "size_bytes": number(get("size_bytes")),
        "recipients": number(get("nrcpt")),
        "delay_s": seconds(get("delay_s")),
        "envelopes": number(get("envelopes")),
        "commands": number(get("commands", "").rpartition("/")[2]),
    }


@lru_cache(maxsize=4096)
def short_program(program: str) -> str:
    """The tag without the `postfix/` that nearly all have: `smtpd`, `submission/smtpd`, `postfix-out/smtp`."""
    return program.removeprefix("postfix/")


@lru_cache(maxsize=4096)
def is_submission(program: str) -> bool:
    """Whether the service's name in the tag says that it takes mail from users: submission, smtps, 587."""
    return bool(_SUBMISSION.search(program.rpartition("/")[0]))


@lru_cache(maxsize=65_536)
def is_loopback(address: str) -> bool:
    """Whether a canonical address is the host's own."""
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return bool((mapped or found).is_loopback)


def host_name(name: str | None) -> str | None:
    """A name in lower case; `unknown` is Postfix's word for none."""
    return None if name is None or name == "unknown" else name.lower().removesuffix(".")


def number(text: str | None) -> int | None:
    """A count that fits 64 bits, else None."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    value = int(text)
    return value if value <= _MAX_INT else None


def seconds(text: str | None) -> float | None:
    """A decimal number of seconds, else None."""
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _port(text: str | None) -> int | None:
    value = number(text)
    return value if value is not None and value < 65_536 else None


def _address(fields: dict[str, str]) -> str | None:
    address = fields.get("client_ip") or fields.get("relay_ip")
    return address_text.canonical(address) if address else None


def _direction(fields: dict[str, str]) -> str | None:
    daemon = fields["daemon"]
    if daemon in _LOCAL:
        return "local"
    address = _address(fields)
    loopback = address is not None and is_loopback(address)
    if daemon in _SENDING:
        return "local" if loopback or "/" in fields.get("relay_address", "") else "out"
    if daemon not in _RECEIVING:
        return None
    if fields.get("sasl_username") or is_submission(fields["program"]):
        return "submission"
    return "local" if loopback else "in"
