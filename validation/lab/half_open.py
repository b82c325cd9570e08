"""Half-open scan: a SYN to each port, and never the ACK that would complete the connection.

    half_open.py SOURCE TARGET PORT...

The kernel knows nothing of these connections and resets each SYN/ACK, as it does for every scanner of this kind.
"""

from __future__ import annotations

import socket
import struct
import sys
import time


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def syn(source: str, target: str, source_port: int, port: int) -> bytes:
    """A TCP segment with only SYN set (RFC 9293 section 3.1)."""
    head = struct.pack("!HHIIBBHHH", source_port, port, 1_000_000 + port, 0, 5 << 4, 0x02, 1024, 0, 0)
    pseudo = socket.inet_aton(source) + socket.inet_aton(target) + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(head))
    return head[:16] + struct.pack("!H", checksum(pseudo + head)) + head[18:]


if __name__ == "__main__":
    source, target, *ports = sys.argv[1:]
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        for number, port in enumerate(ports):
            raw.sendto(syn(source, target, 40_001 + number, int(port)), (target, 0))
            time.sleep(0.02)
