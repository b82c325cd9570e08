"""One TCP connection: who opened it, how far it came, and the bytes of both sides in causal order."""

from __future__ import annotations

from typing import Protocol

from forensics.protocols.tcp_streams.direction import MAX_STALL, Direction, Piece, ahead
from forensics.protocols.tcp_streams.runs import Run
from forensics.protocols.tcp_streams.segment import ACK, FIN, RST, SYN, At, Endpoint, Segment

CLIENT, SERVER = 0, 1
MAX_DEFERRED = 64

SERVICE_PORTS = frozenset(
    {20, 21, 22, 23, 25, 43, 53, 79, 80, 88, 110, 111, 119, 135, 139, 143, 179, 389, 443, 445, 465, 514, 515, 587, 631,
     636, 853, 873, 993, 995, 1433, 1521, 1723, 2525, 3128, 3306, 3389, 4190, 5060, 5222, 5269, 5432, 5900, 6379, 6667,
     8000, 8080, 8443, 8883, 9200, 11211, 27017}
)  # fmt: skip


class Listener(Protocol):
    """Takes the bytes of one connection in order."""

    @property
    def done(self) -> bool:
        """Whether what comes does not matter any more."""
        ...

    def take(self, side: int, data: bytes, at: At) -> None:
        """Bytes from the client (0) or the server (1)."""
        ...

    def take_run(self, run: Run, flip: int) -> None:
        """What `run.pieces` gives of both sides, each as for `take`."""
        ...

    def gap(self, side: int, missing: int) -> None:
        """Bytes that the capture lacks."""
        ...

    def end(self, *, closed: bool) -> None:
        """No more bytes come; `closed` says that the connection ended rather than the capture."""
        ...


