"""The kernel gives the rows of the exact reader, on whole and on damaged lines, and never reads past its block."""

import random
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from forensics.formats.lines import read_line
from forensics.formats.postfix_log import LineReader
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.batch import ColumnBatch
from forensics.model.evidence import Facts
from tests.formats.log_blocks import before_a_guard_page

pytest.importorskip("numba", reason="the extra `fast` is not installed")

LINES = b"""\
Nov 23 09:13:41 mx1 postfix/smtpd[174]: connect from mx.alder.example[198.51.100.18]
Nov 23 09:13:41 mx1 postfix/smtpd[174]: connect from unknown[2001:db8::18]:40112
Nov 23 09:13:41 mx1 postfix/smtpd[174]: connect from unknown[2001:DB8::18]
Nov 23 09:13:41 mx1 postfix/smtpd[174]: Anonymous TLS connection established from mx.alder.example[198.51.100.18]: \
TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519
Nov 23 09:13:41 mx1 postfix/smtpd[174]: C7D3739A5FF: client=mx.alder.example[198.51.100.18]
Nov 23 09:13:41 mx1 postfix/smtpd[174]: C7D3739A5FF: client=localhost[127.0.0.1]
Nov 23 09:13:41 mx1 postfix/smtpd[174]: 3ZnSrQ0TQkz2fPT: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=ana
Nov 23 09:13:41 mx1 postfix/submission/smtpd[174]: C7D37: client=a[192.0.2.1], sasl_method=PLAIN, sasl_username=a, b=c
Nov 23 09:13:41 mx1 postfix/cleanup[178]: C7D3739A5FF: message-id=<a1@alder.example>
Nov 23 09:13:41 mx1 postfix/cleanup[178]: C7D3739A5FF: message-id=a1@alder.example
Nov 23 09:13:41 mx1 opendkim[40]: C7D3739A5FF: DKIM verification successful
Nov 23 09:13:41 mx1 dovecot: imap-login: Login
Nov 23 09:13:41 mx1 postfix/qmgr[160]: C7D3739A5FF: from=<sam@alder.example>, size=1204, nrcpt=1 (queue active)
Nov 23 09:13:41 mx1 postfix/qmgr[160]: C7D3739A5FF: from=<>, size=1204, nrcpt=12 (queue active)
Nov 23 09:13:42 mx1 postfix/virtual[176]: C7D3739A5FF: to=<bruno@northwind.example>, relay=virtual, delay=0.05, \
delays=0.04/0/0/0, dsn=2.0.0, status=sent (delivered to maildir)
Nov 23 09:13:42 mx1 postfix/smtp[176]: C7D3739A5FF: to=<pat@alder.example>, orig_to=<x@b.example>, relay=\
mx.alder.example[198.51.100.18]:25, conn_use=2, delay=11, delays=0.04/0/0/0, tls=may, dsn=2.0.0, status=\
sent (250 2.0.0 Ok: queued as 1CAF4)
Nov 23 09:13:42 mx1 postfix/smtp[176]: C7D3739A5FF: to=<pat@alder.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=\
1.250, delays=0.04/0/0/0, dsn=5.1.1, status=bounced (host 127.0.0.1[127.0.0.1] said: 550-5.1.1 no (in reply to RCPT TO))
Nov 23 09:13:42 mx1 postfix/smtp[176]: C7D3739A5FF: to=<pat@alder.example>, relay=none, delay=1, delays=0/0/0/0, \
dsn=4.4.1, status=deferred (connect to mx.alder.example[198.51.100.18]:25: Connection refused)
Nov 23 09:13:42 mx1 postfix/lmtp[176]: C7D3739A5FF: to=<pat@alder.example>, relay=mx1[private/lmtp], delay=1, \
dsn=2.0.0, status=sent (250 OK id=1vNkXG-0001Ab-3f)
Nov 23 09:13:42 mx1 postfix/qmgr[160]: C7D3739A5FF: removed
Nov 23 09:13:42 mx1 postfix/smtpd[174]: NOQUEUE: reject: RCPT from unknown[203.0.113.7]: 554 5.7.1 <v@birch.example>: \
Relay access denied; from=<a@b.example> to=<v@birch.example> proto=ESMTP helo=<pool>
Nov 23 09:13:42 mx1 postfix/smtpd[174]: lost connection after AUTH from unknown[203.0.113.7]
Nov 23 09:13:42 mx1 postfix/smtpd[174]: disconnect from unknown[203.0.113.7] ehlo=1 auth=0/1 mail=1/2 commands=1/2
Nov 23 09:13:42 mx1 postfix/smtpd[174]: disconnect from unknown[203.0.113.7]
Nov 24 09:13:42 mx1 postfix/bounce[174]: C7D3739A5FF: sender non-delivery notification: C7D3739A600
2026-11-24T09:13:42.003115+01:00 mx1 postfix/qmgr[160]: C7D3739A5FF: removed
2026-11-24T09:13:42Z mx1 postfix/qmgr[160]: C7D3739A5FF: removed
2026-10-25T02:30:00.1 mx1 postfix/qmgr[160]: C7D3739A5FF: removed
Dec 31 23:59:59 mx1 postfix/qmgr[160]: C7D3739A5FF: removed
Jan  1 00:00:00 mx1 postfix/qmgr[160]: C7D3739A5FF: removed
Foo 11 00:00:00 mx1 postfix/qmgr[160]: C7D3739A5FF: removed
Feb 30 00:00:00 mx1 postfix/qmgr[160]: C7D3739A5FF: removed

no log line
"""
FACTS = Facts(time_zone=ZoneInfo("Europe/Berlin"), year=2026)


