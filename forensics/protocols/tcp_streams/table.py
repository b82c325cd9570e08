"""The connections that are open while a capture passes."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from forensics.protocols.tcp_streams.connection import CLIENT, SERVER, SERVICE_PORTS, Connection, Listener
from forensics.protocols.tcp_streams.runs import Run
from forensics.protocols.tcp_streams.segment import ACK, SYN, Endpoint, Segment

MAX_CONNECTIONS = 32768
SWEEP_PACKETS = 65536
SECOND = 1_000_000_000
CLOSED_LINGER_NS = 60 * SECOND
UNANSWERED_LINGER_NS = 150 * SECOND
IDLE_NS = 4 * 3600 * SECOND

_Key = tuple[Endpoint, Endpoint]


class TcpStreams:
    """Sorts segments into connections; `listen` is asked once for each connection who takes its bytes, or None."""

    def __init__(self, listen: Callable[[Connection], Listener | None]) -> None:
        self._listen = listen
        self._open: dict[_Key, Connection] = {}
        self._sides: dict[_Key, tuple[Connection, int]] = {}
        """The open connections again, by source and target: whose packet it is, and of which side."""
        self._done: list[Connection] = []
        self._packets = 0

    def feed(self, segment: Segment) -> None:
        """Take the next segment of the capture."""
        found = self._sides.get((segment[1], segment[2]))
        if found is None or (segment.flags & (SYN | ACK) == SYN and _is_new(found[0], segment)):
            connection = self._begin(segment)
            found = connection, CLIENT if segment.source == connection.client else SERVER
        connection, side = found
        connection.feed(side, segment)
        self._count(1, segment.at[0])

    def feed_run(self, run: Run) -> None:
        """Take the segments of a run: together, or one by one where they do not fit what came before."""
        if run.end - run.begin == 1:  # it may have flaws
            self.feed(run.listed.segment(run.begin))
            return
        if run.opens:
            self._open_with(run)
            return
        rest: Run | None = run
        for _ in range(2):
            if rest is None:
                return
            found = self._sides.get(rest.listed.ends[rest.begin])
            if found is not None and found[0].feed_run(found[1], rest):
                self._count(rest.end - rest.begin, rest.listed.ts[rest.begin])
                return
            # the first segment may be what the connection waits for: the last of its handshake, the first seen of it
            self.feed(rest.listed.segment(rest.begin))
            rest = rest.rest()
        for segment in rest.segments() if rest else ():
            self.feed(segment)

    def _open_with(self, run: Run) -> None:
        first = run.listed.segment(run.begin)
        found = self._sides.get((first.source, first.target))
        if found is None or _is_new(found[0], first):
            self._begin(first).open_with(run)
            self._count(run.end - run.begin, first.at[0])
            return
        for segment in run.segments():
            self.feed(segment)

    def drain(self) -> list[Connection]:
        """The connections ended since the last call."""
        done, self._done = self._done, []
        return done

    def finish(self) -> None:
        """The capture ends."""
        for key in list(self._open):
            self._end(key)

    def _count(self, packets: int, now: int) -> None:
        before, self._packets = self._packets, self._packets + packets
        if before // SWEEP_PACKETS != self._packets // SWEEP_PACKETS:
            self._sweep(now)

    def _begin(self, segment: Segment) -> Connection:
        client, server = _roles(segment)
        before = self._sides.get((segment.source, segment.target))
        if before is not None:
            self._end((before[0].client, before[0].server))
        if len(self._open) >= MAX_CONNECTIONS:
            self._make_room()
        connection = Connection(client, server, segment.at)
        connection.listener = self._listen(connection)
        self._open[client, server] = connection
        self._sides[client, server] = connection, CLIENT
        self._sides[server, client] = connection, SERVER
        return connection

    def _end(self, key: _Key) -> None:
        connection = self._open.pop(key)
        self._sides.pop(key, None)
        self._sides.pop((key[1], key[0]), None)
        connection.finish()
        self._done.append(connection)

    def _sweep(self, now: int) -> None:
        for key, connection in list(self._open.items()):
            if now - connection.last_ts > _linger(connection):
                self._end(key)

    def _make_room(self) -> None:
        """Give up an eighth: what will hardly say more, oldest first, then what was idle longest."""
        wanted = MAX_CONNECTIONS // 8
        given_up, others = list[Connection](), list[Connection]()
        for connection in self._open.values():
            (given_up if _is_spent(connection) else others).append(connection)
            if len(given_up) == wanted:
                break
        else:
            others.sort(key=attrgetter("last_ts"))
            given_up += others[: wanted - len(given_up)]
        for connection in given_up:
            self._end((connection.client, connection.server))


def _is_new(connection: Connection, segment: Segment) -> bool:
    """Whether a SYN begins another connection between the same ports, rather than being sent again."""
    if segment.seq == connection.syn and segment.source == connection.client:
        return False
    if connection.closed or connection.reset or connection.synack is None:
        return connection.syn is not None or connection.closed or connection.reset
    return segment.at[0] - connection.last_ts > UNANSWERED_LINGER_NS


def _roles(segment: Segment) -> tuple[Endpoint, Endpoint]:
    """Client and server: SYN tells; without one the better known port, then the lower, is the server's."""
    source, target = segment.source, segment.target
    if segment.flags & SYN:
        return (target, source) if segment.flags & ACK else (source, target)
    known = (source.port in SERVICE_PORTS, target.port in SERVICE_PORTS)
    if known[0] != known[1]:
        return (target, source) if known[0] else (source, target)
    return (source, target) if target.port <= source.port else (target, source)


def _is_spent(connection: Connection) -> bool:
    """Whether it is over, or nothing came of its handshake."""
    if connection.closed or connection.reset:
        return True
    if connection.syn is None or connection.acked:
        return False
    one, other = connection.directions
    return not (one.data_bytes or one.missing or other.data_bytes or other.missing)


def _linger(connection: Connection) -> int:
    if connection.closed or connection.reset:
        return CLOSED_LINGER_NS
    return UNANSWERED_LINGER_NS if connection.state in ("unanswered", "half_open") else IDLE_NS
