"""The live side of `forensics whois`: who is asked what, and the file that keeps what came back."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from publicsuffixlist import PublicSuffixList

from forensics.cli import results, words
from forensics.collect import links, registry_servers
from forensics.collect.recording import Recording
from forensics.collect.registrations import Asking
from forensics.collect.registry_contact import PUBLIC, WHOIS_PORT, Network
from forensics.collect.registry_servers import Services
from forensics.errors import UsageError
from forensics.model.plan import RegistryPlan
from forensics.protocols.registration import host_name
from forensics.protocols.registry_referral import public_name


class Wanted(NamedTuple):
    """What the user asked for."""

    name: str
    save: Path | None = None
    bootstrap: Path | None = None
    ca_file: Path | None = None


def record(wanted: Wanted, network: Network = PUBLIC) -> Path:
    """Ask, and give the file that holds what came back.

    Raises:
        UsageError: no domain that a registry knows, no bootstrap registry, or no authorities in the file.
        StorageError: the file exists, or cannot be written.
    """
    domain, services = registered(wanted.name), _services(wanted)
    path = wanted.save or words.recording_path(domain, "whois")
    trusting = network._replace(trust=links.trusting(wanted.ca_file))
    with Recording(path) as recording:
        asking = Asking(recording, domain, trusting, services)
        asking.rdap()
        asking.whois()
    results.tell(f"{asking.connections} connections; the answers are kept in {path}. Read them again with --records.")
    return path


def plan(wanted: Wanted) -> RegistryPlan:
    """What is certain beforehand, and who would see it; nothing is sent.

    Raises:
        UsageError: no domain that a registry knows, or no bootstrap registry.
    """
    domain, services = registered(wanted.name), _services(wanted)
    questions, seen = list[tuple[str, str, str]](), list[str]()
    base = services.base(domain)
    listed = f"the table of IANA's registry of {services.published}"
    if base is not None and base.host is not None:
        questions.append((f"https://{base.host}{base.path}domain/{domain}", base.host, "RDAP, HTTPS"))
        seen.append(f"{base.host} sees the question; those who carry it see only that it is called. It is of {listed}.")
    else:
        seen.append(f"No RDAP service is asked: {listed} names none for {domain}. --bootstrap takes a newer one.")
    server = registry_servers.whois_server(domain)
    asked = server or registry_servers.IANA
    query = registry_servers.whois_query(server, domain) if server else domain.rpartition(".")[2]
    questions.append((query, asked, f"WHOIS, port {WHOIS_PORT}"))
    of_iana = f" The server of the table of {registry_servers.WHOIS_AS_OF}." if server else _BY_IANA
    seen.append(f"{asked} sees the question, and so does whoever carries it: WHOIS is not encrypted.{of_iana}")
    return RegistryPlan(tuple(questions), (*seen, *_ALWAYS))


_BY_IANA = " It is asked for the suffix alone; the server that it names is then asked for the domain."
_ALWAYS = (
    "The system's resolver sees the names of all servers.",
    "A server that an answer refers to is the registrar's, as a rule, and may tell its customer of the question.",
)


def registered(name: str) -> str:
    """The domain in A-labels, where it is one that a registry can know.

    Raises:
        UsageError: it is none.
    """
    domain = host_name(name)
    if domain is None or public_name(domain) is None:
        raise UsageError(f"{name!r} is no domain name that a registry can be asked about.")
    known = PublicSuffixList(only_icann=True).privatesuffix(domain)
    if isinstance(known, str) and known != domain:
        raise UsageError(f"{domain} lies below {known}, and a registry knows only that. Ask for: whois {known} --live")
    return domain


def _services(wanted: Wanted) -> Services:
    return registry_servers.read(wanted.bootstrap) if wanted.bootstrap else registry_servers.SHIPPED
