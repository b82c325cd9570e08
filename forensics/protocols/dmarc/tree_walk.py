"""The DNS Tree Walk: the policy records above a domain and its Organizational Domain (RFC 9989 section 4.10)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forensics.protocols.dmarc.inquiry import Inquiry
from forensics.protocols.dmarc.record import DmarcRecord

MAX_WALK = 8
"""Questions of one walk."""


@dataclass(frozen=True, slots=True)
class TreeWalk:
    """What one walk found.

    `records` are the domains with exactly one policy record, from the longest name to the shortest; `discarded` those
    with several. `failure` says which question nobody answered: the walk ended there, and `organizational_domain`,
    which depends on what is above, is None.
    """

    start: str
    records: tuple[tuple[str, DmarcRecord], ...]
    discarded: tuple[str, ...]
    failure: str | None

    @property
    def organizational_domain(self) -> str | None:
        """The Organizational Domain of the start (section 4.10.2); the start itself where no record was found."""
        if self.failure is not None:
            return None
        for domain, record in self.records:
            if record.psd == "n":
                return domain
            if record.psd == "y" and domain != self.start:
                return _one_label_below(domain, self.start)
        return self.records[-1][0] if self.records else self.start

    @property
    def public_suffix_domain(self) -> str | None:
        """The domain above the start whose record says psd=y, None where no record does."""
        return next((name for name, record in self.records if record.psd == "y" and name != self.start), None)

    def record_of(self, domain: str | None) -> DmarcRecord | None:
        """Give the record found at a domain."""
        return next((record for name, record in self.records if name == domain), None)


def walk_names(domain: str) -> Iterator[str]:
    """Give the domains of a walk in order: the domain, then at most seven labels of it, then ever one less.

    >>> list(walk_names("a.b.c.d.e.f.g.h.mail.example"))[:3], len(list(walk_names("a." * 100 + "example")))
    (['a.b.c.d.e.f.g.h.mail.example', 'd.e.f.g.h.mail.example', 'e.f.g.h.mail.example'], 8)
    """
    yield domain
    rest = domain.split(".")[1:][-(MAX_WALK - 1) :]
    for index in range(len(rest)):
        yield ".".join(rest[index:])


def walk(domain: str, inquiry: Inquiry) -> TreeWalk:
    """Walk up from a domain; a record with psd=y or psd=n ends the walk, and so does a question that fails."""
    records, discarded = list[tuple[str, DmarcRecord]](), list[str]()
    for name in walk_names(domain):
        fetched = inquiry.fetch(name)
        if fetched.failure is not None:
            return TreeWalk(domain, tuple(records), tuple(discarded), fetched.failure)
        if fetched.record is not None:
            records.append((name, fetched.record))
            if fetched.record.psd != "u":
                break
        elif fetched.found:
            discarded.append(name)
    return TreeWalk(domain, tuple(records), tuple(discarded), None)


def _one_label_below(suffix: str, start: str) -> str:
    labels = start.split(".")
    return ".".join(labels[-(suffix.count(".") + 2) :])
