"""What the exchangers said when an examiner called them: banner, STARTTLS, certificate, and whether DANE pins it."""

from __future__ import annotations

from collections.abc import Iterator

from forensics.analysis.posture import mail_exchangers
from forensics.analysis.recorded_answers import Answers
from forensics.analysis.recorded_contacts import Contacts, Probe
from forensics.analysis.times import instant
from forensics.model.posture import Check, CheckState
from forensics.protocols import certificate

MAX_NAMES = 20
_SILENT: dict[str, tuple[CheckState, str]] = {
    "no_address": ("problem", "It has no address, and was not called."),
    "address_unknown": ("unknown", "Its address is not known, and it was not called."),
    "not_public": ("problem", "It has no public address, and was not called."),
    "refused": ("warning", "It refuses connections to port 25, or something on the way does."),
    "unreachable": ("unknown", "It could not be reached."),
    "timeout": ("unknown", "It did not answer in time; many networks let nobody out to port 25."),
    "closed": ("warning", "It hung up before it said anything whole."),
    "oversized": ("problem", "What answers does not end: no mail server does that."),
    "no_smtp": ("problem", "What answers on port 25 does not speak SMTP."),
}  # fmt: skip
_REACHED = "RFC 5321 section 3.1"


def check(domain: str, answers: Answers, contacts: Contacts) -> Iterator[Check]:
    """Judge the last look at each exchanger; nothing of those that nobody called."""
    hosts = dict.fromkeys(mail_exchangers.check(domain, answers).hosts)
    for host in list(hosts)[: mail_exchangers.MAX_EXCHANGERS]:
        probe = contacts.probe(host)
        if probe is not None:
            yield from _server(host, probe, answers)


def _server(host: str, probe: Probe, answers: Answers) -> Iterator[Check]:
    yield _banner(host, probe)
    if probe.banner_code != 220:
        return
    yield from _starttls(host, probe)
    if probe.cert_sha256 is not None:
        yield _certificate(host, probe)
        yield from _pinned(host, probe, answers)


def _banner(host: str, probe: Probe) -> Check:
    at = f"{probe.server_ip} port {probe.server_port}" if probe.server_ip else None
    said = None if probe.banner_code is None else f"{probe.banner_code} {probe.banner}".strip()
    if said is not None:
        taken = probe.banner_code == 220
        text = "It answers." if taken else "It answers, and takes no mail from here."
        state: CheckState = "ok" if taken else "warning"
    else:
        state, text = _SILENT.get(probe.outcome, ("unknown", f"It was not heard: {probe.outcome}."))
        text += f" ({probe.note})" if probe.note and probe.server_ip else ""
    return Check(
        id="smtp/banner", subject=host, state=state, text=text, record=said or (None if at else probe.note),
        where=at, reference=_REACHED, citations=probe.citations,
    )  # fmt: skip


def _starttls(host: str, probe: Probe) -> Iterator[Check]:
    state: CheckState = "warning"
    why = "Mail to it travels in clear, and whoever carries it can read and change it."
    if probe.starttls is None:
        state, text = "unknown", f"Whether it offers STARTTLS is not known: the dialogue ended as {probe.outcome}."
    elif probe.starttls == "none":
        text = "It does not offer STARTTLS."
    elif probe.starttls == "refused":
        text = "It offers STARTTLS and refuses it."
    elif probe.tls_version is None:
        text = f"It accepts STARTTLS, and no TLS comes of it ({probe.note or probe.outcome})."
    else:
        state, text = "ok", f"It offers STARTTLS: {probe.tls_version}, {probe.cipher}."
    yield Check(
        id="smtp/starttls", subject=host, state=state, text=text, why=why if state == "warning" else None,
        remedy="Offer STARTTLS with a certificate for the exchanger's name." if state == "warning" else None,
        reference="RFC 3207 section 4, RFC 8314 section 3", citations=probe.citations,
    )  # fmt: skip


def _certificate(host: str, probe: Probe) -> Check:
    names = tuple((probe.cert_names or "").split())
    wrong = []
    if probe.verified is False:
        wrong.append(f"no known authority vouches for it ({_reason(probe)})")
    if not certificate.fits(names, host):
        wrong.append(f"it is not for {host}")
    visited = None if probe.ts is None else _text(probe.ts)
    if visited and probe.cert_not_after and visited > probe.cert_not_after:
        wrong.append("it had run out")
    if visited and probe.cert_not_before and visited < probe.cert_not_before:
        wrong.append("it was not valid yet")
    chain = {True: "A known authority vouches for it", None: "It was not held against authorities"}
    told = f"{chain.get(probe.verified, '')}; it is for {host}."
    more = f" and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
    record = (
        f"subject {probe.cert_subject or '(empty)'}; names {' '.join(names[:MAX_NAMES]) or '(none)'}{more}; "
        f"issuer {probe.cert_issuer or '(empty)'}; "
        f"valid {_day(probe.cert_not_before)} to {_day(probe.cert_not_after)}; SHA-256 {probe.cert_sha256}"
    )
    why = "Senders that demand a certificate they can check (MTA-STS) do not deliver; most others do."
    return Check(
        id="smtp/certificate", subject=host, record=record,
        state="warning" if wrong else "ok" if probe.verified else "unknown",
        text=f"Its certificate: {'; '.join(wrong)}." if wrong else told, why=why if wrong else None,
        remedy=f"Use a certificate of a public authority for {host}." if wrong else None,
        reference="RFC 8461 section 4.2, RFC 9525", citations=probe.citations,
    )  # fmt: skip


def _pinned(host: str, probe: Probe, answers: Answers) -> Iterator[Check]:
    """RFC 7672 section 3.1: a TLSA record of usage 3 pins the certificate or its key."""
    asked = answers.ask(f"_25._tcp.{host}", "TLSA")
    pins = [record.lower().split(maxsplit=3) for record in asked.records if record[:2] == "3 "]
    digests = {"0": probe.cert_sha256, "1": probe.cert_key_sha256}
    told = [pin for pin in pins if len(pin) == 4 and pin[1] in digests and pin[2] == "1"]
    if not told:
        return
    fitting = any(digests[pin[1]] == pin[3].replace(" ", "") for pin in told)
    others = len(asked.records) > len(told)
    state: CheckState = "ok" if fitting else "unknown" if others else "problem"
    text = "A TLSA record is of the certificate that it shows." if fitting else "No TLSA record is of its certificate"
    text += "" if fitting else ", among those that could be compared." if others else "."
    yield Check(
        id="dane/match", subject=host, state=state, text=text, record="\n".join(asked.records),
        why="Senders that use DANE do not deliver." if state == "problem" else None,
        remedy="Publish the TLSA record of the certificate in use." if state == "problem" else None,
        reference="RFC 7672 section 3.1", citations=(*asked.citations, *probe.citations),
    )  # fmt: skip


def _reason(probe: Probe) -> str:
    return (probe.note or "").removeprefix("the certificate is not accepted: ") or "no reason is known"


def _day(moment: str | None) -> str:
    return "(unreadable)" if moment is None else moment[:10]


def _text(ns: int) -> str:
    return instant(ns).replace(microsecond=0).isoformat().replace("+00:00", "Z")
