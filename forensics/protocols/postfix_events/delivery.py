"""Log lines about a message in the queue: its entry, its recipients' outcome, its notifications, its end."""

from __future__ import annotations

import re

from forensics.protocols.postfix_events.parts import (
    ANGLE,
    ENDPOINT,
    MAX_ADDRESS,
    Fields,
    endpoint,
    reply,
    taken_as,
    unbracket,
)

_ADDRESS = rf"{ANGLE}|<.{{0,{MAX_ADDRESS}}}?>(?=, (?:orig_to|relay)=)|[^\s,<>]{{1,{MAX_ADDRESS}}}"
_DELIVERY = re.compile(
    rf"""
    to=(?P<rcpt_to>{_ADDRESS.replace(" ", "[ ]")}),[ ]
    (?:orig_to=(?P<orig_to>{_ADDRESS.replace(" ", "[ ]")}),[ ])?
    relay=(?P<relay>[^,]{{0,600}}),[ ]             # mx.alder.example[198.51.100.18]:25, none, virtual
    (?:conn_use=(?P<conn_use>\d{{1,9}}),[ ])?      # Nth delivery over one connection
    delay=(?P<delay_s>[\d.]{{1,20}}),[ ]           # 0.18
    (?:delays=(?P<delays>[\d./]{{1,80}}),[ ])?     # 0.09/0/0/0.09
    (?:tls=(?P<tls>[^\s,]{{1,200}}),[ ])?          # dane/!requiretls:nocertmatch
    (?:dsn=(?P<dsn>\d\.\d{{1,3}}\.\d{{1,3}}),[ ])? # 2.0.0
    status=(?P<status>[A-Za-z-]{{1,20}})           # sent
    (?:[ ]\((?P<response>.*)\))?                   # (250 2.0.0 Ok: queued as 1CAF43922FC)
    """,
    re.VERBOSE | re.DOTALL,
)
_QUEUED = re.compile(
    r"from=<(?P<mail_from>.*)>, size=(?P<size_bytes>\d{1,19}), nrcpt=(?P<nrcpt>\d{1,9}) \(queue \w+\)", re.DOTALL
)
_EXPIRED = re.compile(r"from=<(?P<mail_from>.*)>, status=(?P<status>(?:force-)?expired), returned to sender", re.DOTALL)
_PICKUP = re.compile(r"uid=(?P<uid>\d{1,10}) from=(?P<mail_from><.*>|\S*)(?: orig_id=(?P<orig>\S{1,40}))?", re.DOTALL)
_NOTIFICATION = re.compile(
    r"(?P<to>sender|postmaster) (?P<kind>non-delivery|delay|delivery status|[a-z -]{1,40}) notification: "
    r"(?P<id>[0-9A-Za-z]{5,30})"
)
_SAID = re.compile(rf"host (?P<peer>{ENDPOINT}) (?:said|refused to talk to me): ")
_LOST = re.compile(
    rf"(?:lost connection with|conversation with|connect to|host|"
    rf"TLS is required, but was not offered by host|(?:SSL_connect error|setting up TLS connection) to) "
    rf"(?P<peer>{ENDPOINT})"
)


def outcome(text: str) -> Fields | None:
    """One recipient's outcome: `to=<a>, relay=..., delay=..., dsn=..., status=sent (...)`."""
    match = _DELIVERY.match(text)
    if not match:
        return None
    found = {key: value for key, value in match.groupdict().items() if value is not None}
    found["event"] = "delivery"
    found["rcpt_to"] = unbracket(found["rcpt_to"])
    if "orig_to" in found:
        found["orig_to"] = unbracket(found["orig_to"])
    read = endpoint(found["relay"], 0, "relay")
    return found | (read[0] if read else {}) | _response(found.get("response", ""))


def _response(text: str) -> Fields:
    """The remote server's reply in the text of a status, and the queue id it names."""
    said = _SAID.match(text)
    found = reply(text[said.end() :] if said else text)
    if text:
        found["reply_text"] = text
    return found | taken_as(text)


def remote(text: str) -> Fields | None:
    """What a remote server said, or that it was lost, before there is an outcome."""
    if said := _SAID.match(text):
        read = endpoint(said["peer"], 0, "relay")
        return (read[0] if read else {}) | reply(text[said.end() :]) | {"event": "other", "reply_text": text}
    match = _LOST.match(text)
    if not match:
        return None
    read = endpoint(match["peer"], 0, "relay")
    ended = text.startswith("lost connection") or (text.startswith("conversation") and " timed out " in text)
    return (read[0] if read else {}) | {"event": "lost_connection" if ended else "other", "reply_text": text}


def queued(text: str) -> Fields | None:
    """qmgr(8): the message is in the active queue, or was given up as a whole."""
    if match := _QUEUED.fullmatch(text):
        return match.groupdict() | {"event": "queued"}
    if match := _EXPIRED.fullmatch(text):
        return match.groupdict() | {"event": "delivery", "reply_text": text}
    return None


def message_id(text: str) -> Fields | None:
    """cleanup(8): `message-id=<...>`; a resent one (RFC 5322 section 3.6.6) is not the message's own."""
    key, equals, value = text.partition("=")
    if not equals or key not in ("message-id", "resent-message-id"):
        return None
    return {"event": "message_id" if key == "message-id" else "other", "message_id": unbracket(value)}


def picked_up(text: str) -> Fields | None:
    """pickup(8): `uid=0 from=<root>`: a local program handed a message in."""
    match = _PICKUP.fullmatch(text)
    if not match:
        return None
    found = {"event": "accepted", "uid": match["uid"], "mail_from": unbracket(match["mail_from"])}
    return found | ({"orig_queue_id": match["orig"]} if match["orig"] else {})


def notification(text: str) -> Fields | None:
    """bounce(8): `sender non-delivery notification: 317D8394635`, the queue id of the notification."""
    match = _NOTIFICATION.fullmatch(text)
    if not match:
        return None
    bounced = match["to"] == "sender" and match["kind"] == "non-delivery"
    return {"event": "bounce" if bounced else "other", "notification_queue_id": match["id"], "reply_text": text}


def removed(text: str) -> Fields | None:
    """qmgr(8), postsuper(1): `removed`."""
    return {"event": "removed"} if text == "removed" else None
