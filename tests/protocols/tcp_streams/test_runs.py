"""Segments taken in runs say what segments one by one say."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forensics.protocols.tcp_streams import Endpoint, Listed, Run, Segment, SegmentColumns, TcpStreams, spans

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
SERVER = Endpoint(bytes([198, 51, 100, 25]), 25)
SECOND = 1_000_000_000


class Heard:
    """Writes down what one connection says; done after so many pieces."""

    def __init__(self, enough: int = 1 << 30) -> None:
        self.said: list[tuple[Any, ...]] = []
        self._enough = enough

    @property
    def done(self) -> bool:
        return len(self.said) >= self._enough

    def take(self, side: int, data: bytes, at: tuple[int, int, int, int]) -> None:
        if not self.done:
            self.said.append((side, data, at))

    def take_run(self, run: Run, flip: int) -> None:
        for piece in run.pieces(flip):
            self.take(*piece)

    def gap(self, side: int, missing: int) -> None:
        if not self.done:
            self.said.append((side, missing))

    def end(self, *, closed: bool) -> None:
        self.said.append((closed,))


def runs(segments: list[Segment]) -> list[tuple[int, Run]]:
    """The runs of a stretch, each with the index of its first segment."""
    ends = [(segment.source, segment.target) for segment in segments]
    pairs: dict[tuple[Endpoint, Endpoint], int] = {}
    given = SegmentColumns(*(np.array(column, np.int64) for column in (
        [pairs.setdefault((min(pair), max(pair)), len(pairs)) for pair in ends],
        [int(source > target) for source, target in ends],
        [segment.at[0] for segment in segments], [segment.seq for segment in segments],
        [segment.ack for segment in segments], [segment.flags for segment in segments],
        [len(segment.data) for segment in segments], [segment.cut for segment in segments], [0 for _ in segments],
    )))  # fmt: skip
    parted = spans(given)
    there = [segments[index] for index in parted.order.tolist()]
    stops = np.cumsum([len(segment.data) for segment in there]).tolist()
    listed = Listed(
        b"".join(segment.data for segment in there), [(segment.source, segment.target) for segment in there],
        *(list(column) for column in zip(*(segment.at for segment in there), strict=True)),
        [segment.seq for segment in there], [segment.ack for segment in there], [segment.flags for segment in there],
        [stop - len(segment.data) for stop, segment in zip(stops, there, strict=True)], stops,
        [segment.cut for segment in there], [int(segment.source > segment.target) for segment in there],
    )  # fmt: skip
    sides = [list(zip(one.tolist(), other.tolist(), strict=True)) for one, other in parted[5:]]
    fields = zip(
        parted.begin.tolist(), parted.end.tolist(), parted.last_ts.tolist(), parted.opens.tolist(), *sides, strict=True
    )
    return [(int(parted.order[field[0]]), Run(listed, *field)) for field in fields]


def talk(chance: random.Random, number: int) -> list[Segment]:
    """One connection: mostly without a flaw, acknowledgements that lag, sometimes what goes wrong on real links."""
    client = Endpoint(bytes([192, 0, 2, 1]), 40000 + number)
    sent = [chance.choice([100, 2**32 - 30]), chance.choice([500, 2**32 - 700])]
    seen, found = list(sent), list[Segment]()

    def say(side: int, flags: int, data: bytes = b"", cut: int = 0) -> None:
        source, target = ((client, SERVER), (SERVER, client))[side]
        ack = seen[1 - side] if flags & ACK else 0
        found.append(
            Segment((0, 0, 0, 60), source, target, sent[side] % 2**32, ack % 2**32, flags, data[: len(data) - cut], cut)
        )
        sent[side] += len(data) + (flags & (SYN | FIN) != 0)

    if chance.random() < 0.8:
        say(0, SYN)
        seen[0] = sent[0]
        say(1, SYN | ACK)
        seen[1] = sent[1]
        say(0, ACK)
    for _ in range(chance.randrange(20)):
        side = chance.randrange(2)
        if chance.random() < 0.7:
            seen[1 - side] = sent[1 - side]
        data = bytes(chance.randrange(97, 123) for _ in range(chance.choice([0, 0, 1, 9])))
        say(side, ACK | PSH, data, chance.choice([0] * 30 + [1]) if data else 0)
    if chance.random() < 0.6:
        for side in chance.choice([(0, 1), (1, 0), (0,)]):
            seen[1 - side] = sent[1 - side]
            say(side, FIN | ACK, b"bye" if chance.random() < 0.2 else b"")
            if chance.random() < 0.3:
                say(1 - side, ACK, b"late" if chance.random() < 0.3 else b"")
        for side in (0, 1, 1)[: chance.randrange(4)]:
            seen[1 - side] = sent[1 - side]
            say(side, ACK)
    elif chance.random() < 0.2:
        say(chance.randrange(2), RST | ACK)
    for _ in range(chance.choice([0, 0, 0, 1, 3])):
        place = chance.randrange(len(found)) if found else 0
        harm = chance.choice(["lose", "again", "late"])
        if found and harm == "again":
            found.insert(min(place + chance.randrange(4), len(found)), found[place])
        elif found:
            lost = found.pop(place)
            if harm == "late":
                found.insert(min(place + chance.randrange(4), len(found)), lost)
    return found


def mixed(chance: random.Random) -> list[Segment]:
    """Several connections beside and behind each other, numbered in the order of the capture."""
    waiting = [talk(chance, number % 4) for number in range(chance.randrange(1, 7))]
    found, ts = list[Segment](), 10**18
    while any(waiting):
        one = chance.choice([segments for segments in waiting if segments])
        for _ in range(min(chance.randrange(1, 6), len(one))):
            ts += chance.choice([0, 1, 1000, SECOND, -5, 70 * SECOND if chance.random() < 0.1 else 1])
            number = len(found) + 1
            found.append(one.pop(0)._replace(at=(ts, number, 60 * number, 60)))
    return found


def outcome(streams: TcpStreams, heard: list[Heard]) -> list[Any]:
    """Everything that a report would say of the connections."""
    streams.finish()
    told = []
    for connection in streams.drain():
        sides = [(one.packets, one.data_bytes, one.next, one.acked) for one in connection.directions]
        said = (connection.first, connection.state, connection.last_ts, connection.missing, connection.first_fin)
        told.append((said, sides))
    return [sorted(told), sorted((one.said for one in heard), key=repr)]


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 1 << 60))
@example(1006413)  # two connections between the same ports at once
def test_runs_say_what_single_segments_say(seed: int) -> None:
    chance = random.Random(seed)
    segments, enough, cut = mixed(chance), chance.choice([1 << 30, 3]), chance.choice([7, 40, 1000])
    found = []
    for together in (False, True):
        heard: list[Heard] = []
        streams = TcpStreams(lambda _, heard=heard: heard.append(Heard(enough)) or heard[-1])
        for begin in range(0, len(segments), cut):
            stretch = segments[begin : begin + cut]
            if together:
                for _, run in runs(stretch):
                    streams.feed_run(run)
            else:
                for segment in stretch:
                    streams.feed(segment)
        found.append(outcome(streams, heard))
    assert found[0] == found[1]


CLIENT = Endpoint(bytes([192, 0, 2, 1]), 40000)
HANDSHAKE = ((CLIENT, SYN, 99, 0, b""), (SERVER, SYN | ACK, 499, 100, b""), (CLIENT, ACK, 100, 500, b""))
TALK = (
    (SERVER, ACK | PSH, 500, 100, b"220 mx1.alder.example\r\n"), (SERVER, ACK, 523, 100, b"more"),
    (CLIENT, ACK, 100, 523, b"EHLO x\r\n"), (CLIENT, ACK, 108, 527, b""), (SERVER, FIN | ACK, 527, 108, b""),
    (CLIENT, FIN | ACK, 108, 528, b""), (SERVER, ACK, 528, 109, b""),
)  # fmt: skip


def told(*said: tuple[Endpoint, int, int, int, bytes]) -> list[tuple[int, Run]]:
    """The runs of one conversation of the client with the server."""
    return runs([
        Segment((at, at, at, 1), source, CLIENT if source is SERVER else SERVER, seq, ack, flags, data)
        for at, (source, flags, seq, ack, data) in enumerate(said)
    ])  # fmt: skip


def test_a_flawless_conversation_is_one_run_from_its_handshake_to_its_end() -> None:
    [(_, run)] = told(*HANDSHAKE, *TALK)
    client = run.listed.side[0]
    assert (run.begin, run.end, run.opens, run.last_ts) == (0, 10, True, 9)
    assert (run.packets[client], run.sizes[client], run.fins[client], run.fins[1 - client]) == (5, 8, 8, 7)


def test_what_came_before_a_capture_leaves_a_run_without_its_handshake() -> None:
    found = told(*TALK)
    spread = [(0, 1), (1, 2), (2, 3), (3, 7)]  # the first of each side says where its numbers begin
    assert [(run.begin, run.end, run.opens) for _, run in found] == [(begin, end, False) for begin, end in spread]
    run = found[3][1]
    rest, client = run.rest(), run.listed.side[2]
    assert rest is not None
    assert (rest.begin, rest.packets[client], rest.first[client], rest.fins[client]) == (4, 1, 5, 5)
