"""What is wrong within the records that stand beside those of mail itself, each with the place and the rule broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from forensics.model.posture import CheckState


class Defect(NamedTuple):
    """One thing wrong in a record: at which part, and what follows from it."""

    state: CheckState
    where: str
    text: str
    remedy: str
    reference: str


_STS_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_CAA = re.compile(r'(?P<flags>\d{1,3}) (?P<tag>[A-Za-z0-9]{1,255}) "?(?P<value>[^"]*)"?', re.ASCII)
_CAA_TAGS = frozenset({"issue", "issuewild", "issuemail", "issuevmc", "iodef", "contactemail", "contactphone"})
_TLSA = re.compile(r"(?P<usage>\d{1,3}) (?P<selector>\d{1,3}) (?P<matching>\d{1,3}) (?P<data>[0-9A-Fa-f ]+)", re.ASCII)
_DIGEST_DIGITS = {"1": 64, "2": 128}
MAX_RECORDS = 40
MAX_PARTS = 40


def defects(kind: str, records: tuple[str, ...]) -> Iterator[tuple[str, Defect]]:
    """Each defect of each record with the record; `kind` is the id of the check, one without rules has none."""
    find = _RULES.get(kind)
    for record in records[:MAX_RECORDS] if find else ():
        for defect in find(record) if find else ():
            yield record, defect


def fields(record: str) -> dict[str, str]:
    """The `key=value;` fields of a TXT record; of a key that stands twice, the first.

    >>> fields("v=STSv1; id=2026112301;")
    {'v': 'STSv1', 'id': '2026112301'}
    """
    found: dict[str, str] = {}
    for part in record.split(";")[:MAX_PARTS]:
        key, equals, value = part.partition("=")
        if equals:
            found.setdefault(key.strip(), value.strip())
    return found


def mta_sts(record: str) -> Iterator[Defect]:
    """The id tells senders that the policy changed (RFC 8461 section 3.1).

    >>> [defect.where for defect in mta_sts("v=STSv1; id=2026-11-23")]
    ['id=2026-11-23']
    """
    given = fields(record).get("id")
    if given is None or not _STS_ID.fullmatch(given):
        yield Defect(
            "problem", "id" if given is None else f"id={given}",
            "Senders ignore an MTA-STS record whose id is not 1 to 32 letters and digits.",
            "Publish an id of letters and digits, a new one with each change of the policy.", "RFC 8461 section 3.1",
        )  # fmt: skip


def tls_rpt(record: str) -> Iterator[Defect]:
    """Where reports go: mailto or https (RFC 8460 section 3).

    >>> [defect.where for defect in tls_rpt("v=TLSRPTv1; rua=http://reports.example/")]
    ['http://reports.example/']
    """
    given = fields(record).get("rua", "")
    reference = "RFC 8460 section 3"
    if not given:
        yield Defect("problem", "rua", "No address for reports: none are sent.", "Add rua=mailto:... .", reference)
    for uri in given.split(",")[:MAX_PARTS] if given else ():
        if not uri.strip().lower().startswith(("mailto:", "https:")):
            text = "Reports go to mailto: and https: addresses alone."
            yield Defect("problem", uri.strip(), text, "Name a mailto: or https: address.", reference)


def bimi(record: str) -> Iterator[Defect]:
    """A logo's place, over https; an empty one declines (draft-brand-indicators, section 4.2)."""
    given = fields(record).get("l")
    if given and not given.lower().startswith("https://"):
        yield Defect(
            "problem", f"l={given}", "The logo is fetched over https alone.", "Publish an https:// address.",
            "draft-brand-indicators-for-message-identification section 4.2",
        )  # fmt: skip


def caa(record: str) -> Iterator[Defect]:
    """Flags, tag, value (RFC 8659 section 4.1); an unknown tag that is critical stops all issuance.

    >>> [defect.where for defect in caa('128 tbs "unknown"')], list(caa('0 issue "ca.example"'))
    (['128 tbs'], [])
    """
    found = _CAA.fullmatch(record)
    reference = "RFC 8659 section 4.1"
    if found is None or int(found["flags"]) > 255:
        yield Defect("problem", record[:80], "No CAA record by its grammar.", "Write FLAGS TAG VALUE.", reference)
    elif found["tag"].lower() not in _CAA_TAGS:
        critical = int(found["flags"]) & 128
        text = "A critical property that authorities do not know: they issue nothing." if critical else "Unknown tag."
        where = f"{found['flags']} {found['tag']}"
        yield Defect("problem" if critical else "warning", where, text, "Use a registered tag.", reference)


def tlsa(record: str) -> Iterator[Defect]:
    """What SMTP takes: usage 2 or 3, and a digest of its length (RFC 7672 section 3.1, RFC 6698 section 2.1).

    >>> [defect.where for defect in tlsa("1 1 1 00ff")]
    ['usage 1', 'matching type 1']
    """
    found = _TLSA.fullmatch(record)
    if found is None:
        text = "No TLSA record by its grammar."
        yield Defect("problem", record[:80], text, "Publish the record again.", "RFC 6698 section 2.2")
        return
    if found["usage"] not in ("2", "3"):
        yield Defect(
            "problem", f"usage {found['usage']}", "Senders of mail treat this usage as unusable.",
            "Use 3 1 1 with the digest of the server's key.", "RFC 7672 section 3.1.3",
        )  # fmt: skip
    digits = _DIGEST_DIGITS.get(found["matching"])
    if int(found["selector"]) > 1 or int(found["matching"]) > 2:
        where = f"selector {found['selector']}, matching type {found['matching']}"
        yield Defect("problem", where, "A number without a meaning.", "Use 3 1 1.", "RFC 6698 section 2.1")
    elif digits and len(found["data"].replace(" ", "")) != digits:
        text = f"The digest is not of the {digits // 2} bytes that its type has: it matches no certificate."
        where = f"matching type {found['matching']}"
        yield Defect("problem", where, text, "Publish the whole digest.", "RFC 6698 section 2.1.3")


_RULES: dict[str, Callable[[str], Iterator[Defect]]] = {
    "mta-sts/record": mta_sts, "tls-rpt/record": tls_rpt, "bimi/record": bimi, "caa/record": caa, "dane/tlsa": tlsa,
}  # fmt: skip
