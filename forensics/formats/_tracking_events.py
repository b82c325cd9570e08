"""What one event of Exchange's message tracking says: rows of `mta_event`, from columns named as Exchange names them.

Only what passed between hosts is the network's. Since Exchange 2013 the services of one server hand each other
messages by SMTP: a RECEIVE counts as from the network where `directionality` says Incoming and the first client is not
the server itself; a SEND counts as handed over where its connector is not the one inside the organisation.
"""

from __future__ import annotations

from typing import Any

from forensics.protocols import address_text

_INSIDE = ("intra-organization smtp send connector", "inbound proxy internal send connector")
_CLIENT_CONNECTORS = ("client proxy ", "client frontend ", "\\client ")
_STATUS = {"DELIVER": "sent", "FAIL": "bounced", "DEFER": "deferred"}
_BOUNCES = {"DSN", "BADMAIL"}


def events(said: dict[str, str]) -> list[dict[str, Any]]:
    """The rows of one event as columns; `said` has names in lower case with `-` between words, and no empty values."""
    event, source = said.get("event-id", "").upper(), said.get("source", "").upper()
    common = _common(said)
    if event == "RECEIVE":
        return _received(common, said, source)
    if event in ("SEND", "SENDEXTERNAL"):
        return [common | recipient for recipient in _sent(said, event, source)]
    if event in _STATUS:
        direction = "local" if event == "DELIVER" else None
        outcome = {"event": "delivery", "direction": direction, "status": _STATUS[event]}
        return [common | outcome | recipient for recipient in _recipients(said)]
    return [common | {"event": "bounce" if event in _BOUNCES else "other", "direction": None}]


def _common(said: dict[str, str]) -> dict[str, Any]:
    return {
        "queue_id": said.get("network-message-id") or said.get("internal-message-id"),
        "message_id": said.get("message-id", "").strip("<>") or None,
        "mail_from": sender(said.get("return-path") or said.get("sender-address")),
        "size_bytes": number(said.get("total-bytes")), "recipients": number(said.get("recipient-count")),
    }  # fmt: skip


def _received(common: dict[str, Any], said: dict[str, str], source: str) -> list[dict[str, Any]]:
    client, server = address(said.get("client-ip")), address(said.get("server-ip"))
    peer = address(said.get("original-client-ip")) or client
    towards = said.get("directionality", "").lower()
    connector = said.get("connector-id", "").lower()
    direction: str | None = None
    if source != "SMTP" or peer is None or peer == server:
        direction = "local"
    elif towards in ("incoming", "1") or not towards:
        direction = "in"
    elif any(word in connector for word in _CLIENT_CONNECTORS):
        direction = "submission"
    name = said.get("client-hostname") if peer == client else None
    came = {"direction": direction, "peer_ip": peer, "peer_name": host(name)}
    return [common | came | {"event": "accepted"}, common | {"event": "queued"}]


def _sent(said: dict[str, str], event: str, source: str) -> list[dict[str, Any]]:
    """One row per recipient: with SEND, `client` is the server that logs and `server` the one that took it over."""
    client, server = address(said.get("client-ip")), address(said.get("server-ip"))
    connector = said.get("connector-id", "").lower()
    outside = event == "SENDEXTERNAL" or bool(connector)
    inside = source != "SMTP" or connector in _INSIDE or (server is not None and server == client)
    direction = "local" if inside else "out" if outside else None
    sent = {
        "event": "delivery",
        "direction": direction,
        "peer_ip": server,
        "peer_name": host(said.get("server-hostname")),
    }
    rows = []
    for recipient in _recipients(said):
        refused = (recipient["reply_code"] or 250) >= 400
        rows.append(sent | recipient | {"status": "bounced" if refused else "sent"})
    return rows


def _recipients(said: dict[str, str]) -> list[dict[str, Any]]:
    """Address and reply of each recipient; a reply that cannot be told to one recipient is left out."""
    addresses = said.get("recipient-address", "").split(";")
    replies = said.get("recipient-status", "").split(";")
    same = len(addresses) == len(replies)
    return [
        {"rcpt_to": rcpt or None, "reply_text": replies[index] or None if same else None}
        | {"reply_code": _code(replies[index]) if same else None}
        for index, rcpt in enumerate(addresses)
    ]


def address(text: str | None) -> str | None:
    """An address in canonical form; None where there is none."""
    return address_text.canonical(text.strip().strip("[]")) if text else None


def host(text: str | None) -> str | None:
    """A host name in lower case."""
    return text.strip().rstrip(".").lower() or None if text else None


def sender(text: str | None) -> str | None:
    """An envelope sender; `<>` is the null sender."""
    return None if text is None else text.strip().removeprefix("<").removesuffix(">")


def number(text: str | None) -> int | None:
    """A count; None where the text is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _code(reply: str) -> int | None:
    """The reply code, also after the words that some releases put before it (`[{LED=250 2.1.5 ...`)."""
    words = reply.replace("=", " ").replace("[", " ").replace("{", " ").split()
    codes = [word for word in words[:4] if len(word) == 3 and word.isascii() and word.isdigit() and word[0] in "245"]
    return int(codes[0]) if codes else None
