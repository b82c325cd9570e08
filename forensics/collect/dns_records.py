"""Asking a resolver, carefully: every answer is written down as evidence first, and only then read.

One budget per domain: a question beyond it is not sent, and the recording says so.
"""

from __future__ import annotations

import base64
import ssl
import time
from pathlib import Path
from types import TracebackType
from typing import cast

import dns.exception
from msgspec import structs

from forensics.collect import links
from forensics.collect.exchange import Question, Way
from forensics.collect.recording import Recording, now, since
from forensics.collect.resolvers import Server, Transport, located
from forensics.errors import NetworkError
from forensics.model.posture import Asked, Status
from forensics.protocols import dns_names, dns_recording
from forensics.protocols.dns_answer import MAX_QUERIES, Answer
from forensics.protocols.dns_recording import FORMAT, Entry, Said
from forensics.protocols.recording_lines import RecordingLine

TIMEOUT_S = 3.0
MAX_S = 120.0
MAX_UNHEARD = 3
"""Questions in a row that nobody answers before the resolver itself is given up."""
_STATUS: dict[str, Status] = {
    "refused": "servfail", "bogus": "servfail", "elsewhere": "not_asked", "not_sent": "not_asked",
}  # fmt: skip


class Recorder:
    """A `Lookup` over the network, that keeps what came back in a file that did not exist before.

    Args:
        path: the recording.
        server: the resolver that is asked.
        budget: queries that may be sent, repetitions and TCP included.
        max_s: seconds after which no more are sent.
        lists: blocklists that are asked on purpose; the recording names them beside each question to them.
        trust: what the certificate of a resolver over TLS or HTTPS is held against; None: the system's authorities.

    Raises:
        NetworkError: the resolver has a name alone, and no address of it is found.
        StorageError: the file exists, or cannot be written.
    """

    def __init__(
        self, path: Path, server: Server, *, timeout_s: float = TIMEOUT_S, budget: int = MAX_QUERIES,
        max_s: float = MAX_S, trust: ssl.SSLContext | None = None, lists: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.path, self.server, self.sent = path, located(server), 0
        # one without authorities accepts nobody, and costs nothing where no certificate is looked at
        trust = trust or (links.trusting() if server.encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        self._way, self._lists = Way(self.server, timeout_s, trust), lists
        self._budget, self._ends = budget, time.monotonic() + max_s
        self._known: dict[tuple[str, str], Asked] = {}
        self._aliases: dict[str, str] = {}
        self._with_data: set[str] = set()
        self._heard, self._unheard = False, 0
        self.authenticated = False
        """Whether the resolver vouched for any answer: then it checks signatures."""
        self._recording = Recording(path)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._way.close()
        self._recording.close()

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

    def keep(self, line: RecordingLine) -> None:
        """Write a line of another kind into the recording.

        Raises:
            StorageError: it cannot be written.
        """
        self._recording.write(line)

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
        self.authenticated = self.authenticated or said.authenticated is True
        status = _STATUS.get(said.outcome) or cast("Status", said.outcome)
        return Asked(qname=qname, qtype=qtype, status=status, records=said.data(qtype), note=said.note)

    def _said(self, qname: str, qtype: str) -> Said:
        """Ask; where the resolver fails, ask once more whether it only refuses to vouch for what it found."""
        try:
            question, unchecked = (Question.make(qname, qtype, checking_disabled=off) for off in (False, True))
        except dns.exception.DNSException as error:
            return Said("not_sent", qname, note=str(error))
        said = self._heard_of(question)
        self._listen(said)
        if (said.outcome, said.note) == ("servfail", "SERVFAIL") and (
            found := self._heard_of(unchecked)
        ).outcome == "bogus":
            return found
        return said

    def _heard_of(self, question: Question) -> Said:
        """What came: over TCP where the answer was cut short."""
        transport = self.server.transport
        said = self._tried(question, transport)
        if transport == "udp" and said.outcome == "truncated":
            said = self._tried(question, "tcp")
        if said.outcome == "truncated":  # over a stream nothing may be cut (RFC 7766 section 5)
            return Said("servfail", question.qname, note="cut short although the answer had room")
        return said

    def _tried(self, question: Question, transport: Transport) -> Said:
        """What came: asked again where a packet got lost, or a stream that was open before."""
        said = self._sent(question, transport)
        if said.outcome == "timeout" and (transport == "udp" or self._way.reused):
            said = self._sent(question, transport)
        return said

    def _sent(self, question: Question, transport: Transport) -> Said:
        """Send once, within the budget, and write down what came of it."""
        entry = Entry(
            format=FORMAT, asked_at=now(), qname=question.qname, qtype=question.qtype, status="not_sent",
            server=self.server.address, port=self.server.port, transport=transport, server_name=self.server.name,
            checking_disabled=question.checking_disabled,
            list_zone=next((zone for zone in self._lists if question.qname.endswith(f".{zone}")), None),
        )  # fmt: skip
        if self.sent >= self._budget or time.monotonic() >= self._ends:
            note = f"the budget of {self._budget} queries or its time is spent"
            return self._written(structs.replace(entry, note=note))
        self.sent += 1
        start = time.monotonic()
        wire, note = None, ""
        try:
            got = self._way.exchange(question, transport)
            wire = base64.b64encode(got).decode("ascii")
        except OSError as error:
            note = links.reason(error)
        rtt_ms = since(start)
        return self._written(structs.replace(entry, status="timeout", wire=wire, rtt_ms=rtt_ms, note=note or None))

    def _written(self, entry: Entry) -> Said:
        """Write the entry; what it says is read as it will be read from the recording years later."""
        said = dns_recording.said(entry)
        self.keep(structs.replace(entry, status=said.outcome))
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
