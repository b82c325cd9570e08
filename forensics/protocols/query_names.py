"""Domain names made of published text: which of them a question can hold, and how one holds another."""

from __future__ import annotations

import re

MAX_NAME = 253
"""Characters of the longest domain name that can be asked for."""

# A space stays as it is: lookups take it, and so do zone files inside quotes.
_ESCAPED = re.compile(r"[^ -~]|\\")


def can_be_asked(name: str) -> bool:
    """Say whether a DNS question can hold the name: labels of 1 to 63 octets, 253 in all (RFC 1035 section 2.3.4).

    >>> can_be_asked("mail.example"), can_be_asked("mail..example"), can_be_asked("a" * 64 + ".example")
    (True, False, False)
    """
    octets = name.encode("utf-8", "surrogatepass")
    return 0 < len(octets) <= MAX_NAME and all(0 < len(label) <= 63 for label in octets.split(b"."))


def presentation(name: str) -> str:
    r"""Give the name as a question takes it: lower case, a backslash doubled, other octets as `\DDD`.

    >>> presentation("Foo\\bar.Example")
    'foo\\\\bar.example'
    """
    return _ESCAPED.sub(_escape, name.lower())


def within(name: str, parent: str) -> bool:
    """Say whether the name is the parent or below it, whatever the case.

    >>> within("Mail.example", "example"), within("notexample", "example")
    (True, False)
    """
    name, parent = name.lower(), parent.lower()
    return name == parent or name.endswith("." + parent)


def _escape(found: re.Match[str]) -> str:
    if found.group() == "\\":
        return "\\\\"
    return "".join(f"\\{octet:03d}" for octet in found.group().encode("utf-8", "surrogatepass"))
