"""Rows of connections, SMTP sessions and TLS handshakes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.formats._capture.conversation import CLIENT, SERVER, Conversation
from forensics.formats._capture.frames import NO_TS
from forensics.protocols import ip_address
from forensics.protocols.smtp_dialogue import Envelope, Moment, Session
from forensics.protocols.tcp_streams import Connection
from forensics.schema import Connection as ConnectionRow
from forensics.schema import Row, SmtpEnvelope, SmtpRecipient, SmtpSession, TlsSession


def time(ts: int) -> int | None:
    """A time as the tables hold it: None for a packet without one."""
    return None if ts == NO_TS else ts


def connection_rows(connection: Connection, conversation: Conversation | None) -> Iterator[Row]:
    """The row of a connection that ended, and those of the session or handshake it held."""
    service = conversation.service if conversation else None
    tls = conversation.tls if conversation else None
    client, server = connection.directions
    yield ConnectionRow(
        **_first_packet(connection), **_ports(connection), last_ts=time(connection.last_ts), transport="tcp",
        state=connection.state, client_bytes=client.data_bytes, server_bytes=server.data_bytes,
        client_packets=client.packets, server_packets=server.packets, service=service,
        alpn=next(iter(tls.client.alpn), None) if tls and tls.client else None, missing_bytes=connection.missing,
    )  # fmt: skip
    if conversation is None:
        return
    if conversation.is_smtp:
        yield _session(connection, conversation)
    elif service == "tls" and tls and tls.is_tls:
        yield TlsSession(
            **_first_packet(connection), **_ports(connection),
            tls_version=tls.server.version if tls.server else None, cipher=tls.server.cipher if tls.server else None,
            server_name=tls.client.server_name if tls.client else None, established=tls.established,
        )  # fmt: skip


def envelope_rows(connection: Connection, session_no: int, envelope: Envelope) -> Iterator[Row]:
    """The row of a transaction and those of its recipients."""
    reply = envelope.data_reply
    yield SmtpEnvelope(
        **_cited(envelope.decided), ts=time(envelope.at.ts), decided_ts=time(envelope.decided.ts),
        session_no=session_no, envelope_no=envelope.envelope_no, client_ip=ip_address.text(connection.client.ip),
        server_ip=ip_address.text(connection.server.ip), server_port=connection.server.port,
        mail_from=envelope.mail_from, mail_reply_code=envelope.mail_reply_code, rcpt_count=envelope.rcpt_count,
        rcpt_accepted=envelope.rcpt_accepted, data_command=envelope.data_command,
        data_reply_code=reply.code if reply else None, data_reply_text=reply.text if reply else None,
        accepted=envelope.accepted, queue_id=envelope.queue_id, message_id=envelope.message_id,
        message_bytes=envelope.message_bytes,
    )  # fmt: skip
    for recipient in envelope.recipients:
        yield SmtpRecipient(
            **_cited(recipient.reply.at if recipient.reply else recipient.at), ts=time(recipient.at.ts),
            session_no=session_no, envelope_no=envelope.envelope_no, rcpt_to=recipient.rcpt_to,
            reply_code=recipient.reply.code if recipient.reply else None,
            reply_text=recipient.reply.text if recipient.reply else None,
        )  # fmt: skip


def _session(connection: Connection, conversation: Conversation) -> SmtpSession:
    said = conversation.dialogue.session() if conversation.dialogue else None
    tls = conversation.tls
    client, server = connection.directions
    return SmtpSession(
        **_first_packet(connection), **_ports(connection), **_dialogue(said), last_ts=time(connection.last_ts),
        session_no=conversation.session_no, state=connection.state, implicit_tls=conversation.implicit_tls,
        tls_version=tls.server.version if tls and tls.server else None,
        tls_server_name=tls.client.server_name if tls and tls.client else None,
        client_bytes=client.data_bytes, server_bytes=server.data_bytes, ended=_ended(connection, said),
    )  # fmt: skip


def _dialogue(said: Session | None) -> dict[str, Any]:
    if said is None:
        return {"content": "encrypted", "starttls": "none"}
    names = (
        "banner", "banner_code", "helo", "esmtp", "starttls", "auth_mechanism", "auth_reply_code", "envelopes",
        "recipients", "accepted", "content", "last_reply_code",
    )  # fmt: skip
    return {name: getattr(said, name) for name in names}


def _ended(connection: Connection, said: Session | None) -> str:
    if said and said.quit:
        return "quit"
    if said and said.closing:
        return "server_closed"
    if connection.reset:
        return "reset"
    return {CLIENT: "client_closed", SERVER: "server_closed", None: "open"}[connection.first_fin]


def _first_packet(connection: Connection) -> dict[str, Any]:
    ts, record_no, offset, length = connection.first
    return {"ts": time(ts), "record_no": record_no, "offset": offset, "length": length}


def _ports(connection: Connection) -> dict[str, Any]:
    client, server = connection.client, connection.server
    return {
        "client_ip": ip_address.text(client.ip), "client_port": client.port,
        "server_ip": ip_address.text(server.ip), "server_port": server.port,
    }  # fmt: skip


def _cited(moment: Moment) -> dict[str, int]:
    return {"record_no": moment.record_no, "offset": moment.offset, "length": moment.length}
