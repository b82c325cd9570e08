"""Who is asked about a domain: WHOIS servers and RDAP services by suffix, each table with its date.

The tables hold the suffixes that are met most. A WHOIS server that is not among them is asked of whois.iana.org; all
RDAP services are in the file that IANA publishes (RFC 9224), which `read` takes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from forensics.errors import UsageError
from forensics.protocols import registry_referral
from forensics.protocols.registry_referral import Referral

IANA = "whois.iana.org"
"""Answers about a suffix who keeps it."""
BOOTSTRAP = "https://data.iana.org/rdap/dns.json"
MAX_BYTES = 8 << 20

WHOIS_AS_OF = "2026-11-27"
"""When the table was put together, of names in public lists of WHOIS servers; IANA was not asked.

Where a name no longer has an address, whois.iana.org is asked instead.
"""
_WHOIS: dict[str, str] = {
    "at": "whois.nic.at", "be": "whois.dns.be", "biz": "whois.nic.biz", "br": "whois.registro.br",
    "ch": "whois.nic.ch", "com": "whois.verisign-grs.com", "cz": "whois.nic.cz", "de": "whois.denic.de",
    "ee": "whois.tld.ee", "eu": "whois.eu", "fi": "whois.fi", "fr": "whois.nic.fr", "io": "whois.nic.io",
    "it": "whois.nic.it", "jp": "whois.jprs.jp", "li": "whois.nic.li", "lt": "whois.domreg.lt", "lv": "whois.nic.lv",
    "net": "whois.verisign-grs.com", "nl": "whois.domain-registry.nl", "no": "whois.norid.no",
    "org": "whois.publicinterestregistry.org", "pl": "whois.dns.pl", "pt": "whois.dns.pt", "ro": "whois.rotld.ro",
    "ru": "whois.tcinet.ru", "sk": "whois.sk-nic.sk", "uk": "whois.nic.uk",
}  # fmt: skip
_FORMS: dict[str, str] = {
    "whois.verisign-grs.com": "domain {}",  # else name servers of that name are listed too
    "whois.denic.de": "-T dn,ace {}",  # else only whether the name is registered
    "whois.jprs.jp": "{}/e",  # in English
}

_AFNIC = "https://rdap.nic.fr/"
_CENTRALNIC = "https://rdap.centralnic.com/"
_GOOGLE = "https://www.registry.google/rdap/"
_IDENTITY = "https://rdap.identitydigital.services/rdap/"


class Services(NamedTuple):
    """RDAP services by suffix; `published` is the day of IANA's registry that they come from."""

    published: str
    bases: Mapping[str, str]

    def base(self, domain: str) -> Referral | None:
        """The service of the longest suffix of a domain; None where none is listed."""
        return next((self._base(suffix) for suffix in _suffixes(domain) if suffix in self.bases), None)

    def _base(self, suffix: str) -> Referral:
        text = self.bases[suffix]
        return registry_referral.https_address(text if text.endswith("/") else f"{text}/")


SHIPPED = Services(
    "2024-02-07",
    {
        "app": _GOOGLE, "ar": "https://rdap.nic.ar/", "asia": _IDENTITY, "biz": "https://rdap.nic.biz/",
        "blog": f"{_CENTRALNIC}blog/", "br": "https://rdap.registro.br/", "ca": "https://rdap.ca.fury.ca/rdap/",
        "cat": "https://rdap.nic.cat/", "cc": "https://tld-rdap.verisign.com/cc/v1/",
        "cloud": "https://rdap.registry.cloud/rdap/", "club": "https://rdap.nic.club/",
        "com": "https://rdap.verisign.com/com/v1/", "cr": "https://rdap.nic.cr/", "cz": "https://rdap.nic.cz/",
        "dev": _GOOGLE, "email": _IDENTITY, "fi": "https://rdap.fi/rdap/rdap/", "fr": _AFNIC,
        "group": _IDENTITY, "icu": f"{_CENTRALNIC}icu/", "id": "https://rdap.pandi.id/rdap/", "info": _IDENTITY,
        "is": "https://rdap.isnic.is/rdap/", "live": _IDENTITY, "mobi": _IDENTITY,
        "name": "https://tld-rdap.verisign.com/name/v1/", "net": "https://rdap.verisign.com/net/v1/",
        "network": _IDENTITY, "no": "https://rdap.norid.no/", "online": f"{_CENTRALNIC}online/",
        "org": "https://rdap.publicinterestregistry.org/rdap/", "page": _GOOGLE, "pm": "https://rdap.nic.pm/",
        "pro": _IDENTITY, "re": "https://rdap.nic.re/", "services": _IDENTITY,
        "shop": "https://rdap.gmoregistry.net/rdap/", "site": f"{_CENTRALNIC}site/", "store": f"{_CENTRALNIC}store/",
        "tech": f"{_CENTRALNIC}tech/", "tel": "https://rdap.nic.tel/", "tf": "https://rdap.nic.tf/",
        "top": "https://rdap.zdnsgtld.com/top/", "tv": "https://rdap.nic.tv/",
        "uk": "https://rdap.nominet.uk/uk/", "vip": "https://rdap.nic.vip/", "wf": "https://rdap.nic.wf/",
        "work": "https://rdap.nic.work/", "xyz": f"{_CENTRALNIC}xyz/", "yt": "https://rdap.nic.yt/",
    },
)  # fmt: skip


class _Registry(msgspec.Struct):
    publication: str
    services: list[tuple[list[str], list[str]]]


def read(path: Path) -> Services:
    """The services of IANA's bootstrap registry for domains (dns.json, RFC 9224 section 4).

    Raises:
        UsageError: it cannot be read, or is none.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        found = msgspec.json.decode(data, type=_Registry)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}.") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: is no bootstrap registry ({error}). IANA publishes it at {BOOTSTRAP}.") from error
    bases: dict[str, str] = {}
    for suffixes, urls in found.services:
        url = next((url for url in urls if registry_referral.https_address(url).host), None)
        bases |= {suffix.lower(): url for suffix in suffixes if url}
    return Services(found.publication[:10], bases)


def whois_server(domain: str) -> str | None:
    """The WHOIS server of a domain's registry; None where whois.iana.org has to be asked for it."""
    return _WHOIS.get(domain.rpartition(".")[2])


def whois_query(server: str, domain: str) -> str:
    """What a server is sent: the domain, in the form that some need."""
    return _FORMS.get(server, "{}").format(domain)


def _suffixes(domain: str) -> Iterator[str]:
    while domain:
        domain = domain.partition(".")[2]
        yield domain
