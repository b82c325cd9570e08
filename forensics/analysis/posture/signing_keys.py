"""DKIM keys under the selectors that are known; never a word about selectors that are not (RFC 6376 section 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from forensics.analysis.recorded_answers import Answers
from forensics.model.posture import Asked, Check
from forensics.protocols import dkim

WEAK_BITS, SHORT_BITS = 1024, 2048
MAX_SELECTORS = 20
MAX_RECORDS = 10
"""Records under one selector that are looked at."""


def check(domain: str, selectors: Iterable[str], answers: Answers) -> tuple[Check, ...]:
    """Judge the keys of the selectors given, and of those that the records themselves name."""
    suffix = f"._domainkey.{domain}"
    named = (name.removesuffix(suffix) for name in answers.names_below(f"_domainkey.{domain}"))
    known = tuple(dict.fromkeys([*(selector.lower() for selector in selectors), *named]))
    wanted = known[:MAX_SELECTORS]
    if not wanted:
        unknown = Check(
            id="dkim/selectors", subject=domain, state="unknown", reference="RFC 6376 section 3.6.2.1",
            text="No selector is known, so no key could be looked for. That is no sign that the domain does not sign.",
            remedy="Name selectors with --selector: they stand in the s= tag of DKIM-Signature fields of its messages.",
        )  # fmt: skip
        return (unknown,)
    found: dict[str, list[str]] = {}
    checks = [check for selector in wanted for check in _selector(selector, f"{selector}{suffix}", answers, found)]
    for fingerprint, names in found.items():
        if len(names) > 1:
            text = f"One key stands under {len(names)} selectors: {', '.join(names)}."
            checks.append(
                Check(id="dkim/shared-key", subject=domain, state="warning", text=text, where=fingerprint[:16])
            )
    if len(known) > MAX_SELECTORS:
        text = f"{len(known)} selectors are known; the keys of the first {MAX_SELECTORS} were looked at."
        checks.append(Check(id="dkim/selectors", subject=domain, state="unknown", text=text))
    return tuple(checks)


def _selector(selector: str, name: str, answers: Answers, found: dict[str, list[str]]) -> Iterator[Check]:
    asked = answers.ask(name, "TXT")
    if asked.status in ("nodata", "nxdomain"):
        yield Check(
            id="dkim/key", subject=name, state="absent", text=f"No key under selector {selector}.",
            reference="RFC 6376 section 3.6.2", citations=asked.citations,
        )  # fmt: skip
        return
    if asked.status != "ok":
        text = f"The key is not known: {asked.status.replace('_', ' ')}. {asked.note or ''}".strip()
        yield Check(id="dkim/key", subject=name, state="unknown", text=text)
        return
    if len(asked.records) > 1:
        yield Check(
            id="dkim/several-records", subject=name, state="problem", citations=asked.citations,
            text=f"{len(asked.records)} TXT records under one selector: receivers may take any of them, or none.",
            remedy="Leave the record of the key in use.", reference="RFC 6376 section 3.6.2.2",
        )  # fmt: skip
    for record in asked.records[:MAX_RECORDS]:
        key = dkim.parse_key_record(record)
        if key.fingerprint and key.status == "ok":
            found.setdefault(key.fingerprint, []).append(selector)
        yield _key(name, key, asked)


def _key(name: str, key: dkim.DkimKey, asked: Asked) -> Check:
    what = f"{key.key_type}, {key.bits} bits" if key.bits else key.key_type or "of no known type"
    text, state, remedy = f"A key ({what}).", "ok", None
    if key.status == "revoked":
        text, state = "The key was withdrawn: signatures made with it no longer verify.", "warning"
    elif key.status != "ok":
        text, state = f"No usable key: {key.problems[0] if key.problems else key.status}.", "problem"
        remedy = "Publish the key again as one TXT record."
    elif key.key_type == "rsa" and key.bits is not None and key.bits < WEAK_BITS:
        text, state = f"A weak key ({what}): signatures made with it prove nothing.", "problem"
        remedy = "Sign with an RSA key of 2048 bits or an Ed25519 key."
    elif key.key_type == "rsa" and key.bits is not None and key.bits < SHORT_BITS:
        text, state, remedy = f"A short key ({what}).", "warning", "Sign with an RSA key of 2048 bits."
    elif key.testing:
        text, state = (
            f"A key ({what}) that is marked as a test (t=y): receivers may treat signatures as none.",
            "warning",
        )
    elif key.problems:
        text, state = f"A key ({what}); {'; '.join(key.problems)}.", "warning"
    return Check(
        id="dkim/key", subject=name, state=state, text=text, record=key.raw, remedy=remedy,  # type: ignore[arg-type]
        reference="RFC 6376 section 3.6.1, RFC 8301 section 3.2", citations=asked.citations,
    )  # fmt: skip
