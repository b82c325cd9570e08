"""Whether those who would receive reports agreed to it (RFC 9990 section 4, RFC 7489 section 7.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from forensics.protocols.a_labels import to_a_labels
from forensics.protocols.dmarc.inquiry import Inquiry
from forensics.protocols.dmarc.organization import find_organization
from forensics.protocols.dmarc.record import MAX_RECORD, DmarcRecord, is_dmarc, read_record
from forensics.protocols.dmarc.report_uri import ReportUri
from forensics.protocols.dns_answer import Answer, Lookup
from forensics.protocols.query_names import can_be_asked, within

MAX_DESTINATIONS = 20
"""Destinations that are judged."""

_FOREIGN = "the override names another host"


@dataclass(frozen=True, slots=True)
class ReportDestination:
    """One destination of reports, judged.

    `tag` is the one it stands in. `external`: it belongs to another organization; `query` is the name whose TXT record
    must agree then. `authorized` says whether reports may be sent; `external` and `authorized` are None where a
    question nobody answered hides them. `overrides` are the destinations that the receiver wants in the place of this
    one. `problem` says why the answer is not a plain yes.
    """

    tag: Literal["rua", "ruf"]
    uri: ReportUri
    external: bool | None
    query: str | None
    authorized: bool | None
    overrides: tuple[ReportUri, ...] = ()
    problem: str | None = None


def authorization_name(record_domain: str, host: str) -> str | None:
    """Give the name whose TXT record lets a host receive the reports about a domain; None where DNS cannot hold it.

    >>> authorization_name("blue.example", "red.test")
    'blue.example._report._dmarc.red.test'
    """
    name = f"{to_a_labels(record_domain)}._report._dmarc.{to_a_labels(host)}"
    return name if can_be_asked(name) else None


def authorize_reports(record: DmarcRecord, record_domain: str, *, lookup: Lookup) -> tuple[ReportDestination, ...]:
    """Judge every destination of a record that was found at a domain, under the rules it was read with.

    At most 20 destinations are judged and 40 questions put.
    """
    inquiry = Inquiry(lookup, record.rules)
    domain = to_a_labels(record_domain)
    destinations: list[tuple[Literal["rua", "ruf"], ReportUri]] = [("rua", uri) for uri in record.rua]
    destinations += [("ruf", uri) for uri in record.ruf]
    return tuple(_judge(tag, uri, domain, inquiry) for tag, uri in destinations[:MAX_DESTINATIONS])


def _judge(tag: Literal["rua", "ruf"], uri: ReportUri, domain: str, inquiry: Inquiry) -> ReportDestination:
    if not uri.valid:
        return ReportDestination(tag, uri, None, None, False, problem="no URI")
    if uri.host is None:
        return ReportDestination(tag, uri, None, None, False, problem="no host that could agree")
    external, failure = _is_external(to_a_labels(uri.host), domain, inquiry)
    if failure is not None:
        return ReportDestination(tag, uri, None, None, None, problem=failure)
    if not external:
        return ReportDestination(tag, uri, False, None, True)
    query = authorization_name(domain, uri.host)
    if query is None:
        return ReportDestination(tag, uri, True, None, False, problem="the name to ask for is too long")
    answer, failure = inquiry.ask(query, "TXT")
    if answer is None:
        return ReportDestination(tag, uri, True, query, None, problem=failure)
    return _read_agreement(ReportDestination(tag, uri, True, query, False), answer, inquiry)


def _is_external(host: str, domain: str, inquiry: Inquiry) -> tuple[bool | None, str | None]:
    if host == domain:
        return False, None
    organization, failure = find_organization(domain, inquiry)
    if organization is None:
        return None, failure
    # An Organizational Domain holds its domains: a host outside needs no walk.
    if not within(host, organization):
        return True, None
    other, failure = find_organization(host, inquiry)
    return (None, failure) if other is None else (other != organization, None)


def _read_agreement(asked: ReportDestination, answer: Answer, inquiry: Inquiry) -> ReportDestination:
    agreements = [
        read_record(text[:MAX_RECORD], rules=inquiry.rules) for text in answer.records if is_dmarc(text)
    ]  # fmt: skip
    if not agreements:
        problem = f"no record at {asked.query}" + (f" ({answer.status})" if answer.void else "")
        return replace(asked, authorized=False, problem=problem)
    overrides = next((found for record in agreements if (found := getattr(record, asked.tag))), ())
    if any(override.host != asked.uri.host for override in overrides):
        return replace(asked, authorized=False, problem=_FOREIGN)
    return replace(asked, authorized=True, overrides=overrides)
