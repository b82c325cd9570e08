"""DMARC reporting URIs: the destinations in rua= and ruf= (RFC 9989 section 4.6, RFC 7489 section 6.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

MAX_URIS = 50
"""Destinations of one tag that are read."""

# RFC 3986 appendix A; the comma and the exclamation mark separate here and must be percent-encoded.
_URI = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):(?P<rest>(?:[A-Za-z0-9._~:/?#\[\]@$&'()*+;=-]|%[0-9A-Fa-f]{2})+)"
)
_SIZE = re.compile(r"!(?P<count>[0-9]{1,20})(?P<unit>[kmgtKMGT]?)")
_AUTHORITY = re.compile(r"//(?:[^/?#@]*@)?(?P<host>\[[^\]]*\]|[^/?#:]*)")
_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_MAX_BYTES = 2**64 - 1


@dataclass(frozen=True, slots=True)
class ReportUri:
    """One destination as published.

    `raw` is the text in the record, `uri` the same without a size limit, None where it is no URI; `host` is the domain
    that would receive the reports, None where there is none; `max_bytes` the limit (obsolete since RFC 9989).
    """

    raw: str
    uri: str | None = None
    scheme: str | None = None
    host: str | None = None
    max_bytes: int | None = None

    @property
    def valid(self) -> bool:
        """It is a URI."""
        return self.uri is not None


def parse_uris(value: str) -> tuple[ReportUri, ...]:
    """Read the comma-separated destinations of rua= or ruf=, each as far as it can be read; at most 50.

    >>> [(found.uri, found.host, found.max_bytes) for found in parse_uris("mailto:d@mail.example!10m, nonsense")]
    [('mailto:d@mail.example', 'mail.example', 10485760), (None, None, None)]
    """
    return tuple(_parse_uri(raw.strip(" \t")) for raw in value.split(",", MAX_URIS)[:MAX_URIS])


def _parse_uri(raw: str) -> ReportUri:
    text, mark, limit = raw.partition("!")
    match = _URI.fullmatch(text)
    size = _SIZE.fullmatch(mark + limit)
    if match is None or (mark and size is None):
        return ReportUri(raw)
    max_bytes = int(size["count"]) * _UNITS[size["unit"].lower()] if size is not None else None
    if max_bytes is not None and max_bytes > _MAX_BYTES:
        return ReportUri(raw)
    scheme = match["scheme"].lower()
    return ReportUri(raw, text, scheme, _host(scheme, match["rest"]), max_bytes)


def _host(scheme: str, rest: str) -> str | None:
    authority = _AUTHORITY.match(rest)
    if authority is not None:
        host = authority["host"]
    elif scheme == "mailto":
        host = rest.partition("?")[0].rpartition("@")[2] if "@" in rest.partition("?")[0] else ""
    else:
        host = ""
    return unquote(host).lower().removesuffix(".") or None
