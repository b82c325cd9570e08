"""Logs of a cloud answer as the logs of a server room do: the same findings, and no more than they can show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from forensics.case import Case
from forensics.model.case_file import CaseFile
from forensics.model.evidence import Facts

COVERS = (datetime(2026, 11, 23, 9, 28, tzinfo=UTC), datetime(2026, 11, 23, 9, 31, tzinfo=UTC))
HEADER = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status tcp-flags\n"
)
SAME = "3 111122223333 eni-0a1b2c3d4e5f60718 "
THERE = SAME + "198.51.100.18 10.0.0.25 60664 25 6 12 1831 1795426132 1795426190 ACCEPT OK 3\n"
BACK = SAME + "10.0.0.25 198.51.100.18 25 60664 6 11 1546 1795426132 1795426190 ACCEPT OK 19\n"
REJECT = SAME + "203.0.113.9 10.0.0.25 41000 25 6 3 180 1795426140 1795426190 REJECT OK 2\n"
UDP = SAME + "10.0.0.25 192.0.2.53 5353 53 17 1 80 1795426132 1795426132 ACCEPT OK -\n"
SKIPDATA = SAME + "- - - - - - - 1795426192 1795426250 - SKIPDATA -\n"
NFDUMP = (
    "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt\n"
    "2026-11-23 09:28:52,2026-11-23 09:29:50,58.0,198.51.100.18,10.0.0.25,60664,25,TCP,...AP.SF,0,0,12,1831,0,0\n"
    "2026-11-23 09:28:52,2026-11-23 09:29:50,58.0,10.0.0.25,198.51.100.18,25,60664,TCP,...AP.SF,0,0,11,1546,0,0\n"
)
UNIREC = (
    "ipaddr DST_IP,ipaddr SRC_IP,uint64 BYTES,uint64 BYTES_REV,time TIME_FIRST,time TIME_LAST,uint32 PACKETS,"
    "uint32 PACKETS_REV,uint16 DST_PORT,uint16 SRC_PORT,uint8 PROTOCOL,uint8 TCP_FLAGS,uint8 TCP_FLAGS_REV\n"
    "10.0.0.25,198.51.100.18,1831,1546,2026-11-23T09:28:52.0,2026-11-23T09:29:50.0,12,11,25,60664,6,27,27\n"
)
WINDOW = ("2026-11-23T09:28:00Z", "2026-11-23T09:31:00Z")
MAIL_PORT = "traffic/flows-to-mail-ports"
SEEN = "198.51.100.18 to 10.0.0.25 port 25 established"


def judged(folder: Path, files: Mapping[str, str], *, servers: tuple[str, ...] = (), vantage: str | None) -> CaseFile:
    for name, content in files.items():
        (folder / name).write_text(content)
    facts = {str(folder / name): Facts(vantage=vantage, covers=COVERS, time_zone=UTC) for name in files}
    with Case(folder / "case", domain="northwind.example", servers=servers, window=WINDOW) as case:
        case.add(*(folder / name for name in files), facts=facts)
        return case.result()


def told(result: CaseFile) -> tuple[str, ...]:
    return tuple(answer.answer for answer in result.answers.values())


def finding(result: CaseFile, rule: str) -> tuple[str, int, tuple[str, ...]]:
    (found,) = (item for item in result.findings if item.rule == rule)
    return found.state, found.count, found.details


@pytest.mark.parametrize(
    ("name", "content"), [("vpc.log", HEADER + THERE + BACK), ("nfdump.csv", NFDUMP), ("unirec.csv", UNIREC)]
)
def test_a_connection_on_port_25_is_one_whoever_exported_it_and_no_mail(
    tmp_path: Path, name: str, content: str
) -> None:
    result = judged(tmp_path, {name: content}, servers=("10.0.0.25",), vantage="subject_flows")

    assert finding(result, MAIL_PORT) == ("met", 1, (SEEN,))
    assert told(result) == ("unknown", "unknown", "no")
    assert result.verdict.id == "undetermined"


@pytest.mark.parametrize(("content", "records"), [(NFDUMP, 2), (UNIREC, 1)])
def test_records_of_mail_ports_are_counted(tmp_path: Path, content: str, records: int) -> None:
    result = judged(tmp_path, {"flows": content}, servers=("10.0.0.25",), vantage="subject_flows")
    assert {name: count for name, count in result.counts.items() if count} == {"mail_port_flow_records": records}


def test_a_rejected_record_is_an_attempt_that_was_refused(tmp_path: Path) -> None:
    result = judged(tmp_path, {"vpc.log": HEADER + UDP + REJECT}, servers=("10.0.0.25",), vantage="subject_flows")

    assert finding(result, MAIL_PORT) == ("met", 1, ("203.0.113.9 to 10.0.0.25 port 25 refused",))
    assert told(result) == ("no", "no", "no")


def test_what_was_skipped_is_a_blind_spot_and_no_silence(tmp_path: Path) -> None:
    whole = judged(tmp_path, {"vpc.log": HEADER + UDP}, servers=("10.0.0.25",), vantage="subject_flows")
    assert told(whole) == ("no", "no", "no")

    (tmp_path / "b").mkdir()
    blind = judged(
        tmp_path / "b", {"vpc.log": HEADER + UDP + SKIPDATA}, servers=("10.0.0.25",), vantage="subject_flows"
    )
    assert told(blind) == ("unknown", "unknown", "unknown")
    assert finding(blind, MAIL_PORT)[0] == "not_observable"
    assert any("SKIPDATA: flows of 1 interval(s) were not recorded" in problem for problem in blind.problems)


@pytest.mark.parametrize("servers", [("203.0.113.10",), (), ("10.0.0.26",), ("2001:db8::25", "203.0.113.10")])
def test_a_log_that_shows_none_of_the_given_addresses_says_nothing_of_the_subject(
    tmp_path: Path, servers: tuple[str, ...]
) -> None:
    result = judged(tmp_path, {"vpc.log": HEADER + UDP}, servers=servers, vantage="subject_flows")

    assert told(result) == ("unknown", "unknown", "unknown")
    assert any(problem.endswith("Give its private address with --server.") for problem in result.problems)


def test_a_file_of_a_set_may_be_silent_where_another_shows_the_address(tmp_path: Path) -> None:
    other = SAME + "10.0.0.26 192.0.2.53 5353 53 17 1 80 1795426133 1795426134 ACCEPT OK -\n"
    files = {"one.log": HEADER + UDP, "two.log": HEADER + other}

    assert told(judged(tmp_path, files, servers=("10.0.0.25",), vantage="subject_flows")) == ("no", "no", "no")


def test_a_log_of_rejected_traffic_alone_excludes_nothing(tmp_path: Path) -> None:
    result = judged(tmp_path, {"vpc.log": HEADER + REJECT}, servers=("10.0.0.25",), vantage="subject_flows")

    assert finding(result, MAIL_PORT)[:2] == ("met", 1)
    assert told(result) == ("unknown", "unknown", "unknown")


def route53(qname: str, qtype: str, second: int, rtype: str, rdata: str) -> str:
    values: dict[str, Any] = {
        "query_timestamp": f"2026-11-23T09:28:{second:02}Z", "query_name": qname, "query_type": qtype,
        "query_class": "IN", "rcode": "NOERROR", "answers": [{"Rdata": rdata, "Type": rtype, "Class": "IN"}],
        "srcaddr": "10.0.0.7", "srcport": "56067", "transport": "UDP",
    }  # fmt: skip
    return json.dumps(values) + "\n"


ROUTE53 = route53("northwind.example.", "MX", 1, "MX", "10 mx1.northwind.example.") + route53(
    "mx1.northwind.example.", "A", 2, "A", "203.0.113.10"
)
UNBOUND = (
    "[1795426081] unbound[25:0] info: 10.0.0.7 northwind.example. MX IN\n"
    "[1795426081] unbound[25:0] info: 10.0.0.7 northwind.example. MX IN NOERROR 0.000945 0 54\n"
    "[1795426082] unbound[25:0] info: 10.0.0.7 mx1.northwind.example. A IN\n"
    "[1795426082] unbound[25:0] info: 10.0.0.7 mx1.northwind.example. A IN NOERROR 0.000945 0 54\n"
)


@pytest.mark.parametrize("content", [ROUTE53, UNBOUND])
def test_look_ups_are_the_same_in_either_resolver_s_log_and_no_mail(tmp_path: Path, content: str) -> None:
    result = judged(tmp_path, {"resolver.log": content}, vantage=None)

    assert finding(result, "traffic/dns-about-subject")[:2] == ("met", 2)
    assert finding(result, "traffic/mx-then-address")[:2] == ("met", 1)
    assert (result.counts["dns_queries"], result.counts["dns_responses"]) == (2, 2)
    assert told(result) == ("unknown", "unknown", "unknown")
    assert result.verdict.id == "undetermined"
    assert "SMTP sessions" in result.evidence[0].blind_to


def test_what_a_cache_may_hide_was_not_excluded(tmp_path: Path) -> None:
    other = route53("other.example.", "A", 1, "A", "192.0.2.9")
    result = judged(tmp_path, {"resolver.log": other}, vantage=None)

    assert finding(result, "traffic/dns-about-subject")[0] == "not_observable"
    assert "DNS look-ups of the name (in part)" in result.evidence[0].sees
    assert any("answers from its cache" in problem for problem in result.problems)


def test_silence_of_flows_beside_a_log_with_a_cache_is_no_inactivity(tmp_path: Path) -> None:
    (tmp_path / "flows.log").write_text(HEADER + UDP)
    (tmp_path / "resolver.log").write_text(route53("other.example.", "A", 1, "A", "192.0.2.9"))
    facts = {
        str(tmp_path / "flows.log"): Facts(vantage="subject_flows", covers=COVERS),
        str(tmp_path / "resolver.log"): Facts(covers=COVERS),
    }
    with Case(tmp_path / "case", domain="northwind.example", servers=("10.0.0.25",), window=WINDOW) as case:
        case.add(tmp_path / "flows.log", tmp_path / "resolver.log", facts=facts)
        result = case.result()

    assert told(result) == ("no", "no", "no")
    assert result.verdict.id == "undetermined"
