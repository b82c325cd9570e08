"""Rows of DMARC and TLS reports, wherever the report lay: in a file of its own or attached to a message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from forensics.protocols import address_text, dns_names
from forensics.protocols.aggregate_report import AggregateRecord
from forensics.protocols.surrogates import escaped
from forensics.schema import AggregateReport

SECOND = 1_000_000_000
MAX_POLICIES, MAX_DETAILS = 1_000, 10_000
MAX_PROBLEMS = 20
"""Things wrong with one report that are said."""
_MAX_COUNT = 1 << 53
_LATEST_S = 1 << 33
_DISPOSITIONS = ("none", "quarantine", "reject", "pass")
_NO_TIME = "a report does not say for which time it is, or its time ends before it begins"


def dmarc_row(record: AggregateRecord, cited: dict[str, Any], problems: list[str]) -> AggregateReport:
    """The row of one record of a DMARC report; `problems` gets what is wrong with the report."""
    head = record.head
    begin, end = _seconds(head.begin), _seconds(head.end)
    if begin is None or end is None or begin > end:
        _say(problems, _NO_TIME)
        begin = end = None
    signatures = record.dkim_results
    signature = next((found for found in signatures if found.result == "pass"), signatures[0] if signatures else None)
    spf = record.spf_results[0] if record.spf_results else None
    return AggregateReport(
        ts=begin, last_ts=end, kind="dmarc", reporter=head.org_name, report_id=head.report_id,
        domain=_name(head.domain), source_ip=record.source_ip, messages=record.messages,
        result=record.disposition if record.disposition in _DISPOSITIONS else None,
        header_from=_name(record.header_from), envelope_from=_name(record.envelope_from),
        envelope_to=_name(record.envelope_to), dkim=record.dkim, spf=record.spf,
        dkim_domain=_name(signature.domain) if signature else None,
        dkim_selector=_name(signature.detail) if signature else None,
        spf_domain=_name(spf.domain) if spf else None, **cited,
    )  # fmt: skip


def tls_rows(document: Any, cited: dict[str, Any], problems: list[str]) -> Iterator[AggregateReport]:
    """The rows of a TLS report (RFC 8460 section 4.4): per policy its successes, and each kind of failure."""
    if not isinstance(document, dict) or not isinstance(document.get("policies"), list):
        _say(problems, "no TLS report: it has no policies")
        return
    begin, end = _times(document.get("date-range"), problems)
    head = {
        "ts": begin, "last_ts": end, "kind": "tls", "reporter": _text(document.get("organization-name")),
        "report_id": _text(document.get("report-id")),
    }  # fmt: skip
    for number, item in enumerate(document["policies"][:MAX_POLICIES], 1):
        if not isinstance(item, dict):
            _say(problems, f"policy {number} is no object")
            continue
        yield from _policy_rows(item, number, {**head, **cited}, problems)
    if len(document["policies"]) > MAX_POLICIES:
        _say(problems, f"{len(document['policies'])} policies, of which {MAX_POLICIES} are read")


def _policy_rows(
    item: dict[str, Any], number: int, given: dict[str, Any], problems: list[str]
) -> Iterator[AggregateReport]:  # fmt: skip
    policy, summary = _object(item.get("policy")), _object(item.get("summary"))
    domain = _name(_text(policy.get("policy-domain")))
    good, bad = (_count(summary.get(f"total-{kind}-session-count")) for kind in ("successful", "failure"))
    if good is None:
        _say(problems, f"policy {number} does not count its successful sessions")
    else:
        yield AggregateReport(domain=domain, sessions=good, result="success", **given)
    told = 0
    details = item.get("failure-details")
    for detail in details[:MAX_DETAILS] if isinstance(details, list) else ():
        failure = _object(detail)
        count = _count(failure.get("failed-session-count"))
        if count is None:
            _say(problems, f"policy {number} has a failure without a count")
            continue
        told += count
        yield AggregateReport(
            domain=domain, sessions=count, result=_text(failure.get("result-type")),
            source_ip=_address(failure.get("sending-mta-ip")), server_ip=_address(failure.get("receiving-ip")),
            server_name=_name(_text(failure.get("receiving-mx-hostname"))), **given,
        )  # fmt: skip
    if bad is not None and bad > told:
        yield AggregateReport(domain=domain, sessions=bad - told, result="failure", **given)


def _times(span: Any, problems: list[str]) -> tuple[int | None, int | None]:
    texts = [_text(_object(span).get(f"{end}-datetime")) for end in ("start", "end")]
    try:
        begin, end = (datetime.fromisoformat(text or "") for text in texts)
    except ValueError:
        _say(problems, "the report does not say for which time it is")
        return None, None
    if begin.tzinfo is None or end.tzinfo is None or begin > end or not 1970 <= begin.year <= end.year < 2262:
        _say(problems, "the report's time names no zone or ends before it begins")
        return None, None
    return int(begin.timestamp()) * SECOND, int(end.timestamp()) * SECOND


def _say(problems: list[str], text: str) -> None:
    """Add what is wrong, once, as far as it will be told."""
    if len(problems) < MAX_PROBLEMS and text not in problems:
        problems.append(text)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    """The text of a string; half of a surrogate pair, which JSON can hold and text cannot, as an escape."""
    return escaped(value[:1000]) if isinstance(value, str) and value else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MAX_COUNT else None


def _address(value: Any) -> str | None:
    return address_text.canonical(value) if isinstance(value, str) else None


def _seconds(seconds: int | None) -> int | None:
    return None if seconds is None or seconds >= _LATEST_S else seconds * SECOND


def _name(name: str | None) -> str | None:
    """A domain as the tables hold names; as written where it is none."""
    if not name:
        return name
    try:
        return dns_names.canonical(name)
    except dns_names.DnsNameError:
        return name.lower()
