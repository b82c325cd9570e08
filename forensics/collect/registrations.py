"""Asking who holds a domain, over RDAP and WHOIS: every answer is written down as evidence first, and only then read.

Each protocol costs two connections at most: one to the server that the tables (or IANA) name, one to whom it refers.
"""

from __future__ import annotations

import base64
import time

from msgspec import structs

from forensics.collect import registry_contact, registry_servers
from forensics.collect.recording import Recording, now, since
from forensics.collect.registry_contact import PUBLIC, Heard, Network
from forensics.collect.registry_servers import Services
from forensics.protocols import registration_recording, registry_referral
from forensics.protocols.registration_recording import FORMAT, Entry
from forensics.protocols.registry_referral import Referral

_SPENT = "one referral was followed already"


class Asking:
    """Questions about one domain, each kept in a recording.

    Args:
        recording: where they are kept.
        domain: in A-labels.
        network: how servers are reached.
        services: who speaks RDAP for which suffix.
    """

    def __init__(
        self, recording: Recording, domain: str, network: Network = PUBLIC, services: Services | None = None
    ) -> None:
        self.domain, self.connections = domain, 0
        """Connections that were tried."""
        self._recording, self._network = recording, network
        self._services = services or registry_servers.SHIPPED

    def rdap(self) -> None:
        """Ask the RDAP service of the registry, and the one that it refers to.

        Raises:
            StorageError: the recording cannot be written.
        """
        base = self._services.base(self.domain)
        if base is None or base.host is None:
            listed = f"the table of IANA's registry of {self._services.published} names no RDAP service of the suffix"
            self._keep(self._entry("rdap", self.domain, None), Heard("not_sent", note=listed))
            return
        first = base._replace(path=f"{base.path}domain/{self.domain}")
        referred = self._over_rdap(first, None)
        if referred is None or (referred.host, referred.path) == (first.host, first.path):
            return
        if referred.host is None:
            self._leave_out("rdap", referred, first.host)
            return
        again = self._over_rdap(referred, first.host)
        if again is not None and again[1:] not in (first[1:], referred[1:]):
            self._leave_out("rdap", again._replace(problem=again.problem or _SPENT), referred.host)

    def whois(self) -> None:
        """Ask the WHOIS server of the registry, or IANA who that is; then the one that the answer refers to.

        Raises:
            StorageError: the recording cannot be written.
        """
        first = registry_servers.whois_server(self.domain)
        kept, referred = self._about_the_domain(first, None) if first else self._about_the_suffix()
        if kept.about == "domain" and kept.outcome == "no_address":  # the table is older than the server's name
            kept, referred = self._about_the_suffix()
        first = kept.server
        if referred is None or referred.host == first:
            return
        if referred.host is None:
            self._leave_out("whois", referred, first)
            return
        _, again = self._about_the_domain(referred.host, first)
        if again is not None and again.host not in (first, referred.host):
            self._leave_out("whois", again._replace(problem=again.problem or _SPENT), referred.host)

    def _about_the_suffix(self) -> tuple[Entry, Referral | None]:
        suffix = self.domain.rpartition(".")[2]
        entry = structs.replace(self._entry("whois", suffix, registry_servers.IANA), about="suffix")
        kept, referred = self._over_whois(entry)
        if kept.outcome == "answered" and referred is None:
            none = Heard("not_sent", note=f"{registry_servers.IANA} names no WHOIS server for {suffix}")
            self._keep(self._entry("whois", self.domain, None), none)
        return kept, referred

    def _about_the_domain(self, server: str, referred_by: str | None) -> tuple[Entry, Referral | None]:
        query = registry_servers.whois_query(server, self.domain)
        return self._over_whois(structs.replace(self._entry("whois", query, server), referred_by=referred_by))

    def _over_whois(self, entry: Entry) -> tuple[Entry, Referral | None]:
        """What was kept, and where the answer refers to; half an answer leads nowhere."""
        start = time.monotonic()
        heard = registry_contact.ask_whois(self._network, entry.server or "", entry.query)
        kept = self._keep(structs.replace(entry, rtt_ms=since(start)), heard)
        data = registration_recording.answer_bytes(kept)
        if data is None or kept.outcome != "answered":
            return kept, None
        return kept, registry_referral.of_whois(registration_recording.whois_answer_text(data))

    def _over_rdap(self, target: Referral, referred_by: str | None) -> Referral | None:
        host = target.host or ""
        entry = self._entry("rdap", f"https://{host}{target.path}", host)
        start = time.monotonic()
        heard = registry_contact.ask_rdap(self._network, host, target.path)
        kept = self._keep(structs.replace(entry, referred_by=referred_by, rtt_ms=since(start)), heard)
        data = registration_recording.answer_bytes(kept)
        got = registration_recording.http_answer(data) if data and kept.outcome == "answered" else None
        return registry_referral.of_rdap(got, host) if got else None

    def _leave_out(self, protocol: registration_recording.Protocol, referral: Referral, by: str | None) -> None:
        entry = structs.replace(self._entry(protocol, self.domain, referral.host), referred_by=by)
        note = f"{by} refers to {referral.text}, which is not asked: {referral.problem}"
        self._keep(entry, Heard("not_sent", note=note))

    def _entry(self, protocol: registration_recording.Protocol, query: str, server: str | None) -> Entry:
        port = registry_contact.WHOIS_PORT if protocol == "whois" else registry_contact.HTTPS_PORT
        return Entry(
            format=FORMAT, asked_at=now(), domain=self.domain, protocol=protocol, query=query, outcome="not_sent",
            server=server, port=port,
        )  # fmt: skip

    def _keep(self, entry: Entry, heard: Heard) -> Entry:
        self.connections += heard.address is not None
        kept = structs.replace(
            entry, outcome=heard.outcome, address=heard.address, note=heard.note,
            answer=_text(heard.data), certificate=_text(heard.certificate),
        )  # fmt: skip
        self._recording.write(kept)
        return kept


def _text(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode("ascii")
