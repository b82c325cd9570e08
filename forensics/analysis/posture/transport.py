"""What stands beside the records of mail itself: MTA-STS, TLS-RPT, DANE, BIMI, CAA, name servers, DNSSEC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from forensics.analysis.posture import record_defects
from forensics.analysis.recorded_answers import Answers
from forensics.model.posture import Asked, Check


class _Wanted(NamedTuple):
    """One record that a domain may publish; `prefix` is what the text of a TXT record begins with."""

    id: str
    label: str
    qtype: str
    prefix: str
    present: str
    absent: str
    reference: str


_RECORDS = (
    _Wanted(
        "mta-sts/record",
        "_mta-sts.",
        "TXT",
        "v=STSv1",
        "Senders are asked to fetch the policy for encrypted delivery.",
        "No MTA-STS.",
        "RFC 8461 section 3.1",
    ),
    _Wanted(
        "tls-rpt/record",
        "_smtp._tls.",
        "TXT",
        "v=TLSRPTv1",
        "Reports about TLS failures are wanted.",
        "No TLS reports are asked for.",
        "RFC 8460 section 3",
    ),
    _Wanted(
        "bimi/record",
        "default._bimi.",
        "TXT",
        "v=BIMI1",
        "A logo is published.",
        "No BIMI.",
        "draft-brand-indicators-for-message-identification",
    ),
    _Wanted(
        "caa/record",
        "",
        "CAA",
        "",
        "Says which authorities may issue certificates.",
        "Any authority may issue certificates.",
        "RFC 8659 section 4",
    ),
    _Wanted(
        "zone/ns",
        "",
        "NS",
        "",
        "These servers answer for the zone.",
        "No name servers at this name: it is no zone of its own.",
        "RFC 1034 section 4.2.1",
    ),
    _Wanted(
        "zone/soa",
        "",
        "SOA",
        "",
        "The zone begins at this name.",
        "No SOA at this name: it is no zone of its own.",
        "RFC 1035 section 3.3.13",
    ),
    _Wanted(
        "dnssec/ds",
        "",
        "DS",
        "",
        "The parent vouches for the zone's keys.",
        "The zone is not signed, as far as its parent says.",
        "RFC 4035 section 2.4",
    ),
)


def check(domain: str, exchangers: tuple[str, ...], answers: Answers) -> tuple[Check, ...]:
    """Look for each record; an absent one is no defect."""
    checks = [check for wanted in _RECORDS for check in _record(domain, wanted, answers)]
    dane = _Wanted(
        "dane/tlsa",
        "_25._tcp.",
        "TLSA",
        "",
        "Pins the certificate of the exchanger.",
        "No DANE for the exchanger.",
        "RFC 7672 section 3",
    )
    return (*checks, *(check for host in exchangers[:5] for check in _record(host, dane, answers)))


def _defects(name: str, wanted: _Wanted, asked: Asked) -> Iterator[Check]:
    records = tuple(record for record in asked.records if record.startswith(wanted.prefix))
    for record, defect in record_defects.defects(wanted.id, records):
        yield Check(
            id=f"{wanted.id.partition('/')[0]}/part", subject=name, state=defect.state, text=defect.text,
            record=record, where=defect.where, remedy=defect.remedy, reference=defect.reference,
            citations=asked.citations,
        )  # fmt: skip


def _record(domain: str, wanted: _Wanted, answers: Answers) -> Iterator[Check]:
    name = wanted.label + domain
    asked = answers.ask(name, wanted.qtype)
    records = [record for record in asked.records if record.startswith(wanted.prefix)]
    if len(records) > 1 and wanted.prefix:
        yield Check(
            id=wanted.id, subject=name, state="problem", record="\n".join(records),
            text="More than one record: none counts.",
            remedy="Leave one.", reference=wanted.reference, citations=asked.citations,
        )  # fmt: skip
    elif records:
        yield Check(
            id=wanted.id, subject=name, state="ok", record="\n".join(records), text=wanted.present,
            reference=wanted.reference, citations=asked.citations,
        )  # fmt: skip
        yield from _defects(name, wanted, asked)
    elif asked.status in ("ok", "nodata", "nxdomain"):
        yield Check(
            id=wanted.id,
            subject=name,
            state="absent",
            text=wanted.absent,
            reference=wanted.reference,
            citations=asked.citations,
        )
    else:
        text = f"{wanted.qtype}: {asked.status.replace('_', ' ')}. {asked.note or ''}".strip()
        yield Check(id=wanted.id, subject=name, state="unknown", text=text, reference=wanted.reference)
