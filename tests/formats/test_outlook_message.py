"""Messages that Outlook saved: rows like those of any other message, cited as a whole."""

from __future__ import annotations

from forensics.formats import outlook_message, recognise

HEADER = """\
Microsoft Mail Internet Headers Version 2.0\r
Received: from mx.alder.example (mx.alder.example [198.51.100.18])\r
\tby mx1.northwind.example (Postfix) with ESMTP id 702C63703B4; Mon, 23 Nov 2026 09:28:53 +0000\r
Date: Mon, 23 Nov 2026 09:28:52 +0000\r
From: Quinn <quinn@alder.example>\r
Subject: Gr\u00fc\u00dfe\r
Message-ID: <20261123092852.21@ws12.alder.example>\r
\r
"""
PROPERTIES = {"__properties_version1.0": bytes(32)}


def test_a_saved_message_gives_its_header_and_its_hops(reading, compound_file):
    data = compound_file(PROPERTIES | {"__substg1.0_007D001F": HEADER.encode("utf-16-le")})
    assert recognise(data, "saved").NAME == "outlook_message"
    read = reading("outlook_message", data)
    (message,) = read.of("message")
    assert (message.subject, message.header_from, message.hops) == ("Gr\u00fc\u00dfe", "quinn@alder.example", 1)
    assert (message.ts, message.delivered_ts) == (1795426132000000000, 1795426133000000000)
    assert (message.offset, message.length, message.size_bytes) == (0, len(data), len(data))
    assert message.problems == "a line that is no header field"
    (hop,) = read.of("message_hop")
    assert (hop.by, hop.from_ip, hop.id) == ("mx1.northwind.example", "198.51.100.18", "702C63703B4")
    assert (hop.offset, hop.length) == (0, len(data))


def test_what_is_no_received_message_is_named(reading, compound_file):
    draft = reading("outlook_message", compound_file(PROPERTIES | {"__substg1.0_0037001F": b"H\0i\0"}))
    assert list(draft.tally.unread_records) == [
        "an Outlook message without the header of a transport: a draft, or kept where it was sent"
    ]
    text = reading("outlook_message", compound_file({"WordDocument": b"x"}))
    assert ["no Outlook message" in reason for reason in text.tally.unread_records] == [True]
    broken = reading("outlook_message", compound_file(PROPERTIES)[:700])
    assert sum(broken.tally.unread_records.values()) == 1


def test_a_file_beyond_the_bound_is_refused(reading, compound_file, monkeypatch):
    monkeypatch.setattr(outlook_message, "MAX_BYTES", 1_000)
    read = reading("outlook_message", compound_file(PROPERTIES))
    assert list(read.tally.unread_records) == ["an Outlook message of more than 1000 bytes"]


def test_the_name_tells_where_the_directory_lies_far_behind():
    assert outlook_message.detect(outlook_message.outlook_message.MAGIC + bytes(600), "Letter.MSG")
    assert not outlook_message.detect(outlook_message.outlook_message.MAGIC + bytes(600), "letter.doc")
