"""DKIM, SPF, DMARC and ARC of a stored message, found anew from recorded answers and held against what was stamped.

`fail` means that a check failed, not that a message is forged: lists, gateways and late changes break signatures too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

import msgspec

from forensics.analysis import key_windows
from forensics.analysis.key_windows import KeysOverTime
from forensics.analysis.recorded_answers import RecordedAnswers
from forensics.model.header_report import AuthenticationPart
from forensics.protocols import arc, authentication_results, dkim, dmarc, received_spf, spf
from forensics.protocols.authentication_results import AuthenticationResultsError
from forensics.protocols.header_block import Field, HeaderBlock
from forensics.protocols.message_chain import Chain
from forensics.protocols.query_names import within

MAX_BODY_BYTES = 32 << 20
"""Longer messages are not canonicalized: their signatures are not judged."""
MAX_STAMPS = 20
_SENDERS_FIELDS = frozenset(("from", "to", "date", "subject", "message-id", "mime-version", "dkim-signature", "sender"))
"""What a sender's program writes: below the first of these nothing is known to be the receiver's."""


MAX_KNOWN_CHARACTERS = 1_024
"""Characters of a question up to which what it gave is remembered."""
_Found = TypeVar("_Found")
_KNOWN: WeakKeyDictionary[RecordedAnswers, dict[tuple[object, ...], object]] = WeakKeyDictionary()
"""What the same questions gave before, as long as the answers that they were judged by."""


def check(
    message: bytes, block: HeaderBlock, chain: Chain, answers: RecordedAnswers, *, authserv_ids: tuple[str, ...] = (),
    header_from: str | None, return_path: str | None, as_sent: bool = True,
) -> tuple[AuthenticationPart, ...]:  # fmt: skip
    """Every method that the message or the records give something to say about.

    Args:
        as_sent: False where the message was kept in another form, in which no signature can hold.
    """
    client = chain.hops[chain.boundary - 1].hop if chain.boundary else None
    at = client.ts if client else None
    stamps = list(_stamps(block, chain, authserv_ids))
    head = message[: block.length].lower()  # not the block's fields: these have bounds that signatures do not have
    signed: list[AuthenticationPart] = []
    if b"dkim-signature" in head:
        signed = (
            list(_dkim(message, answers, at, has_body=len(message) > block.length)) if as_sent else [_unsent("dkim")]
        )
    sealed: list[AuthenticationPart] = []
    if b"arc-" in head:
        sealed = list(_arc(message, answers, at)) if as_sent else [_unsent("arc")]
    ip, helo = (client.from_ip, client.from_helo) if client else (None, None)
    sender = _known(answers, ("spf", ip, helo, return_path), lambda: _spf(ip, helo, return_path, answers))
    parts = [*signed, *([sender] if sender else []), *sealed]
    if header_from:
        author, rules = header_from.rpartition("@")[2], dmarc.rules_at(at) if at else "rfc9989"
        said = [word for part in (sender, *signed) if part for word in (part.method, part.result, part.domain)]
        asked = ("dmarc", author, rules, *said)
        parts.append(_known(answers, asked, lambda: _dmarc(author, signed, sender, answers, rules)))
    return tuple(_with_stamp(part, stamps) for part in parts) + tuple(_left(parts, stamps))


def _unsent(method: str) -> AuthenticationPart:
    text = "not judged: the message is not kept as it was sent"
    return AuthenticationPart(method=method, domain=None, result=None, text=text)


def _known(answers: RecordedAnswers, asked: tuple[object, ...], find: Callable[[], _Found]) -> _Found:
    """What `find` gives, which `asked` and the answers alone decide."""
    if sum(len(part) for part in asked if isinstance(part, str)) > MAX_KNOWN_CHARACTERS:
        return find()
    known = _KNOWN.setdefault(answers, {})
    if asked not in known:
        known[asked] = find()
    return cast("_Found", known[asked])


def _dkim(
    message: bytes, answers: RecordedAnswers, at: datetime | None, *, has_body: bool
) -> Iterator[AuthenticationPart]:
    if len(message) > MAX_BODY_BYTES:
        text = f"not judged: the message is longer than {MAX_BODY_BYTES} bytes"
        yield AuthenticationPart(method="dkim", domain=None, result=None, text=text)
        return
    for found in dkim.verify(message, lookup=KeysOverTime(answers, at), at=at):
        unknown = found.code == "key_unavailable" and _not_asked(found.key_name, answers)
        code: str | None = found.code
        reason = found.reason or "the signature verifies"
        if unknown:
            code, reason = _unknown_key(found.key_name or "", answers)
        key = key_windows.window(found, answers, at)
        limits = (
            [f"l= covers {found.body_length} of {found.body_size} bytes"]
            if has_body and found.body_length is not None
            else []
        )
        seen = [f"key at {found.key_name} {key.text}" if key else f"key at {found.key_name}"] if found.key else []
        yield AuthenticationPart(
            method="dkim", domain=found.signing_domain, result=None if unknown else found.result,
            text="; ".join([f"selector {found.selector}: {reason}", *limits, *seen, *found.problems]), code=code,
            key=key,
        )  # fmt: skip


def _unknown_key(name: str, answers: RecordedAnswers) -> tuple[str, str]:
    """Why no answer says anything of a key: none was collected at all, or none of the day that is judged."""
    note = answers.ask(name, "TXT").note
    if note and answers.history(name, "TXT"):
        return "key_unknown_at_date", f"the key at that date is not known: {note}"
    return "key_not_collected", "the key was not collected"


def _not_asked(name: str | None, answers: RecordedAnswers) -> bool:
    return name is not None and answers.ask(name, "TXT").status == "not_asked"


def _spf(
    ip: str | None, helo: str | None, return_path: str | None, answers: RecordedAnswers
) -> AuthenticationPart | None:
    """SPF for the client that the last trusted server saw."""
    if ip is None or return_path is None:
        return None
    domain = return_path.rpartition("@")[2] or helo or ""
    if not domain:
        return None
    found = spf.check_host(ip.partition("%")[0], domain, return_path, helo=helo or "", lookup=answers)
    unasked = [q for q in found.queries if answers.ask(*q).status == "not_asked"]
    if found.result == "temperror" and unasked:
        text = f"for {ip}: the records were not collected: {', '.join(f'{name} {kind}' for name, kind in unasked)}"
        return AuthenticationPart(method="spf", domain=domain, result=None, text=text)
    said = found.problem or next((str(step) for step in found.trace if step.outcome == "match"), "")
    return AuthenticationPart(method="spf", domain=domain, result=found.result, text=f"for {ip}: {said}".rstrip(": "))


def _dmarc(
    author: str, signed: list[AuthenticationPart], sender: AuthenticationPart | None, answers: RecordedAnswers,
    rules: dmarc.Rules,
) -> AuthenticationPart:  # fmt: skip
    passed = [(part.result, part.domain) for part in signed if part.result and part.domain]
    spoken = (sender.result, sender.domain) if sender and sender.result and sender.domain else None
    found = dmarc.evaluate(author, spf=spoken, dkim=passed, lookup=answers, rules=rules)
    open_methods = [part.method for part in (*signed, *([sender] if sender else [])) if part.result is None]
    unasked = [name for name in found.queries if answers.ask(name, "TXT").status == "not_asked"]
    if found.result == "temperror" and unasked:
        text = f"the policy was not collected: {', '.join(unasked)}"
        return AuthenticationPart(method="dmarc", domain=author, result=None, text=text)
    if found.result == "fail" and open_methods:
        text = f"nothing that could be judged passes; not judged: {', '.join(open_methods)}"
        return AuthenticationPart(method="dmarc", domain=author, result=None, text=text)
    aligned = ", ".join(f"{i.mechanism} {i.domain}" for i in found.identifiers if i.aligned)
    text = f"policy {found.policy or 'none'}" + (
        f"; aligned: {aligned}" if aligned else "; nothing that passed is aligned"
    )
    return AuthenticationPart(method="dmarc", domain=author, result=found.result, text=found.problem or text)


def _arc(message: bytes, answers: RecordedAnswers, at: datetime | None) -> Iterator[AuthenticationPart]:
    if len(message) > MAX_BODY_BYTES:
        return
    found = arc.verify(message, lookup=KeysOverTime(answers, at))
    if found.result == "none":
        return
    names = [
        f"{check.selector}._domainkey.{check.signing_domain}"
        for i in found.instances
        for check in (i.seal, i.message_signature)
    ]
    unknown = found.result == "fail" and any(_not_asked(name, answers) for name in names)
    text = "keys were not collected" if unknown else found.reason or f"{len(found.instances)} sets verify"
    yield AuthenticationPart(method="arc", domain=None, result=None if unknown else found.result, text=text)


class _Stamp(AuthenticationPart, frozen=True, kw_only=True):
    """What an Authentication-Results field says of one method."""


def _stamps(block: HeaderBlock, chain: Chain, authserv_ids: tuple[str, ...]) -> Iterator[_Stamp]:
    """The stamps of the message; believed only from a trusted server, above all that was handed to it.

    RFC 8601 section 5: the name in a stamp is nothing that a sender could not write too.
    """
    own = {name.lower() for name in authserv_ids}
    own |= {hop.hop.by.lower().strip(".") for hop in chain.hops if hop.trusted and hop.hop.by and not authserv_ids}
    end = _receivers_end(block, chain)
    for field in block.all("received-spf")[:MAX_STAMPS]:
        yield from _received_spf(field, end, own)
    for field in block.all("authentication-results")[:MAX_STAMPS]:
        try:
            found = authentication_results.parse(field.value)
        except AuthenticationResultsError:
            continue
        writer = (found.authserv_id or "").lower()
        believed = field.offset < end and _is_own(writer, own)
        for result in found.results:
            domain = (
                result.properties.get("header.d")
                or result.properties.get("smtp.mailfrom")
                or result.properties.get("header.from")
            )
            yield _Stamp(
                method=result.method, domain=domain.rpartition("@")[2].lower() if domain else None,
                result=result.result,
                text="", stamped=result.result, stamped_by=found.authserv_id, believed=believed,
            )  # fmt: skip


def _received_spf(field: Field, end: int, own: set[str]) -> Iterator[_Stamp]:
    try:
        found = received_spf.parse(field.value)
    except received_spf.ReceivedSpfError:
        return
    domain = (found.envelope_from or "").rpartition("@")[2] or found.helo
    yield _Stamp(
        method="spf", domain=domain.lower() if domain else None, result=found.result, text="", stamped=found.result,
        stamped_by=found.receiver, believed=field.offset < end and _is_own((found.receiver or "").lower(), own),
    )  # fmt: skip


def _is_own(writer: str, own: set[str]) -> bool:
    return bool(writer) and any(within(writer, name) or within(name, writer) for name in own)


def _receivers_end(block: HeaderBlock, chain: Chain) -> int:
    """The byte at which the first field stands that may have come with the message."""
    hops, trusted = 0, chain.boundary or 0
    for field in block.fields:
        name = field.name.lower()
        hops += name == "received"
        if hops > trusted or (name in _SENDERS_FIELDS and hops >= trusted):
            return field.offset
    return block.length


def _with_stamp(part: AuthenticationPart, stamps: list[_Stamp]) -> AuthenticationPart:
    for stamp in stamps:
        if stamp.method == part.method and (stamp.domain is None or part.domain is None or stamp.domain == part.domain):
            differs = part.result is not None and stamp.stamped != part.result
            text = f"{part.text}; the receiver stamped {stamp.stamped}" if differs else part.text
            return msgspec.structs.replace(
                part, text=text, stamped=stamp.stamped, stamped_by=stamp.stamped_by, believed=stamp.believed
            )
    return part


def _left(parts: list[AuthenticationPart], stamps: list[_Stamp]) -> Iterator[AuthenticationPart]:
    """Stamps about methods that were not found anew."""
    methods = {part.method for part in parts}
    for stamp in stamps:
        if stamp.method not in methods:
            yield AuthenticationPart(
                method=stamp.method, domain=stamp.domain, result=None, text="stamped only", stamped=stamp.stamped,
                stamped_by=stamp.stamped_by, believed=stamp.believed,
            )  # fmt: skip
