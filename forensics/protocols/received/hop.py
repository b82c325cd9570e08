"""The value that one Received field gives."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class ReceivedHop(NamedTuple):
    """What one Received field says about one hop; None where it does not say it.

    Everything is a claim of the server that wrote the field, and `from_helo` one of its client.

    Attributes:
        from_helo: name or address literal, without brackets, that the client gave in HELO, EHLO or LHLO; where the
            field has one name and does not tell what it is, that name (RFC 5321 4.4 puts the HELO name there).
        from_rdns: name that the server found for the client's address, as written.
        from_ip: address of the client in its shortest form; an IPv4-mapped one is the IPv4 address that it was.
        from_ident: user of the client by RFC 1413, by qmail's TCPREMOTEINFO, or the local user who submitted.
        auth: how the client authenticated: the mechanism, else the transmission type that means it (RFC 3848
            `ESMTPA`, or `HTTP` for webmail), else the word `authenticated`.
        auth_identity: the account named with it.
        by: name of the server that wrote the field.
        by_ip: address of that server.
        via: link or transport (RFC 5321 4.4 `via`).
        protocol: the protocol word of `with`: upper case where it is a registered type, else as written.
        tls_version: `TLSv1.2`, `SSLv3`, or as written where it is no single version.
        tls_cipher: cipher suite as written.
        id: the server's name for the message (Postfix and Sendmail: queue id), without angle brackets.
        envelope_from: reverse-path; the empty text is the null reverse-path `<>`.
        envelope_to: recipient of the `for` clause; several are joined with `, `.
        ts: time of the hop, aware; None also where `mail_date.parse` finds no single instant.
        comments: every comment, without its outer parentheses, in order.
        raw: the value as given.
    """

    from_helo: str | None
    from_rdns: str | None
    from_ip: str | None
    from_ident: str | None
    auth: str | None
    auth_identity: str | None
    by: str | None
    by_ip: str | None
    via: str | None
    protocol: str | None
    tls_version: str | None
    tls_cipher: str | None
    id: str | None
    envelope_from: str | None
    envelope_to: str | None
    ts: datetime | None
    comments: tuple[str, ...]
    raw: str
