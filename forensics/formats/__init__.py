"""Kinds of evidence: one file each. A format is a module with the names of `Format`; formats do not know each other.

`recognise` finds the one that reads a piece; `by_name` the one that an examiner named.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from forensics.errors import EvidenceError, UsageError

if TYPE_CHECKING:
    from forensics.formats.source import Source
    from forensics.formats.tally import Tally
    from forensics.model.batch import ColumnBatch
    from forensics.model.evidence import Facts
    from forensics.schema import Row

HEAD_BYTES = 64 * 1024
_UNREAD_KINDS = (
    (b"!BDN", "is an Outlook store (.pst, .ost), which is not read here. Turn it into mbox files first: "
              "readpst -o FOLDER FILE (package pst-utils), and give that folder"),
)  # fmt: skip
"""Kinds of evidence that are known and not read: their first bytes, and what to do instead."""
_SIGNATURES = {
    b"\xd4\xc3\xb2\xa1": "pcap", b"\xa1\xb2\xc3\xd4": "pcap", b"\x4d\x3c\xb2\xa1": "pcap",
    b"\xa1\xb2\x3c\x4d": "pcap", b"\x34\xcd\xb2\xa1": "pcap", b"\xa1\xb2\xcd\x34": "pcap",
    b"\n\r\r\n": "pcapng", b"\xd0\xcf\x11\xe0": "outlook_message", b"\0\0\0\0": "dnstap",
}  # fmt: skip
"""All first bytes of binary formats: what agrees with the format they name is of no other, whatever text lies within,
and the other readers need not be loaded, which takes longer than most captures take to read. Nor is what begins with
none of them of these formats."""
_SIGNED = frozenset(_SIGNATURES.values())
_NOT_FORMATS = {"source", "tally", "lines"}


class Format(Protocol):
    """What a module of this package offers."""

    NAME: str
    """The format's name, that of the module."""
    VANTAGE: str
    """The vantage it has where the examiner declares none and the content shows none (METHOD.md section 2)."""
    TABLES: tuple[str, ...]
    """The tables whose rows it can yield."""
    LOCAL_TIME: bool
    """True where the format can hold local time without a zone, so that the examiner may have to name it."""

    def detect(self, head: bytes, name: str) -> bool:
        """Whether the first bytes (at most 64 KiB of the content) are of this format; `name` is the file's name."""
        ...

    def read(self, source: Source, facts: Facts, tally: Tally) -> Iterator[Row | ColumnBatch]:
        """Yield the rows of a piece and tell `tally` the fate of every byte, in order."""
        ...


@cache
def names() -> tuple[str, ...]:
    """The names of all formats."""
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in found if name not in _NOT_FORMATS and not name.startswith("_")))


def by_name(name: str) -> Format:
    """The format of that name.

    Raises:
        UsageError: where there is none.
    """
    if name not in names():
        raise UsageError(f"There is no format {name!r}. Formats: {', '.join(names())}.")
    return cast("Format", importlib.import_module(f"{__name__}.{name}"))


@cache
def _without_signature() -> tuple[Format, ...]:
    return tuple(by_name(name) for name in names() if name not in _SIGNED)


def recognise(head: bytes, name: str) -> Format:
    """The one format whose first bytes these are.

    Raises:
        EvidenceError: none fits, or more than one.
    """
    signed = _SIGNATURES.get(head[:4])
    if signed and by_name(signed).detect(head, name):
        return by_name(signed)
    fitting = [found for found in _without_signature() if found.detect(head, name)]
    if len(fitting) == 1:
        return fitting[0]
    for magic, said in _UNREAD_KINDS:
        if not fitting and head.startswith(magic):
            raise EvidenceError(f"{name}: {said}.")
    remedy = "Name the format on the evidence sheet (format: ...) or with --format PATH=FORMAT"
    if fitting:
        raise EvidenceError(f"{name}: fits {' and '.join(found.NAME for found in fitting)}. {remedy}.")
    from forensics.formats import _binary_flows

    known = _binary_flows.remedy(head)
    if known is not None:
        raise EvidenceError(f"{name}: no known format fits the first bytes: it {known}")
    raise EvidenceError(
        f"{name}: no known format fits the first bytes.\n  First bytes: {head[:100]!r}\n"
        f"  {remedy} ({', '.join(names())}), or add one: docs/how-to/add-a-format.md"
    )
