"""What the comments of a Received field say about the client's authentication."""

from __future__ import annotations

import re
from typing import NamedTuple

_SHAPES = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        # Courier: AUTH: LOGIN user@mail.example, TLS: TLSv1.2,256bits,...
        r"\bAUTH: (?P<mechanism>[A-Z0-9_-]+)(?: (?P<identity>[^\s,()]+))?",
        # Sendmail: user=jane mech=PLAIN bits=0
        r"\bmech=(?P<mechanism>[A-Z0-9_-]+)",
        r"\b(?:auth_)?user=(?P<identity>[^\s,()]+)",
        # qmail with smtp-auth: smtp-auth username jane, mechanism plain
        r"\bsmtp-auth username (?P<identity>[^\s,()]+), mechanism (?P<mechanism>[A-Z0-9_-]+)",
        # Yahoo: jane@192.0.2.1 with login
        r"@[^\s@]+ with (?P<mechanism>login|plain|cram-md5|digest-md5|xymcookie)\b",
        # Postfix, with `authenticated` alone for the mechanism
        r"(?<!not )\b(?P<mechanism>authenticated) sender: (?P<identity>[^\s,()]+)",
        # SquirrelMail, NaSMail; Critical Path
        r"(?<!not )\b(?P<mechanism>authenticated) (?:user|as) (?P<identity>[^\s,()]+)",
        # Sendmail without a name: authenticated bits=0
        r"(?<!not )\b(?P<mechanism>authenticated)\b",
        # CommuniGate Pro: account jane@mail.example HELO [192.0.2.1]
        r"^(?P<account>account) (?P<identity>[^\s,()]+)",
    )
)


class Authentication(NamedTuple):
    """The mechanism, or the word that says only that the client authenticated; the account. None: not said."""

    mechanism: str | None = None
    identity: str | None = None


def read(notes: list[str]) -> Authentication:
    """The first mechanism and the first account that any note names.

    >>> read(["user=jane mech=PLAIN bits=0"])
    Authentication(mechanism='PLAIN', identity='jane')
    >>> read(["not authenticated"])
    Authentication(mechanism=None, identity=None)
    """
    mechanism = identity = None
    for note in notes:
        if not _is_mentioned(note.lower()):
            continue
        for shape in _SHAPES:
            match = shape.search(note)
            parts = match.groupdict() if match else {}
            mechanism = mechanism or parts.get("mechanism") or (parts.get("account") and "authenticated")
            identity = identity or parts.get("identity")
    if mechanism and mechanism.lower() == "authenticated":
        mechanism = "authenticated"
    return Authentication(mechanism, identity)


def _is_mentioned(lower: str) -> bool:
    """Whether a text in lower case may speak of authentication at all; most do not, and need no more time."""
    if "auth" in lower or "account " in lower or "user" in lower or "mech=" in lower:
        return True
    return "@" in lower and " with " in lower
