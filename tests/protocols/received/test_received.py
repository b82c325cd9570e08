import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forensics.protocols import received
from forensics.protocols.received.tokens import clauses

DATE = "; Tue, 24 Nov 2026 10:00:00 +0100"
NAMES = [
    "from_helo", "from_rdns", "from_ip", "from_ident", "auth", "auth_identity", "by", "by_ip", "via", "protocol",
    "tls_version", "tls_cipher", "id", "envelope_from", "envelope_to", "ts",
]  # fmt: skip
WHEN = "2026-11-24T10:00:00+01:00"


def _read_dialects() -> list[tuple[str, dict[str, str | None]]]:
    """The lines of dialects.txt, each with what the indented lines below it name."""
    cases: list[tuple[str, dict[str, str | None]]] = []
    for line in (Path(__file__).parent / "dialects.txt").read_text(encoding="ascii").splitlines():
        if line.startswith("    ") and line.strip() != "(nothing)":
            for pair in line.strip().rstrip("|").split(" | "):
                key, _, value = pair.partition(":")
                cases[-1][1][key] = None if value.strip() == "-" else value.strip()
        elif line and not line.startswith(("#", " ")):
            cases.append((line, {}))
    return cases


DIALECTS = _read_dialects()


def test_the_dialects_are_many() -> None:
    assert len(DIALECTS) > 100


@pytest.mark.parametrize(("value", "expected"), DIALECTS)
def test_each_server_is_read_as_it_writes(value: str, expected: dict[str, str | None]) -> None:
    hop = received.parse(value if "2026 10:" in value else value + DATE)
    found = {name: getattr(hop, name) for name in NAMES}
    found["ts"] = hop.ts.isoformat() if hop.ts else None
    assert found == {**dict.fromkeys(NAMES), "ts": WHEN, **expected}


def test_a_folded_field_gives_the_same_hop_as_an_unfolded_one() -> None:
    folded = "from mx (mx.a.example\r\n [192.0.2.1])\r\n\tby mail.example;\r\n Tue, 24 Nov 2026 10:00:00 +0100"
    plain = "from mx (mx.a.example [192.0.2.1]) by mail.example; Tue, 24 Nov 2026 10:00:00 +0100"
    assert received.parse(folded)._replace(raw="", comments=()) == received.parse(plain)._replace(raw="", comments=())


def test_comments_and_the_raw_value_are_kept() -> None:
    value = "from mx (mx.a.example [192.0.2.1] (may be forged)) by mail.example (8.14.4/8.14.4)"
    hop = received.parse(value)
    assert hop.comments == ("mx.a.example [192.0.2.1] (may be forged)", "8.14.4/8.14.4")
    assert hop.raw == value


def test_a_date_without_its_semicolon_is_not_taken_for_one() -> None:
    assert received.parse("by mail.example with SMTP id 12 Tue, 24 Nov 2026 10:00:00 +0100").ts is None


def test_a_date_that_names_no_instant_is_none() -> None:
    assert received.parse("by mail.example; Tue, 24 Nov 2026 10:00:00").ts is None


def test_a_semicolon_in_front_of_by_ends_no_field() -> None:
    hop = received.parse(
        "from a.example ([192.0.2.1]) (SquirrelMail authenticated user jane); by mail.example with HTTP;"
        " Tue, 24 Nov 2026 10:00:00 +0100"
    )
    assert (hop.by, hop.auth_identity, hop.ts is not None) == ("mail.example", "jane", True)


def test_nothing_is_none_everywhere() -> None:
    assert received.parse("")[:16] == (None,) * 16


@pytest.mark.parametrize(
    "piece",
    [
        "(", ")", "((x)", "(x)", "\\(", "[", "[a", "<", ";", "from ", "by ", "with ", "id ", "for ",
        "from (a [1.2.3.4]) ",
        "(helo=", "HELO ", "ident=", "using TLS ", "TLS:", "(TLS:a,", "TLS1:", "AUTH: ", "@", "a@ with ", "version=",
        "authenticated ", "account ", "envelope-from ", "via ", "1.", ":", "user=",
    ],
)  # fmt: skip
def test_long_hostile_values_are_read_to_their_end(piece: str) -> None:
    hop = received.parse("from x (helo ident tls auth " + piece * (100_000 // len(piece)) + DATE)
    assert hop.raw.endswith(DATE)


@given(st.text(alphabet='from by with id ()[]<>;@.:=1aHELOxTSv\\"') | st.text())
def test_any_text_is_a_hop(value: str) -> None:
    hop = received.parse(value)
    assert hop.raw == value
    assert hop.ts is None or hop.ts.utcoffset() is not None


def test_no_mutation_of_a_real_line_raises() -> None:
    chance = random.Random(4)
    for value, _ in DIALECTS:
        for _ in range(40):
            mutant = list(value + DATE)
            for _ in range(chance.randint(1, 6)):
                position = chance.randrange(len(mutant))
                mutant[position : position + chance.randint(0, 3)] = chance.choice(
                    ["", "(", ")", "[", "]", ";", "<", '"', "\\", "\0", "\r\n", "from ", " by ", "@", "\u0130"]
                )
                mutant = mutant or [" "]
            assert received.parse("".join(mutant)).raw == "".join(mutant)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_remembered_of_one_field_is_what_is_read_of_another_that_says_the_same(seed: int) -> None:
    """Pieces of all dialects, mixed, with the id, recipient and date of either."""
    chance = random.Random(seed)
    for _ in range(1_500):
        words = chance.choice(DIALECTS)[0].split(" ")
        other = chance.choice(DIALECTS)[0].split(" ")
        cut, start = chance.randrange(len(words) + 1), chance.randrange(len(other) + 1)
        value = " ".join([*words[:cut], *other[start:]])
        parts = clauses(value)
        told = received._told(parts)
        assert received._told_before(*received._key(parts)) == told
        hop = received.parse(value)
        assert hop[:12] == told[:12]
        assert hop.envelope_from == told.envelope_from
