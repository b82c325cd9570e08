import hashlib
import mmap
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import header_block
from forensics.protocols.header_block import Field, Problem


def test_a_folded_field_is_unfolded_and_its_raw_bytes_are_kept() -> None:
    block = header_block.parse(b"To: a@mail.example,\r\n\tb@mail.example\r\nSubject:hello\r\n\r\nbody: text\r\n")
    assert block.fields == (
        Field("To", b" a@mail.example,\r\n\tb@mail.example", "a@mail.example,\tb@mail.example", offset=0, length=38),
        Field("Subject", b"hello", "hello", offset=38, length=15),
    )
    assert block.length == 55
    assert block.problems == ()


def test_bare_line_feeds_end_lines_too() -> None:
    block = header_block.parse(b"From: a@mail.example\nTo: b@mail.example\n\nbody")
    assert [(field.name, field.value) for field in block.fields] == [
        ("From", "a@mail.example"),
        ("To", "b@mail.example"),
    ]
    assert block.length == 41


def test_a_block_without_an_empty_line_ends_with_the_data() -> None:
    block = header_block.parse(b"Subject: cut off he")
    assert block.fields == (Field("Subject", b" cut off he", "cut off he", 0, 19),)
    assert block.length == 19


def test_no_data_is_an_empty_block() -> None:
    assert header_block.parse(b"") == ((), 0, (), {})


def test_a_message_without_header_fields_is_an_empty_block_and_the_body_is_not_read_as_one() -> None:
    assert header_block.parse(b"\r\nhello there\r\nSubject: in the body\r\n") == ((), 2, (), {})


def test_an_mbox_line_is_a_problem_and_not_the_end_of_the_block() -> None:
    block = header_block.parse(b"From a@mail.example Tue Nov 24 10:00:00 2026\nSubject: one\n\nbody")
    assert block.fields == (Field("Subject", b" one", "one", 45, 13),)
    assert block.problems == (Problem("an mbox separator line inside the block", 0, 45),)


def test_a_first_line_without_a_colon_does_not_make_the_block_a_body() -> None:
    block = header_block.parse(b"junk in front\r\nReceived: by mx.example; x\r\n\r\n")
    assert [field.name for field in block.fields] == ["Received"]
    assert block.problems == (Problem("a line that is no header field", 0, 15),)


def test_neighbouring_lines_without_a_colon_are_one_problem() -> None:
    block = header_block.parse(b"A: 1\nno field\nnone either\nB: 2\n\n")
    assert [field.name for field in block.fields] == ["A", "B"]
    assert block.problems == (Problem("a line that is no header field", 5, 21),)


def test_a_byte_order_mark_and_empty_lines_in_front_are_problems() -> None:
    block = header_block.parse(b"\xef\xbb\xbf\r\n\r\nSubject: one\r\n\r\n")
    assert block.fields == (Field("Subject", b" one", "one", 7, 14),)
    assert block.problems == (
        Problem("a byte order mark before the first field", 0, 3),
        Problem("empty lines before the first field", 3, 4),
    )


def test_blanks_before_the_colon_belong_to_the_obsolete_syntax() -> None:
    assert header_block.parse(b"Subject \t: one\n\n").fields == (Field("Subject", b" one", "one", 0, 15),)


def test_bytes_that_are_not_utf_8_are_shown_and_noted() -> None:
    block = header_block.parse(b"Subject: caf\xe9\nX: caf\xc3\xa9\n\n")
    assert [field.value for field in block.fields] == ["caf\\xe9", "caf\u00e9"]
    assert block.problems == (Problem("bytes that are not UTF-8 in a field", 0, 14),)


def test_a_bare_carriage_return_does_not_start_a_field() -> None:
    block = header_block.parse(b"Subject: one\rBcc: hidden@mail.example\r\n\r\n")
    assert [field.name for field in block.fields] == ["Subject"]
    assert block.problems == (Problem("a bare carriage return or NUL in a field", 0, 39),)


