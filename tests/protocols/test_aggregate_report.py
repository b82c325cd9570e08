"""DMARC aggregate reports: records with their places, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import pytest

from forensics.protocols.aggregate_report import (
    MAX_COUNT,
    AggregateRecord,
    AuthResult,
    Part,
    ReportHead,
    ReportReader,
    Unreadable,
)

RFC_7489 = b"""<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>receiver.example</org_name>
    <email>reports@receiver.example</email>
    <report_id>r-1</report_id>
    <date_range><begin>1795392000</begin><end>1795478399</end></date_range>
  </report_metadata>
  <policy_published>
    <domain>Northwind.example</domain><adkim>r</adkim><aspf>s</aspf><p>none</p><sp>reject</sp><pct>50</pct>
  </policy_published>
  <record>
    <row>
      <source_ip>203.0.113.10</source_ip>
      <count>3</count>
      <policy_evaluated>
        <disposition>none</disposition><dkim>fail</dkim><spf>pass</spf>
        <reason><type>local_policy</type><comment>known</comment></reason>
        <reason><type>mailing_list</type></reason>
      </policy_evaluated>
    </row>
    <identifiers>
      <envelope_to>receiver.example</envelope_to>
      <envelope_from>bounce.northwind.example</envelope_from>
      <header_from>northwind.example</header_from>
    </identifiers>
    <auth_results>
      <dkim><domain>lists.example</domain><selector>s1</selector><result>pass</result></dkim>
      <dkim><domain>northwind.example</domain><result>fail</result><human_result>bad hash</human_result></dkim>
      <spf><domain>bounce.northwind.example</domain><scope>mfrom</scope><result>pass</result></spf>
    </auth_results>
  </record>
