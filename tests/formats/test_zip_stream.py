"""ZIP archives as a stream: members in their order, and what is refused."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from pathlib import Path

import pytest

from forensics.formats._zip_stream import ZipStream
from forensics.formats.source import Source

NOISE = random.Random(11).randbytes(200_000)
MEMBERS = [("a.xml", b"one\n"), ("folder/", b""), ("b.xml", NOISE), ("empty", b"")]


class _Pipe(io.RawIOBase):
    """A file that cannot seek: sizes are written behind the members."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.data += data  # type: ignore[operator]
        return len(data)  # type: ignore[arg-type]


def pack(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, method)
        archive.comment = comment
    return held.getvalue()


def unpack(tmp_path: Path, data: bytes) -> tuple[bytes, str | None]:
    (tmp_path / "a").write_bytes(data)
    source = Source(tmp_path / "a")
    content = b"".join(source.chunks())
    source.close()
    assert source.size_bytes == len(data)
    return content, source.broken


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_follow_each_other(tmp_path, method):
    assert unpack(tmp_path, pack(MEMBERS, method, b"a comment")) == (b"one\n" + NOISE, None)


def test_members_whose_sizes_follow_them_are_read(tmp_path):
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (MEMBERS[0], MEMBERS[2]):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        with archive.open("large", "w", force_zip64=True) as large:
            large.write(b"three\n")
        with archive.open("large and empty", "w", force_zip64=True):
            pass
    assert unpack(tmp_path, bytes(pipe.data)) == (b"one\n" + NOISE + b"three\n", None)


def test_a_cut_archive_gives_what_came_before(tmp_path):
    packed = pack(MEMBERS)
    for cut in (10, 40, 5_000, len(packed) - 30, len(packed) - 1):
        content, broken = unpack(tmp_path, packed[:cut])
        assert broken == "the compressed stream is cut short"
        assert (b"one\n" + NOISE).startswith(content)


def test_a_member_that_is_not_what_its_header_says_is_named(tmp_path):
    packed = bytearray(pack([("a", b"one\n")], zipfile.ZIP_STORED))
    packed[packed.index(b"one\n")] ^= 1
    assert (
        unpack(tmp_path, bytes(packed))[1]
        == "the compressed stream is damaged: a zip member whose content does not have its CRC-32 and size"
    )


@pytest.mark.parametrize(
    ("flags", "method", "said"),
    [
        (1, 8, "an encrypted zip member: unpack it and examine what comes out"),
        (0, 12, "a zip member packed with method 12: unpack it and examine what comes out"),
        (8, 0, "a stored zip member that does not tell its size: unpack it and examine what comes out"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, flags, method, said):
    header = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, flags, method, 0, 0, 0, 0, 0, 1, 0) + b"a"
    whole = pack([("a", b"one\n")])
    before = whole[: whole.index(b"PK\x01\x02")]
    assert unpack(tmp_path, before + header + bytes(40)) == (b"one\n", f"the compressed stream is damaged: {said}")
    assert unpack(tmp_path, header + bytes(40)) == (b"", f"the compressed stream is damaged: {said}")


def test_a_member_that_the_directory_names_twice_comes_once(tmp_path):
    packed = pack([("a", bytes(1 << 20))])
    start, end = packed.index(b"PK\x01\x02"), packed.index(b"PK\x05\x06")
    many = packed[:start] + packed[start:end] * 1_000 + packed[end:]
    assert unpack(tmp_path, many) == (bytes(1 << 20), None)


def test_too_many_members_are_refused(tmp_path):
    content, broken = unpack(tmp_path, pack([(str(number), b"x") for number in range(10_001)]))
    assert content == b"x" * 10_000
    assert broken == "the compressed stream is damaged: more than 10000 zip members"


def test_a_bomb_ends_at_the_bound(tmp_path):
    content, broken = unpack(tmp_path, pack([("a", bytes(100 << 20)), ("b", bytes(100 << 20))]))
    assert broken == "refused: content grows past 200 times the compressed bytes"
    assert (64 << 20) < len(content) < (96 << 20)


def test_damage_gives_no_other_error(tmp_path):
    packed = pack([("a", b"one\n" * 50), ("b", b"two\n")])
    for at in range(len(packed)):
        for value in (0, 255):
            unpack(tmp_path, packed[:at] + bytes([value]) + packed[at + 1 :])


def test_twice_the_members_are_twice_the_work():
    # each byte of what waits is copied a bounded number of times, however many members there are
    def copied(members: int) -> int:
        total = 0

        class Counting(bytes):
            def __getitem__(self, key: object) -> bytes:  # type: ignore[override]
                nonlocal total
                found = super().__getitem__(key)  # type: ignore[index]
                total += len(found) if isinstance(found, bytes) else 1
                return found

        stream = ZipStream()
        stream._buffer = Counting(pack([(str(number), b"x") for number in range(members)]))
        while stream.decompress(b"", 1 << 20) and not stream.eof:
            pass
        assert stream.eof
        return total

    once, twice = copied(4_000), copied(8_000)
    assert twice <= 2.3 * once
