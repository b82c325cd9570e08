"""What one TCP connection says, as it says it: SMTP, TLS, DNS, or another service by name only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from forensics.formats._capture.told_dialogues import ToldDialogue
from forensics.protocols.dns_message import HEADER_BYTES
from forensics.protocols.smtp_dialogue import Dialogue, Envelope, Moment
from forensics.protocols.tcp_streams import At, Connection, Run
from forensics.protocols.tcp_streams.services import DNS_PORT, MAIL_PORTS, SNIFF_BYTES, recognise
from forensics.protocols.tls_hello import TlsWatch

CLIENT, SERVER = 0, 1
MAX_EARLY_PIECES = 64
MAX_HELD_ENVELOPES = 256

OnMessage = Callable[[Connection, int, bytes, At], None]
Told = Callable[[Run], ToldDialogue | None]
OnEnvelopes = Callable[["Conversation", tuple[Envelope, ...]], None]


class Conversation:
    """Listens to one connection; keeps its first bytes until they show what is spoken."""

    __slots__ = (
        "_done", "_early", "_mail_port", "_messages", "_on_envelopes", "_on_message", "_seen", "_told", "connection",
        "dialogue", "service", "session_no", "tls",
    )  # fmt: skip

    def __init__(
        self, connection: Connection, on_message: OnMessage, on_envelopes: OnEnvelopes, told: Told
    ) -> None:  # fmt: skip
        self.connection = connection
        self.service: str | None = None
        self.dialogue: Dialogue | ToldDialogue | None = None
        self.tls: TlsWatch | None = None
        self.session_no: int | None = None
        self._on_envelopes = on_envelopes
        self._on_message = on_message
        self._told = told
        self._mail_port = connection.server.port in MAIL_PORTS
        self._early: list[tuple[int, bytes, int, At]] = []
        self._seen = [b"", b""]
        self._messages = (DnsStream(), DnsStream()) if connection.server.port == DNS_PORT else None
        self._done = False

    @property
    def done(self) -> bool:
        """Whether what comes does not matter any more."""
        return self._done

    @property
    def is_smtp(self) -> bool:
        """Whether this is a session: SMTP was spoken, or TLS from the first byte on a port of mail."""
        if self.dialogue is not None:
            return self.dialogue.is_smtp
        return self.implicit_tls

    @property
    def implicit_tls(self) -> bool:
        """TLS from the first byte on a port of mail: 465, or another where the server took part."""
        if self.service != "tls" or self.tls is None or not self._mail_port:
            return False
        return self.tls.server is not None or (self.connection.server.port == 465 and self.tls.is_tls)

    def take(self, side: int, data: bytes, at: At) -> None:
        """Bytes in order, of one side."""
        if self._done:
            return
        if self._messages is not None:
            self._take_dns(side, data, at)
        elif isinstance(self.dialogue, Dialogue):
            self._say(self.dialogue, side, data, at)
            self._pass_on(self.dialogue)
        elif self.tls is not None:
            self._take_tls(side, data)
        else:
            self._sniff(side, data, at)

    def take_run(self, run: Run, flip: int) -> None:
        """Bytes in order, of both sides; those of a dialogue that is told already are not listened to."""
        if run.opens and (told := self._told(run)):
            self.dialogue, self._done = told, True
            return
        for side, data, at in run.pieces(flip):
            if self._done:
                return
            if isinstance(self.dialogue, Dialogue):
                self._say(self.dialogue, side, data, at)
            else:
                self.take(side, data, at)
        if isinstance(self.dialogue, Dialogue):
            self._pass_on(self.dialogue)

    def gap(self, side: int, missing: int) -> None:
        """Bytes that the capture lacks."""
        if self._done:
            return
        if self._messages is not None:
            self._messages[side].lost()
        elif isinstance(self.dialogue, Dialogue):
            (self.dialogue.client_gap if side == CLIENT else self.dialogue.server_gap)(missing)
            self._pass_on(self.dialogue)
        elif self.tls is not None:
            self.tls.gap(side)
        else:
            self._early.append((side, b"", missing, (0, 0, 0, 0)))

    def end(self, *, closed: bool) -> None:
        """No more bytes come."""
        undecided = not self._done and self.dialogue is None and self.tls is None and self._messages is None
        if undecided and any(self._seen):
            self._decide(final=True)
        if self.dialogue is not None:
            self.dialogue.finish(closed=closed)
            if self.dialogue.lmtp:
                self.service = "lmtp"
            elif self.dialogue.is_smtp:
                self.service = "smtp"
            else:
                self.service = recognise(self._seen[CLIENT], b"")
            if self.dialogue.is_smtp:
                self._on_envelopes(self, self.dialogue.drain())

    def _sniff(self, side: int, data: bytes, at: At) -> None:
        self._early.append((side, data, 0, at))
        if len(self._seen[side]) < SNIFF_BYTES:
            self._seen[side] += data[: SNIFF_BYTES - len(self._seen[side])]
        self._decide(final=len(self._early) >= MAX_EARLY_PIECES)

    def _decide(self, *, final: bool) -> None:
        """Choose who listens on; on a port of mail the server's first words are waited for."""
        service = recognise(*self._seen)
        if service == "tls" and self._mail_port and not self._seen[SERVER] and not final:
            return
        full = all(len(seen) >= SNIFF_BYTES for seen in self._seen)
        if service is None and not final and not full:
            return
        if service == "tls":
            self.service, self.tls = "tls", TlsWatch()
        elif service in ("smtp", "reply") or (self._mail_port and service is None and any(self._seen)):
            self._open_dialogue()
        else:
            self.service, self._done = service, True
        early, self._early = self._early, []
        for side, data, missing, at in early:
            if missing:
                self.gap(side, missing)
            else:
                self.take(side, data, at)

    def _open_dialogue(self) -> None:
        hello = TlsWatch()
        self.tls = hello
        self.dialogue = Dialogue(
            mail_port=self._mail_port,
            from_start=self.connection.directions[SERVER].started,
            client_tls=lambda data: hello.take(CLIENT, data),
            server_tls=lambda data: hello.take(SERVER, data),
        )

    def _say(self, dialogue: Dialogue, side: int, data: bytes, at: At) -> None:
        if not self._seen[side]:
            self._seen[side] = data[:SNIFF_BYTES]
        if side == CLIENT:
            dialogue.client(data, Moment(*at))
        else:
            dialogue.server(data, Moment(*at))
        if dialogue.encrypted:  # behind a handshake that succeeded nothing can be read
            self._done = self.tls is not None and self.tls.established

    def _pass_on(self, dialogue: Dialogue) -> None:
        if dialogue.ended_envelopes >= MAX_HELD_ENVELOPES:
            envelopes = dialogue.drain()
            if dialogue.is_smtp:
                self._on_envelopes(self, envelopes)

    def _take_tls(self, side: int, data: bytes) -> None:
        assert self.tls is not None  # noqa: S101 - the caller asked
        self.tls.take(side, data)
        self._done = self.tls.established

    def _take_dns(self, side: int, data: bytes, at: At) -> None:
        assert self._messages is not None  # noqa: S101 - the caller asked
        for message in self._messages[side].feed(data):
            self.service = "dns"
            self._on_message(self.connection, side, message, at)


class DnsStream:
    """Messages of one side of a connection, each after its length (RFC 1035 section 4.2.2)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._alive = True

    def lost(self) -> None:
        """Bytes are missing: where the next message begins is not known."""
        self._alive = False
        self._buffer.clear()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The messages that these bytes complete."""
        if not self._alive:
            return
        self._buffer += data
        at = 0
        while at + 2 <= len(self._buffer):
            end = at + 2 + int.from_bytes(self._buffer[at : at + 2])
            if end > len(self._buffer):
                break
            if end - at - 2 >= HEADER_BYTES:
                yield bytes(self._buffer[at + 2 : end])
            at = end
        del self._buffer[:at]
