"""Who runs a domain by the records of a case: registration, DNS, mail, network and reverse names, side by side.

A record says who may or does run something. That another domain is named is not yet another organisation: that takes
a registration of that domain, or of the address block, in the case.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import duckdb

from forensics.model.subject import Subject
from forensics.protocols import spf
from forensics.protocols.dmarc import registered_domain
from forensics.protocols.registration import host_name

MAX_RECORDS = 2_000
"""Rows of each kind that are looked at."""
MAX_ADDRESSES = 50
_CITED = 'r.ts, {last}, r.evidence, r.record_no, r."offset", r.length'
_RANGE = re.compile(r"([0-9A-Fa-f.:]{2,45})\s{0,3}(?:-\s{0,3}([0-9A-Fa-f.:]{2,45})|/(\d{1,3}))")


class OperatorRecord(NamedTuple):
    """One record: `value` is a host or an organisation, `domain` the registered domain of a host.

    `other`: it names another domain than the subject's, or an organisation that no registration of the subject names;
    None where that is not known.
    """

    kind: str
    owner: str
    value: str
    domain: str | None
    other: bool | None
    ts: int | None
    last_ts: int | None
    evidence: int
    record_no: int | None
    offset: int | None
    length: int | None

    @property
    def last(self) -> int | None:
        """When it was last seen."""
        return self.last_ts if self.last_ts is not None else self.ts

    def seen_within(self, start: int | None, end: int | None) -> bool:
        """Whether it was seen in the window, in nanoseconds; a record without a date is in none that has bounds."""
        if start is None and end is None:
            return True
        first, last = self.ts, self.last
        if first is None or last is None:
            return False
        return (end is None or first <= end) and (start is None or last >= start)


def records(connection: duckdb.DuckDBPyConnection, subject: Subject) -> tuple[OperatorRecord, ...]:
    """What the schema `whole` holds of the subject's domain and addresses."""
    domain = subject.domain
    if domain is None:
        return ()
    registered = list(_registered(connection, domain))
    holders = {_folded(one.value) for one in registered if one.kind == "registrant"}
    hosts = [*_hosts(connection, domain)]
    mail = [one.value for one in hosts if one.kind == "mx"]
    addresses = list(dict.fromkeys((*subject.addresses, *_addresses(connection, (*subject.names, *mail)))))
    hosts += _pointers(connection, addresses[:MAX_ADDRESSES], domain)
    networks = list(_networks(connection, addresses[:MAX_ADDRESSES], holders))
    named = dict.fromkeys(one.domain for one in hosts if one.other and one.domain)
    parties = [party for name in list(named)[:MAX_ADDRESSES] for party in _parties(connection, name, holders)]
    return (*registered, *hosts, *networks, *parties)


def _registered(connection: duckdb.DuckDBPyConnection, domain: str) -> Iterator[OperatorRecord]:
    for holder, registrar, *cited in _registrations(connection, domain):
        if holder:
            yield OperatorRecord("registrant", domain, holder, None, False, *cited)
        if registrar:
            yield OperatorRecord("registrar", domain, registrar, None, None, *cited)


def _parties(connection: duckdb.DuckDBPyConnection, domain: str, holders: set[str]) -> Iterator[OperatorRecord]:
    for holder, _, *cited in _registrations(connection, domain):
        if holder:
            yield OperatorRecord("party", domain, holder, domain, _differs(holder, holders), *cited)


def _registrations(connection: duckdb.DuckDBPyConnection, domain: str) -> list[Any]:
    return connection.execute(
        f"SELECT r.holder, r.registrar, {_CITED.format(last='r.ts')} FROM whole.registration r "
        "WHERE r.kind = 'domain' AND r.status = 'registered' AND r.name = ? ORDER BY r.ts, r.evidence, r.record_no "
        f"LIMIT {MAX_RECORDS}",
        [domain],
    ).fetchall()


