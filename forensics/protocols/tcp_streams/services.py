"""Which protocol a TCP connection speaks, from the first bytes of each side."""

from __future__ import annotations

import re

from forensics.protocols.tls_hello import looks_like_tls

SNIFF_BYTES = 32
MAIL_PORTS = frozenset({25, 465, 587, 2525})
DNS_PORT = 53

_CLIENT = (
    ("http", re.compile(rb"(?:GET|POST|HEAD|PUT|OPTIONS|DELETE|PATCH|CONNECT|PROPFIND|TRACE) \S|PRI \* HTTP/2")),
    ("ssh", re.compile(rb"SSH-[12]\.")),
    ("smtp", re.compile(rb"(?:EHLO|HELO|LHLO)[ \r\n]|MAIL FROM ?:|RCPT TO ?:", re.IGNORECASE)),
    ("imap", re.compile(rb"[A-Za-z0-9.]{1,16} (?:LOGIN|CAPABILITY|STARTTLS|AUTHENTICATE|ID|NOOP)[ \r\n]")),
    ("ftp", re.compile(rb"USER \S", re.IGNORECASE)),
)
_SERVER = (
    ("http", re.compile(rb"HTTP/[12]\.[0-9] [1-5]")),
    ("ssh", re.compile(rb"SSH-[12]\.")),
    ("imap", re.compile(rb"\* (?:OK|PREAUTH|BYE)[ \r\n]")),
    ("pop3", re.compile(rb"\+OK[ \r\n]")),
)
_REPLY = re.compile(rb"[2-5][0-9]{2}(?:[ -]|\r?\n)")


def recognise(client: bytes, server: bytes) -> str | None:
    """The protocol whose first bytes these are; None where they fit none, or not yet.

    `reply` stands for a server that greets with a reply code: SMTP or FTP, as what follows will show.

    >>> recognise(b"", b"SSH-2.0-OpenSSH_9.2"), recognise(b"", b"220 mx1.alder.example ESMTP")
    ('ssh', 'reply')
    """
    if _REPLY.match(server):
        return "reply"
    if looks_like_tls(client) or looks_like_tls(server):
        return "tls"
    for sides, patterns in ((client, _CLIENT), (server, _SERVER)):
        for service, pattern in patterns:
            if pattern.match(sides):
                return "pop3" if service == "ftp" and server.startswith(b"+OK") else service
    return None
