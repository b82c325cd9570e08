"""Packets from the wire: link layer, tunnels and IP off, TCP and UDP out.

`Decoder` takes any packet, one at a time, and puts fragments together. `columns` does the same for many frequent
packets at once. A packet that carries neither TCP nor UDP, or whose headers break, gives None.
"""

from __future__ import annotations

from forensics.protocols.packets.decoder import Decoder, TcpSegment, UdpDatagram

__all__ = ["Decoder", "TcpSegment", "UdpDatagram"]
