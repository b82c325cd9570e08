"""What Outlook keeps of a message in a .msg file ([MS-OXMSG]): here the header that it came with, and no more.

A .msg file is a compound file of MAPI properties. The header of a received message is one of them
(PidTagTransportMessageHeaders); the body is kept in parts and forms of its own, never as it was sent.
"""

from __future__ import annotations

from forensics.protocols.compound_file import MAGIC, CompoundFile, CompoundFileError

__all__ = ["MAGIC", "MAX_HEADER_BYTES", "CompoundFileError", "is_message", "transport_header"]

MAX_HEADER_BYTES = 16 << 20
"""Bytes of the header as it is kept, two for a letter, that are taken."""
_PROPERTIES = "__properties_version1.0"
_UNICODE = "__substg1.0_007D001F"
_OCTETS = "__substg1.0_007D001E"


def is_message(data: bytes) -> bool:
    """Whether the start of a compound file names what only an Outlook message has."""
    marks = (_PROPERTIES.encode("utf-16-le"), "__substg1.0_".encode("utf-16-le"))
    return data.startswith(MAGIC) and any(mark in data for mark in marks)


def transport_header(data: bytes) -> bytes | None:
    """The header block of the message that a .msg file holds, as UTF-8 or in the octets of its time.

    Returns:
        None for a message that never came over the network: a draft, or one that was kept where it was sent.

    Raises:
        CompoundFileError: it is no .msg file, or damaged.
    """
    opened = CompoundFile(data)
    if not any(name.lower() == _PROPERTIES for name in opened.names()):
        raise CompoundFileError("a compound file, and no Outlook message: it has no properties of one")
    text = opened.stream(_UNICODE, limit=MAX_HEADER_BYTES)
    if text is not None:
        return text.decode("utf-16-le", "replace").rstrip("\0").encode("utf-8", "backslashreplace") or None
    octets = opened.stream(_OCTETS, limit=MAX_HEADER_BYTES)
    return octets.rstrip(b"\0") or None if octets is not None else None
