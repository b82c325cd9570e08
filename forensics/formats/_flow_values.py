"""Values of flow records as exporters print them: protocols, TCP flags, local times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from forensics.formats._log_times import NO_ZONE
from forensics.formats.tally import Tally
from forensics.protocols import syslog_time

_FLAGS = "CEUAPRSF"
_NAMES = {1: "icmp", 6: "tcp", 17: "udp"}
_NUMBERS = {
    "ICMP": 1, "IGMP": 2, "IPIP": 4, "TCP": 6, "EGP": 8, "UDP": 17, "IPV6": 41, "RSVP": 46, "GRE": 47, "ESP": 50,
    "AH": 51, "ICMP6": 58, "EIGRP": 88, "OSPF": 89, "OSPFIGP": 89, "PIM": 103, "IPCOMP": 108, "VRRP": 112, "L2TP": 115,
    "SCTP": 132, "UDPLITE": 136, "UDPLT": 136,
}  # fmt: skip
_MAX = (1 << 63) - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AMBIGUOUS = "Times of it lie in the hour that its zone has twice: they are unknown."


def transport(text: str) -> str | None:
    """The protocol of a flow, given as name or number: `tcp`, `udp`, `icmp`, else its number (its name if unknown)."""
    number = integer(text)
    if number is None:
        number = _NUMBERS.get(text.upper())
    if number is None:
        return text.lower() or None
    return _NAMES.get(number, str(number))


def tcp_flags(text: str) -> str | None:
    """The letters of CEUAPRSF in `...AP.SF` or `0x1b`; None where none is set, which is also "not exported"."""
    if text.startswith("0x"):
        try:
            value = int(text, 16)
        except ValueError:
            return None
        return "".join(flag for bit, flag in enumerate(_FLAGS) if value >> (7 - bit) & 1) or None
    if not set(text) <= {*_FLAGS, ".", " "}:
        return None
    return "".join(flag for flag in _FLAGS if flag in text) or None


def integer(text: str) -> int | None:
    """A count that fits 64 bits, else None."""
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        return None
    value = int(text)
    return value if value <= _MAX else None


class LocalTimes:
    """Turns a flow's times into nanoseconds UTC; flows come in no order, so that nothing is settled by it."""

    def __init__(self, time_zone: tzinfo | None, tally: Tally) -> None:
        self._zone = time_zone
        self._tally = tally
        self._last: tuple[str, int | None] = ("", None)

    def nanoseconds(self, text: str) -> int | None:
        """The time of `2026-11-23 09:28:48.843` (local or with its zone), or of seconds or milliseconds since 1970."""
        if text != self._last[0]:
            self._last = (text, self._read(text))
        return self._last[1]

    def _read(self, text: str) -> int | None:
        seconds, point, fraction = text.partition(".")
        if seconds.isascii() and seconds.isdigit():
            return _since_1970(seconds, fraction if point else None)
        stamp = syslog_time.parse(text)
        if stamp is None or stamp.year is None:
            return None
        zone = stamp.zone or self._zone
        if zone is None:
            self._tally.problem(NO_ZONE)
            return None
        try:
            wall = datetime(stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second, tzinfo=zone)
        except ValueError:
            return None
        if wall.utcoffset() != wall.replace(fold=1).utcoffset():
            self._tally.problem(_AMBIGUOUS)
            return None
        value = (wall - _EPOCH) // timedelta(seconds=1) * 1_000_000_000 + stamp.nanosecond
        return value if abs(value) <= _MAX else None


def _since_1970(digits: str, fraction: str | None) -> int | None:
    """Seconds with a fraction, or, where there is none and they are too many for seconds, milliseconds."""
    if len(digits) > 13 or (fraction is not None and not (fraction.isascii() and fraction.isdigit())):
        return None
    if fraction is None and len(digits) > 10:
        return int(digits) * 1_000_000
    value = int(digits) * 1_000_000_000 + int((fraction or "0")[:9].ljust(9, "0"))
    return value if value <= _MAX else None