def readings(path, content: bytes, facts: Facts):
    """What the exact reader and the kernel make of the same content."""
    from forensics.formats.postfix_log.blocks import BlockReader, Exact

    path.write_bytes(content)
    found = []
    for with_kernel in (False, True):
        source, tally = Source(path), Tally()
        exact = LineReader(facts, tally)
        if with_kernel:
            reader = BlockReader(Exact(exact.parse, exact.another_program, exact.timeline, tally))
            items = [item for block in source.blocks() for item in reader.read(block)]
        else:
            items = [row for line in source.lines() for row in read_line(line, tally, exact.parse)]
        source.close()
        tally.close(source.content_bytes)
        rows = sorted((row for item in items for row in rows_of(item)), key=lambda row: row.record_no)
        runs, unread = tally.drain()
        ledger = [row for run in runs for row in rows_of(run)]
        counts = (tally.records, tally.ignored_records, tally.unread_records)
        found.append((rows, ledger, unread, counts, tally.problems, exact.timeline.notes, exact.timeline.missing))
        kernel_rows = sum(item.rows for item in items if isinstance(item, ColumnBatch))
    return *found, kernel_rows


def rows_of(item):
    return list(item.each()) if isinstance(item, ColumnBatch) else [item]


def list_of(column):
    return column.to_pylist() if hasattr(column, "to_pylist") else column.tolist()


@pytest.mark.parametrize("facts", [FACTS, Facts(), Facts(time_zone=UTC), Facts(year=2026)])
def test_the_kernel_gives_the_rows_of_the_exact_reader(tmp_path, facts):
    exact, kernel, by_kernel = readings(tmp_path / "log", LINES, facts)

    assert kernel == exact
    assert by_kernel >= 20


@pytest.mark.parametrize("seed", range(6))
def test_damaged_lines_give_the_rows_of_the_exact_reader(tmp_path, seed):
    source = random.Random(seed)
    lines = LINES.splitlines(keepends=True)
    content = bytearray()
    for _ in range(4_000):
        line = bytearray(source.choice(lines))
        for _ in range(source.choice((0, 0, 1, 1, 2, 5))):
            at = source.randrange(len(line))
            kind = source.randrange(4)
            if kind == 0:
                line[at] = source.choice(b' <>[](),;:=/."\\0123456789abzAFZ\x00\xc3\r\n')
            elif kind == 1:
                del line[at : at + source.randrange(1, 9)]
            elif kind == 2:
                line[at:at] = line[: source.randrange(20)] if source.random() < 0.5 else b"from=<"
            else:
                other = source.choice(lines)
                line[at:] = other[source.randrange(len(other)) :]
            line = line or bytearray(b"\n")
        content += line
    exact, kernel, by_kernel = readings(tmp_path / "log", bytes(content), FACTS)

    assert kernel == exact
    assert by_kernel > 500


def test_a_block_may_end_anywhere(tmp_path):
    for end in range(len(LINES) - 300, len(LINES), 7):
        exact, kernel, _ = readings(tmp_path / "log", LINES[:end], FACTS)
        assert kernel == exact


def test_nothing_is_read_behind_the_block():
    from forensics.formats.postfix_log.blocks import _edges, _Space

    space = _Space.of(200)
    for buffer, count in before_a_guard_page(LINES[:1500]):
        lines, _, _ = space.scan(buffer, _edges(buffer, 200))
        assert len(lines.kind) == count


def test_a_block_of_empty_lines_takes_no_memory_for_each_of_them() -> None:
    from forensics.formats.postfix_log import blocks
    from forensics.formats.source import Block

    tally = Tally()
    exact = LineReader(Facts(time_zone=UTC, year=2026), tally)
    reader = blocks.BlockReader(blocks.Exact(exact.parse, exact.another_program, exact.timeline, tally))
    assert not list(reader.read(Block(0, b"\n" * 100_000)))
    assert (reader._room, tally.end, tally.records) == (0, 100_000, 0)
    (batch,) = reader.read(Block(100_000, LINES.splitlines(keepends=True)[0]))
    assert batch.columns["record_no"].tolist() == [100_001]
