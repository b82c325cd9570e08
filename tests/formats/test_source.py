"""The bytes of a piece: decompressed, hashed, bounded; what breaks is kept up to where it broke."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
import zstandard

from forensics.errors import EvidenceError
from forensics.formats.source import Block, Line, Source, unpacked

TEXT = b"".join(b"line %d of the log\n" % number for number in range(1000))
NOISE = random.Random(7).randbytes(300_000)


def zipped(data: bytes, *more: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for number, content in enumerate((data, *more)):
            archive.writestr(zipfile.ZipInfo(f"{number}.log", (2026, 11, 23, 9, 0, 0)), content, method)
    return out.getvalue()


class Unseekable(io.BytesIO):
    """Makes `zipfile` write sizes behind each member."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "xz": lzma.compress,
    "bzip2": bz2.compress,
    "zip": zipped,
    "lz4": lz4.frame.compress,
    "zstd": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}


def _read(path: Path, data: bytes, **more: int) -> tuple[Source, bytes]:
    path.write_bytes(data)
    source = Source(path, **more)  # type: ignore[arg-type]
    content = b"".join(source.chunks())
    source.close()
    assert source.sha256 == hashlib.sha256(data).hexdigest()
    assert source.size_bytes == len(data)
    assert source.content_bytes == len(content)
    return source, content


def test_a_plain_file_is_given_as_it_is(tmp_path: Path) -> None:
    source, content = _read(tmp_path / "a", TEXT)
    assert (content, source.compression, source.broken) == (TEXT, None, None)


@pytest.mark.parametrize("kind", PACK)
def test_a_compressed_file_is_recognised_by_its_first_bytes_and_unpacked(tmp_path: Path, kind: str) -> None:
    source, content = _read(tmp_path / "a.txt", PACK[kind](TEXT))
    assert (content, source.compression, source.broken) == (TEXT, kind, None)


@pytest.mark.parametrize("kind", PACK)
def test_several_members_follow_one_another(tmp_path: Path, kind: str) -> None:
    source, content = _read(tmp_path / "a", PACK[kind](b"one\n") + PACK[kind](b"") + PACK[kind](b"two\n"))
    assert (content, source.broken) == (b"one\ntwo\n", None)


def test_the_members_of_a_zip_follow_one_another(tmp_path: Path) -> None:
    stored = zipped(b"one\n", b"", b"two\n", method=zipfile.ZIP_STORED)
    source, content = _read(tmp_path / "a", stored)
    assert (content, source.broken) == (b"one\ntwo\n", None)
    source, content = _read(tmp_path / "b", zipped(TEXT, NOISE, b""))
    assert (content, source.broken) == (TEXT + NOISE, None)


@pytest.mark.parametrize("wide", [False, True])
def test_a_zip_that_was_written_as_a_stream_tells_its_sizes_behind_the_members(tmp_path: Path, wide: bool) -> None:
    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("a", TEXT), ("b", b""), ("c", NOISE)):
            with archive.open(name, "w", force_zip64=wide) as member:
                member.write(content)
    source, content = _read(tmp_path / "a", out.getvalue())
    assert (content, source.broken) == (TEXT + NOISE, None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:6] + b"\1\0" + data[8:], "an encrypted zip member: unpack it"),
        (lambda data: data[:8] + b"\x0e\0" + data[10:], "packed with method 14: unpack it"),
        (lambda data: data[:14] + b"abcd" + data[18:], "does not have its CRC-32"),
        (lambda data: data[:6] + b"\x08\0\0\0" + data[10:], "a stored zip member that does not tell its size"),
        (lambda data: data[:22] + b"\xff" * 4 + data[26:], "a zip member without its size"),
    ],
)
def test_a_zip_that_cannot_be_unpacked_says_why(tmp_path: Path, change: Callable[[bytes], bytes], reason: str) -> None:
    source, _ = _read(tmp_path / "a", change(zipped(TEXT)))
    assert source.broken is not None
    assert reason in source.broken


@pytest.mark.parametrize("kind", PACK)
def test_an_attachment_is_unpacked_as_a_file_is(kind: str) -> None:
    assert unpacked(PACK[kind](TEXT), 1 << 20) == (TEXT, None)
    content, broken = unpacked(PACK[kind](TEXT)[:-9], 1 << 20)
    assert TEXT.startswith(content)
    assert broken
    assert unpacked(TEXT, 1 << 20) == (TEXT, None)
    assert unpacked(TEXT, 10) == (TEXT[:10], "refused: more than 10 bytes of content")


