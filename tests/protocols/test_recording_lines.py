"""Lines of recordings: what every kind of them refuses, and the one error for it."""

from __future__ import annotations

import pytest

from forensics.protocols import dns_recording, policy_recording, registration_recording, smtp_recording
from forensics.protocols.recording_lines import RecordingError, RecordingLine, bytes_of, decode, encode, nanoseconds

ASKED = '"asked_at":"2026-11-23T09:13:34Z"'


def test_a_line_begins_with_its_format_and_comes_back_as_it_was() -> None:
    line = RecordingLine(format="a/1", asked_at="2026-11-23T09:13:34Z")
    assert encode(line) == b'{"format":"a/1","asked_at":"2026-11-23T09:13:34Z"}\n'
    assert decode(encode(line), RecordingLine, "a/1") == line


@pytest.mark.parametrize("kind", [dns_recording, policy_recording, registration_recording, smtp_recording])
@pytest.mark.parametrize("line", [b"", b"[]", b'{"format":1}', b"\xff", b"[" * 100_000, b'{"format":"a/1"}'])
def test_what_is_no_line_of_a_recording_is_refused(kind, line) -> None:
    with pytest.raises(RecordingError, match="no line of a recording"):
        kind.decode(line)


def test_a_line_of_another_recording_is_refused() -> None:
    with pytest.raises(RecordingError, match="the format 'a/2' is not a/1"):
        decode(f'{{"format":"a/2",{ASKED}}}'.encode(), RecordingLine, "a/1")


def test_bytes_that_are_no_base64_are_refused_with_what_they_are() -> None:
    assert bytes_of("YWI=", "the answer") == b"ab"
    with pytest.raises(RecordingError, match="the bytes of the answer cannot be read"):
        bytes_of("YWI", "the answer")


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-23T09:13:34", "9999-12-31T23:59:59Z"])
def test_a_time_without_a_zone_or_room_for_it_is_none(text: str) -> None:
    assert nanoseconds(text) is None
