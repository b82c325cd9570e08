"""What is remembered, and what is too long for it."""

from __future__ import annotations

from forensics.protocols.remembered import MAX_CHARACTERS, of_short_texts


def test_the_same_texts_are_worked_out_once() -> None:
    calls: list[tuple[str | None, str | None]] = []

    @of_short_texts
    def joined(first: str | None, second: str | None) -> str:
        calls.append((first, second))
        return f"{first}{second}"

    assert [joined("a", None), joined("a", None), joined("a", "b")] == ["aNone", "aNone", "ab"]
    assert calls == [("a", None), ("a", "b")]


def test_long_texts_are_worked_out_every_time_so_that_hostile_mail_does_not_fill_the_memory() -> None:
    calls: list[int] = []

    @of_short_texts
    def size(text: str) -> int:
        calls.append(len(text))
        return len(text)

    size("a" * (MAX_CHARACTERS + 1))
    size("a" * (MAX_CHARACTERS + 1))
    assert calls == [MAX_CHARACTERS + 1] * 2
