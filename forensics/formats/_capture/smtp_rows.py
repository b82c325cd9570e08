"""Rows of connections, SMTP sessions and TLS handshakes."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.formats._capture.conversation import CLIENT, SERVER, Conversation
from forensics.formats._capture.frames import NO_TS
from forensics.protocols import ip_address
from forensics.protocols.smtp_dialogue import Envelope, Session
from forensics.protocols.tcp_streams import Connection
from forensics.schema import Connection as ConnectionRow
from forensics.schema import Row, SmtpEnvelope, SmtpRecipient, SmtpSession, TlsSession

_ENCRYPTED = Session(starttls="none", content="encrypted")
"""TLS from the first byte on: nothing is known of what was said."""


def time(ts: int) -> int | None:
    """A time as the tables hold it: None for a packet without one."""
    return None if ts == NO_TS else ts


def connection_rows(connection: Connection, conversation: Conversation | None) -> Iterator[Row]:
    """The row of a connection that ended, and those of the session or handshake it held."""
    service = conversation.service if conversation else None
    tls = conversation.tls if conversation else None
    client, server = connection.directions
    ts, record_no, offset, length = connection.first
    client_ip, server_ip = ip_address.text(connection.client.ip), ip_address.text(connection.server.ip)
    row = ConnectionRow(
        ts=time(ts), record_no=record_no, offset=offset, length=length, client_ip=client_ip, server_ip=server_ip,
        client_port=connection.client.port, server_port=connection.server.port, last_ts=time(connection.last_ts),
        transport="tcp", state=connection.state, client_bytes=client.data_bytes, server_bytes=server.data_bytes,
        client_packets=client.packets, server_packets=server.packets, service=service,
        alpn=next(iter(tls.client.alpn), None) if tls and tls.client else None, missing_bytes=connection.missing,
    )  # fmt: skip
    yield row
    if conversation is None:
        return
    if conversation.is_smtp:
        yield _session(row, connection, conversation)
    elif service == "tls" and tls and tls.is_tls:
        yield TlsSession(
            ts=row.ts, record_no=record_no, offset=offset, length=length, client_ip=client_ip, server_ip=server_ip,
            client_port=row.client_port, server_port=row.server_port,
            tls_version=tls.server.version if tls.server else None, cipher=tls.server.cipher if tls.server else None,
            server_name=tls.client.server_name if tls.client else None, established=tls.established,
        )  # fmt: skip


def envelope_rows(connection: Connection, session_no: int, envelope: Envelope) -> Iterator[Row]:
    """The row of a transaction and those of its recipients."""
    reply, at = envelope.data_reply, envelope.decided
    yield SmtpEnvelope(
        record_no=at.record_no, offset=at.offset, length=at.length, ts=time(envelope.at.ts), decided_ts=time(at.ts),
        session_no=session_no, envelope_no=envelope.envelope_no, client_ip=ip_address.text(connection.client.ip),
        server_ip=ip_address.text(connection.server.ip), server_port=connection.server.port,
        mail_from=envelope.mail_from, mail_reply_code=envelope.mail_reply_code, rcpt_count=envelope.rcpt_count,
        rcpt_accepted=envelope.rcpt_accepted, data_command=envelope.data_command,
        data_reply_code=reply.code if reply else None, data_reply_text=reply.text if reply else None,
        accepted=envelope.accepted, queue_id=envelope.queue_id, message_id=envelope.message_id,
        message_bytes=envelope.message_bytes,
    )  # fmt: skip
    for recipient in envelope.recipients:
        answer = recipient.reply
        at = answer.at if answer else recipient.at
        yield SmtpRecipient(
            record_no=at.record_no, offset=at.offset, length=at.length, ts=time(recipient.at.ts),
            session_no=session_no, envelope_no=envelope.envelope_no, rcpt_to=recipient.rcpt_to,
            reply_code=answer.code if answer else None, reply_text=answer.text if answer else None,
        )  # fmt: skip


def _session(row: ConnectionRow, connection: Connection, conversation: Conversation) -> SmtpSession:
    said = conversation.dialogue.session() if conversation.dialogue else _ENCRYPTED
    tls, place = conversation.tls, said.shown or row
    return SmtpSession(
        ts=row.ts, record_no=place.record_no, offset=place.offset, length=place.length, client_ip=row.client_ip,
        server_ip=row.server_ip, client_port=row.client_port, server_port=row.server_port, last_ts=row.last_ts,
        session_no=conversation.session_no, state=row.state, implicit_tls=conversation.implicit_tls,
        tls_version=tls.server.version if tls and tls.server else None,
        tls_server_name=tls.client.server_name if tls and tls.client else None,
        client_bytes=row.client_bytes, server_bytes=row.server_bytes, ended=_ended(connection, said),
        banner=said.banner, banner_code=said.banner_code, helo=said.helo, esmtp=said.esmtp, starttls=said.starttls,
        auth_mechanism=said.auth_mechanism, auth_reply_code=said.auth_reply_code, envelopes=said.envelopes,
        recipients=said.recipients, accepted=said.accepted, content=said.content,
        last_reply_code=said.last_reply_code,
    )  # fmt: skip


def _ended(connection: Connection, said: Session) -> str:
    if said.quit:
        return "quit"
    if said.closing:
        return "server_closed"
    if connection.reset:
        return "reset"
    return {CLIENT: "client_closed", SERVER: "server_closed", None: "open"}[connection.first_fin]