class Connection:
    """The state of one connection."""

    __slots__ = (
        "_deferred", "acked", "client", "closed", "directions", "first", "first_fin", "last_ts", "listener", "reset",
        "reset_by", "server", "syn", "synack",
    )  # fmt: skip

    def __init__(self, client: Endpoint, server: Endpoint, at: At) -> None:
        self.client = client
        self.server = server
        self.first = at
        """The first packet."""
        self.last_ts = at[0]
        self.directions = (Direction(), Direction())
        self.syn: int | None = None
        """Sequence number of the client's SYN."""
        self.synack: int | None = None
        self.acked = False
        """The handshake's third packet was seen."""
        self.first_fin: int | None = None
        """The side that closed first."""
        self.reset = False
        self.reset_by: int | None = None
        self.closed = False
        self.listener: Listener | None = None
        self._deferred: list[tuple[int, Segment]] = []

    @property
    def state(self) -> str:
        """The state as the table `connection` names it."""
        packets = [direction.packets for direction in self.directions]
        if self.syn is not None and self.synack is not None:
            return "established" if self.acked else "half_open"
        if self.syn is not None and not self.directions[CLIENT].data_bytes and not packets[SERVER]:
            return "unanswered"
        if self.syn is not None and self.reset_by == SERVER and not self.directions[SERVER].data_bytes:
            return "refused"
        return "midstream" if all(packets) else "one_sided"

    @property
    def missing(self) -> int:
        """Payload bytes of both sides that the capture lacks, as far as numbers tell."""
        unseen = 0
        for direction in self.directions:
            if direction.next is not None and direction.acked is not None:
                # one number may be that of a FIN which was not captured
                rest = ahead(direction.acked, direction.next)
                unseen += rest if rest > 1 else 0
        return sum(direction.missing for direction in self.directions) + unseen

    def feed(self, side: int, segment: Segment) -> None:
        """Take the next packet of one side."""
        at, _, _, seq, ack, flags, data, cut = segment
        if at[0] > self.last_ts:
            self.last_ts = at[0]
        own, other = self.directions[side], self.directions[1 - side]
        own.packets += 1
        if (
            flags & (SYN | FIN | RST | ACK) == ACK
            and seq == own.next
            and ack == other.next
            and self.acked
            and not (cut or self._deferred or own.held or other.held or own.stalled or other.stalled or self.closed)
        ):
            # nothing is late, missing or sent again, and the peers agree: by far the most frequent packet
            other.acked = ack
            if data:
                own.next = seq + len(data) & 0xFFFFFFFF
                own.data_bytes += len(data)
                if self.listener is not None:
                    self.listener.take(side, data, at)
            return
        if flags & RST:
            self._take_reset(side)
            return
        if flags & SYN:
            self._take_syn(side, segment)
        elif side == CLIENT and self.synack is not None and flags & ACK and not self.acked:
            self.acked = ahead(segment.ack, self.synack) > 0
        if self.closed:
            return
        if flags & ACK:
            other.acknowledge(segment.ack)
        if segment.data or segment.cut or flags & FIN:
            self._deliver_or_defer(side, segment, other)
        self._watch_stall(own)
        self._watch_stall(other)

    def open_with(self, run: Run) -> None:
        """Take the packets of a run that opens this connection."""
        seq = run.listed.seq
        self.syn, self.synack = seq[run.begin], seq[run.begin + 1]
        self.directions[CLIENT].open(self.syn)
        self.directions[SERVER].open(self.synack)
        self.acked = run.end - run.begin > 2
        self._take_run(run.listed.side[run.begin], run)

    def feed_run(self, side: int, run: Run) -> bool:
        """Take the packets of a run, the first of which is of `side`; False where they do not fit what came before."""
        sent = run.listed
        flip = side ^ sent.side[run.begin]
        if self._deferred or self.closed or not (self.acked or self.synack is None):
            return False
        for own, direction in enumerate(self.directions):
            place = run.first[own ^ flip]
            if direction.next is None or direction.held or direction.stalled:
                return False
            if direction.fin is not None and (run.sizes[own ^ flip] or run.fins[own ^ flip] >= 0):
                return False
            if place >= 0 and sent.seq[place] != direction.next:
                return False
            # what a side that is silent here said before may have been another connection's
            if place < 0 and direction.lacks(sent.ack[run.end - 1]):
                return False
        self._take_run(flip, run)
        return True

    def _take_run(self, flip: int, run: Run) -> None:
        """Take what fits; a side of the run is one of the connection, exchanged by `flip` 1."""
        sent = run.listed
        self.last_ts = max(self.last_ts, run.last_ts)
        for own, direction in enumerate(self.directions):
            direction.take_run(run.packets[own ^ flip], run.sizes[own ^ flip], fin=run.fins[own ^ flip] >= 0)
        fins = [place for place in run.fins if place >= 0]
        if fins:
            self.closed = all(each.ended for each in self.directions)
            if self.first_fin is None:
                self.first_fin = sent.side[min(fins)] ^ flip
        heard = max(fins) if self.closed else run.end - 1  # once it is closed, nothing is acknowledged any more
        for own in (CLIENT, SERVER):
            place = run.last_until(own ^ flip, heard)
            if place >= 0 and sent.flags[place] & ACK:
                self.directions[1 - own].acknowledge(sent.ack[place])
        if self.listener is not None and not self.listener.done:
            self.listener.take_run(run, flip)

    def finish(self) -> None:
        """The capture ends, or the connection is given up: deliver what waits, with its gaps."""
        self._flush()
        for side in (CLIENT, SERVER):
            direction = self.directions[side]
            while direction.held:
                self._hand_over(side, list(direction.skip()))
        if self.listener is not None:
            self.listener.end(closed=self.closed or self.reset)

    def _take_reset(self, side: int) -> None:
        if not self.closed and not self.reset:
            self.reset, self.reset_by = True, side
            self._flush()

    def _take_syn(self, side: int, segment: Segment) -> None:
        self.directions[side].open(segment.seq)
        if side == CLIENT:
            self.syn = segment.seq
        elif self.synack is None:
            self.synack = segment.seq

    def _deliver_or_defer(self, side: int, segment: Segment, other: Direction) -> None:
        """What a side says after it got bytes that we still lack waits until these come or are known to be lost."""
        waits = segment.flags & ACK and other.packets and other.lacks(segment.ack)
        if not waits and not any(deferred_side == side for deferred_side, _ in self._deferred):
            self._deliver(side, segment)
            if self._deferred:
                self._retry()
            return
        self._deferred.append((side, segment))
        if len(self._deferred) > MAX_DEFERRED:
            self._flush()

    def _retry(self) -> None:
        progress = True
        while progress and self._deferred:
            side, segment = self._deferred[0]
            progress = not self.directions[1 - side].lacks(segment.ack)
            if progress:
                self._deferred.pop(0)
                self._deliver(side, segment)

    def _flush(self) -> None:
        while self._deferred:
            side, segment = self._deferred.pop(0)
            self._deliver(side, segment)

    def _watch_stall(self, direction: Direction) -> None:
        if direction.next is None or direction.acked is None or not direction.packets:
            return
        if ahead(direction.acked, direction.next) <= 0:
            direction.stalled = 0
            return
        direction.stalled += 1
        if direction.stalled > MAX_STALL:
            side = self.directions.index(direction)
            waiting = [segment.seq for deferred, segment in self._deferred if deferred == side]
            self._hand_over(side, list(direction.skip(waiting)))
            self._retry()

    def _deliver(self, side: int, segment: Segment) -> None:
        direction = self.directions[side]
        seq = segment.seq + (1 if segment.flags & SYN else 0) & 0xFFFFFFFF
        if segment.flags & FIN and direction.fin is None:
            direction.fin = seq + len(segment.data) + segment.cut & 0xFFFFFFFF
            self.first_fin = side if self.first_fin is None else self.first_fin
        if segment.data or segment.cut:
            self._hand_over(side, list(direction.add(seq, segment.data, segment.cut, segment.at)))
        if direction.ended:
            direction.next = (direction.fin or 0) + 1 & 0xFFFFFFFF
            self.closed = all(each.ended for each in self.directions)

    def _hand_over(self, side: int, pieces: list[Piece]) -> None:
        if self.listener is None:
            return
        for piece in pieces:
            if piece.missing:
                self.listener.gap(side, piece.missing)
            else:
                self.listener.take(side, piece.data, piece.at)
