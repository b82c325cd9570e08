"""Looking at the mail servers of a domain: banner, EHLO, STARTTLS, certificate, QUIT; never a command of mail."""

from __future__ import annotations

import base64
import socket
import ssl
import time
from collections.abc import Iterable
from pathlib import Path

from msgspec import structs

from forensics.collect import host_addresses, links
from forensics.collect.dns_records import Recorder
from forensics.collect.reach import PUBLIC, Reach
from forensics.collect.recording import now, since
from forensics.protocols import smtp_reply
from forensics.protocols.smtp_recording import FORMAT, SmtpEntry, SmtpOutcome, Turn
from forensics.protocols.smtp_reply import SmtpReply, SmtpReplyError

MAX_EXCHANGERS = 3
TIMEOUT_S = 30.0
_CHUNK_BYTES = 4096


class _Ended(Exception):  # noqa: N818 - the way a dialogue ends, not an error
    """The dialogue ends before QUIT."""

    def __init__(self, outcome: SmtpOutcome, note: str) -> None:
        super().__init__(note)
        self.outcome, self.note = outcome, note


def probe(
    hosts: Iterable[str], recorder: Recorder, ca_file: Path | None = None, reach: Reach = PUBLIC, *,
    timeout_s: float = TIMEOUT_S,
) -> None:  # fmt: skip
    """Look at each of the first exchangers, and keep what it said.

    Where its certificate is not accepted, a second connection takes any, so that the certificate can be seen. Where
    there are no authorities, the first one takes any.

    Args:
        hosts: the exchangers, the most preferred first.
        recorder: asks for the addresses, and keeps what came back.
        ca_file: authorities (PEM) that certificates are held against; None: those of the system.
        reach: which addresses may be called.
        timeout_s: seconds for one connection, whatever the server does.

    Raises:
        NetworkError: the resolver answers nothing at all.
        StorageError: the recording cannot be written.
        UsageError: the file holds no authorities.
    """
    checked, unchecked = links.trusting(ca_file), links.unchecked()
    if not links.has_authorities(checked):
        checked = unchecked
    checked.check_hostname = False  # the names are held against the exchanger later, from the certificate itself
    for host in list(dict.fromkeys(hosts))[:MAX_EXCHANGERS]:
        entry = _place(host, recorder, reach)
        if entry.address is not None:
            entry = _Connection(entry, checked, timeout_s).entry
            if entry.outcome == "certificate":
                recorder.keep(entry)
                again = SmtpEntry(
                    format=FORMAT, asked_at=now(), host=host, outcome="done", address=entry.address, port=entry.port
                )
                entry = _Connection(again, unchecked, timeout_s).entry
        recorder.keep(entry)


def _place(host: str, recorder: Recorder, reach: Reach) -> SmtpEntry:
    """An entry with the first address that may be called, or with the reason why none is."""
    found = host_addresses.look_up(host, recorder, reach)
    entry = SmtpEntry(format=FORMAT, asked_at=now(), host=host, outcome="done")
    if not found.allowed:
        return structs.replace(entry, outcome=found.lack, note=found.note)
    return structs.replace(entry, address=found.allowed[0], port=reach.smtp_port)


class _Connection:
    """One connection from the banner to QUIT; `entry` says what came of it."""

    def __init__(self, entry: SmtpEntry, trust: ssl.SSLContext, timeout_s: float) -> None:
        self._turns: list[Turn] = []
        self._ends, start = time.monotonic() + timeout_s, time.monotonic()
        self.entry = entry
        try:
            with links.opened(entry.address or "", entry.port or 25, self._ends) as link:
                self._talk(link, trust)
        except _Ended as ended:
            self._told(outcome=ended.outcome, note=ended.note or None)
        except OSError as error:
            self._told(outcome=links.kind(error), note=links.reason(error))
        self._told(turns=tuple(self._turns), rtt_ms=since(start))

    def _talk(self, link: socket.socket, trust: ssl.SSLContext) -> None:
        if self._said(link, None).code != 220:
            self._quit(link)
            return
        greeting = self._said(link, f"EHLO {_own_name(link)}")
        if greeting.code != 250 or "STARTTLS" not in greeting.keywords:
            self._quit(link)
            return
        if self._said(link, "STARTTLS").code != 220:
            self._quit(link)
            return
        with links.secured(link, trust, self.entry.host, self._ends) as secret:
            cipher, shown = secret.cipher(), secret.getpeercert(binary_form=True)
            self._told(
                tls_version=secret.version(), cipher=cipher[0] if cipher else None,
                verified=True if trust.verify_mode == ssl.CERT_REQUIRED else None,
                certificate=base64.b64encode(shown).decode("ascii") if shown else None,
            )  # fmt: skip
            self._quit(secret)

    def _quit(self, link: socket.socket) -> None:
        """Take leave; a server that hangs up instead of answering is left all the same."""
        try:
            self._said(link, "QUIT")
        except (OSError, _Ended):
            return

    def _said(self, link: socket.socket, sent: str | None) -> SmtpReply:
        """Send a line, and give the reply; its bytes are kept first, also where they are none."""
        if sent is not None:
            link.settimeout(links.left(self._ends))
            link.sendall(f"{sent}\r\n".encode("ascii"))
        data = bytearray()
        try:
            while not smtp_reply.is_whole(data):
                if len(data) >= smtp_reply.MAX_BYTES:
                    raise _Ended("oversized", f"a reply of more than {smtp_reply.MAX_BYTES} bytes")
                part = links.received(link, min(_CHUNK_BYTES, smtp_reply.MAX_BYTES - len(data)), self._ends)
                if not part:
                    raise _Ended("closed", "the server hung up within a reply")
                data += part
        finally:
            self._turns.append(Turn(sent, base64.b64encode(data).decode("ascii")))
        try:
            return smtp_reply.parse(bytes(data))
        except SmtpReplyError as error:
            raise _Ended("no_smtp", "") from error

    def _told(self, **said: object) -> None:
        self.entry = structs.replace(self.entry, **said)


def _own_name(link: socket.socket) -> str:
    """This end as an address literal (RFC 5321 section 4.1.3): a name would have to be one that leads back here."""
    address = str(link.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
