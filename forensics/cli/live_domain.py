"""The live side of `forensics domain`: what is asked of whom, and the file that keeps what came back."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from forensics import examination
from forensics.analysis.posture import asking, blocklists, fetched_policy, mail_exchangers
from forensics.cli import results, words
from forensics.collect import dns_records, links, policy_files, resolvers, smtp_probe
from forensics.collect.reach import PUBLIC, Reach
from forensics.collect.resolvers import Server
from forensics.errors import UsageError
from forensics.model.plan import Plan


class Wanted(NamedTuple):
    """What the user asked for."""

    name: str
    resolver: str | None = None
    save: Path | None = None
    selectors: tuple[str, ...] = ()
    ca_file: Path | None = None
    probe_smtp: bool = False
    lists: tuple[str, ...] = ()


def record(wanted: Wanted, reach: Reach = PUBLIC) -> Path:
    """Ask, and give the file that holds what came back.

    Args:
        reach: which addresses may be called besides the resolver.

    Raises:
        UsageError: no domain, no resolver, or no authorities in the file.
        NetworkError: the resolver cannot be found, or answers nothing.
        StorageError: the file exists, or cannot be written.
    """
    domain = examination.domain_name(wanted.name)
    path = wanted.save or words.recording_path(domain, "dns")
    server, trust = resolvers.resolver(wanted.resolver), links.trusting(wanted.ca_file)
    lists = _lists(wanted)
    with dns_records.Recorder(path, server, trust=trust, lists=lists) as recorder:
        # what costs little first: the tree of a hostile domain may take the rest of the budget
        for question in asking.known(domain, wanted.selectors):
            recorder.ask(*question)
        if not recorder.authenticated:
            recorder.ask(*asking.VOUCHED_FOR)
        if fetched_policy.is_wanted(domain, recorder):
            if links.has_authorities(trust):
                policy_files.fetch(domain, recorder, trust, reach)
            else:
                results.tell(
                    "The system has no authorities: the MTA-STS policy is not fetched. Name some with --ca-file."
                )
        asking.ask_needed(domain, wanted.selectors, recorder)
        for _ in blocklists.check(domain, lists, recorder):
            pass  # each check asks its question
        asking.ask_guessed(domain, recorder)
        if wanted.probe_smtp:  # slow servers take none of the time for questions
            hosts = mail_exchangers.check(domain, recorder).hosts
            smtp_probe.probe(hosts, recorder, wanted.ca_file, reach)
    results.tell(
        f"{recorder.sent} queries to {server}; the answers are kept in {path}. Judge them again with --records."
    )
    return path


def plan(wanted: Wanted) -> Plan:
    """What is certain beforehand, and who would see it; nothing is sent.

    Raises:
        UsageError: no domain, or no resolver.
        NetworkError: the system names no resolver.
    """
    domain = examination.domain_name(wanted.name)
    server = resolvers.resolver(wanted.resolver)
    questions = (*asking.known(domain, wanted.selectors), asking.VOUCHED_FOR, *asking.guessed(domain))
    contacts = [
        f"Where _mta-sts.{domain} asks for it: {policy_files.url_of(domain)} is fetched from a public address of its "
        "host, once; redirects are not followed.",
    ]
    seen = [*_seen_by(server), "The server of the MTA-STS policy sees your address, and that the policy is fetched."]
    if wanted.probe_smtp:
        contacts.append(
            f"The first {smtp_probe.MAX_EXCHANGERS} exchangers by preference are called on port 25 at a public "
            "address: EHLO, STARTTLS, QUIT; once more where the certificate is not accepted. No mail is offered."
        )
        seen.append("The mail servers see your address, the one that your host has on its own network, and the visit.")
    for zone in _lists(wanted):
        contacts.append(
            f"The list {zone} is asked about the first {blocklists.MAX_ADDRESSES} public addresses of the exchangers, "
            "through the resolver."
        )
        seen.append(f"The operator of {zone} sees which addresses are asked about, and the resolver that asks.")
    return Plan(questions, tuple(contacts), tuple(seen))


def _lists(wanted: Wanted) -> tuple[str, ...]:
    if len(wanted.lists) > blocklists.MAX_LISTS:
        raise UsageError(f"More than {blocklists.MAX_LISTS} lists would take the budget of questions.")
    return tuple(dict.fromkeys(examination.domain_name(zone) for zone in wanted.lists))


def _seen_by(server: Server) -> tuple[str, ...]:
    how = {"udp": "over UDP, and over TCP where an answer is cut short", "tcp": "over TCP", "dot": "over TLS"}
    found = () if server.found else (f"The system's resolver sees the name {server.address}: its address is needed.",)
    carried = (
        f"Whoever carries the packets sees that {server.name or server.address} is called, and not what is asked."
        if server.encrypted
        else "Whoever carries the packets can read them: they are not encrypted."
    )
    return (
        *found,
        f"{server} sees every question, {how.get(server.transport, 'over HTTPS')}.",
        "The servers of the zones that it asks in turn see that it asks, and what.",
        carried,
    )
