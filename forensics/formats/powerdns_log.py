"""Log of PowerDNS: questions to the authoritative server (`log-dns-queries`), questions and answers of the Recursor
(`quiet=no`).

Sentences, or structured lines of pairs or JSON; behind PowerDNS's own time, behind a syslog header, or bare.

Sample::

    Nov 23 09:21:33 Remote 192.0.2.7 wants 'mx.example|A', do = 0, bufsize = 1232: packetcache MISS
    Nov 23 09:21:34 3 [1/1] question for 'mx.example|MX' from 192.0.2.7:50759
    Nov 23 09:21:34 3 [1/1] answer to question 'mx.example|MX': 1 answers, 1 additional, took 1 packets, 0.119 netw ms, 0.323 tot ms, 0 throttled, 0 timeouts, 0/0 tcp/dot connections, rcode=0

Source: PowerDNS, pdns/auth-main.cc and tcpreceiver.cc; Recursor, docs/running.rst. Time base: local time without year or
zone; structured lines also have seconds since 1970, which are taken.

In sentences an answer names no client: it is that of the question with the same thread and task. A question answered from
the Recursor's packet cache is a sentence without a name. A NOTIFY looks like a question for SOA.
"""  # noqa: E501 - a log line as it is written

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from forensics.formats import _log_times
from forensics.formats._powerdns_line import OTHER_PROGRAM, Frame, Said, parse_line
from forensics.formats.lines import Parsed, cite, read_lines
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import DnsQuery, DnsResponse, Row

NAME = "powerdns_log"
VANTAGE = "authoritative_dns"
TABLES = ("dns_query", "dns_response")
LOCAL_TIME = True

MAX_OPEN = 4096
"""Questions whose answers are waited for; the oldest gives way."""
NO_QUERIES = "It holds no question; nothing in it says whether PowerDNS logged them (log-dns-queries, quiet=no)."
NAMELESS = "Questions that the Recursor answered from its packet cache are logged without their names."
_DETECT_LINES = 200


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True where questions or answers are among the first lines, and more of them than of other programs' lines."""
    parsed = [parse_line(line) for line in head.splitlines()[:_DETECT_LINES]]
    return sum(isinstance(line, Said) for line in parsed) > sum(line == OTHER_PROGRAM for line in parsed)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one `dns_query` per question and one `dns_response` per answer."""
    reader = _Reader(facts, tally)
    yield from read_lines(source, tally, reader.parse)
    reader.report()


class _Reader:
    """What carries over from line to line."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self._timeline = Timeline(facts.time_zone, facts.year)
        self._tally = tally
        self._open: OrderedDict[tuple[object, ...], Said] = OrderedDict()
        self._questions = {True: 0, False: 0}
        """How many were asked of the Recursor, and of the authoritative server."""
        self._nameless = False

    def parse(self, line: Line) -> Parsed:
        """The row of one line."""
        said = parse_line(line.text)
        if not isinstance(said, Said):
            return said
        at: dict[str, Any] = dict(cite(line), ts=self._time(said.frame))
        if said.rcode is not None:
            return (self._response(said, at),)
        self._questions[said.recursive] += 1
        self._nameless = self._nameless or said.qname is None
        if said.task is not None:
            self._open[_key(said)] = said
            if len(self._open) > MAX_OPEN:
                self._open.popitem(last=False)
        return (DnsQuery(**_same(said), edns=said.edns, dnssec_ok=said.dnssec_ok, **at),)

    def report(self) -> None:
        """Tell the tally what the log as a whole showed."""
        _log_times.report(self._timeline, self._tally)
        if not any(self._questions.values()):
            self._tally.problem(NO_QUERIES)
            self._tally.fills = {"dns_response"}
            return
        recursive = self._questions[True] > self._questions[False]
        self._tally.vantage = "recursive_dns" if recursive else VANTAGE
        self._tally.fills = {"dns_query", "dns_response"} if self._questions[True] else {"dns_query"}
        if self._nameless:
            # a name that is not among the questions may have been asked for
            self._tally.problem(NAMELESS)
            self._tally.fills.discard("dns_query")

    def _response(self, said: Said, at: dict[str, Any]) -> DnsResponse:
        asked = self._open.pop(_key(said), None) if said.task is not None else said
        if asked is None or (asked.qname, asked.qtype) != (said.qname, said.qtype):
            asked = said
        return DnsResponse(
            **_same(asked), rcode=said.rcode, answer_count=said.answer_count, rtt_ms=said.rtt_ms, **at
        )  # fmt: skip

    def _time(self, frame: Frame) -> int | None:
        if frame.ns is not None:
            return frame.ns
        if frame.time is None:
            self._tally.problem(_log_times.NO_TIME)
            return None
        return self._timeline.nanoseconds(frame.time)


def _key(said: Said) -> tuple[object, ...]:
    return said.frame.writer, said.task


def _same(said: Said) -> dict[str, Any]:
    return {
        "client_ip": said.client_ip, "client_port": said.client_port, "transport": said.transport,
        "qname": said.qname, "qtype": said.qtype, "role": "client",
    }  # fmt: skip