@pytest.mark.parametrize("kind", PACK)
def test_zero_bytes_after_the_last_member_are_padding(tmp_path: Path, kind: str) -> None:
    source, content = _read(tmp_path / "a", PACK[kind](TEXT) + b"\0" * 512)
    assert (content, source.broken) == (TEXT, None)


@pytest.mark.parametrize("kind", PACK)
def test_a_stream_that_is_cut_gives_what_came_before(tmp_path: Path, kind: str) -> None:
    packed = PACK[kind](NOISE)
    source, content = _read(tmp_path / "a", packed[:-1000])
    assert NOISE.startswith(content)
    assert source.broken == "the compressed stream is cut short"
    assert source.broken_at == len(packed) - 1000


@pytest.mark.parametrize("kind", PACK)
def test_a_damaged_byte_ends_the_content_and_is_said(tmp_path: Path, kind: str) -> None:
    packed = bytearray(PACK[kind](TEXT))
    packed[len(packed) // 2] ^= 0xFF
    source, _ = _read(tmp_path / "a", bytes(packed))
    assert source.broken is not None


@pytest.mark.parametrize("kind", PACK)
def test_other_bytes_after_the_last_member_are_said(tmp_path: Path, kind: str) -> None:
    packed = PACK[kind](TEXT)
    source, content = _read(tmp_path / "a", packed + b"not compressed")
    assert content == TEXT
    assert (source.broken, source.broken_at) == ("bytes that are no compressed stream follow it", len(packed))


def test_each_of_many_empty_members_costs_no_more_than_the_last(tmp_path: Path) -> None:
    """Two MB of them took ten seconds: what was left of the file was copied for each."""
    source, content = _read(tmp_path / "a", gzip.compress(b"") * 40_000 + gzip.compress(b"the last\n"))
    assert (content, source.broken) == (b"the last\n", None)


@pytest.mark.parametrize("kind", PACK)
def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path, kind: str) -> None:
    source, content = _read(tmp_path / "a", PACK[kind](bytes(8 << 20)) * 12)
    assert source.broken == "refused: content grows past 200 times the compressed bytes"
    assert (64 << 20) < len(content) < (96 << 20)


def test_content_over_the_bound_is_refused(tmp_path: Path) -> None:
    source, content = _read(tmp_path / "a", gzip.compress(NOISE), max_content_bytes=1000)
    assert source.broken == "refused: more than 1000 bytes of content"
    assert NOISE.startswith(content)


def test_an_empty_file_has_no_content(tmp_path: Path) -> None:
    source, content = _read(tmp_path / "a", b"")
    assert (content, source.broken, source.compression) == (b"", None, None)


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(EvidenceError, match=r"pipe: is no regular file \(a device, pipe or folder\)"):
        Source(tmp_path / "pipe")


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError, match="is no regular file"):
        Source(tmp_path)
    with pytest.raises(EvidenceError, match=r"none: cannot be opened: No such file or directory\."):
        Source(tmp_path / "none")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(TEXT)
    source = Source(path)
    with path.open("ab") as file:
        file.write(b"more\n")
    with pytest.raises(EvidenceError, match="changed while it was read"):
        list(source.chunks())
    source.close()


def test_the_head_stays_to_be_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(gzip.compress(TEXT))
    source = Source(tmp_path / "a")
    assert source.head(6) == b"line 0"
    assert source.head(10) == b"line 0 of "
    assert b"".join(source.chunks()) == TEXT


@pytest.mark.parametrize("packed", [False, True])
def test_a_look_ahead_takes_nothing_away_even_within_the_reading(tmp_path: Path, packed: bool) -> None:
    content = bytes(range(256)) * (1 << 17)
    path = tmp_path / "big"
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    source = Source(path)
    chunks = source.chunks()
    found = next(chunks)
    assert source.holds(len(content) // 2)
    assert not source.holds(len(content) + 1)
    assert found + b"".join(chunks) == content
    assert source.content_bytes == len(content)


def test_a_source_closed_early_still_has_the_hash_of_the_whole_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(TEXT)
    source = Source(tmp_path / "a")
    source.close()
    assert source.sha256 == hashlib.sha256(TEXT).hexdigest()


def test_lines_end_in_lf_and_a_lone_cr_is_part_of_a_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\n\ntwo\rstill two\nthree")
    assert list(Source(tmp_path / "a").lines()) == [
        Line(1, 0, b"one", 5),
        Line(2, 5, b"", 1),
        Line(3, 6, b"two\rstill two", 14),
        Line(4, 20, b"three", 5),
    ]


def test_blocks_are_whole_lines(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\ntwo\nthr")
    assert list(Source(tmp_path / "a").blocks()) == [Block(0, b"one\ntwo\n"), Block(8, b"thr")]
