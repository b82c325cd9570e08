"""Passwords for a submission service: the server's side of the Dovecot authentication protocol, version 1.

    login.py SOCKET USER:PASSWORD...

Postfix asks it for each AUTH command (smtpd_sasl_type = dovecot). Only PLAIN is offered.
Protocol: doc.dovecot.org, "Authentication Protocol v1.2": lines of tab-separated words, both ways.
"""

from __future__ import annotations

import base64
import socketserver
import sys
from pathlib import Path

_GREETING = "VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n"


class Login(socketserver.StreamRequestHandler):
    """One connection from a mail server's process."""

    passwords: dict[str, str] = {}  # noqa: RUF012 - set once, before the server starts

    def handle(self) -> None:
        self.wfile.write(_GREETING.encode())
        for line in self.rfile:
            words = line.decode().rstrip("\n").split("\t")
            if words[0] == "AUTH":
                self.wfile.write(self._judge(words).encode())

    def _judge(self, words: list[str]) -> str:
        number = words[1]
        response = next((word.removeprefix("resp=") for word in words if word.startswith("resp=")), "")
        parts = base64.b64decode(response).decode().split("\0")  # RFC 4616: [authzid] NUL authcid NUL passwd
        if len(parts) == 3 and self.passwords.get(parts[1]) == parts[2]:
            return f"OK\t{number}\tuser={parts[1]}\n"
        return f"FAIL\t{number}\tuser={parts[1] if len(parts) == 3 else ''}\n"


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    Login.passwords = dict(word.split(":", 1) for word in sys.argv[2:])
    with Server(sys.argv[1], Login) as server:
        Path(sys.argv[1]).chmod(0o666)
        server.serve_forever()
