r"""Lines of Zeek logs, TSV or JSON, as entries of named fields (Zeek's ASCII and JSON writers).

TSV names its columns in `#fields`; JSON has one object per line. Both escape a byte outside printable ASCII as `\xNN`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from forensics.protocols.dns_message.names import label_text
from forensics.protocols.syslog_time import Timeline

PATHS = ("dns", "conn", "smtp", "ssl")
"""The logs that are read."""
SECOND_NS = 1_000_000_000
_FIXED = re.compile(r"(?P<seconds>[0-9]{1,13})(?:\.(?P<fraction>[0-9]{1,18}))?")
_REAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?(?:[eE][+-]?[0-9]{1,2})?")
_MILLISECONDS_FROM = 10**11
_MAX_NS = (1 << 63) - 1
_MAX_TEXT = 253
_PLAIN_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}")
"""A name of which nothing is escaped."""
_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
_UTC = Timeline(None, None)
_JSON = msgspec.json.Decoder(float_hook=str)
MAX_FIELDS = 1000


class Entry(NamedTuple):
    """The fields of one line, as text; unset ones are not in it. `separator` parts the members of sets and vectors."""

    values: dict[str, str | list[str]]
    separator: str
    empty: str

    def text(self, name: str) -> str | None:
        """A field's text; escapes that make readable text are resolved."""
        value = self.values.get(name)
        if isinstance(value, list) or value is None:
            return None
        return "" if value == self.empty else _readable(value)

    def items(self, name: str) -> list[str]:
        """The members of a set or vector."""
        value = self.values.get(name)
        if value is None or value == self.empty:
            return []
        members = value if isinstance(value, list) else value.split(self.separator)
        return [_readable(member) for member in members]

    def number(self, name: str) -> int | None:
        """A count or port; None where the text is none."""
        return number_of(self.values.get(name))

    def real(self, name: str) -> float | None:
        """An interval in seconds, or another real number."""
        return real_of(self.values.get(name))

    def flag(self, name: str) -> bool | None:
        """A boolean."""
        value = self.values.get(name)
        return {"T": True, "F": False}.get(value) if isinstance(value, str) else None

    def time(self, name: str) -> int | None:
        """A time as nanoseconds UTC: seconds or milliseconds since 1970, or ISO 8601 with its zone."""
        return time_of(self.values.get(name))

    def name(self, name: str) -> str | None:
        """A domain name as the tables hold it; Zeek writes its labels with dots between, and the root as nothing."""
        value = self.values.get(name)
        return None if not isinstance(value, str) else domain_name("" if value == self.empty else value)


def number_of(value: str | list[str] | None) -> int | None:
    """As `Entry.number`, of a field's text."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19 else None


def real_of(value: str | list[str] | None) -> float | None:
    """As `Entry.real`, of a field's text."""
    return float(value) if isinstance(value, str) and _REAL.fullmatch(value) else None


def time_of(value: str | list[str] | None) -> int | None:
    """As `Entry.time`, of a field's text."""
    if not isinstance(value, str):
        return None
    match = _FIXED.fullmatch(value)
    if match is None:
        return _UTC.nanoseconds(value) if "T" in value else None
    seconds, fraction = int(match["seconds"]), match["fraction"]
    if seconds >= _MILLISECONDS_FROM:
        return _bounded(seconds * 1_000_000)
    return _bounded(seconds * SECOND_NS + (int(fraction[:9].ljust(9, "0")) if fraction else 0))


class Header:
    """What the `#` lines of a TSV log said so far."""

    def __init__(self) -> None:
        self.separator = "\t"
        self.set_separator = ","
        self.empty = "(empty)"
        self.unset = "-"
        self.path: str | None = None
        self.fields: list[str] = []

    def read(self, line: str) -> None:
        """Take one line that begins with `#`."""
        if line.startswith("#separator "):
            self.separator = _unescaped(line[11:].strip().encode()).decode("utf-8", "replace") or "\t"
            return
        key, *values = line.split(self.separator)
        value = values[0] if values else ""
        match key:
            case "#set_separator":
                self.set_separator = value or ","
            case "#empty_field":
                self.empty = value
            case "#unset_field":
                self.unset = value
            case "#path":
                self.path = value
            case "#fields":
                self.fields = values[:MAX_FIELDS]

    def entry(self, line: str) -> Entry | None:
        """The entry of one line, or None where it has not as many columns as there are fields."""
        columns = line.split(self.separator)
        if not self.fields or len(columns) != len(self.fields):
            return None
        pairs = zip(self.fields, columns, strict=True)
        return Entry({name: value for name, value in pairs if value != self.unset}, self.set_separator, self.empty)


def json_entry(line: bytes) -> Entry | None:
    """The entry of one line of JSON, or None where it is no object."""
    decoded = json_object(line)
    return None if decoded is None else json_entry_of(decoded)


def json_entry_of(decoded: dict[str, Any]) -> Entry:
    """The entry of some members of an object."""
    values = ((str(key), plain(value)) for key, value in decoded.items())
    return Entry({key: value for key, value in values if value is not None}, ",", "(empty)")


def json_object(line: bytes) -> dict[str, Any] | None:
    """The object of one line of JSON, the members of a nested `id` beside the others; real numbers as their text."""
    try:
        decoded = _JSON.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(decoded, dict):
        return None
    nested = decoded.get("id")
    if isinstance(nested, dict):
        decoded.update({f"id.{key}": value for key, value in nested.items()})
    return decoded


def json_path(has: Callable[[str], bool], text: Callable[[str], str | None]) -> str | None:
    """Which log a JSON line is of: the path that streaming writes, else the fields that no other log has.

    None for a log of no interest here. `has` says whether the line has a field, `text` gives a field's text.
    """
    if has("_path"):
        path = text("_path")
        return path if path in PATHS else None
    if has("event_type") or not all(map(has, ("ts", "uid", "id.orig_h", "id.resp_h"))):
        return None
    if has("conn_state"):
        return "conn"
    if has("trans_id") or has("qtype"):
        return "dns"
    if has("trans_depth"):
        return None if any(map(has, ("method", "host", "uri", "status_code"))) else "smtp"
    return "ssl" if has("established") and has("resumed") else None


def domain_name(text: str) -> str | None:
    r"""A name as Zeek writes it, as the tables hold it; None where it is none.

    >>> domain_name("Mail.Example"), domain_name(r"a\x20b.example"), domain_name("")
    ('mail.example', 'a\\032b.example', '.')
    """
    if len(text) <= _MAX_TEXT and _PLAIN_NAME.fullmatch(text):
        return text.lower()
    raw = _unescaped(text.encode("utf-8", "surrogatepass")).removesuffix(b".")
    if not raw or raw == b"<Root>":
        return "."
    labels = raw.split(b".")
    if len(raw) > _MAX_TEXT or not all(0 < len(label) <= 63 for label in labels):
        return None
    return ".".join(map(label_text, labels))


def plain(value: Any) -> str | list[str] | None:
    """A value of JSON as TSV has it; None for one that no field holds."""
    if isinstance(value, bool):
        return "T" if value else "F"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return [str(member) for member in value if isinstance(member, str | int)]
    return None


def _unescaped(data: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), data)


def _readable(text: str) -> str:
    if "\\x" not in text:
        return text
    resolved = _unescaped(text.encode("utf-8", "surrogatepass"))
    try:
        decoded = resolved.decode("utf-8")
    except UnicodeDecodeError:
        return text
    return decoded if decoded.isprintable() else text


def _bounded(ns: int) -> int | None:
    return ns if ns <= _MAX_NS else None
