"""What the evidence itself says of the subject: addresses of its names, and whom it is about where none is named."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

import duckdb

from forensics.model.subject import Subject
from forensics.protocols.dmarc import registered_domain

PROPOSALS = 5


class Derived(NamedTuple):
    """A subject with the addresses that the evidence gives it, and where each comes from."""

    subject: Subject
    notes: tuple[str, ...]


def complete(connection: duckdb.DuckDBPyConnection, subject: Subject) -> Derived:
    """Add addresses: of the named servers by the A and AAAA records in the evidence, and by SMTP greetings.

    Mail exchangers of the domain count only where their name is the domain or below it: one run under another
    domain serves others too, and its traffic is not the subject's.
    """
    if not subject.given:
        return Derived(subject, ())
    names, notes = _server_names(connection, subject)
    found: dict[str, str] = {}
    for name in names:
        for address in _addresses(connection, name):
            found.setdefault(address, f"{address} is an address of {name} in a record of the evidence")
    if not found and not subject.addresses:
        found = _greeted(connection, names, subject.domain)
    new = {address: note for address, note in found.items() if address not in subject.addresses}
    grown = Subject(
        domain=subject.domain, names=subject.names, addresses=(*subject.addresses, *sorted(new)),
    )  # fmt: skip
    return Derived(grown, (*notes, *(new[address] for address in sorted(new))))


def propose(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """The subjects that the evidence speaks of most: servers of SMTP sessions, and domains asked for."""
    servers = connection.execute(
        "SELECT s.server_ip FROM whole.smtp_session s WHERE s.server_ip IS NOT NULL "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT ?",
        [PROPOSALS],
    ).fetchall()
    names = connection.execute(
        "SELECT q.qname FROM whole.dns_query q WHERE q.qtype IN ('MX', 'A', 'AAAA', 'TXT') AND q.qname <> '' "
        "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 200"
    ).fetchall()
    domains = dict.fromkeys(registered_domain(name) for (name,) in names if not name.endswith(".arpa"))
    return (*(f"--server {ip}" for (ip,) in servers), *(f"--domain {name}" for name in list(domains)[:PROPOSALS]))


def _server_names(connection: duckdb.DuckDBPyConnection, subject: Subject) -> tuple[list[str], list[str]]:
    if subject.names:
        return list(subject.names), []
    if subject.domain is None:
        return [], []
    names: list[str] = []
    notes: list[str] = []
    targets = connection.execute(
        "SELECT DISTINCT r.rdata FROM whole.dns_record r WHERE r.rtype = 'MX' AND r.owner = ? ORDER BY 1",
        [subject.domain],
    ).fetchall()
    for (rdata,) in targets:
        target = str(rdata).split()[-1].rstrip(".").lower()
        if target.endswith("." + subject.domain):
            names.append(target)
        elif target:
            notes.append(
                f"{target} receives for {subject.domain} but is of another domain: its traffic is not taken as the "
                "subject's. Name it with --server to have it examined."
            )
    # RFC 5321 section 5.1: only without MX is the domain itself the exchanger; with MX its address is a web host's
    return (names if targets else [subject.domain]), notes


def _addresses(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    found = connection.execute(
        "SELECT DISTINCT r.rdata FROM whole.dns_record r WHERE r.rtype IN ('A', 'AAAA') AND r.owner = ? ORDER BY 1",
        [name],
    ).fetchall()
    return [address for (text,) in found if (address := _canonical(text)) is not None]


def _greeted(connection: duckdb.DuckDBPyConnection, names: list[str], domain: str | None) -> dict[str, str]:
    """Servers whose greeting begins with a name of the subject (RFC 5321 section 4.2: 220 <domain>)."""
    rows = connection.execute(
        "SELECT DISTINCT s.server_ip, lower(regexp_extract(s.banner, '^[A-Za-z0-9.-]+')) FROM whole.smtp_session s "
        "WHERE s.banner IS NOT NULL AND s.server_ip IS NOT NULL ORDER BY 1, 2"
    ).fetchall()
    return {
        address: f"{address} greets as {name}: taken as the subject's by its own word"
        for address, name in rows
        if name in names or (domain and name.endswith("." + domain))
    }


def _canonical(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
