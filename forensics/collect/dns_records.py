"""Asking a resolver, carefully: every answer is written down as evidence first, and only then read.

One budget per domain: a question beyond it is not sent, and the recording says so.
"""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, cast

import dns.exception
import dns.resolver
from msgspec import structs

from forensics.collect.exchange import Question, Server, Transport, exchange
from forensics.errors import NetworkError, StorageError, UsageError
from forensics.model.posture import Asked, Status
from forensics.protocols import dns_names, dns_recording
from forensics.protocols.address_text import canonical
from forensics.protocols.dns_answer import MAX_QUERIES, Answer
from forensics.protocols.dns_recording import FORMAT, Entry, Said

TIMEOUT_S = 3.0
MAX_S = 120.0
TRIES = 2
MAX_UNHEARD = 3
"""Questions in a row that nobody answers before the resolver itself is given up."""
_STATUS: dict[str, Status] = {"refused": "servfail", "elsewhere": "not_asked", "not_sent": "not_asked"}


class Recorder:
    """A `Lookup` over the network, that keeps what came back in a file that did not exist before.

    Args:
        path: the recording.
        server: the resolver that is asked.
        budget: queries that may be sent, repetitions and TCP included.
        max_s: seconds after which no more are sent.

    Raises:
        StorageError: the file exists, or cannot be written.
    """

    def __init__(
        self, path: Path, server: Server, *, timeout_s: float = TIMEOUT_S, budget: int = MAX_QUERIES,
        max_s: float = MAX_S,
    ) -> None:  # fmt: skip
        self.path, self.server, self.sent = path, server, 0
        self._timeout_s, self._budget, self._ends = timeout_s, budget, time.monotonic() + max_s
        self._known: dict[tuple[str, str], Asked] = {}
        self._aliases: dict[str, str] = {}
        self._with_data: set[str] = set()
        self._heard, self._unheard = False, 0
        self._file: IO[bytes] = _created(path)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __call__(self, qname: str, qtype: str) -> Answer:
        """The answer as evaluators take it.

        Raises:
            NetworkError: the resolver answers nothing at all.
            StorageError: the recording cannot be written.
        """
        asked = self.ask(qname, qtype)
        return Answer("timeout") if asked.status == "not_asked" else Answer(asked.status, asked.records)

    def ask(self, qname: str, qtype: str) -> Asked:
        """The answer; each question is sent once.

        Raises:
            NetworkError: the resolver answers nothing at all.
            StorageError: the recording cannot be written.
        """
        try:
            question = (dns_names.canonical(qname), qtype.upper())
        except dns_names.DnsNameError as error:
            return Asked(qname=qname, qtype=qtype, status="not_asked", note=str(error))
        if question not in self._known:
            self._known[question] = self._alias(*question) or self._asked(*question)
        return self._known[question]

    @property
    def questions(self) -> tuple[Asked, ...]:
        """All that was looked up, in order."""
        return tuple(self._known.values())

    def names_below(self, suffix: str) -> tuple[str, ...]:
        """Names with records that end in a dot and this suffix."""
        return tuple(sorted(name for name in self._with_data if name.endswith(f".{suffix}")))

    def _alias(self, qname: str, qtype: str) -> Asked | None:
        """Whether a name is an alias, where an earlier answer showed it."""
        if qtype != "CNAME" or (qname not in self._aliases and qname not in self._with_data):
            return None
        target = self._aliases.get(qname)
        status: Status = "ok" if target else "nodata"
        return Asked(qname=qname, qtype=qtype, status=status, records=(target,) if target else ())

    def _asked(self, qname: str, qtype: str) -> Asked:
        said = self._said(qname, qtype)
        for record in said.records:
            if record.rtype == "CNAME":
                self._aliases[record.owner] = record.rdata
            elif record.rtype != "RRSIG":
                self._with_data.add(record.owner)
        status = _STATUS.get(said.outcome) or cast("Status", said.outcome)
        return Asked(qname=qname, qtype=qtype, status=status, records=said.data(qtype), note=said.note)

    def _said(self, qname: str, qtype: str) -> Said:
        """Ask over UDP, again where nothing came, and over TCP where the answer was cut short."""
        try:
            question = Question.make(qname, qtype)
        except dns.exception.DNSException as error:
            return Said("not_sent", qname, note=str(error))
        said = Said("timeout", qname)
        for _ in range(TRIES):
            said = self._sent(question, "udp")
            if said.outcome != "timeout":
                break
        if said.outcome == "truncated":
            said = self._sent(question, "tcp")
            if said.outcome == "truncated":  # over TCP nothing may be cut (RFC 7766 section 5)
                said = Said("servfail", qname, note="cut short over TCP")
        self._listen(said)
        return said

    def _sent(self, question: Question, transport: Transport) -> Said:
        """Send once, within the budget, and write down what came of it."""
        entry = Entry(
            format=FORMAT, asked_at=_now(), qname=question.qname, qtype=question.qtype, status="not_sent",
            server=self.server.address, port=self.server.port, transport=transport,
        )  # fmt: skip
        if self.sent >= self._budget or time.monotonic() >= self._ends:
            note = f"the budget of {self._budget} queries or its time is spent"
            return self._written(structs.replace(entry, note=note))
        self.sent += 1
        start = time.monotonic()
        wire, note = None, ""
        try:
            wire = base64.b64encode(exchange(question, self.server, transport, self._timeout_s)).decode("ascii")
        except OSError as error:
            note = error.strerror or str(error)
        rtt_ms = round((time.monotonic() - start) * 1000)
        return self._written(structs.replace(entry, status="timeout", wire=wire, rtt_ms=rtt_ms, note=note or None))

    def _written(self, entry: Entry) -> Said:
        """Write the entry; what it says is read as it will be read from the recording years later."""
        said = dns_recording.said(entry)
        try:
            self._file.write(dns_recording.encode(structs.replace(entry, status=said.outcome)))
            self._file.flush()
        except OSError as error:
            raise StorageError(f"{self.path}: cannot be written: {error.strerror}.") from error
        return said

    def _listen(self, said: Said) -> None:
        """Give up a resolver that never answers."""
        if said.outcome not in ("timeout", "not_sent"):
            self._heard, self._unheard = True, 0
        elif said.outcome == "timeout":
            self._unheard += 1
        if not self._heard and self._unheard >= MAX_UNHEARD:
            raise NetworkError(
                f"{self.server}: answers nothing ({said.note or 'timed out'}). What was tried is in {self.path}. "
                "Name another resolver with --resolver ADDRESS."
            )


def resolver(text: str | None) -> Server:
    """The resolver named as ADDRESS or ADDRESS:PORT, or the one that the system uses.

    Raises:
        UsageError: no address.
        NetworkError: the system names none.

    >>> resolver("192.0.2.53:5353"), str(resolver("2001:db8::53"))
    (Server(address='192.0.2.53', port=5353), '[2001:db8::53]:53')
    """
    if text is None:
        return _of_the_system()
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = text, "53"
    address = canonical(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    if address is None or not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65_536):
        raise UsageError(f"{text!r} is no resolver. Write ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT.")
    return Server(address, int(port))


def _of_the_system() -> Server:
    try:
        found = dns.resolver.Resolver()
    except dns.exception.DNSException as error:
        raise NetworkError(f"The system names no resolver ({error}). Name one with --resolver ADDRESS.") from error
    if not found.nameservers:
        raise NetworkError("The system names no resolver. Name one with --resolver ADDRESS.")
    return Server(str(found.nameservers[0]), found.port)


def _created(path: Path) -> IO[bytes]:
    try:
        return path.open("xb")
    except FileExistsError as error:
        raise StorageError(f"{path}: exists already; a recording is never overwritten.") from error
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror}.") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
