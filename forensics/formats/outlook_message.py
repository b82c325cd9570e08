"""One message as Outlook saves it (.msg, [MS-OXMSG]): a compound file of MAPI properties.

Only the header that the message came with is read (PidTagTransportMessageHeaders). Drafts, and messages kept where
they were sent, have none; messages attached to the message are part of it. The body is not kept as it was sent, so that
no signature can be judged, and hops cite the whole file: their text lies in it in pieces, two bytes a letter.

Sample (base64 of zlib)::

    eNrtVstOwkAUPS3iKzHRjQtXXfoKKSAP0RDia4dRcGcMEa2CgYKAiJ/jJ/gl+gm69xeknhmmakQN6EaxZ3Kn9965vfe2zZzp3e3U/fXNzAPeIQkf
    2s4Yht/4NMqQa0yCER1f23Ec1+14+FN4oujqG7ri4f8AP0QGFo4oRTQ5HyMBAyeooYIytTJaCOAQJa5Y9AY4t2iXUaXPYsRsDzH7CGIZca5EqAUo
    Joe4xnGAOUxgnFF5XKmKIsZmBzU0UMAle7OZuzuvWBERBjaRRRp72KFeZKyBGCuEsI4owlIPYw1LWOFKmpltLFIL0Wtgm3ZTWuKOKDWT3SaoxzlH
    ZMyC7FgM0esGu2iwg8Q3soW6sm2pty2y7eJCPq1NfRXnL1bqi/eblFmyjM3jTH7NhsxVoF7iqMh1IR4GD23F/z51tvsp4swfoYyqdQ+Diwz3d4U7
    XnCgzWuNLNoPpuHX3Fxaj/eIuJTe0XMcVclgVclODTKWhTq9TWnXaQuGFJxufpDLhC7r6+rfs9e+DbzWr0vuq7P2qaqTk+waI1OLa5Ac+xnmVf1+
    zlPx/I/a79j/zwigDnU=

Source: [MS-OXMSG] sections 2.1 and 2.4, [MS-CFB]. Time base: each date names its zone; it is a claim of whoever wrote
the field.
"""

from __future__ import annotations

from collections.abc import Iterator

from forensics.formats._message_rows import Place, rows
from forensics.formats.source import Source
from forensics.formats.tally import Tally
from forensics.model.evidence import Facts
from forensics.protocols import header_block, outlook_message
from forensics.protocols.outlook_message import CompoundFileError
from forensics.schema import Row

NAME = "outlook_message"
VANTAGE = "message"
TABLES = ("message", "message_hop")
LOCAL_TIME = False

MAX_BYTES = 32 << 20
"""Bytes of one file that are held to be read; a longer one is refused."""
_DRAFT = "an Outlook message without the header of a transport: a draft, or kept where it was sent"


def detect(head: bytes, name: str) -> bool:
    """Whether it is a compound file whose directory, or else whose name, is that of an Outlook message."""
    named = head.startswith(outlook_message.MAGIC) and name.lower().endswith(".msg")
    return named or outlook_message.is_message(head)


def read(source: Source, facts: Facts, tally: Tally) -> Iterator[Row]:  # noqa: ARG001 - dates name their zone
    """Yield the message and its hops."""
    data, size = bytearray(), 0
    for chunk in source.chunks():
        size += len(chunk)
        data += chunk[: max(MAX_BYTES - len(data), 0)]
    if not size:
        return
    if size > MAX_BYTES:
        tally.refused(1, 0, size, f"an Outlook message of more than {MAX_BYTES} bytes", bytes(data[:8]))
        return
    try:
        header = outlook_message.transport_header(bytes(data))
    except CompoundFileError as error:
        tally.unread(1, 0, size, str(error), bytes(data[:8]))
        return
    block = header_block.parse(header or b"")
    if not block.fields:
        tally.unread(1, 0, size, "no header field" if header else _DRAFT, (header or b"")[:200])
        return
    tally.record(0, size)
    yield from rows(block, Place(1, 0, size, None), size)
