"""TCP connections from segments in order, out of order, repeated, lost, cut."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols.tcp_streams import Connection, Endpoint, Segment, TcpStreams

CLIENT, SERVER = Endpoint(bytes([192, 0, 2, 1]), 40000), Endpoint(bytes([198, 51, 100, 25]), 25)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


class Heard:
    """Writes down what one connection says."""

    def __init__(self) -> None:
        self.done = False
        self.said: list[tuple[int, bytes]] = []
        self.gaps: list[tuple[int, int]] = []
        self.closed: bool | None = None

    def take(self, side: int, data: bytes, at: tuple[int, int, int, int]) -> None:
        self.said.append((side, data))

    def gap(self, side: int, missing: int) -> None:
        self.gaps.append((side, missing))

    def end(self, *, closed: bool) -> None:
        self.closed = closed

    def of(self, side: int) -> bytes:
        return b"".join(data for said, data in self.said if said == side)


def up(flags: int, seq: int, ack: int, data: bytes = b"", *, ts: int = 0, cut: int = 0) -> Segment:
    return Segment((ts, 1, 0, 1), CLIENT, SERVER, seq % 2**32, ack % 2**32, flags, data, cut)


def down(flags: int, seq: int, ack: int, data: bytes = b"", *, ts: int = 0, cut: int = 0) -> Segment:
    return Segment((ts, 1, 0, 1), SERVER, CLIENT, seq % 2**32, ack % 2**32, flags, data, cut)


def run(segments: list[Segment]) -> tuple[list[Connection], list[Heard]]:
    heard: list[Heard] = []

    def listen(connection: Connection) -> Heard:
        heard.append(Heard())
        return heard[-1]

    streams = TcpStreams(listen)
    for segment in segments:
        streams.feed(segment)
    streams.finish()
    return streams.drain(), heard


HANDSHAKE = [up(SYN, 99, 0), down(SYN | ACK, 499, 100), up(ACK, 100, 500)]


def test_a_whole_connection_gives_both_streams_in_the_order_of_causes() -> None:
    segments = [*HANDSHAKE, down(ACK, 500, 100, b"220 a\r\n"), up(ACK, 100, 507, b"QUIT\r\n")]
    segments += [down(ACK | FIN, 507, 106, b"221 b\r\n"), up(ACK | FIN, 106, 515), down(ACK, 515, 107)]
    (connection,), (heard,) = run(segments)
    assert (connection.client, connection.server, connection.state) == (CLIENT, SERVER, "established")
    assert heard.said == [(1, b"220 a\r\n"), (0, b"QUIT\r\n"), (1, b"221 b\r\n")]
    assert (heard.closed, connection.first_fin, connection.missing) == (True, 1, 0)
    assert [d.data_bytes for d in connection.directions] == [6, 14]
    assert [d.packets for d in connection.directions] == [4, 4]


def test_states_are_told_apart() -> None:
    assert [c.state for c in run([up(SYN, 9, 0), up(SYN, 9, 0)])[0]] == ["unanswered"]
    assert [c.state for c in run([up(SYN, 9, 0), down(RST | ACK, 0, 10)])[0]] == ["refused"]
    assert [c.state for c in run(HANDSHAKE[:2])[0]] == ["half_open"]
    assert [c.state for c in run([*HANDSHAKE[:2], up(RST, 100, 0)])[0]] == ["half_open"]
    assert [c.state for c in run([up(ACK, 5, 7, b"x"), down(ACK, 7, 6, b"y")])[0]] == ["midstream"]
    assert [c.state for c in run([up(SYN, 9, 0), up(ACK, 10, 7, b"x")])[0]] == ["one_sided"]
    assert [c.state for c in run([down(ACK, 5, 7, b"x")])[0]] == ["one_sided"]


def test_without_a_syn_the_known_port_is_the_server() -> None:
    (connection,), _ = run([down(ACK, 5, 7, b"250 ok\r\n")])
    assert (connection.client, connection.server) == (CLIENT, SERVER)


def test_a_retransmission_with_other_bytes_changes_nothing() -> None:
    segments = [*HANDSHAKE, up(ACK, 100, 500, b"abcd"), up(ACK, 100, 500, b"XXXXef"), up(ACK, 102, 500, b"YYYYgh")]
    _, (heard,) = run(segments)
    assert heard.of(0) == b"abcdefgh"


def test_numbers_that_wrap_are_in_order() -> None:
    top = 2**32 - 3
    segments = [up(SYN, top - 1, 0), down(SYN | ACK, 499, top), up(ACK, top, 500, b"abcdef"), up(ACK, 3, 500, b"gh")]
    _, (heard,) = run(segments)
    assert heard.of(0) == b"abcdefgh"


def test_a_reply_waits_for_the_command_that_it_acknowledges() -> None:
    segments = [*HANDSHAKE, up(ACK, 100, 500, b"a"), down(ACK, 500, 106, b"250 ok\r\n"), up(ACK, 101, 500, b"bcdef")]
    _, (heard,) = run(segments)
    assert heard.said == [(0, b"a"), (0, b"bcdef"), (1, b"250 ok\r\n")]


def test_bytes_that_were_acknowledged_and_never_captured_are_a_gap() -> None:
    lost = [up(ACK, 100, 500, b"a"), down(ACK, 500, 111, b"1")]
    more = [
        segment for n in range(20) for segment in (up(ACK, 111 + n, 501 + n, b"x"), down(ACK, 501 + n, 112 + n, b"y"))
    ]
    (connection,), (heard,) = run([*HANDSHAKE, *lost, *more])
    assert heard.gaps == [(0, 10)]
    assert connection.missing == 10
    assert heard.of(0) == b"a" + b"x" * 20
    assert heard.of(1) == b"1" + b"y" * 20


def test_a_packet_cut_by_the_snap_length_leaves_a_gap_and_what_follows_is_in_order() -> None:
    (connection,), (heard,) = run([*HANDSHAKE, up(ACK, 100, 500, b"abc", cut=97), up(ACK, 200, 500, b"def")])
    assert (heard.said, heard.gaps, connection.missing) == ([(0, b"abc"), (0, b"def")], [(0, 97)], 97)


def test_one_side_alone_has_no_gaps() -> None:
    (connection,), (heard,) = run(
        [up(SYN, 99, 0), up(ACK, 100, 500), up(ACK, 100, 900, b"ab"), up(ACK, 102, 950, b"cd")]
    )
    assert (heard.of(0), heard.gaps, connection.state) == (b"abcd", [], "one_sided")


def test_ports_used_again_are_another_connection() -> None:
    first = [*HANDSHAKE, up(FIN | ACK, 100, 500), down(FIN | ACK, 500, 101), up(ACK, 101, 501)]
    second = [up(SYN, 9000, 0, ts=1), down(SYN | ACK, 7000, 9001, ts=1), up(ACK, 9001, 7001, b"new", ts=1)]
    connections, heard = run([*first, *second])
    assert [c.state for c in connections] == ["established", "established"]
    assert [h.of(0) for h in heard] == [b"", b"new"]


def test_late_packets_of_a_closed_connection_begin_no_other() -> None:
    closed = [*HANDSHAKE, up(FIN | ACK, 100, 500), down(FIN | ACK, 500, 101), up(ACK, 101, 501)]
    connections, _ = run([*closed, down(FIN | ACK, 500, 101), up(ACK, 101, 501)])
    assert len(connections) == 1


def test_a_flood_of_syns_keeps_the_table_bounded() -> None:
    flood = [Segment((n, n, 0, 1), Endpoint(n.to_bytes(4), 1), SERVER, 1, 0, SYN, b"") for n in range(40000)]
    connections, _ = run(flood)
    assert len(connections) == 40000
    assert {c.state for c in connections} == {"unanswered"}


def test_a_flood_of_syns_ends_no_dialogue_that_pauses() -> None:
    heard = Heard()
    streams = TcpStreams(lambda connection: heard if connection.client == CLIENT else Heard())
    for segment in [*HANDSHAKE, down(PSH | ACK, 500, 100, b"220 mx1.alder.example\r\n")]:
        streams.feed(segment)
    for number in range(100_000):
        source = Endpoint((number + 0x0A000000).to_bytes(4, "big"), 1024)
        streams.feed(Segment((number + 1, 1, 0, 1), source, SERVER, 7, 0, SYN, b""))
    streams.feed(up(PSH | ACK, 100, 523, b"EHLO out.birch.example\r\n", ts=100_001))
    assert heard.closed is None
    assert heard.of(0) == b"EHLO out.birch.example\r\n"


@given(st.binary(min_size=1, max_size=60), st.integers(1, 9), st.randoms(use_true_random=False), st.integers(0, 2**32))
def test_segments_in_any_order_and_number_give_the_same_bytes(
    data: bytes, size: int, chance: random.Random, start: int
) -> None:
    pieces = [up(ACK, start + 1 + at, 500, data[at : at + size]) for at in range(0, len(data), size)]
    shuffled = [*pieces, *pieces]
    chance.shuffle(shuffled)
    _, (heard,) = run([up(SYN, start, 0), down(SYN | ACK, 499, start + 1), up(ACK, start + 1, 500), *shuffled])
    assert heard.of(0) == data
    assert heard.gaps == []


SEGMENTS = st.builds(
    lambda make, flags, seq, ack, data, cut: make(flags, seq, ack, data, cut=cut),
    st.sampled_from([up, down]), st.integers(0, 63), st.integers(0, 400), st.integers(0, 400), st.binary(max_size=30),
    st.integers(0, 3),
)  # fmt: skip


@given(st.lists(SEGMENTS, max_size=60))
def test_any_segments_are_taken(segments: list[Segment]) -> None:
    connections, _ = run(segments)
    assert sum(d.packets for c in connections for d in c.directions) == len(segments)


def test_bytes_behind_the_end_of_a_stream_do_not_hold_up_the_end_of_the_connection():
    (connection,), (heard,) = run([*HANDSHAKE, up(ACK, 101, 500, b"late"), up(FIN | ACK, 100, 500)])
    assert (heard.said, heard.gaps, connection.directions[0].held) == ([(0, b"late")], [], [])
