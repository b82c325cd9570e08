"""Packets of which nobody can tell what they were: of a link layer not known here, or cut inside their headers.

A capture whose packets were cut to 68 bytes shows TCP over IPv4 and hides it over IPv6; its silence is no evidence.
"""

from __future__ import annotations

import numpy as np

from forensics.formats._capture.frames import Frames, Ints
from forensics.formats.tally import Tally
from forensics.protocols.byte_columns import Flags, Loads, distinct_numbers
from forensics.protocols.packets import link
from forensics.protocols.packets.columns import NOTHING, ODD, Headers, headers
from forensics.protocols.packets.decoder import TCP, UDP, Decoder

LONGEST_HEADERS = 256
"""A packet cut behind more bytes than this still has its headers, those of a tunnel in it too."""


def note(frames: Frames, tally: Tally) -> None:
    """Count the packets that cannot be told, and say why; frames are those of one stretch of the capture."""
    strange = _of_unknown_links(frames.linktype)
    for linktype in distinct_numbers(frames.linktype[strange]):
        tally.problem(f"Its packets of link type {linktype} cannot be read: what they carried is not known.")
    short = (frames.captured < frames.wire) & (frames.captured < LONGEST_HEADERS) & ~strange
    cut = _without_headers(frames, np.flatnonzero(short)) if short.any() else 0
    if cut:
        tally.problem("Packets in it were cut inside their headers: what they carried is not known.")
    tally.unseen_records += int(strange.sum()) + cut


def _of_unknown_links(linktype: Ints) -> Flags:
    unknown = [number for number in _distinct(linktype) if not link.is_known(number)]
    found: Flags = np.isin(linktype, unknown)
    return found


def _distinct(numbers: Ints) -> list[int]:
    """Nearly every capture has one link type; that is seen without sorting."""
    first = int(numbers[0])
    return [first] if bool((numbers == first).all()) else distinct_numbers(numbers)


def _without_headers(frames: Frames, chosen: Ints) -> int:
    """How many of the chosen packets do not show their transport."""
    loads = Loads(frames.data)
    start, captured = frames.start[chosen], frames.captured[chosen]
    found = headers(loads, start, captured, frames.linktype[chosen])
    lost = int(((found.kind == NOTHING) & _carries_transport(loads, found)).sum())
    decoder = Decoder()
    for index in chosen[found.kind == ODD].tolist():
        at, size = int(frames.start[index]), int(frames.captured[index])
        packet = frames.data[at : at + size]
        lost += decoder.decode(int(frames.linktype[index]), packet, 0, int(frames.wire[index])) is None
    return lost


def _carries_transport(loads: Loads, found: Headers) -> Flags:
    """Of packets with a whole IP header: whether TCP or UDP follows it."""
    back = np.where(found.six, 2, 3)  # from the source address to the protocol (RFC 791 3.1, RFC 8200 3)
    protocol = loads.u8(np.maximum(found.source - back, 0))
    carries: Flags = (found.transport > 0) & ((protocol == TCP) | (protocol == UDP))
    return carries
