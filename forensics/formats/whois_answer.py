"""One saved WHOIS answer about a domain or an address block, as text (RFC 3912), of any registry.

What the answer says is read by `protocols.whois_text` (domains); of address blocks the range, the organisation and the
dates are read (ARIN's and RPSL's names, RFC 2622). Times carry the zone that the answer writes, else none is assumed.

Sample::

    Domain Name: EXAMPLE.TEST
    Registrar: Tidewater Registrar Inc.
    Creation Date: 2009-08-14T10:22:31Z
    Registry Expiry Date: 2027-07-01T23:59:59Z
    Registrant Organization: Example Hotels
    Name Server: NS1.DNSHOST.TEST
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import msgspec

from forensics.formats._registration_rows import domain_row, nanoseconds
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.schema import RegistrationRecord

NAME = "whois_answer"
VANTAGE = "record"
TABLES = ("registration",)
LOCAL_TIME = False

MAX_HINT = 500
MAX_BYTES = 1 << 20
"""An answer longer than this is none that a registry gives."""

_DOMAIN = re.compile(r"(?im)^[ \t]*\[?domain(?:[ _]?name)?\]?[ \t]*[:.]*[ \t]+([^\s:]{1,253})[ \t]*\r?$")
_NETWORK = re.compile(r"(?im)^(?:netrange|inetnum|inet6num|cidr)[ \t]*:[ \t]*(\S[^\r\n]{2,90})\r?$")
_CIDR = re.compile(r"(?im)^cidr[ \t]*:[ \t]*(\S+)")
_HOLDER = re.compile(r"(?im)^(?:orgname|org-name|organization|descr)[ \t]*:[ \t]*(\S[^\r\n]{0,200})\r?$")
_DAY = re.compile(r"(?im)^(regdate|created|updated|last-modified)[ \t]*:[ \t]*(\d{4}-\d\d-\d\d)(?:T[\d:]+Z)?[ \t]*\r?$")
_OTHER = re.compile(
    r"(?im)^[ \t]*(?:registr(?:ar|y|ant)[^:\r\n]{0,40}|name ?servers?|nserver|creation date|created|netname|nethandle|"
    r"source|status|domain status|org(?:name|id)?|expir[^:\r\n]{0,40})[ \t]*:[ \t]*\S"
)


_ASKED = re.compile(
    r"(?im)^[>% \t]{0,10}last update of (?:the )?whois database:? {0,4}(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z)"
)
"""What registries write at the moment of the answer (ICANN Registration Data Directory Services specification 1.4)."""

_ABSENT_NAME = re.compile(r"(?<![\w.@-])((?:[\w-]{1,63}\.){1,10}[^\W\d_][\w-]{1,62})(?![\w@-])")
_ABSENT_BANNER = 12
_FIELD = re.compile(r"[A-Za-z][A-Za-z-]{0,40}:\s")


def detect(head: bytes, name: str) -> bool:  # noqa: ARG001 - the name says nothing
    """Whether the text names a domain or an address block and at least one more field of a registry."""
    if b"\0" in head or head.lstrip().startswith(b"{"):
        return False
    text = head.decode("utf-8", "replace")
    held = (_DOMAIN.search(text) or _NETWORK.search(text)) and _OTHER.search(text)
    return bool(held) or _absent(text) is not None


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[RegistrationRecord]:  # noqa: ARG001
    """The answer as one row; the whole file is its citation."""
    data = b"".join(source.chunks())
    if len(data) > MAX_BYTES:
        tally.refused(1, 0, len(data), f"an answer longer than {MAX_BYTES} bytes", data)
        return
    tally.record(0, len(data))
    text = data.decode("utf-8", "replace")
    cited: dict[str, Any] = {"record_no": 1, "offset": 0, "length": len(data), "ts": _asked(text)}
    domain = _DOMAIN.search(text)
    name = domain[1] if domain else _absent(text)
    yield _domain(text, name, cited) if name else _network(text, cited)


def _absent(text: str) -> str | None:
    """The name in the sentence that no record was found; a sentence that names none answers about no domain."""
    if _NETWORK.search(text):
        return None
    from forensics.protocols.whois_text.classification import text_statement

    # what stands further down is quoted in a letter or a report, as it is behind the fields of one
    top = list(islice(filter(str.strip, text.splitlines()), _ABSENT_BANNER + 1))
    fields = next((number for number, line in enumerate(top) if _FIELD.match(line)), len(top))
    said = text_statement("\n".join(top[: fields + 1]))
    if said is None or said[0] != "not_found":
        return None
    match = _ABSENT_NAME.search(said[1])
    return match[1] if match else None


def _domain(text: str, name: str, cited: dict[str, Any]) -> RegistrationRecord:
    from forensics.protocols import whois_text

    found = whois_text.parse(text, domain=name)
    if found.status == "unparsed":
        found = replace(found, problems=(*found.problems, *_second_reading(text, name)))
    return domain_row(found, found.domain or name.lower().rstrip("."), cited)


def _second_reading(text: str, name: str) -> Iterator[str]:
    """What python-whois finds where our own grammar finds nothing: a hint for the examiner, never a record."""
    from forensics import isolated

    question = msgspec.json.encode({"domain": name, "text": text})
    try:
        fields = isolated.ask("registration_fields", question)
    except isolated.IsolationError as error:
        yield f"a second reading by python-whois {error}"
        return
    read = [
        f"{field} {value if isinstance(value, str) else ', '.join(value)}" for field, value in fields.items() if value
    ]
    if read:
        yield f"python-whois alone reads: {'; '.join(read)[:MAX_HINT]}"


def _network(text: str, cited: dict[str, Any]) -> RegistrationRecord:
    block = _CIDR.search(text) or _NETWORK.search(text)
    holder = _HOLDER.search(text)
    days = {key.lower(): datetime.fromisoformat(day).replace(tzinfo=UTC) for key, day in _days(text)}
    return RegistrationRecord(
        kind="network", name=block[1].strip() if block else None, status="registered",
        holder=holder[1].strip() if holder else None,
        created_ts=nanoseconds(days.get("regdate") or days.get("created")),
        updated_ts=nanoseconds(days.get("updated") or days.get("last-modified")), **cited,
    )  # fmt: skip


def _days(text: str) -> Iterator[tuple[str, str]]:
    for key, day in _DAY.findall(text):
        try:
            datetime.fromisoformat(day)
        except ValueError:
            continue  # no day of the calendar: left out, the text keeps it
        yield key, day


def _asked(text: str) -> int | None:
    match = _ASKED.search(text)
    try:
        return nanoseconds(datetime.fromisoformat(match[1])) if match else None
    except ValueError:
        return None
