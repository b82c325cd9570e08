"""Domain names in SPF: which of them can be asked for, and how one holds another."""

from __future__ import annotations

import re

from forensics.protocols.spf.macros import MAX_NAME

# A space stays as it is: lookups take it, and so do zone files inside quotes.
_ESCAPED = re.compile(r"[^ -~]|\\")


def can_be_asked(name: str) -> bool:
    """Say whether a DNS question can hold the name: labels of 1 to 63 octets, 253 in all (RFC 1035 section 2.3.4).

    >>> can_be_asked("mail.example"), can_be_asked("mail..example"), can_be_asked("a" * 64 + ".example")
    (True, False, False)
    """
    octets = name.encode("utf-8", "surrogatepass")
    return 0 < len(octets) <= MAX_NAME and all(0 < len(label) <= 63 for label in octets.split(b"."))


def can_hold_record(domain: str) -> bool:
    """Say whether check_host() takes the domain: askable, more than one label, no address literal (section 4.3)."""
    return "." in domain and not domain.startswith("[") and can_be_asked(domain)


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
