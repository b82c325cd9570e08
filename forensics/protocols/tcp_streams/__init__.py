"""TCP connections from their segments: state, counts, and both byte streams in order (RFC 9293).

The table is bounded: a connection that closed or was idle for long leaves it, and its ports may be used again.
"""

from __future__ import annotations

from forensics.protocols.tcp_streams.connection import Connection, Listener
from forensics.protocols.tcp_streams.runs import Listed, Run, SegmentColumns, Spans, spans
from forensics.protocols.tcp_streams.segment import At, Endpoint, Segment
from forensics.protocols.tcp_streams.table import TcpStreams

__all__ = [
    "At", "Connection", "Endpoint", "Listed", "Listener", "Run", "Segment", "SegmentColumns", "Spans", "TcpStreams",
    "spans",
]  # fmt: skip
