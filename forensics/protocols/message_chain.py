"""The way of a message by its Received fields: who wrote which, how far each can be believed, and what does not fit.

A server writes its field above those that it received (RFC 5321 section 4.4), so the topmost is the last. A field is
believed because a trusted server wrote it, never because of what it says: from the top down, a trusted server vouches
for its client's address, and the field below is trusted only where that client is one of the trusted servers too.
Below the last such field every line is a claim of whoever handed the message over.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from forensics.protocols.address_scope import is_public
from forensics.protocols.dmarc import registered_domain
from forensics.protocols.query_names import within
from forensics.protocols.received import ReceivedHop
from forensics.protocols.remembered import of_short_texts

Grade = Literal["confirmed", "consistent", "contradicted", "unverifiable"]

MAX_SKEW_S = 300.0
"""Seconds by which the clocks of two servers may differ before their order in time means something."""
SLOW_S = 3600.0
"""A longer stay on one server is named."""
_INSIDE = ("LMTP", "LOCAL")


@dataclass(frozen=True, slots=True)
class ChainHop:
    """One hop; `no` 1 is the topmost, written last.

    `delay_s` is the time from the hop below to this one, negative where the clocks disagree, None where either has no
    date. `trusted`: a trusted server wrote it. `reasons` say what the grade rests on, `notes` what is odd.
    """

    no: int
    hop: ReceivedHop
    trusted: bool
    grade: Grade
    delay_s: float | None = None
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """The hops from the top; `boundary` is the number of the last that a trusted server wrote, None where none did.

    `derived` names the organization whose servers were trusted because none were declared.
    """

    hops: tuple[ChainHop, ...]
    boundary: int | None
    derived: str | None
    problems: tuple[str, ...] = ()


def build(hops: Sequence[ReceivedHop], *, trust: Iterable[str] = ()) -> Chain:
    """Judge the hops of one message, topmost first.

    Args:
        trust: names of the servers that are believed, or domains of theirs; none: the organization of the topmost.
    """
    named = tuple(name.lower().strip(".") for name in trust)
    derived = None if named or not hops else _organization(hops[0].by)
    own = named or ((derived,) if derived else ())
    boundary = _boundary(hops, own)
    judged: list[ChainHop] = []
    broken: int | None = None
    for index in range(len(hops)):
        judged.append(_judge(index, hops, boundary, broken))
        if broken is None and not judged[-1].trusted and _client_has_two_faces(index, hops):
            broken = index + 1
    return Chain(tuple(judged), boundary, derived, tuple(_problems(hops)))


def confirm(found: ChainHop, reason: str) -> ChainHop:
    """The hop with what another source says for it."""
    return replace(found, grade="confirmed", reasons=(*found.reasons, reason))


def contradict(found: ChainHop, reason: str) -> ChainHop:
    """The hop with what another source says against it."""
    return replace(found, grade="contradicted", reasons=(*found.reasons, reason))


def _organization(by: str | None) -> str | None:
    """The domain whose servers are the receiver's; a single label or an address is only itself."""
    if not by:
        return None
    name = by.lower().strip(".")
    return registered_domain(name) if "." in name and not _is_address(name) else name


def _boundary(hops: Sequence[ReceivedHop], own: tuple[str, ...]) -> int | None:
    """The number of the last field that a trusted server wrote."""
    boundary = None
    for number, hop in enumerate(hops, start=1):
        if not _is_own(hop.by, own) and not (boundary is not None and hop.by is None):
            break
        boundary = number
        if not _client_is_own(hop, own):
            break
    return boundary


def _client_is_own(hop: ReceivedHop, own: tuple[str, ...]) -> bool:
    """Whether the writer vouches that its client was one of the trusted servers, or the host itself."""
    if hop.from_ip is None:
        return hop.protocol is None or hop.protocol.upper().startswith(_INSIDE)
    if _is_loopback(hop.from_ip):
        return True
    # The name found for the address is the writer's finding; the HELO name is the client's own word.
    return _is_own(hop.from_rdns, own)


@of_short_texts
def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _is_own(name: str | None, own: tuple[str, ...]) -> bool:
    return name is not None and any(within(name.lower().strip("."), domain) for domain in own)


