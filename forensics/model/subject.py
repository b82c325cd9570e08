"""What is asked: a subject, a window in time, and what somebody claims about it."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the question is about: a domain, its servers' host names and their addresses (canonical text)."""

    domain: str | None = None
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    @property
    def given(self) -> bool:
        """Whether anything is named at all."""
        return bool(self.domain or self.names or self.addresses)

    @property
    def given_names_only(self) -> bool:
        """Whether a subject is named whose address is not known."""
        return self.given and not self.addresses

    def __str__(self) -> str:
        parts = [self.domain, *self.names, *self.addresses]
        return ", ".join(part for part in parts if part) or "everything in the evidence"


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """From `start` to `end`, both aware and included; an end left out is open."""

    start: datetime | None = None
    end: datetime | None = None


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says of the subject; `says` is the name of a file in rules/claims/."""

    id: str
    says: str
    addresses: tuple[str, ...] = ()
    since: datetime | None = None
    by: str | None = None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What a case is asked."""

    subject: Subject = Subject()
    window: Window = Window()
    claims: tuple[Claim, ...] = ()

    def over(self, before: Question) -> Question:
        """This question, with what it leaves out as it was asked before."""
        return Question(
            subject=self.subject if self.subject.given else before.subject,
            window=before.window if self.window == Window() else self.window,
            claims=self.claims or before.claims,
        )
