"""What the lines of all recordings have in common: a JSON object each, answers as base64, times with their zone."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from forensics.errors import ProtocolError


class RecordingError(ProtocolError):
    """A line that is none of its recording, or that says something without the bytes for it."""


class RecordingLine(msgspec.Struct, frozen=True, kw_only=True):
    """What every line begins with: the format of its recording, and when the question was asked."""

    format: str
    asked_at: str


_Line = TypeVar("_Line", bound=RecordingLine)


def encode(line: RecordingLine) -> bytes:
    """One line, with its line feed."""
    return msgspec.json.encode(line) + b"\n"


def decode(text: bytes, kind: type[_Line], wanted: str) -> _Line:
    """The line that a text holds.

    Args:
        wanted: the format that it has to name.

    Raises:
        RecordingError: no JSON object of this format.
    """
    try:
        line = msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RecordingError(f"no line of a recording: {error}") from error
    if line.format != wanted:
        raise RecordingError(f"the format {line.format[:40]!r} is not {wanted}")
    return line


def bytes_of(text: str, what: str) -> bytes:
    """The bytes that a line keeps as base64.

    Args:
        what: whose bytes they are, for the error.

    Raises:
        RecordingError: it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RecordingError(f"the bytes of {what} cannot be read: {error}") from error


def nanoseconds(text: str) -> int | None:
    """A time of a recording in nanoseconds UTC; None where it has no zone, is none, or needs more than 64 bits.

    >>> nanoseconds("2026-11-23T09:13:34.000001Z"), nanoseconds("2026-11-23T09:13:34")
    (1795425214000001000, None)
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    past = moment - datetime(1970, 1, 1, tzinfo=UTC)
    found = (past.days * 86_400 + past.seconds) * 1_000_000_000 + past.microseconds * 1_000
    return found if -(1 << 63) <= found < 1 << 63 else None
