"""How far the clock of a server is off, estimated from the dates of Received fields; no time is ever changed by it.

Two bases. `confirmed`: a log or capture of the case confirms hops of a host; the date of the field less the time there
is the offset. `chain`: in several messages a host dates its field before the one below; mail does not arrive before it
is sent, so its clock is behind the other's by at least the largest of these differences, if they hardly vary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from forensics.model.header_report import ClockPart, HopPart, MessagePart

MIN_MESSAGES = 3
"""Messages that must show the same offset before a chain alone says anything of a clock."""
MIN_OFFSET_S = 2.0
"""Smaller offsets are within what dates in whole seconds and a short stay can tell."""
MAX_SPREAD_S = 10.0
"""Offsets that vary by more are no constant offset."""
MAX_HOSTS = 5_000
"""Hosts, and pairs of hosts, that are kept; those that come later are not estimated."""
MAX_OFFSETS = 1_000
"""Offsets of one host that are kept."""


_Key = TypeVar("_Key")


class _Seen(NamedTuple):
    """The offsets of one host against another, or against other evidence, and the fields that are claims only."""

    offsets: list[float]
    claimed: list[bool]


class Clocks:
    """What the messages that went by say of the clocks of their hosts."""

    def __init__(self) -> None:
        self._confirmed: dict[str, _Seen] = {}
        self._pairs: dict[tuple[str, str], _Seen] = {}

    def watched(self, messages: Iterable[MessagePart]) -> Iterator[MessagePart]:
        """The same messages, while they are taken note of."""
        for message in messages:
            self.add(message.hops)
            yield message

    def add(self, hops: tuple[HopPart, ...]) -> None:
        """Take note of the hops of one message, topmost first."""
        for number, hop in enumerate(hops):
            if hop.by is None:
                continue
            host = hop.by.lower()
            if hop.offset_s is not None:
                _note(self._confirmed, host, hop.offset_s, claimed=False)
            below = hops[number + 1] if number + 1 < len(hops) else None
            if below is None or below.by is None or hop.delay_s is None or below.by.lower() == host:
                continue
            claimed = not (hop.trusted and below.trusted)
            _note(self._pairs, (host, below.by.lower()), hop.delay_s, claimed=claimed)

    def estimates(self) -> tuple[ClockPart, ...]:
        """The clocks that are off, by host."""
        found = [_confirmed(host, seen) for host, seen in self._confirmed.items()]
        found += [_chained(above, below, seen) for (above, below), seen in self._pairs.items()]
        return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.host, one.basis)))


def _note(seen: dict[_Key, _Seen], key: _Key, offset: float, *, claimed: bool) -> None:
    if key not in seen:
        if len(seen) >= MAX_HOSTS:
            return
        seen[key] = _Seen([], [])
    if len(seen[key].offsets) < MAX_OFFSETS:
        seen[key].offsets.append(offset)
        seen[key].claimed.append(claimed)


def _confirmed(host: str, seen: _Seen) -> ClockPart | None:
    offset, spread = sorted(seen.offsets)[len(seen.offsets) // 2], max(seen.offsets) - min(seen.offsets)
    if abs(offset) < MIN_OFFSET_S or spread > MAX_SPREAD_S:
        return None
    way, number = "ahead of" if offset > 0 else "behind", len(seen.offsets)
    return ClockPart(
        host=host, against=None, offset_s=offset, spread_s=spread, hops=number, basis="confirmed",
        text=f"the clock of {host} is about {abs(offset):.0f} s {way} the logs or captures that confirm {number} hop(s)"
             f"{_varying(spread)}; an estimate, by which no time was changed",
    )  # fmt: skip


def _chained(above: str, below: str, seen: _Seen) -> ClockPart | None:
    number, spread = len(seen.offsets), max(seen.offsets) - min(seen.offsets)
    offset = min(seen.offsets)  # each is the offset and the time under way, which is never negative
    if number < MIN_MESSAGES or offset > -MIN_OFFSET_S or spread > MAX_SPREAD_S:
        return None
    word = "; some of these fields are claims" if any(seen.claimed) else ""
    return ClockPart(
        host=above, against=below, offset_s=offset, spread_s=spread, hops=number, basis="chain",
        text=f"the clock of {above} is at least {-offset:.0f} s behind that of {below}: it dates {number} message(s) "
             f"before the field below{_varying(spread)}{word}; an estimate, by which no time was changed",
    )  # fmt: skip


def _varying(spread: float) -> str:
    return f", varying by {spread:.0f} s" if spread >= 1 else ""
