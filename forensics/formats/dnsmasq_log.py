"""Log of dnsmasq, and so of Pi-hole, with `log-queries`: who asked what, and what was answered from where.

Lines of the log file or of stderr, of syslog or the journal, and of OpenWrt's logread; with `log-queries=extra` (the
number of the question and the client's port come first) and `log-queries=proto`.

Sample::

    Nov 23 09:21:33 dnsmasq[871]: query[A] mx.example from 192.0.2.7
    Nov 23 09:21:33 dnsmasq[871]: forwarded mx.example to 192.0.2.53
    Nov 23 09:21:33 dnsmasq[871]: reply mx.example is 192.0.2.25

Source: dnsmasq, src/cache.c (log_query) and src/log.c; dnsmasq(8); Pi-hole's FTL adds what blocked a name. Time base:
local time, without a year in the log file and in classic syslog.

An answer belongs to a question by its number alone (`extra`): then the question's response is told once, cited by the
first line of the answer, its code that of the last. Without numbers the records are told and the responses are not.
An answer from `config`, a hosts file, DHCP or a block list is this server's own: a response, but no record of the DNS.
A text record that is nothing but an address looks like an address record.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from forensics.formats import _log_times
from forensics.formats._dnsmasq_line import OTHER_PROGRAM, Answered, Lost, Question, parse_line
from forensics.formats.lines import Ignored, Parsed, Unreadable, cite, read_line
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols.syslog_time import Timeline
from forensics.schema import DnsQuery, DnsRecord, DnsResponse, Row

NAME = "dnsmasq_log"
VANTAGE = "recursive_dns"
TABLES = ("dns_query", "dns_response", "dns_record")
LOCAL_TIME = True

MAX_OPEN = 4096
"""Questions whose answers are waited for; the oldest gives way."""
NO_QUERIES = "It holds no question; nothing in it says whether dnsmasq logged them (log-queries)."
UNNUMBERED = "Its questions have no numbers (log-queries=extra): what each client was answered is not known."
_DETECT_LINES = 200
_Key = tuple[int, str, int]
_NO_QUESTION = Ignored("an answer that shows no record, without the number of its question")


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True where lines of dnsmasq are among the first, and more of them than of other programs."""
    parsed = [parse_line(line) for line in head.splitlines()[:_DETECT_LINES]]
    others = sum(line == OTHER_PROGRAM for line in parsed)
    own = sum(not isinstance(line, Unreadable) for line in parsed) - others
    return own > others


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield one `dns_query` per question, one `dns_response` per numbered answer, and the records shown."""
    reader = _Reader(facts, tally)
    for line in source.lines():
        yield from read_line(line, tally, reader.parse)
        yield from reader.settled()
    yield from reader.rest()
    reader.report()


class _Open:
    """A numbered question, and its response as far as it is known."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.rcode: str | None = None
        self.answered: dict[str, Any] | None = None
        """Time and citation of the first line of the answer."""


class _Reader:
    """What carries over from line to line."""

    def __init__(self, facts: Facts, tally: Tally) -> None:
        self._timeline = Timeline(facts.time_zone, facts.year)
        self._tally = tally
        self._open: OrderedDict[_Key, _Open] = OrderedDict()
        self._settled: list[Row] = []
        self._questions = {"client": 0, "authoritative": 0, "unnumbered": 0}

    def parse(self, line: Line) -> Parsed:
        """The rows of one line; what it settles waits for `settled`."""
        said = parse_line(line.text)
        if isinstance(said, Ignored | Unreadable):
            return said
        if isinstance(said, Lost):
            self._tally.lost_records += said.lines
            return Ignored("a message that lines were lost")
        at: dict[str, Any] = dict(cite(line), ts=self._time(said.time))
        if isinstance(said, Question):
            return self._asked(said, at)
        return self._answer(said, at)

    def settled(self) -> Iterator[Row]:
        """The responses that are known to be whole."""
        settled, self._settled = self._settled, []
        return iter(settled)

    def rest(self) -> Iterator[Row]:
        """The responses that were open at the end."""
        for one in self._open.values():
            yield from _response(one)
        self._open.clear()

    def report(self) -> None:
        """Tell the tally what the log as a whole showed."""
        _log_times.report(self._timeline, self._tally)
        counts = self._questions
        if not counts["client"] + counts["authoritative"]:
            self._tally.problem(NO_QUERIES)
            self._tally.fills = {"dns_record"}
            return
        self._tally.vantage = VANTAGE if counts["client"] >= counts["authoritative"] else "authoritative_dns"
        self._tally.fills = {"dns_query", "dns_record", "dns_response"}
        if counts["unnumbered"]:
            self._tally.fills.discard("dns_response")
            self._tally.problem(UNNUMBERED)

    def _time(self, time: str | None) -> int | None:
        if time is None:
            self._tally.problem(_log_times.NO_TIME)
            return None
        return self._timeline.nanoseconds(time)

    def _asked(self, said: Question, at: dict[str, Any]) -> tuple[Row, ...]:
        self._questions["authoritative" if said.authoritative else "client"] += 1
        if said.serial is None:
            self._questions["unnumbered"] += 1
        else:
            self._settle(said.serial.key)
            self._open[said.serial.key] = _Open(said)
            if len(self._open) > MAX_OPEN:
                self._settle(next(iter(self._open)))
        return (DnsQuery(**_sides(said), **at),)

    def _answer(self, said: Answered, at: dict[str, Any]) -> Parsed:
        one = self._open.get(said.serial.key) if said.serial else None
        if one is not None:
            one.answered = one.answered or at
            one.rcode = said.rcode
        if said.record is not None and (one is None or one.question.qtype != "TXT"):
            owner, rtype, rdata = said.record
            return (DnsRecord(owner=owner, rtype=rtype, rdata=rdata, section="answer", **at),)
        return () if one is not None else _NO_QUESTION

    def _settle(self, key: _Key) -> None:
        one = self._open.pop(key, None)
        if one is not None:
            self._settled.extend(_response(one))


def _response(one: _Open) -> Iterator[Row]:
    if one.answered is not None:
        yield DnsResponse(**_sides(one.question), rcode=one.rcode, **one.answered)


def _sides(question: Question) -> dict[str, Any]:
    serial = question.serial
    return {
        "client_ip": question.client_ip, "client_port": serial and serial.client_port,
        "transport": serial and serial.transport, "qname": question.qname, "qtype": question.qtype, "role": "client",
    }  # fmt: skip
