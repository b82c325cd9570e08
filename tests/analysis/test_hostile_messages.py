"""Messages made to break readers: each gives a report, none an error."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import duckdb
import pytest

from forensics.analysis.message_headers import judge
from forensics.analysis.recorded_answers import RecordedAnswers
from forensics.model.case_file import CitationPart
from forensics.model.header_report import MessagePart
from forensics.store import tables

SEED = 20261123
MUTATIONS = int(os.environ.get("FORENSICS_MUTATIONS", "2000"))
"""How many mutated messages are judged; more by hand."""
WHOLE = b"""\
Return-Path: <pat@alder.example>
Delivered-To: ana@northwind.example
Received: from mx.cedar.example (mx.cedar.example [198.51.100.50])
\tby mx1.northwind.example (Postfix) with ESMTPS id 26E9D3A22B8
\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))
\tfor <ana@northwind.example>; Mon, 23 Nov 2026 09:39:57 +0000 (UTC)
Authentication-Results: mx1.northwind.example; dkim=pass header.d=alder.example;
\tspf=softfail (why) smtp.mailfrom=pat@alder.example; dmarc=pass header.from=alder.example
Received-SPF: softfail (mailfrom) identity=mailfrom; client-ip=198.51.100.50; receiver=mx1.northwind.example
ARC-Seal: i=1; s=p2; d=birch.test; t=1795426797; a=rsa-sha256; cv=none; b=oKiWAXbb
ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=birch.test; s=p2; t=1795426797;
\th=from:to:subject; bh=5qSgOZuVhZ9tuhfokNURyuO5Bj+WUt8u8DKoMSZAFOc=; b=X+UqD4dr
ARC-Authentication-Results: i=1; mx.birch.test; dkim=pass header.d=alder.example
Received: from mx.alder.example (mx.alder.example [198.51.100.18]) by mx.cedar.example (8.15.2/8.15.2)
\twith ESMTP id xAB1; Mon, 23 Nov 2026 10:39:56 +0100
Received: (qmail 3102 invoked by uid 89); 23 Nov 2026 09:39:56 -0000
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=alder.example; s=p1; t=1795426796; l=4; x=1895426796;
\tbh=5qSgOZuVhZ9tuhfokNURyuO5Bj+WUt8u8DKoMSZAFOc=; h=Date:To:From:Subject:From; z=From:a|To:b; b=KbnGU4BG
Date: Mon, 23 Nov 2026 09:39:56 +0000
From: =?utf-8?q?Pat?= <pat@alder.example>
Reply-To: "x" <pat@xn--bcher-kva.example>
Subject: =?iso-8859-1?q?F=F6rwarded?= =?utf-8?b?MA==?=
Message-Id: <20261123093956.000017@ws12.lan.isp.test>
X-Originating-IP: [203.0.113.7]

body
"""
PIECES = (
    b"",
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\n\n",
    b"(",
    b")",
    b"((((((((",
    b"[",
    b"]",
    b"<",
    b">",
    b'"',
    b"\\",
    b";",
    b":",
    b"@",
    b"=?",
    b"?=",
    b"=?utf-8?b?",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"xn--",
    b"xn--\xff",
    b"::1",
    b"::ffff:1.2.3.4",
    b"%eth0",
    b"99999999999999999999",
    b"-1",
    b"i=0",
    b"i=51",
    b"t=99999999999999",
    b"x=0",
    b"l=",
    b"h=",
    b"Received: ",
    b"From: ",
    b"31 Feb 9999 25:61:61 +9959",
    b"Mon, 1 Jan 0001 00:00:00 +1400",
    b"31 Dec 9999 23:59:59 -1200",
    b"by ",
    b"from ",
    b"for ",
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    opened = tables.connect()
    tables.create_views(opened, "whole", {})
    yield opened
    opened.close()


def report(data: bytes, connection: duckdb.DuckDBPyConnection, answers: RecordedAnswers | None = None) -> MessagePart:
    place = CitationPart(evidence="E1", record_no=1, offset=0, length=len(data))
    return judge(data, place, "message.eml", None, answers or RecordedAnswers(connection))


def mutated(count: int) -> Iterator[bytes]:
    chance = random.Random(SEED)
    for _ in range(count):
        data = bytearray(WHOLE)
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(data) + 1)
            kind = chance.randrange(5)
            if kind == 0:
                data[at : at + chance.randint(0, 40)] = chance.choice(PIECES)
            elif kind == 1:
                data[at:at] = chance.choice(PIECES) * chance.choice((1, 2, 30))
            elif kind == 2 and at < len(data):
                data[at] = chance.randrange(256)
            elif kind == 3:
                start = chance.randrange(len(data) + 1)
                data[at:at] = data[start : start + chance.randint(0, 200)]
            else:
                del data[at : at + chance.randint(0, 60)]
        yield bytes(data)


def test_no_mutated_message_raises(connection: duckdb.DuckDBPyConnection) -> None:
    answers = RecordedAnswers(connection)
    assert sum(report(data, connection, answers).hops is not None for data in mutated(MUTATIONS)) == MUTATIONS


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a body nested 100,000 deep", WHOLE + b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 100_000),
        ("comments nested 100,000 deep", b"Received: from a " + b"(" * 100_000 + b" by b; x\nFrom: a@b.example\n\n"),
        ("a field of 1 MB", b"Subject: " + b"x" * 1_000_000 + b"\n" + WHOLE),
        ("20,000 encoded words", b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\n" + WHOLE),
        ("20,000 Received fields", b"Received: from a.example by b.example; 23 Nov 2026 09:39:56 +0000\n" * 20_000),
        ("20,000 signatures", b"DKIM-Signature: v=1; d=a.example; s=b\n" * 20_000 + WHOLE),
        ("20,000 addresses", b"From: " + b"a@b.example, " * 20_000 + b"\n" + WHOLE),
        ("20,000 results", b"Authentication-Results: mx1.northwind.example" + b"; dkim=pass" * 20_000 + b"\n" + WHOLE),
        ("20,000 labels", b"From: a@" + b"a." * 20_000 + b"example\nMessage-ID: <1@" + b"a." * 20_000 + b">\n" + WHOLE),
        ("nothing", b""),
        ("noise", bytes(range(256)) * 4096),
    ],
)  # fmt: skip
def test_a_hostile_message_gives_a_report(name: str, data: bytes, connection: duckdb.DuckDBPyConnection) -> None:
    found = report(data, connection)
    assert len(found.hops) <= 200, name
    assert len(found.problems) <= 250, name
