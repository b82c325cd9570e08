"""Saved RDAP answers about a domain or an address block: one JSON object a file (RFC 9083).

When it was asked is the `eventDate` of "last update of RDAP database", which the registry writes at that moment; an
answer without it stays without a time.

Sample::

    {"objectClassName": "domain", "ldhName": "northwind.example", "status": ["active"], "nameservers": []}

Source: RFC 9083 sections 4.5, 5.3 and 5.4. Time base: RFC 3339 with an offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from forensics.formats._registration_rows import domain_row, nanoseconds
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import RegistrationRecord

if TYPE_CHECKING:
    from forensics.protocols.rdap import NetworkRegistration

NAME = "rdap_answer"
VANTAGE = "record"
TABLES = ("registration",)
LOCAL_TIME = False

MAX_BYTES = 4 << 20
"""An answer longer than this is none that a registry gives."""
_MARK = re.compile(rb'"objectClassName"\s{0,20}:\s{0,20}"(?:domain|ip network)"|"rdapConformance"\s{0,20}:')
_ASKED = "last update of RDAP database"


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the content decides
    """Whether the text is a JSON object that names an RDAP object class or RDAP itself."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _MARK.search(head) is not None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[RegistrationRecord]:  # noqa: ARG001
    """The answer as one row; the whole file is its citation."""
    data = b"".join(source.chunks())
    if len(data) > MAX_BYTES:
        tally.refused(1, 0, len(data), f"an answer longer than {MAX_BYTES} bytes", data)
        return
    document = _object(data)
    if document is None:
        tally.unread(1, 0, len(data), "no JSON object", data)
        return
    tally.record(0, len(data))
    cited: dict[str, Any] = {"record_no": 1, "offset": 0, "length": len(data), "ts": _asked(document)}
    if document.get("objectClassName") == "ip network":
        yield _network(data, cited)
    else:
        yield _domain(data, cited)


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        found = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return found if isinstance(found, dict) else None


def _asked(document: dict[str, Any]) -> int | None:
    events = document.get("events")
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict) and event.get("eventAction") == _ASKED:
            try:
                moment = datetime.fromisoformat(str(event.get("eventDate")))
            except ValueError:
                return None
            return nanoseconds(moment) if moment.tzinfo else None
    return None


def _domain(data: bytes, cited: dict[str, Any]) -> RegistrationRecord:
    from forensics.protocols import rdap

    found = rdap.parse(data)
    return domain_row(found, found.domain, cited)


def _network(data: bytes, cited: dict[str, Any]) -> RegistrationRecord:
    from forensics.protocols import rdap

    found = rdap.parse_network(data)
    return RegistrationRecord(
        kind="network", name=_range(found), status="registered" if found.kind else "unparsed",
        holder=found.holder or found.name, created_ts=nanoseconds(found.created),
        updated_ts=nanoseconds(found.updated), problems="; ".join(map(str, found.problems)) or None, **cited,
    )  # fmt: skip


def _range(found: NetworkRegistration) -> str | None:
    return f"{found.start} - {found.end}" if found.start and found.end else found.handle
