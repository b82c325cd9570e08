"""`forensics whois`: saved answers of a registry become a history."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from forensics import Case

ANSWER = """\
Domain Name: SEAGLASS.TEST
Registrar: {registrar}
Creation Date: {created}T10:22:31Z
Registry Expiry Date: {expires}T23:59:59Z
Registrant Organization: {holder}
Name Server: NS1.DNSHOST.TEST
{asked}
"""
RDAP = """\
{"objectClassName": "domain", "ldhName": "SEAGLASS.TEST", "status": ["active"],
 "rdapConformance": ["rdap_level_0"],
 "events": [{"eventAction": "registration", "eventDate": "2009-08-14T10:22:31Z"},
            {"eventAction": "last update of RDAP database", "eventDate": "2019-05-01T00:00:00Z"}],
 "entities": [{"objectClassName": "entity", "roles": ["registrar"],
   "vcardArray": ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", "Harbour Names"]]]}]}
"""


def saved(folder: Path) -> None:
    def answer(name: str, asked: str = "", **fields: str) -> None:
        given = {
            "registrar": "Tidewater",
            "created": "2009-08-14",
            "expires": "2014-08-14",
            "holder": "Seaglass",
            **fields,
        }
        (folder / name).write_text(ANSWER.format(asked=asked, **given))

    answer("a.txt", ">>> Last update of whois database: 2013-02-03T04:05:06Z <<<")
    answer("seaglass-2015-06-01.txt", expires="2016-08-14", registrar="Harbour Names")
    answer("undated.txt", registrar="Somebody Else")
    (folder / "rdap.json").write_text(RDAP)


def test_answers_are_dated_by_themselves_or_by_the_name_of_their_file_and_never_by_a_guess(tmp_path: Path) -> None:
    saved(tmp_path)
    with Case() as case:
        case.add(tmp_path)
        report = case.registration("seaglass.test", as_of=date(2019, 5, 1))
    assert sorted((a.at, a.dated_by) for a in report.answers if a.at) == [
        ("2013-02-03T04:05:06Z", "the answer"),
        ("2015-06-01T00:00:00Z", "the file's name"),
        ("2019-05-01T00:00:00Z", "the answer"),
    ]
    assert [a.source for a in report.answers if a.at is None] == ["E4 undated.txt"]
    assert [e.kind for e in report.events] == ["renewal", "transfer"]
    assert "Somebody Else" not in {interval.value for interval in report.intervals}
    assert report.notes == ("1 answer(s) carry no date and are in no interval: declare covers on the evidence sheet.",)


def test_a_creation_after_the_answer_itself_is_odd(tmp_path: Path) -> None:
    asked = ">>> Last update of whois database: 2013-02-03T04:05:06Z <<<"
    given = {"registrar": "Tidewater", "expires": "2014-08-14", "holder": "Seaglass", "asked": asked}
    (tmp_path / "a.txt").write_text(ANSWER.format(created="2029-08-14", **given))
    (tmp_path / "b.txt").write_text(ANSWER.format(created="2009-08-14", **given))
    with Case() as case:
        case.add(tmp_path)
        report = case.registration("seaglass.test")
    assert [answer.problems for answer in report.answers] == ["its creation is dated after the answer itself", None]


def test_another_domain_has_no_answer_and_the_command_says_so(tmp_path: Path) -> None:
    saved(tmp_path)
    command = [sys.executable, "-m", "forensics", "whois", "other.test", "--records", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 4
    assert b"No answer about this domain" in done.stdout


def test_the_command_gives_json_and_a_table(tmp_path: Path) -> None:
    saved(tmp_path)
    command = [sys.executable, "-m", "forensics", "whois", "SEAGLASS.test", "--records", str(tmp_path)]
    found = json.loads(subprocess.run([*command, "--json", "-"], capture_output=True, check=True).stdout)
    assert (found["schema"], len(found["answers"])) == ("forensics-whois/1", 4)
    shown = subprocess.run([*command, "--as-of", "2014-01-01"], capture_output=True, check=True).stdout.decode()
    assert "REGISTRATION OF SEAGLASS.TEST" in shown
    assert "On 2014-01-01" in shown


def test_a_piece_that_cannot_be_read_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "blob.bin").write_bytes(bytes(range(256)))
    command = [sys.executable, "-m", "forensics", "whois", "other.test", "--records", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == 4
    assert b"blob.bin: rejected: no known format fits the first bytes." in done.stderr


def test_a_saved_answer_that_does_not_find_the_name_shows_a_drop(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "gone.txt").write_text(
        'No match for "SEAGLASS.TEST".\r\n>>> Last update of whois database: 2017-02-01T04:05:06Z <<<\r\n'
    )
    with Case() as case:
        case.add(tmp_path)
        report = case.registration("seaglass.test", as_of=date(2017, 2, 1))
    assert [(e.kind, e.after[:10], e.by[:10]) for e in report.events if e.kind not in ("renewal", "transfer")] == [
        ("drop", "2015-06-01", "2017-02-01"),
        ("registered", "2017-02-01", "2019-05-01"),
    ]


EXPORT = """\
domain,seen,registrar,registrant,created,updated,expires,name_servers,statuses,source
seaglass.test,2013-01-05,Tidewater,Seaglass,2009-08-14,,2014-08-14,ns1.dnshost.test,,whois.tidewater.test
seaglass.test,2015-06-02,Harbour Names,Seaglass,2009-08-14,,2016-08-14,ns1.dnshost.test,,whois.harbour.test
seaglass.test,2017-02-02,,,,,,,not_found,whois.harbour.test
seaglass.test,01/02/2018,Somebody Else,,,,,,,
"""


def test_an_export_joins_the_answers_and_its_own_name_dates_none_of_its_snapshots(tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "export-2020-01-01.csv").write_text(EXPORT)
    with Case() as case:
        case.add(tmp_path)
        report = case.registration("seaglass.test")
    assert sorted((a.at or "-")[:10] for a in report.answers if a.dated_by == "the export") == [
        "2013-01-05",
        "2015-06-02",
        "2017-02-02",
    ]
    assert [a.problems for a in report.answers if a.registrar == "Somebody Else" and a.problems] == [
        "seen: '01/02/2018': day and month cannot be told apart, and no order is declared for this registry"
    ]
    assert [(e.kind, e.after[:10], e.by[:10]) for e in report.events] == [
        ("renewal", "2013-02-03", "2015-06-01"),
        ("transfer", "2013-02-03", "2015-06-01"),
        ("drop", "2015-06-02", "2017-02-02"),
        ("registered", "2017-02-02", "2019-05-01"),
    ]


ZONE = """\
$ORIGIN seaglass.test.
$TTL 300
@ IN SOA ns1.dns-host.test. hostmaster 1 7200 3600 1209600 300
@ IN NS ns1.dns-host.test.
@ IN MX 10 mx.bulkpost.test.
@ IN TXT "v=spf1 include:_spf.bulkpost.test -all"
s1._domainkey IN CNAME s1.dkim.bulkpost.test.
"""
PASSIVE = (
    '{"rrname": "mx.bulkpost.test.", "rrtype": "A", "rdata": "192.0.2.25", "time_first": 1420070400, '
    '"time_last": 1451606400, "count": 3}\n'
    '{"rrname": "25.2.0.192.in-addr.arpa.", "rrtype": "PTR", "rdata": "host25.isp.test.", "time_first": 1420070400, '
    '"time_last": 1451606400, "count": 3}\n'
)
BLOCK = """\
NetRange: 192.0.2.0 - 192.0.2.255
CIDR: 192.0.2.0/24
NetName: POST-1
OrgName: Bulk Post Ltd
RegDate: 2010-01-01
"""
PROVIDER = """\
Domain Name: BULKPOST.TEST
Registrar: Tidewater
Creation Date: 2005-08-14T10:22:31Z
Registrant Organization: Bulk Post Ltd
Name Server: NS1.BULKPOST.TEST
>>> Last update of whois database: 2015-06-03T04:05:06Z <<<
"""


def operators(tmp_path: Path, day: date | None) -> dict[str, list[str]]:
    saved(tmp_path)
    for name, text in {
        "seaglass.zone": ZONE,
        "passive.jsonl": PASSIVE,
        "block.txt": BLOCK,
        "bulk.txt": PROVIDER,
    }.items():
        (tmp_path / name).write_text(text)
    with Case() as case:
        case.add(tmp_path)
        report = case.registration("seaglass.test", as_of=day)
    return {part.role: [named.value for named in part.named] for part in report.operators}


def test_those_who_could_change_something_stand_side_by_side(tmp_path: Path) -> None:
    assert operators(tmp_path, None) == {
        "registrant": ["Seaglass"],
        "registrar": ["Tidewater", "Harbour Names"],
        "DNS operator": ["ns1.dns-host.test"],
        "mail operator": ["mx.bulkpost.test", "_spf.bulkpost.test", "s1.dkim.bulkpost.test"],
        "network owner": ["Bulk Post Ltd"],
        "reverse name": ["host25.isp.test"],
    }
    command = [sys.executable, "-m", "forensics", "whois", "seaglass.test", "--records", str(tmp_path)]
    shown = subprocess.run(command, capture_output=True, check=True, env={"COLUMNS": "400"}).stdout.decode()
    assert "MX mx.bulkpost.test, a domain of Bulk Post Ltd, not dated" in shown
    assert "host25.isp.test (25.2.0.192.in-addr.arpa), seen 2015-01-01 to 2016-01-01" in shown


def test_name_servers_and_exchangers_in_the_dns_stand_beside_the_registration(tmp_path: Path) -> None:
    saved(tmp_path)
    seen = (
        '{{"rrname": "seaglass.test.", "rrtype": "{}", "rdata": "{}", "time_first": {}, "time_last": {}, "count": 2}}\n'
    )
    rows = (
        ("NS", "ns1.dnshost.test.", 1356998400, 1388534400),
        ("NS", "ns2.dnshost.test.", 1356998400, 1420070400),
        ("NS", "ns1.dnshost.test.", 1451606400, 1452000000),
        ("MX", "10 mx.bulkpost.test.", 1420070400, 1430000000),
    )
    (tmp_path / "passive.jsonl").write_text("".join(seen.format(*row) for row in rows))
    (tmp_path / "seaglass.zone").write_text(ZONE)  # without a date: in no interval
    with Case() as case:
        case.add(tmp_path)
        report = case.registration("seaglass.test")
    found = [i for i in report.intervals if i.field.endswith("_record")]
    assert [(i.field, i.value, i.first_seen[:10], i.last_seen[:10], len(i.gaps)) for i in found] == [
        ("ns_record", "ns1.dnshost.test", "2013-01-01", "2016-01-05", 1),
        ("ns_record", "ns2.dnshost.test", "2013-01-01", "2015-01-01", 1),
        ("mx_record", "mx.bulkpost.test", "2015-01-01", "2015-04-25", 0),
    ]
    assert {i.sources for i in found} == {("E2 passive.jsonl",)}
    assert [e.kind for e in report.events] == ["renewal", "transfer"]


def test_on_a_day_only_what_was_seen_that_day_is_named(tmp_path: Path) -> None:
    assert operators(tmp_path, date(2015, 6, 1)) == {
        "registrant": ["Seaglass"],
        "registrar": ["Harbour Names"],
        "DNS operator": [],
        "mail operator": [],
        "network owner": [],
        "reverse name": ["host25.isp.test"],
    }


def test_without_records_of_operation_no_operator_is_told(tmp_path: Path) -> None:
    saved(tmp_path)
    with Case() as case:
        case.add(tmp_path)
        assert case.registration("seaglass.test").operators == ()