</feedback>
"""
RFC_9990 = b"""<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0" xmlns:x="urn:example:more">
<report_metadata><org_name>Receiver</org_name><generator>Reporter 1</generator><report_id>r-2</report_id>
<date_range><begin>1795392000</begin><end>1795478399</end></date_range></report_metadata>
<policy_published><domain>northwind.example</domain><discovery_method>treewalk</discovery_method>
<p>quarantine</p><np>reject</np><testing>n</testing></policy_published>
<extension><x:more><x:inside>1</x:inside></x:more></extension>
<record><row><source_ip>2001:DB8::19</source_ip><count>1</count><policy_evaluated>
<disposition>quarantine</disposition><dkim>fail</dkim><spf>fail</spf></policy_evaluated></row>
<identifiers><header_from>northwind.example</header_from><envelope_from/></identifiers>
<auth_results><spf><domain>other.example</domain><result>fail</result></spf></auth_results>
<extension><x:source_ip>198.51.100.1</x:source_ip></extension></record>
</feedback>"""
RECORD = b"<record><row><source_ip>192.0.2.1</source_ip><count>2</count></row></record>"
ADDRESS = b"<source_ip>192.0.2.1</source_ip>"
HEAD = b"<?xml version='1.0'?>\n<feedback><report_metadata><org_name>Receiver</org_name></report_metadata>"
REPORT = HEAD + RECORD * 3 + b"</feedback>\n"
LAUGHS = (
    b'<?xml version="1.0"?>\n<!DOCTYPE feedback [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 12))
    + b"]><feedback><record><row><source_ip>&l11;</source_ip></row></record></feedback>"
)
EXTERNAL = (
    b'<?xml version="1.0"?><!DOCTYPE feedback [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b"<feedback><record><row><source_ip>&x;</source_ip><count>1</count></row></record></feedback>"
)


def parts(data: bytes, size: int | None = None) -> list[Part]:
    """The parts of a content that comes in pieces of `size`; each byte is in one of them."""
    reader = ReportReader()
    pieces: Iterable[bytes] = (data[at : at + size] for at in range(0, len(data), size)) if size else (data,)
    found = [part for piece in pieces for part in reader.feed(piece)] + list(reader.close())
    at = 0
    for part in found:
        assert part.offset == at
        at += part.length
    assert at == len(data)
    return found


def records(data: bytes) -> list[AggregateRecord]:
    return [part.content for part in parts(data) if isinstance(part.content, AggregateRecord)]


def reasons(data: bytes) -> list[str]:
    return [part.content.reason for part in parts(data) if isinstance(part.content, Unreadable)]


def with_row(row: bytes) -> bytes:
    return HEAD + b"<record><row>" + row + b"</row></record>" + RECORD + b"</feedback>"


def test_a_report_of_rfc_7489_is_read_whole():
    assert records(RFC_7489) == [
        AggregateRecord(
            head=ReportHead(
                org_name="receiver.example", email="reports@receiver.example", report_id="r-1", begin=1_795_392_000,
                end=1_795_478_399, domain="Northwind.example", policy="p=none; sp=reject; adkim=r; aspf=s; pct=50",
            ),
            source_ip="203.0.113.10", messages=3, disposition="none", dkim="fail", spf="pass",
            header_from="northwind.example", envelope_from="bounce.northwind.example", envelope_to="receiver.example",
            dkim_results=(AuthResult("lists.example", "pass", "s1"), AuthResult("northwind.example", "fail", None)),
            spf_results=(AuthResult("bounce.northwind.example", "pass", "mfrom"),),
            reasons=("local_policy", "mailing_list"),
        )
    ]  # fmt: skip


def test_a_report_of_rfc_9990_is_read_and_its_extensions_are_passed_over():
    assert records(RFC_9990) == [
        AggregateRecord(
            head=ReportHead(
                org_name="Receiver", email=None, report_id="r-2", begin=1_795_392_000, end=1_795_478_399,
                domain="northwind.example", policy="discovery_method=treewalk; p=quarantine; np=reject; testing=n",
            ),
            source_ip="2001:db8::19", messages=1, disposition="quarantine", dkim="fail", spf="fail",
            header_from="northwind.example", envelope_from="", envelope_to=None, dkim_results=(),
            spf_results=(AuthResult("other.example", "fail", None),), reasons=(),
        )
    ]  # fmt: skip


def test_the_place_of_a_record_is_that_of_its_element():
    (part,) = [part for part in parts(RFC_7489) if part.content]
    cited = RFC_7489[part.offset : part.offset + part.length]
    assert cited.startswith(b"<record>")
    assert cited.endswith(b"</record>")


HARD = (REPORT + RFC_9990, LAUGHS + REPORT, REPORT[:-40] + REPORT, b"<feedback/><feedback></feedback> x")


@pytest.mark.parametrize("data", HARD)
def test_how_the_bytes_come_in_changes_nothing(data):
    for size in (1, 7, 64):
        assert parts(data, size) == parts(data)


@pytest.mark.parametrize("data", HARD)
def test_where_in_the_content_a_document_lies_changes_nothing(data):
    def shapes(found: list[Part], at: int) -> list[object]:
        return [
            (part.offset - at, part.length, part.content._replace(excerpt=b""))
            if isinstance(part.content, Unreadable)
            else (part.offset - at, part.length, part.content)
            for part in found
        ]

    for at in range(65_536 - len(data), 65_537, 3):
        assert shapes(parts(b"\n" * at + data)[1:], at) == shapes(parts(data), 0)


def test_documents_follow_each_other_like_the_members_of_an_archive():
    assert [record.head.report_id for record in records(RFC_7489 + RFC_9990 + RFC_7489)] == ["r-1", "r-2", "r-1"]


def test_a_prefix_of_names_and_other_encodings_are_read():
    prefixed = REPORT.replace(b"</", b"</d:").replace(b"<feedback", b'<feedback xmlns:d="u"')
    prefixed = prefixed.replace(b"<", b"<d:").replace(b"<d:/d:", b"</d:").replace(b"<d:?", b"<?")
    assert len(records(prefixed)) == 3
    latin = REPORT.replace(b"'1.0'", b"'1.0' encoding='windows-1252'").replace(b"Receiver", b"Empf\xe4nger")
    assert records(latin)[0].head.org_name == "Empfänger"
    wide = REPORT.decode().replace("'1.0'", "'1.0' encoding='UTF-16'").encode("utf-16")
    assert len(records(wide)) == 3


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"<count>1</count>", "a record without source_ip"),
        (b"<source_ip>192.0.2.1</source_ip>", "a record without count"),
        (b"<source_ip/><count>1</count>", "a record without source_ip"),
        (b"<source_ip>192.0.2.256</source_ip><count>1</count>", "source_ip is no address"),
        (b"<source_ip>192.0.2.1</source_ip><count>-1</count>", "count is no number of messages"),
        (b"<source_ip>192.0.2.1</source_ip><count>1e9</count>", "count is no number of messages"),
        (b"<source_ip>192.0.2.1</source_ip><count>9223372036854775808</count>", "count is no number of messages"),
        (b"<source_ip>192.0.2.1</source_ip><count>" + b"9" * 900 + b"</count>", "count is no number of messages"),
        (ADDRESS + b"<count>" + b"9" * 2000 + b"</count>", "count is longer than 1000 characters"),
        (b"<count>1</count><source_ip>192.0.2.1</source_ip><count>2</count>", "count stands twice"),
    ],
)  # fmt: skip
def test_a_bad_record_is_unread_alone(row, reason):
    data = with_row(row)
    bad, good = [part for part in parts(data) if part.content]
    assert isinstance(bad.content, Unreadable)
    assert bad.content.reason == reason
    assert data[bad.offset : bad.offset + bad.length] == b"<record><row>" + row + b"</row></record>"
    assert bad.content.excerpt == data[bad.offset :][:200]
    assert isinstance(good.content, AggregateRecord)


def test_the_largest_count_is_kept():
    data = with_row(b"<source_ip>192.0.2.1</source_ip><count>%d</count>" % MAX_COUNT)
    assert [record.messages for record in records(data)] == [MAX_COUNT, 2]


@pytest.mark.parametrize("bomb", [LAUGHS, EXTERNAL, b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><feedback/>'])
def test_a_document_type_is_refused_and_the_next_document_is_read(bomb):
    found = [part.content for part in parts(bomb + REPORT) if part.content]
    assert isinstance(found[0], Unreadable)
    assert (found[0].reason, found[0].refused) == ("a document type declaration", True)
    assert [type(content) for content in found[1:]] == [AggregateRecord] * 3


def test_a_document_type_in_another_encoding_is_refused_too():
    data = LAUGHS.decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16")
    assert reasons(data) == ["a document type declaration"]


def test_deep_elements_are_refused_from_the_record_they_stand_in():
    nested = HEAD + RECORD + b"<record>" + b"<a>" * 100_000
    assert reasons(nested) == ["elements more than 20 deep"]
    assert len(records(nested + REPORT)) == 4


def test_what_has_no_end_is_refused_without_being_held():
    for start in (b"<a b='", b"<!--", b"<?a "):
        assert reasons(HEAD + start + b"x" * (3 << 20)) == ["a tag or text longer than 1048576 bytes"]
    long = HEAD + b"<record>" + b"<x>y</x>" * 150_000 + b"</record>" + RECORD + b"</feedback>"
    assert reasons(long) == ["a record longer than 1048576 bytes"]
    assert len(records(long)) == 1


def test_a_report_that_is_cut_says_so_wherever_it_is_cut():
    whole = records(REPORT)
    for cut in range(len(HEAD), len(REPORT) - 1):
        found = parts(REPORT[:cut])
        good = [part.content for part in found if isinstance(part.content, AggregateRecord)]
        assert good == whole[: len(good)]
        assert [type(part.content) for part in found].count(Unreadable) == 1


def test_damage_gives_no_other_error():
    for at in range(0, len(RFC_7489), 3):
        for byte in (b"<", b"&", b"\xff", b"\0"):
            parts(RFC_7489[:at] + byte + RFC_7489[at + 1 :])


def test_other_xml_and_text_is_no_report():
    assert reasons(b"<html><body/></html>") == ["no DMARC aggregate report"]
    assert reasons(b"<?xml version='1.0' encoding='shift_jis'?><feedback/>") == ["XML in an encoding that is not read"]
    assert reasons(REPORT + b"and more") == ["no well-formed XML: syntax error"]


def calls(data: bytes) -> int:
    """How many functions are called to read a content."""
    count = 0

    def counting(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(counting)
    try:
        for _ in (reader := ReportReader()).feed(data):
            pass
        for _ in reader.close():
            pass
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "piece",
    [
        RECORD, REPORT, b"<feedback/>", b"<?xml version='1.0'?><a>", LAUGHS, b"<!DOCTYPE a>", b"<record>", b"<a>",
        b"<!--", b"&amp;", b"</feedback>", b"\n",
    ],
)  # fmt: skip
def test_twice_the_content_is_twice_the_work(piece):
    once, twice = calls(HEAD + piece * 2_000), calls(HEAD + piece * 4_000)
    assert twice <= 2.1 * once
