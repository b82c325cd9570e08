"""Saved output of dig, one answer or many in a row: the records, and the answers without any.

A name that does not exist, a type that a name lacks, a server that failed or did not answer become a row with a
`status`: "asked: not there" and "could not ask" are findings too.

Sample::

    ; <<>> DiG 9.18.49 <<>> @192.0.2.53 mx.example MX
    ;; Got answer:
    ;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4663
    ;; flags: qr aa; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1

    ;; QUESTION SECTION:
    ;mx.example.			IN	MX

    ;; SERVER: 192.0.2.53#53(192.0.2.53) (UDP)
    ;; WHEN: Mon Nov 23 09:21:27 UTC 2026

Source: BIND 9, bin/dig/dig.c; drill prints the same. Time base: the WHEN line, local time of the host that asked with
the name of its zone; only UTC and GMT are certain names, any other needs the zone declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from forensics.formats import _log_times
from forensics.formats._zone_entries import Joiner, RawEntry
from forensics.formats.source import Line, Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import dig_text
from forensics.protocols.syslog_time import Timeline
from forensics.protocols.zone_text import Directive, ZoneReader, ZoneTextError
from forensics.schema import DnsRecord, Row

NAME = "dig_answers"
VANTAGE = "record"
TABLES = ("dns_record",)
LOCAL_TIME = True

MAX_HELD = 20_000
TOO_MANY = f"An answer of more than {MAX_HELD} records: server and time, which follow them, are unknown for the first."

_COMMAND = "; <<>> DiG"
_HEADER = ";; ->>HEADER<<-"
_STARTS = (_COMMAND, _HEADER, ";; Got answer:")
_SECTIONS = {
    ";; ANSWER SECTION:": "answer", ";; AUTHORITY SECTION:": "authority", ";; ADDITIONAL SECTION:": "additional",
    ";; QUESTION SECTION:": "question", ";; OPT PSEUDOSECTION:": "pseudo", ";; TSIG PSEUDOSECTION:": "pseudo",
    ";; SIG0 PSEUDOSECTION:": "pseudo",
}  # fmt: skip
_NO_ANSWER = ("no servers could be reached", "no response from servers")


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """True where dig's command or header line is among the first lines, at the start of one."""
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    marks = tuple(mark.encode() for mark in (_COMMAND, _HEADER))
    begins = bool(lines) and lines[0].startswith(b";")
    return any(line.startswith(marks) for line in (lines if begins else lines[:4]))


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:
    """Yield a `dns_record` per record, and one with a `status` per answer without records."""
    reader = _Reader(Timeline(facts.time_zone, facts.year), tally)
    for line in source.lines():
        yield from reader.line(line)
    yield from reader.end()
    _log_times.report(reader.timeline, tally)


