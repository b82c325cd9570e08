"""The header of a message that Outlook saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from forensics.protocols import outlook_message
from forensics.protocols.outlook_message import CompoundFileError

Build = Callable[[dict[str, bytes]], bytes]
PROPERTIES = {"__properties_version1.0": bytes(32)}
HEADER = "Subject: Gr\u00fc\u00dfe\r\nFrom: ana@northwind.example\r\n\r\n"


@pytest.mark.parametrize(
    ("streams", "expected"),
    [
        ({"__substg1.0_007D001F": HEADER.encode("utf-16-le")}, HEADER.encode()),
        ({"__substg1.0_007D001F": (HEADER * 100 + "\0").encode("utf-16-le")}, (HEADER * 100).encode()),
        ({"__substg1.0_007D001E": HEADER.encode("latin-1") + b"\0"}, HEADER.encode("latin-1")),
        ({"__substg1.0_007D001F": b"A\0\0\xd8"}, b"A\xef\xbf\xbd"),  # half of a pair
        ({"__substg1.0_007D001F": b""}, None),
        ({"__substg1.0_0037001F": b"H\0i\0"}, None),  # a draft has a subject, and came from nowhere
    ],
)
def test_the_header_is_kept_as_text_or_as_octets(
    compound_file: Build, streams: dict[str, bytes], expected: bytes | None
) -> None:
    data = compound_file(PROPERTIES | streams)
    assert outlook_message.is_message(data)
    assert outlook_message.transport_header(data) == expected


def test_a_compound_file_of_another_program_is_no_message(compound_file: Build) -> None:
    data = compound_file({"WordDocument": b"x"})
    assert not outlook_message.is_message(data)
    with pytest.raises(CompoundFileError, match="no Outlook message"):
        outlook_message.transport_header(data)
