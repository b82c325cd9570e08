"""Reading a capture of either framing: chunks of content in, rows out, every byte told to the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from forensics.formats._capture.decoding import PLAIN, Decoding
from forensics.formats._capture.frames import Frames, joined
from forensics.formats._compiled_code import is_worth_it
from forensics.formats.source import Source
from forensics.formats.tally import EXCERPT_BYTES, Tally
from forensics.model.batch import ColumnBatch
from forensics.schema import Row

MAX_PACKET_BYTES = 1 << 24
"""A record that claims more is broken."""
COMPILED_BYTES = 60 << 20
"""Content from this size on is worth to compile code for, once per installation."""
KEPT_BYTES = 4 << 20
"""Content from this size on is worth to load code for that was compiled before."""

_CUT = "the capture is cut short inside a record"
_DAMAGED = "bytes that are no record of a capture"


class Framing(Protocol):
    """Finds the records of one framing; `number` is that of the next."""

    number: int

    def walk(self, data: bytes, base: int, at: int) -> tuple[list[Frames], int, bool]:
        """The whole records from `at` on, told to the ledger; where they end; whether what follows is none."""
        ...

    def claims(self, data: bytes, at: int) -> bool:
        """Whether the bytes at `at` may well begin a record that runs past the end."""
        ...

    def resume(self, data: bytes, at: int, *, last: bool) -> tuple[int, bool]:
        """The next place from `at` on where records follow each other; without one, how far there is none."""
        ...


def decoding_for(source: Source) -> Decoding:
    """Compiled code for much content, where the extra `fast` is installed."""

    def headers() -> Any:
        from forensics.formats._capture import kernel

        return kernel.headers

    if not is_worth_it(source, COMPILED_BYTES, KEPT_BYTES, headers):
        return PLAIN
    from forensics.formats._capture.compiled import decoding

    return decoding()


def read_frames(
    source: Source, framing: Framing, tally: Tally, decoding: Decoding
) -> Iterator[Row | ColumnBatch]:  # fmt: skip
    """Yield the rows of all packets that the framing finds."""
    from forensics.formats._capture import unseen  # here: they know packets, SMTP, TLS and TCP
    from forensics.formats._capture.examiner import Examiner

    examiner, records = Examiner(decoding), _Records(framing, tally)
    rest, base = b"", 0
    for chunk in source.chunks():
        data = rest + chunk if rest else chunk
        if found := list(records.take(data, base, last=False)):
            unseen.note(frames := joined(found), tally)
            yield from examiner.take(frames)
        rest, base = data[records.used :], base + records.used
    if found := list(records.take(rest, base, last=True)):
        unseen.note(frames := joined(found), tally)
        yield from examiner.take(frames)
    records.close(rest, base)
    yield from examiner.finish()


class _Records:
    """Walks the content; after damage it looks for the next run of records that fit each other."""

    def __init__(self, framing: Framing, tally: Tally) -> None:
        self.used = 0
        """How much of the data last taken is used up."""
        self._framing = framing
        self._tally = tally
        self._lost: tuple[int, bytes] | None = None
        """Where damage began, and its first bytes."""

    def take(self, data: bytes, base: int, *, last: bool) -> Iterator[Frames]:
        """The packets of `data`, which begins at offset `base` of the content."""
        at, more = 0, bool(data)
        while more:
            if self._lost is None:
                found, at, broken = self._framing.walk(data, base, at)
                yield from found
                more = at < len(data) and (broken or (last and self._runs_on(data, at)))
            else:
                at, more = self._framing.resume(data, at, last=last)
                if more:
                    self._report(base + at)
                continue
            if more:
                self._lost = (base + at, data[at : at + EXCERPT_BYTES])
                at += 1
        self.used = at

    def close(self, rest: bytes, base: int) -> None:
        """The content ends: what is left was cut short, or is still the damage."""
        end = base + len(rest)
        if self._lost is not None:
            self._report(end)
        elif self.used < len(rest):
            left = rest[self.used :]
            self._tally.unread(self._framing.number, base + self.used, len(left), _CUT, left[:EXCERPT_BYTES])

    def _runs_on(self, data: bytes, at: int) -> bool:
        """Whether the last record, which runs past the end, is damage with records behind it rather than a cut."""
        return not self._framing.claims(data, at) and self._framing.resume(data, at + 1, last=True)[1]

    def _report(self, end: int) -> None:
        assert self._lost is not None  # noqa: S101 - the callers asked
        begin, excerpt = self._lost
        self._tally.unread(self._framing.number, begin, end - begin, _DAMAGED, excerpt)
        self._framing.number += 1
        self._lost = None
