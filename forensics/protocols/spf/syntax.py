"""The error of the SPF grammars."""

from __future__ import annotations

from forensics.errors import ProtocolError

_SHOWN = 80


class SpfSyntaxError(ProtocolError):
    """Text that the grammar of RFC 7208 section 12 does not give.

    `position` is the index of the first character that fits nothing, `problem` says why, `term` is the term it is in.
    """

    def __init__(self, position: int, problem: str, term: str = "") -> None:
        self.position = position
        self.problem = problem
        self.term = term
        where = f" in {shorten(term)}" if term else ""
        super().__init__(f"character {position}{where}: {problem}")

    def within(self, term: str) -> SpfSyntaxError:
        """Give the same error with the term that it was found in."""
        return SpfSyntaxError(self.position, self.problem, term)


def shorten(text: str) -> str:
    """Give the text quoted and at a length that fits a message."""
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