def test_of_a_giant_field_the_first_part_the_length_and_the_digest_are_kept() -> None:
    giant = b"X-Giant: " + b"a" * 300_000 + b"\r\n"
    block = header_block.parse(b"A: 1\r\n" + giant + b"B: 2\r\n\r\n")
    assert [field.name for field in block.fields] == ["A", "X-Giant", "B"]
    field = block.fields[1]
    assert field.raw_value == (b" " + b"a" * 300_000)[: header_block.MAX_FIELD_BYTES]
    assert (field.offset, field.length) == (6, len(giant))
    assert field.sha256 == hashlib.sha256(giant).hexdigest()
    assert block.problems == (Problem("a field longer than is kept", 6, len(giant)),)


def test_a_value_of_exactly_the_bound_is_kept_whole() -> None:
    value = b"a" * header_block.MAX_FIELD_BYTES
    for line_end in (b"\n", b"\r\n"):
        block = header_block.parse(b"X:" + value + line_end + line_end)
        assert (block.fields[0].raw_value, block.fields[0].sha256, block.problems) == (value, None, ())


def test_fields_beyond_the_bound_are_one_refused_stretch_and_the_block_still_ends_where_it_ends() -> None:
    head = b"A: 1\r\n" * 10_005
    block = header_block.parse(head + b"\r\nbody\r\n\r\n")
    assert len(block.fields) == 10_000
    assert block.length == len(head) + 2
    assert block.problems == (Problem("fields beyond what is kept of a block", 60_000, 32),)


def test_exactly_as_many_fields_as_the_bound_are_no_problem() -> None:
    block = header_block.parse(b"A: 1\n" * 10_000 + b"\nbody")
    assert (len(block.fields), block.length, block.problems) == (10_000, 50_001, ())


def test_a_block_of_more_than_eight_mebibytes_keeps_what_the_bound_allows() -> None:
    field = b"X: " + b"y" * 65_000 + b"\n"
    block = header_block.parse(field * 200 + b"\nbody")
    assert sum(len(one.raw_value) for one in block.fields) < header_block.MAX_BLOCK_BYTES + header_block.MAX_FIELD_BYTES
    assert block.length == 200 * len(field) + 1
    assert block.problems[-1].offset + block.problems[-1].length == block.length


def test_a_memory_map_is_read_like_bytes(tmp_path: Path) -> None:
    message = b"Subject: one\r\n two\r\n\r\nbody"
    path = tmp_path / "message.eml"
    path.write_bytes(message)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        assert header_block.parse(mapped) == header_block.parse(message)


def test_fields_are_found_by_name_in_any_case() -> None:
    block = header_block.parse(b"Received: one\nX: y\nRECEIVED: two\n\n")
    assert [field.value for field in block.all("received")] == ["one", "two"]


LINE = st.sampled_from(
    [
        b"A: 1\n",
        b"B : 2\r\n",
        b" folded\n",
        b"\tfolded\r\n",
        b"junk\n",
        b"From x\n",
        b":\n",
        b"C:\xff\0\r\n",
        b"\r",
        b"\n",
    ]
)


@given(st.lists(LINE).map(b"".join) | st.binary())
def test_fields_and_problems_lie_inside_the_block_in_order_and_cover_it(data: bytes) -> None:
    block = header_block.parse(data)
    assert 0 <= block.length <= len(data)
    position = 0
    for field in block.fields:
        assert field.offset >= position
        assert data[field.offset :].startswith(field.name.encode())
        position = field.offset + field.length
    covered = {byte for f in block.fields for byte in range(f.offset, f.offset + f.length)}
    covered |= {byte for p in block.problems for byte in range(p.offset, p.offset + p.length)}
    rest = bytes(data[byte] for byte in range(block.length) if byte not in covered)
    assert rest in (b"", b"\n", b"\r\n")
