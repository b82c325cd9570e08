"""What a registry says about one domain, as one frozen value, whatever protocol said it.

`whois_text.parse` and `rdap.parse` both give a `Registration`. Nothing in it is guessed: a date whose day and month
cannot be told apart is None and named in `problems`; a contact that the registry hides is named in `redactions`,
which is another thing than a contact that is not there. The answer itself stays in `raw`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, NamedTuple

Status = Literal["registered", "not_found", "refused", "unparsed"]
Event = Literal["created", "updated", "expires"]
Precision = Literal["day", "minute", "second"]

_LABEL_MAX = 63  # RFC 1035 section 2.3.4
_NAME_MAX = 253
_DOTS = re.compile("[.。．｡]")  # UTS 46 section 2.3: these separate labels too


class RegistrationDate(NamedTuple):
    """One date of the answer, beside the text that it was read from."""

    event: Event
    text: str
    value: datetime | None
    """Aware; None where the text has no reading that is certain."""
    precision: Precision | None
    """How much of `value` the text states; below "day" only what is stated counts."""
    zone: str | None
    """As the text writes it; None where it writes none that is certain: `value` then carries UTC as a place holder."""


class Redaction(NamedTuple):
    """One item that the registry holds and does not show."""

    field: str
    """What is hidden, in the words of the answer."""
    method: str
    """As in RFC 9537 section 4.2: "removal", "emptyValue", "partialValue" or "replacementValue"."""
    text: str | None = None
    """The reason or the text shown instead."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One person or organisation of the answer; what is not stated, or is redacted, is None."""

    role: str
    """"registrant", "administrative", "technical", "billing", "registrar", "abuse", ... (RFC 9083 section 10.2.4)."""
    handle: str | None = None
    name: str | None = None
    organization: str | None = None
    email: str | None = None
    phone: str | None = None
    address: tuple[str, ...] = ()
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """One answer about one domain.

    `status` is "registered" (the registry holds the name: sold, reserved or blocked; `statuses` says which),
    "not_found" (it says that it does not), "refused" (it did not answer the question: limits, permission, bad query)
    or "unparsed" (the answer fits no known form; `problems` says why).
    """

    status: Status
    domain: str | None
    """A-label form, lower case, without the last dot."""
    raw: str | bytes
    registrar: str | None = None
    registrant: str | None = None
    created: datetime | None = None
    updated: datetime | None = None
    expires: datetime | None = None
    name_servers: tuple[str, ...] = ()
    """Host names, lower case, each once, sorted (an RRset has no order)."""
    statuses: tuple[str, ...] = ()
    """As the registry writes them, each once, sorted."""
    redacted: bool = False
    """True if the registry hides anything that it holds; `redactions` says what."""
    problems: tuple[str, ...] = ()
    domain_unicode: str | None = None
    registrar_id: str | None = None
    """The registrar's handle, tag or IANA number."""
    whois_server: str | None = None
    """The server that the answer refers to for more."""
    dnssec: str | None = None
    contacts: tuple[Contact, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    dates: tuple[RegistrationDate, ...] = ()
    """Every date of the record itself, in the order of the answer."""


def ascii_name(name: str) -> str | None:
    """Give a domain name in A-labels, lower case, without the last dot; None if it is no domain name.

    Labels outside ASCII are normalised (NFKC, lower case) and encoded after RFC 3492; letters that IDNA 2008 keeps
    and IDNA 2003 mapped away (as the German sharp s) are kept.

    >>> ascii_name("Bücher.example.")
    'xn--bcher-kva.example'
    """
    if len(name) > _NAME_MAX:
        return None
    labels = [_ascii_label(label) for label in _DOTS.split(name.strip().rstrip("."))]
    joined = ".".join(label for label in labels if label)
    return joined if all(labels) and len(joined) <= _NAME_MAX else None


def unicode_name(name: str) -> str | None:
    """Give a domain name in U-labels; a label that decodes to nothing better stays as it is. None if it is no name.

    >>> unicode_name("XN--BCHER-KVA.example")
    'bücher.example'
    """
    plain = ascii_name(name)
    return None if plain is None else ".".join(_unicode_label(label) for label in plain.split("."))


def host_name(text: str) -> str | None:
    """Give a host name with at least two labels, in A-labels and lower case; None for anything else, also addresses.

    >>> host_name("NS1.EXAMPLE.COM."), host_name("192.0.2.53"), host_name("pending")
    ('ns1.example.com', None, None)
    """
    plain = ascii_name(text)
    if plain is None or "." not in plain:
        return None
    last = plain.rpartition(".")[2]
    hyphened = any(label.startswith("-") or label.endswith("-") for label in plain.split("."))
    return plain if last[0].isalpha() and len(last) > 1 and not hyphened else None


def epp_status(text: str) -> str:
    """Give a status as one word, which is how EPP spells those of RDAP (RFC 8056 section 2), but for "active".

    >>> epp_status("client transfer prohibited"), epp_status("serverHold")
    ('clientTransferProhibited', 'serverHold')
    """
    words = text.split()
    return "".join((*words[:1], *(word[:1].upper() + word[1:] for word in words[1:])))


@lru_cache(maxsize=1024)
def _ascii_label(label: str) -> str | None:
    if not 0 < len(label) <= _LABEL_MAX:
        return None
    lowered = unicodedata.normalize("NFKC", label.lower())
    if lowered.isascii():
        return lowered if lowered.replace("-", "").replace("_", "").isalnum() else None
    if not all(unicodedata.category(char)[0] in "LMN" or char in "-·\u200c\u200d" for char in lowered):
        return None
    encoded = "xn--" + lowered.encode("punycode").decode("ascii")
    return encoded if len(encoded) <= _LABEL_MAX else None


def _unicode_label(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label
    return decoded if _ascii_label(decoded) == label else label