def _judge(index: int, hops: Sequence[ReceivedHop], boundary: int | None, broken: int | None) -> ChainHop:
    hop, number = hops[index], index + 1
    trusted = boundary is not None and number <= boundary
    below = hops[index + 1] if index + 1 < len(hops) else None
    delay = (hop.ts - below.ts).total_seconds() if below and hop.ts and below.ts else None
    notes = list(_notes(hop, below, delay))
    if trusted:
        return ChainHop(number, hop, True, "consistent", delay, ("written by a trusted server",), tuple(notes))
    reasons = ["a claim of whoever handed the message over"]
    grade: Grade = "unverifiable"
    above = hops[boundary - 1] if boundary else None
    if above and above.ts and hop.ts and (hop.ts - above.ts).total_seconds() > MAX_SKEW_S:
        late = (hop.ts - above.ts).total_seconds()
        reasons.append(f"dated {late:.0f} s after hop {boundary}, which a trusted server wrote")
        grade = "contradicted"
    if broken is not None:
        reasons.append(f"hop {broken}, which alone vouches for it, is contradicted")
        grade = "contradicted"
    elif _client_has_two_faces(index, hops):
        reasons.append(f"hop {index} had it from {_client(hops[index - 1])}; neither name is {hop.by}")
        grade = "contradicted"
    elif grade == "unverifiable" and index and _is_named(hop, hops[index - 1]):
        reasons.append(f"hop {index} says that it came from there")
        grade = "consistent"
    if boundary and number == boundary + 1 and above is not None and _is_another(hop, above):
        notes.append(f"hop {boundary} had it from {_client(above)}, this field was written by {hop.by}")
    return ChainHop(number, hop, False, grade, delay, tuple(reasons), tuple(notes))


def _client_has_two_faces(index: int, hops: Sequence[ReceivedHop]) -> bool:
    """Whether the client of the hop above gave a name of another organization than its address has, and neither wrote.

    One organization may name its servers in two domains, and then its client's own two names still agree.
    """
    if index == 0:
        return False
    above = hops[index - 1]
    return _has_two_faces(hops[index].by, above.from_helo, above.from_rdns)


@of_short_texts
def _has_two_faces(writer: str | None, called: str | None, found: str | None) -> bool:
    helo, rdns = _host(called), _host(found)
    if helo is None or rdns is None or _host(writer) is None:
        return False
    return registered_domain(helo) != registered_domain(rdns) and _differs(writer, called, found)


def _is_named(written: ReceivedHop, above: ReceivedHop) -> bool:
    """Whether the field above names the writer of a field, by name and organization, as its client."""
    clients = (_host(above.from_helo), _host(above.from_rdns))
    return _host(written.by) is not None and any(clients) and not _is_another(written, above)


@of_short_texts
def _host(name: str | None) -> str | None:
    """A name with a domain; None for an address, a single label, or nothing."""
    found = (name or "").lower().strip(".[]")
    return found if "." in found and not _is_address(found) else None


def _notes(hop: ReceivedHop, below: ReceivedHop | None, delay: float | None) -> Iterable[str]:
    if hop.from_helo and hop.from_rdns and (note := _names_note(hop.from_helo, hop.from_rdns)):
        yield note
    if hop.ts is None:
        yield "no date that names an instant"
    if delay is not None and delay < -MAX_SKEW_S:
        yield f"dated {-delay:.0f} s before the hop below: clocks differ, or a field was invented"
    if delay is not None and delay > SLOW_S:
        yield f"{delay:.0f} s after the hop below"
    if below is not None and below.by and hop.from_helo and _is_another(below, hop):
        yield f"had it from {_client(hop)}, while the field below was written by {below.by}"
    if hop.from_ip and below is not None and below.from_ip and not is_public(hop.from_ip) and is_public(below.from_ip):
        yield "from a private address, after a public one below: an internal relay, or an invented field"


@of_short_texts
def _names_note(called: str, found: str) -> str | None:
    helo, rdns = called.lower().strip("."), found.lower().strip(".")
    if "." not in helo or not rdns or _is_address(helo.strip("[]")):
        return None
    if registered_domain(helo) == registered_domain(rdns):
        return None
    return f"the client called itself {helo}; the name of its address is {rdns}"


def _is_another(written: ReceivedHop, above: ReceivedHop) -> bool:
    """Whether the writer of a field is by name another than the client of the field above it."""
    return _differs(written.by, above.from_helo, above.from_rdns)


@of_short_texts
def _differs(by: str | None, called: str | None, found: str | None) -> bool:
    names = {name.lower().strip(".") for name in (called, found) if name}
    if by is None or not names or all(_is_address(name.strip("[]")) for name in names):
        return False
    writer = by.lower().strip(".")
    return writer not in names and not any(registered_domain(name) == registered_domain(writer) for name in names)


def _client(hop: ReceivedHop) -> str:
    return " / ".join(part for part in (hop.from_helo, hop.from_rdns, hop.from_ip) if part)


def _problems(hops: Sequence[ReceivedHop]) -> Iterable[str]:
    """What is odd of the chain as a whole."""
    if not hops:
        yield "no Received field: nothing tells the way of the message"
    ids = [(hop.by, hop.id) for hop in hops if hop.id and hop.by]
    for by, queue_id in dict.fromkeys(pair for pair in ids if ids.count(pair) > 1):
        yield f"two fields of {by} name the id {queue_id}: a loop inside the host, or a copied field"
    writers = [hop.by.lower() for hop in hops if hop.by]
    for name in dict.fromkeys(writer for writer in writers if writers.count(writer) > 3):
        yield f"{name} wrote {writers.count(name)} of {len(hops)} fields: a loop, or many steps inside one host"


@of_short_texts
def _is_address(text: str) -> bool:
    if ":" not in text and not text[-1:].isdigit():  # most names need no more time
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
