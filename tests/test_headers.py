"""`forensics headers`: which hops are proven, which are only claimed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from forensics import Case
from forensics.errors import IntegrityError
from forensics.model.header_report import HeaderReport, MessagePart

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
FORGED = """\
Return-Path: <ceo@alder.example>
Received: from mx.alder.example (scan3.research.test [198.51.100.202])
\tby mx1.northwind.example (Postfix) with ESMTP id A1B2C3D4E5
\tfor <ana@northwind.example>; Mon, 23 Nov 2026 09:39:58 +0000 (UTC)
Authentication-Results: mx1.northwind.example; spf=softfail smtp.mailfrom=alder.example
Received: from mx.birch.test (mx.birch.test [198.51.100.34])
\tby mx1.northwind.example (Postfix) with ESMTP id FFFF000011
\tfor <ana@northwind.example>; Mon, 23 Nov 2026 09:59:51 +0000
Authentication-Results: mx.elsewhere.test; dkim=pass header.d=alder.example
From: ceo@alder.example
Reply-To: pay@birch.test
To: ana@northwind.example
Subject: =?utf-8?q?Urgent_payment?=
Date: Mon, 23 Nov 2026 09:39:49 +0000
Message-ID: <1@alder.example>

Pay.
"""
LOG = (
    "Nov 23 09:39:57 mx1 postfix/smtpd[12]: A1B2C3D4E5: client=scan3.research.test[198.51.100.202]\n"
    "Nov 23 09:39:58 mx1 postfix/qmgr[13]: A1B2C3D4E5: from=<ceo@alder.example>, size=900, nrcpt=1 (queue active)\n"
)
ZONE = """\
$ORIGIN alder.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 604800 60
@ IN TXT "v=spf1 ip4:198.51.100.18 -all"
_dmarc IN TXT "v=DMARC1; p=reject"
"""


def judged(tmp_path: Path, message: str, *more: tuple[str, str], **options: Any) -> MessagePart:
    (tmp_path / "message.eml").write_text(message)
    for name, content in more:
        (tmp_path / name).write_text(content)
    sheet = tmp_path / "sheet.yml"
    sheet.write_text("evidence: [{path: mail.log, time_zone: UTC, year: 2026}]\n" if more else "{}\n")
    with Case(sheet_path=sheet) as case:
        case.add(tmp_path / "message.eml", *(tmp_path / name for name, _ in more))
        (message_part,) = case.headers([tmp_path / "message.eml"], **options).messages
    return message_part


def test_only_the_receivers_own_field_is_trusted_and_invented_ones_are_claims(tmp_path: Path) -> None:
    found = judged(tmp_path, FORGED)
    assert (found.boundary, found.trust) == (1, "northwind.example")
    # the second field names the receiver's host too, but no trusted server had the message from it
    assert [(hop.trusted, hop.grade) for hop in found.hops] == [(True, "consistent"), (False, "contradicted")]
    assert "dated 1193 s after hop 1" in " ".join(found.hops[1].reasons)
    assert "called itself mx.alder.example; the name of its address is scan3.research.test" in " ".join(
        found.hops[0].notes
    )


def test_a_mail_log_confirms_a_hop_and_is_cited(tmp_path: Path) -> None:
    found = judged(tmp_path, FORGED, ("mail.log", LOG))
    assert found.hops[0].grade == "confirmed"
    assert [str(cited) for cited in found.hops[0].citations][1] == f"E2:1@0+{LOG.index(chr(10)) + 1}"


def test_a_mail_log_with_another_client_contradicts_a_hop(tmp_path: Path) -> None:
    found = judged(tmp_path, FORGED, ("mail.log", LOG.replace("198.51.100.202", "203.0.113.9")))
    assert (found.hops[0].grade, found.hops[0].reasons[-1]) == (
        "contradicted",
        "a mail log names another client for this id: 203.0.113.9",
    )


def test_servers_can_be_declared(tmp_path: Path) -> None:
    assert judged(tmp_path, FORGED, trust=["elsewhere.test"]).boundary is None


def test_what_was_not_collected_is_not_judged(tmp_path: Path) -> None:
    found = {part.method: part for part in judged(tmp_path, FORGED).authentication}
    assert (found["spf"].result, found["dmarc"].result) == (None, None)
    assert (found["spf"].stamped, found["spf"].believed) == ("softfail", True)
    assert (found["dkim"].stamped, found["dkim"].believed) == ("pass", False)


def test_a_stamp_below_the_receivers_field_is_not_believed_whatever_name_it_bears(tmp_path: Path) -> None:
    stamp = "Authentication-Results: mx1.northwind.example; dmarc=pass header.from=alder.example\n"
    (found,) = [
        part
        for part in judged(tmp_path, FORGED.replace("From:", f"{stamp}From:")).authentication
        if part.method == "dmarc"
    ]
    assert (found.stamped, found.believed) == ("pass", False)


def test_a_received_spf_field_is_a_stamp_too(tmp_path: Path) -> None:
    field = "Received-SPF: fail (why) envelope-from=ceo@alder.example; receiver=mx1.northwind.example\n"
    own = "Authentication-Results: mx1.northwind.example; spf=softfail smtp.mailfrom=alder.example\n"
    bare = FORGED.replace(own, "")
    for message, believed in ((field + bare, True), (bare.replace("From:", f"{field}From:"), False)):
        (found,) = [part for part in judged(tmp_path, message).authentication if part.method == "spf"]
        assert (found.stamped, found.stamped_by, found.believed) == ("fail", "mx1.northwind.example", believed)


def test_a_domain_drawn_like_the_receivers_is_named(tmp_path: Path) -> None:
    found = judged(tmp_path, FORGED.replace("From: ceo@alder.example", "From: ceo@n0rthwind.example"))
    assert "the author's domain n0rthwind.example looks like northwind.example and is another" in found.anomalies
    mixed = "xn--" + "n\u043erthwind".encode("punycode").decode() + ".example"
    found = judged(tmp_path, FORGED.replace("From: ceo@alder.example", f"From: ceo@{mixed}"))
    assert any("letters of several scripts" in text for text in found.anomalies)


def test_spf_and_dmarc_are_found_anew_and_differences_to_the_stamp_are_shown(tmp_path: Path) -> None:
    found = {
        p.method: p for p in judged(tmp_path, FORGED, ("mail.log", LOG), ("alder.example.zone", ZONE)).authentication
    }
    assert (found["spf"].result, found["dmarc"].result) == ("fail", "fail")
    assert "the receiver stamped softfail" in found["spf"].text
    assert "forge" not in " ".join(part.text for part in found.values())


def test_bodies_and_attachments_are_listed_where_they_are_asked_for(tmp_path: Path) -> None:
    assert judged(tmp_path, FORGED).contents is None
    attached = FORGED.replace("\n\nPay.\n", '\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nPay.\n')
    attached += (
        "--b\nContent-Type: text/csv; name=a.csv\nContent-Disposition: attachment; filename=a.csv\n\n1,2\n--b--\n"
    )
    found = judged(tmp_path, attached, contents=True).contents
    assert found is not None
    assert [(part.role, part.name, part.media_type, part.size_bytes) for part in found] == [
        ("body", None, "text/plain", 4), ("attachment", "a.csv", "text/csv", 3),
    ]  # fmt: skip
    assert found[1].sha256 == hashlib.sha256(b"1,2").hexdigest()


def test_a_message_that_no_format_fits_is_read_where_its_format_is_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.eml"
    path.write_text("X-Odd: " + "a" * 100_000 + "\n" + FORGED)
    command = [sys.executable, "-m", "forensics", "headers", str(path)]
    refused = subprocess.run(command, capture_output=True, check=False)
    assert refused.returncode == 4
    assert b"If it is a message, say so: --format PATH=message." in refused.stderr
    read = subprocess.run([*command, "--format", f"{path}=message"], capture_output=True, check=False)
    assert read.returncode == 0
    assert b"1@alder.example" in read.stdout


def test_what_is_odd_is_named(tmp_path: Path) -> None:
    found = judged(tmp_path, FORGED.replace("Subject:", "From: other@birch.test\nSubject:"))
    assert any(text.startswith("2 From fields") for text in found.anomalies)
    assert any("pay@birch.test" in text for text in found.anomalies)


def test_a_message_without_any_received_field_is_told_so(tmp_path: Path) -> None:
    found = judged(tmp_path, "From: a@alder.example\nSubject: x\nMessage-ID: <1@x.test>\n\nbody\n")
    assert (found.hops, found.boundary) == ((), None)
    assert any("no Received field" in text for text in found.problems)


def test_every_message_of_an_mbox_is_read_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "archive.mbox"
    one = "From ceo@alder.example Mon Nov 23 09:39:58 2026\n" + FORGED + "\n"
    path.write_text(one * 5)
    done = subprocess.run(
        [sys.executable, "-m", "forensics", "headers", str(path), "--json", "-"], capture_output=True, check=True
    )
    report = json.loads(done.stdout)
    assert report["schema"] == "forensics-headers/1"
    assert [message["citation"]["offset"] for message in report["messages"]] == [
        number * len(one) for number in range(5)
    ]
    raw = path.read_bytes()
    for message in report["messages"]:
        cited = message["hops"][0]["citations"][0]
        assert raw[cited["offset"] :].startswith(b"Received: from mx.alder.example")


def test_nothing_of_a_message_moves_the_cursor(tmp_path: Path) -> None:
    path = tmp_path / "m.eml"
    path.write_text(FORGED.replace("Pay.", "").replace("<1@alder.example>", "<\x1b[2J[red]@alder.example>"))
    done = subprocess.run([sys.executable, "-m", "forensics", "headers", str(path)], capture_output=True, check=True)
    assert b"\x1b[2J" not in done.stdout


@pytest.mark.skipif(not CASES.is_dir(), reason="needs the labelled cases beside the checkout (../shared/cases)")
def test_the_invented_hops_of_the_labelled_case_are_claims_and_the_real_client_is_named() -> None:
    truth = json.loads((CASES / "c18" / "truth.json").read_text())
    root = CASES / "c18" / "evidence" / "mail" / "subject"
    for expected in truth["expect"]["messages"]:
        with Case() as case:
            case.add(root / expected["file"])
            report: HeaderReport = case.headers()
        (found,) = report.messages
        assert found.boundary == 1
        assert found.hops[0].from_ip == expected["handed_over_by"]
        assert len(found.hops) == expected["real_received_headers"] + expected["fake_received_headers"]
        assert not any(hop.trusted for hop in found.hops[1:])
        word = "contradicted" if expected["forged"] else "consistent"
        assert [hop.grade for hop in found.hops[1:]] == [word] * (len(found.hops) - 1)


def test_logs_of_a_kept_case_confirm_a_hop_of_a_message_given_later(tmp_path: Path) -> None:
    (tmp_path / "mail.log").write_text(LOG)
    (tmp_path / "message.eml").write_text(FORGED)
    sheet = tmp_path / "sheet.yml"
    sheet.write_text("evidence: [{path: mail.log, time_zone: UTC, year: 2026}]\n")
    with Case(tmp_path / "case", sheet_path=sheet) as case:
        case.add(tmp_path / "mail.log")
    done = subprocess.run(
        [sys.executable, "-m", "forensics", "headers", str(tmp_path / "message.eml"), "--case", str(tmp_path / "case"),
         "--json", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    (message,) = json.loads(done.stdout)["messages"]
    assert message["hops"][0]["grade"] == "confirmed"


def test_a_mailbox_is_judged_one_message_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "archive.mbox"
    path.write_text(("From ceo@alder.example Mon Nov 23 09:39:58 2026\n" + FORGED + "\n") * 5)
    with Case() as case:
        case.add(path)
        parts = case.message_parts([path])
        assert next(parts).citation.record_no == 1
        assert [part.citation.record_no for part in parts] == [2, 3, 4, 5]


def test_a_file_that_was_changed_since_it_was_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "message.eml"
    path.write_text(FORGED)
    with Case() as case:
        case.add(path)
        path.write_text(FORGED.replace("Pay.", "Pay!"))
        with pytest.raises(IntegrityError):
            case.headers()


def test_without_records_no_length_of_a_body_is_told(tmp_path: Path) -> None:
    digest = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    signature = f"DKIM-Signature: v=1; a=rsa-sha256; d=alder.example; s=p1; h=from; bh={digest}; b=AAAA\n"
    message = judged(tmp_path, FORGED.replace("From:", f"{signature}From:"))
    found = {part.method: (part.result, part.text) for part in message.authentication}
    assert found["dkim"] == (None, "selector p1: the key was not collected")


def test_messages_and_hops_are_written_as_tables(tmp_path: Path) -> None:
    path = tmp_path / "archive.mbox"
    path.write_text(("From ceo@alder.example Mon Nov 23 09:39:58 2026\n" + FORGED + "\n") * 3)
    done = subprocess.run(
        [sys.executable, "-m", "forensics", "headers", str(path), "--parquet", str(tmp_path / "tables"), "--json", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert len(json.loads(done.stdout)["messages"]) == 3
    messages = pq.read_table(tmp_path / "tables" / "message.parquet").to_pylist()
    hops = pq.read_table(tmp_path / "tables" / "message_hop.parquet").to_pylist()
    assert [(row["record_no"], row["hops"], row["handed_over_by"]) for row in messages] == [
        (number, 2, "198.51.100.202") for number in (1, 2, 3)
    ]
    assert [(row["record_no"], row["hop_no"], row["grade"]) for row in hops[:2]] == [
        (1, 1, "consistent"), (1, 2, "contradicted"),
    ]  # fmt: skip
    assert path.read_bytes()[hops[3]["offset"] :].startswith(b"Received: from mx.birch.test")


def test_a_run_that_ends_early_leaves_no_table(tmp_path: Path) -> None:
    path = tmp_path / "archive.mbox"
    path.write_text(("From ceo@alder.example Mon Nov 23 09:39:58 2026\n" + FORGED + "\n") * 3)
    with Case() as case:
        case.add(path)
        judged_parts = case.kept(case.message_parts([path]), tmp_path / "tables")
        next(judged_parts)
        judged_parts.close()  # type: ignore[attr-defined]
    assert list((tmp_path / "tables").iterdir()) == []


def test_a_message_that_outlook_saved_is_graded_and_its_signature_not_judged(
    tmp_path: Path, compound_file: Callable[[dict[str, bytes]], bytes]
) -> None:
    head = FORGED.partition("\n\n")[0].replace("From:", "DKIM-Signature: v=1; d=alder.example\nFrom:") + "\n\n"
    text = head.replace("\n", "\r\n").encode("utf-16-le")
    path = tmp_path / "saved.msg"
    path.write_bytes(compound_file({"__properties_version1.0": bytes(32), "__substg1.0_007D001F": text}))
    with Case() as case:
        case.add(path)
        (message,) = case.headers([path]).messages
    assert (message.boundary, message.subject, len(message.hops)) == (1, "Urgent payment", 2)
    assert [hop.grade for hop in message.hops] == ["consistent", "contradicted"]
    # the text of a field lies in the file in pieces: the whole file is cited
    assert {hop.citations for hop in message.hops} == {(message.citation,)}
    assert message.citation.length == path.stat().st_size
    found = {part.method: (part.result, part.text) for part in message.authentication}
    assert found["dkim"] == (None, "not judged: the message is not kept as it was sent")
