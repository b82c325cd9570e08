"""The addresses of a host that records name: which may be called, or why none may."""

from __future__ import annotations

from typing import Literal, NamedTuple

from forensics.collect.dns_records import Recorder
from forensics.collect.reach import Reach

MAX_NOTE = 500
Lack = Literal["not_public", "no_address", "address_unknown"]


class HostAddresses(NamedTuple):
    """`allowed` may be called; where there are none, `lack` says why, and `note` which ones were found."""

    allowed: tuple[str, ...]
    lack: Lack
    note: str | None


def look_up(host: str, recorder: Recorder, reach: Reach) -> HostAddresses:
    """The addresses that the resolver gives for a host, IPv4 first.

    Raises:
        NetworkError: the resolver answers nothing at all.
        StorageError: the recording cannot be written.
    """
    asked = [recorder.ask(host, qtype) for qtype in ("A", "AAAA")]
    addresses = [address for found in asked for address in found.records]
    lack: Lack = "not_public"
    if not addresses:
        lack = "no_address" if all(found.status in ("nodata", "nxdomain") for found in asked) else "address_unknown"
    return HostAddresses(tuple(filter(reach.allowed, addresses)), lack, " ".join(addresses)[:MAX_NOTE] or None)