class _Reader:
    """The state between lines: the answer that is being read, whose server and time come last."""

    def __init__(self, timeline: Timeline, tally: Tally) -> None:
        self.timeline = timeline
        self._tally = tally
        self._joiner = Joiner()
        self._asked: dig_text.Question | None = None
        self._begin()

    def line(self, line: Line) -> Iterator[Row]:
        """Take a line; the rows of the answer before, where the line begins another."""
        text = line.text.decode("utf-8", "backslashreplace")
        if self._joiner.is_open and text.startswith((";;", _COMMAND)):
            self._entry(self._joiner.end())
        if self._joiner.is_open or (text.strip() and not text.startswith(";")):
            self._entry(self._joiner.add(line))
            yield from self._spill()
        elif not text.strip():
            self._tally.padding(line.offset, line.length)
        else:
            if text.startswith(_STARTS) and self._begun:
                yield from self._flush()
            self._comment(text, line)

    def end(self) -> Iterator[Row]:
        """The rows of the last answer."""
        self._entry(self._joiner.end())
        yield from self._flush()

    def _begin(self) -> None:
        self._zone = ZoneReader()
        self._begun = False
        self._section = "dig"
        self._rcode: str | None = None
        self._counts: dig_text.Counts | None = None
        self._question: dig_text.Question | None = None
        self._status: dict[str, Any] | None = None
        self._seen: dict[str, Any] = {"ts": None, "server_ip": None}
        self._held: list[dict[str, Any]] = []

    def _comment(self, text: str, line: Line) -> None:
        """A line that begins with a semicolon."""
        self._begun = self._begun or text.startswith((_HEADER, ";; SERVER"))
        if text.startswith(_COMMAND):
            self._asked = dig_text.command(text)
        elif text.strip() in _SECTIONS:
            self._section = _SECTIONS[text.strip()]
        elif any(words in text for words in _NO_ANSWER) and self._asked:
            self._question = self._asked
            return self._no_records(line, "timeout")
        elif self._section == "question" and (question := dig_text.question(text)):
            self._question = question
            if self._rcode and self._counts and (self._rcode != "NOERROR" or not self._counts.answers):
                return self._no_records(line, "nodata" if self._rcode == "NOERROR" else self._rcode.lower())
        else:
            self._about(text)
        self._tally.container(line.offset, line.length)
        return None

    def _about(self, text: str) -> None:
        """What a line says of the answer as a whole."""
        self._rcode = dig_text.rcode(text) or self._rcode
        self._counts = dig_text.counts(text) or self._counts
        self._seen["server_ip"] = dig_text.server(text) or self._seen["server_ip"]
        when = dig_text.when(text)
        if when:
            self._seen["ts"] = self.timeline.nanoseconds(when)

    def _no_records(self, line: Line, status: str) -> None:
        self._tally.record(line.offset, line.length)
        self._begun = True
        self._status = {
            "status": status, "record_no": self._tally.records, "offset": line.offset, "length": line.length,
        }  # fmt: skip

    def _entry(self, entry: RawEntry | None) -> None:
        """A record, as master-file text."""
        if entry is None:
            return None
        record_no = self._tally.records + 1
        if entry.refused:
            reason = "an entry over the bounds of this tool"
            return self._tally.refused(record_no, entry.offset, entry.length, reason, entry.raw)
        if self._section == "pseudo":
            return self._tally.ignored(entry.offset, entry.length, "a signature of the transaction")
        try:
            item = self._zone.entry(entry.flat)
        except ZoneTextError:
            item = None
        if item is None or isinstance(item, Directive):
            return self._tally.unread(record_no, entry.offset, entry.length, "no record as dig prints it", entry.raw)
        self._tally.record(entry.offset, entry.length)
        section = "dig" if self._section == "question" else self._section
        self._begun = True
        self._held.append({
            "owner": item.owner, "rtype": item.rtype, "ttl_s": item.ttl_s, "rdata": item.rdata, "section": section,
            "record_no": record_no, "offset": entry.offset, "length": entry.length,
        })  # fmt: skip
        return None

    def _spill(self) -> Iterator[Row]:
        if len(self._held) >= MAX_HELD:
            self._tally.problem(TOO_MANY)
            for values in self._held:
                yield DnsRecord(**values)
            self._held.clear()

    def _flush(self) -> Iterator[Row]:
        """The rows of the answer that ends here."""
        if self._status and self._question and not (self._status["status"] == "nodata" and self._is_partial()):
            owner, rtype = self._question
            yield DnsRecord(**self._status, **self._seen, owner=owner, rtype=rtype, section="answer")
        for values in self._held:
            yield DnsRecord(**values, **self._seen)
        self._begin()

    def _is_partial(self) -> bool:
        """Whether the answer says nothing of the type: cut short, or a mere referral (RFC 2308 section 2.2)."""
        if self._counts and "tc" in self._counts.flags:
            return True
        authority = {values["rtype"] for values in self._held if values["section"] == "authority"}
        return "aa" not in (self._counts.flags if self._counts else ()) and "NS" in authority and "SOA" not in authority