def _hosts(connection: duckdb.DuckDBPyConnection, domain: str) -> Iterator[OperatorRecord]:
    rows = connection.execute(
        f"SELECT r.owner, r.rtype, r.rdata, {_CITED.format(last='r.last_ts')} FROM whole.dns_record r "
        "WHERE r.rdata IS NOT NULL AND ((r.owner = ? AND r.rtype IN ('NS', 'MX', 'TXT')) "
        "OR (r.rtype = 'CNAME' AND ends_with(r.owner, ?))) "
        f"ORDER BY coalesce(r.ts, 0), r.evidence, r.record_no, r.rdata LIMIT {MAX_RECORDS}",
        [domain, f"._domainkey.{domain}"],
    ).fetchall()
    for owner, rtype, rdata, *cited in rows:
        for kind, text in _named(rtype, rdata):
            host = host_name(text)
            if host is not None:
                yield _host(kind, owner, host, domain, cited)


def _named(rtype: str, rdata: str) -> Iterator[tuple[str, str]]:
    if rtype == "MX":
        yield "mx", rdata.split()[-1] if rdata.split() else ""
    elif rtype != "TXT":
        yield ("ns" if rtype == "NS" else "dkim_cname"), rdata
    elif spf.is_spf(rdata):
        try:
            terms = spf.parse_record(rdata).terms
        except spf.SpfSyntaxError:
            return
        yield from (("spf_include", term.value or "") for term in terms if term.name in ("include", "redirect"))


def _addresses(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> Iterator[str]:
    for name in list(dict.fromkeys(names))[:MAX_ADDRESSES]:
        found = connection.execute(
            "SELECT DISTINCT r.rdata FROM whole.dns_record r WHERE r.owner = ? AND r.rtype IN ('A', 'AAAA') "
            f"AND r.rdata IS NOT NULL ORDER BY 1 LIMIT {MAX_ADDRESSES}",
            [name],
        ).fetchall()
        yield from (text for (text,) in found if _address(text) is not None)


def _pointers(connection: duckdb.DuckDBPyConnection, addresses: Iterable[str], domain: str) -> list[OperatorRecord]:
    names = [found.reverse_pointer for text in addresses if (found := _address(text)) is not None]
    if not names:
        return []
    rows = connection.execute(
        f"SELECT r.owner, r.rdata, {_CITED.format(last='r.last_ts')} FROM whole.dns_record r WHERE r.rtype = 'PTR' "
        f"AND r.rdata IS NOT NULL AND r.owner IN (SELECT unnest(?)) ORDER BY coalesce(r.ts, 0), r.owner, r.rdata "
        f"LIMIT {MAX_RECORDS}",
        [names],
    ).fetchall()
    return [
        _host("ptr", owner, host, domain, cited) for owner, rdata, *cited in rows if (host := host_name(rdata))
    ]  # fmt: skip


def _networks(
    connection: duckdb.DuckDBPyConnection, addresses: list[str], holders: set[str]
) -> Iterator[OperatorRecord]:
    """The blocks that hold an address, each with its holder."""
    rows = connection.execute(
        f"SELECT r.name, r.holder, {_CITED.format(last='r.ts')} FROM whole.registration r WHERE r.kind = 'network' "
        f"AND r.name IS NOT NULL AND r.holder IS NOT NULL ORDER BY r.name, r.ts, r.evidence LIMIT {MAX_RECORDS}"
    ).fetchall()
    known = [found for text in addresses if (found := _address(text)) is not None]
    for name, holder, *cited in rows:
        inside = next((str(address) for address in known if _holds(name, address)), None)
        if inside is not None:
            yield OperatorRecord("network", f"{inside} in {name}", holder, None, _differs(holder, holders), *cited)


def _host(kind: str, owner: str, host: str, domain: str, cited: list[Any]) -> OperatorRecord:
    named = registered_domain(host)
    return OperatorRecord(kind, owner, host, named, named != registered_domain(domain), *cited)


def _differs(name: str, holders: set[str]) -> bool | None:
    return _folded(name) not in holders if holders else None


def _folded(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _holds(block: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    match = _RANGE.match(block.strip())
    if match is None:
        return False
    try:
        if match[3] is not None:
            return address in ipaddress.ip_network(f"{match[1]}/{match[3]}", strict=False)
        first, last = ipaddress.ip_address(match[1]), ipaddress.ip_address(match[2])
    except ValueError:
        return False
    return first.version == last.version == address.version and int(first) <= int(address) <= int(last)
