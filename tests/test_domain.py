"""`forensics domain`: what recorded answers say of a domain, and what they do not say."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from forensics import Case
from forensics.errors import UsageError
from forensics.model.posture import Check, Posture

ZONE = """\
$ORIGIN northwind.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 604800 60
@ IN NS ns1
@ IN MX 10 mx1
@ IN MX 20 mx2.bulkpost.test.
@ IN TXT "v=spf1 mx include:_spf.bulkpost.test -all"
_dmarc IN TXT "v=DMARC1; p=none; rua=mailto:reports@collector.test"
old._domainkey IN TXT "v=DKIM1; p="
mx1 IN A 192.168.4.4
ns1 IN A 192.0.2.194
"""
PARKED = """\
$ORIGIN parked.example.
$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 604800 60
@ IN MX 0 .
@ IN TXT "v=spf1 -all"
_dmarc IN TXT "v=DMARC1; p=reject"
"""
DIG = """\
; <<>> DiG 9.18.49 <<>> slow.example MX
;; communications error to 192.0.2.1#53: timed out
;; no servers could be reached

; <<>> DiG 9.18.49 <<>> gone.example MX
;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 2
;; flags: qr rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 0

;; QUESTION SECTION:
;gone.example. IN MX

;; WHEN: Mon Nov 23 09:13:34 UTC 2026
"""
TIMEOUT = (
    '{"format":"forensics-dns-recording/1","asked_at":"2026-11-23T09:13:34Z","qname":"slow.example","qtype":"MX",'
    '"status":"timeout","server":"192.0.2.53","port":53,"transport":"udp"}\n'
)
PASSIVE = (
    '{"rrname": "old.example.", "rrtype": "MX", "rdata": ["10 mail.old.example."], "time_first": 1420070400, '
    '"time_last": 1451606399, "count": 3}\n'
    '{"rrname": "old.example.", "rrtype": "MX", "rdata": ["0 ."], "time_first": 1483228800, "time_last": 1514764800, '
    '"count": 2}\n'
)


def judged(tmp_path: Path, content: str, domain: str, name: str = "zone.txt", as_of: date | None = None) -> Posture:
    path = tmp_path / name
    path.write_text(content)
    with Case() as case:
        case.add(path)
        return case.posture(domain, as_of=as_of)


def of(posture: Posture, kind: str) -> list[Check]:
    return [check for check in posture.checks if check.id == kind]


def summary(posture: Posture) -> list[str]:
    return [line.answer for line in posture.summary]


def test_a_zone_is_read_with_its_defects(tmp_path: Path) -> None:
    posture = judged(tmp_path, ZONE, "northwind.example")
    assert [check.record for check in of(posture, "mx/private-address")] == ["192.168.4.4"]
    (unknown,) = of(posture, "mx/address")
    assert (unknown.subject, unknown.state) == ("mx2.bulkpost.test", "unknown")
    (key,) = of(posture, "dkim/key")
    assert (key.state, key.record) == ("warning", "v=DKIM1; p=")
    (policy,) = of(posture, "dmarc/record")
    assert (policy.state, policy.record) == ("warning", "v=DMARC1; p=none; rua=mailto:reports@collector.test")
    (reports,) = of(posture, "dmarc/reports")
    assert reports.state == "unknown"
    assert summary(posture) == ["unknown", "yes", "partly", "no", "yes"]


def test_a_parked_domain_is_told_to_be_one(tmp_path: Path) -> None:
    posture = judged(tmp_path, PARKED, "parked.example")
    assert summary(posture) == ["no", "no", "no", "yes", "no"]
    assert [check.state for check in of(posture, "mx/null")] == ["ok"]


def test_what_nobody_asked_is_neither_absent_nor_timed_out(tmp_path: Path) -> None:
    posture = judged(tmp_path, ZONE, "elsewhere.example")
    assert {check.state for check in posture.checks} == {"unknown"}
    assert {question.status for question in posture.questions} == {"not_asked"}
    posture = judged(tmp_path, ZONE, "northwind.example")
    assert not [check for check in posture.checks if "timeout" in check.text]


def test_a_timeout_is_not_reported_as_a_missing_record(tmp_path: Path) -> None:
    (slow,) = of(judged(tmp_path, DIG, "slow.example"), "mx/record")
    assert (slow.state, "timeout" in slow.text) == ("unknown", True)
    gone = judged(tmp_path, DIG, "gone.example")
    assert of(gone, "mx/record")[0].state == "absent"
    assert next(q.status for q in gone.questions if (q.qname, q.qtype) == ("gone.example", "MX")) == "nxdomain"


def test_a_zone_copy_says_nothing_of_the_keys_that_its_parent_vouches_for(tmp_path: Path) -> None:
    assert of(judged(tmp_path, ZONE, "northwind.example"), "dnssec/ds")[0].state == "unknown"


@pytest.mark.parametrize(
    ("day", "state", "receives"),
    [("2015-06-01", "unknown", "unknown"), ("2017-06-01", "ok", "no"), ("2016-09-23", "unknown", "unknown")],
)
def test_a_day_is_judged_from_records_seen_on_it(tmp_path: Path, day: str, state: str, receives: str) -> None:
    posture = judged(tmp_path, PASSIVE, "old.example", "passive.json", date.fromisoformat(day))
    asked = next(question for question in posture.questions if question.qtype == "MX")
    assert posture.summary[0].answer == receives
    if day == "2016-09-23":
        assert (asked.status, asked.note) == ("not_asked", "last seen before: 2015-12-31; first seen after: 2017-01-01")
    else:
        assert asked.status == "ok"
    assert posture.dmarc_rules == "rfc7489"
    assert state in {check.state for check in posture.checks}


def test_records_seen_last_under_old_rules_are_judged_by_those(tmp_path: Path) -> None:
    assert judged(tmp_path, PASSIVE, "old.example", "passive.json").dmarc_rules == "rfc7489"
    assert judged(tmp_path, DIG, "gone.example", "answers.txt").dmarc_rules == "rfc9989"


def test_every_answer_cites_its_bytes(tmp_path: Path) -> None:
    (record, _) = of(judged(tmp_path, ZONE, "northwind.example"), "mx/record")
    (cited, *_) = record.citations
    assert (cited.offset, cited.length) == (ZONE.index("@ IN MX 10"), len("@ IN MX 10 mx1\n"))


def test_a_circle_of_aliases_is_a_failure_and_ends(tmp_path: Path) -> None:
    zone = "$ORIGIN loop.example.\n$TTL 9\n@ IN CNAME a\na IN CNAME @\n"
    posture = judged(tmp_path, zone, "loop.example")
    assert next(q.status for q in posture.questions if q.qtype == "MX") == "servfail"


def test_no_domain_name_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no domain name"):
        judged(tmp_path, ZONE, "a..b")


def test_the_command_gives_json_and_the_same_bytes_again(tmp_path: Path) -> None:
    path = tmp_path / "northwind.zone"
    path.write_text(ZONE)
    command = [sys.executable, "-m", "forensics", "domain", "northwind.example", "--records", str(path), "--json", "-"]
    first, second = (subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2))
    assert first == second
    assert json.loads(first)["schema"] == "forensics-domain/1"


def test_who_may_send_for_a_domain_does_not_yet_run_its_mail(tmp_path: Path) -> None:
    own = ZONE.replace("@ IN MX 20 mx2.bulkpost.test.\n", "")
    line = judged(tmp_path, own, "northwind.example").summary[-1]
    assert (line.answer, line.text) == (
        "partly", "Its exchangers lie in the domain itself; bulkpost.test may send for it.",
    )  # fmt: skip
    line = judged(tmp_path, ZONE, "northwind.example").summary[-1]
    assert (line.answer, line.text) == ("yes", "Its exchangers lie with bulkpost.test. bulkpost.test may send for it.")


def test_the_command_prints_the_summary_first(tmp_path: Path) -> None:
    path = tmp_path / "northwind.zone"
    path.write_text(ZONE.replace("mx1\n@", 'mx1\n@ IN TXT "\x1b[2J[bold]"\n@', 1))
    command = [sys.executable, "-m", "forensics", "domain", "northwind.example", "--records", str(path)]
    printed = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    assert "MAIL POSTURE OF NORTHWIND.EXAMPLE" in printed
    assert "\x1b[2J" not in printed


def test_a_short_question_loads_only_what_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(TIMEOUT)
    code = (
        "import sys; from forensics.cli import main\n"
        "try: main()\n"
        "finally: sys.stderr.write(' '.join(name for name in UNWANTED if name in sys.modules))"
    )
    unwanted = (
        "pyarrow.compute", "rich", "yaml", "typst", "numba", "forensics.analysis.rulebook",
        "forensics.analysis.message_headers", "forensics.formats._capture.examiner", "forensics.protocols.received",
        "forensics.protocols.whois_text", "forensics.protocols.rdap",
    )  # fmt: skip
    words = ["domain", "slow.example", "--records", str(path), "--json", "-"]
    command = [sys.executable, "-c", f"UNWANTED = {unwanted!r}\n{code}", *words]
    done = subprocess.run(command, capture_output=True, check=True)
    assert (done.stderr.decode(), json.loads(done.stdout)["domain"]) == ("", "slow.example")


def test_without_records_the_command_says_what_it_wants() -> None:
    done = subprocess.run([sys.executable, "-m", "forensics", "domain", "a.example"], capture_output=True, check=False)
    assert done.returncode == 2
    assert b"--records" in done.stderr
