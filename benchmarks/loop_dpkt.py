"""The loop that one writes with dpkt: per DNS message its time, addresses, id, name, type and response code."""

from __future__ import annotations

import sys
from pathlib import Path

import dpkt


def main() -> None:
    """Print the DNS messages of the capture that the command line names."""
    with Path(sys.argv[1]).open("rb") as file:
        for ts, data in dpkt.pcap.Reader(file):
            packet = dpkt.ethernet.Ethernet(data).data
            if not isinstance(packet.data, dpkt.udp.UDP) or 53 not in (packet.data.sport, packet.data.dport):
                continue
            dns = dpkt.dns.DNS(packet.data.data)
            asked = dns.qd[0]
            ends = f"{dpkt.utils.inet_to_str(packet.src)}\t{dpkt.utils.inet_to_str(packet.dst)}"
            print(f"{ts}\t{ends}\t{dns.id}\t{asked.name}\t{asked.type}\t{dns.rcode}")


if __name__ == "__main__":
    main()
